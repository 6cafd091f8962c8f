/**
 * Describes the sender of a request to the functions that sign users in.
 *
 * @module
 */
import { UserAgent } from "@std/http/user-agent";
import type { Caller } from "../../auth/accounts.ts";
import { deviceToken } from "../cookies.ts";
import type { RouteContext } from "./route.ts";

/** The longest part of `User-Agent` that is parsed, in characters. */
const MAX_USER_AGENT = 512;

/** The longest label of a device, in characters. */
const MAX_LABEL = 64;

/** Returns the sender of a request. */
export function callerOf({ headers, url, address, identity }: RouteContext): Caller {
  return { address, identity, device: deviceToken(headers, url), label: deviceLabel(headers) };
}

/** Names the device of a request: "Firefox on Linux". */
export function deviceLabel(headers: Headers): string {
  // Browsers send short names. Searching a long text for them can take long.
  const agent = headers.get("user-agent")?.slice(0, MAX_USER_AGENT) ?? null;
  const { browser, os } = new UserAgent(agent);
  const parts = [browser.name ?? "A program", os.name].filter((part) => part);
  return parts.join(" on ").slice(0, MAX_LABEL);
}
