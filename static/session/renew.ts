/**
 * The one request about the account that the chat itself sends. The others load with the settings.
 *
 * @module
 */
import { call } from "../net/api.ts";

/** Gives the session a new token, so that a copy of the old token gains nothing from a new role. */
export const renewSession = () => call("POST", "/api/session/renew");
