/**
 * The HTTP requests about the user's account, and about the server for moderators and owners.
 *
 * @module
 */
import type * as v from "valibot";
import type {
  CreatedHook,
  HookList,
  PeoplePage,
  PersonListing,
  PersonWithProfile,
  SignInLink,
} from "../../lib/protocol/responses.ts";
import type { hookRequest, personRequest } from "../../lib/protocol/schemas/requests.ts";
import { call } from "../net/api.ts";
import { confirmedCall } from "./reauthentication.ts";

/** A device with a session of the user. */
export interface Device {
  readonly id: number;
  readonly label: string;
  readonly created_at: number;
  readonly seen_at: number;
  readonly current: boolean;
}

/** Lists the devices on which the user is signed in. */
export const listDevices = () => call<{ sessions: readonly Device[] }>("GET", "/api/sessions");

/** Signs another device out. */
export const endDevice = (id: number) => call("DELETE", `/api/sessions/${id}`);

/** Creates a link that hands the session to another device. */
export const offerDevice = () =>
  confirmedCall<{ token: string; expires_in: number }>("POST", "/api/devices");

/** Sets or changes the password; the answer names the passkeys that the server removed with it. */
export const setPassword = (password: string, current: string) =>
  confirmedCall<{ removed_passkeys?: readonly string[] }>("PUT", "/api/password", {
    password,
    ...(current === "" ? {} : { current }),
  });

/** An invite link that can still be used. */
export interface InviteInfo {
  readonly id: number;
  readonly created_by: string | null;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly uses_left: number | null;
}

/** The bounds of a new invite link; a missing field means no bound. */
export interface InviteRequest {
  readonly uses?: number;
  readonly hours?: number;
  readonly room_id?: string;
}

/** Lists the invite links that can still be used. */
export const listInvites = () => call<{ invites: readonly InviteInfo[] }>("GET", "/api/invites");

/** Creates an invite link. The server shows the link only once. */
export const makeInvite = (what: InviteRequest) =>
  call<InviteInfo & { url: string }>("POST", "/api/invites", what);

/** Revokes an invite link. */
export const revokeInvite = (id: number) => call("DELETE", `/api/invites/${id}`);

/** Lists the bots. */
export const listBots = () => call<{ bots: readonly { name: string }[] }>("GET", "/api/bots");

/** Creates a bot. The server shows its token only once. */
export const makeBot = (name: string) =>
  call<{ name: string; token: string }>("POST", "/api/bots", { name });

/** Removes a bot. */
export const removeBot = (name: string) => call("DELETE", `/api/bots/${encodeURIComponent(name)}`);

/** A webhook to create. */
export type WebhookRequest = v.InferInput<typeof hookRequest>;

/** Lists the webhooks that the user may see. */
export const listHooks = () => call<HookList>("GET", "/api/hooks");

/** Creates a webhook. The server shows its address, or its secret, only once. */
export const makeHook = (what: WebhookRequest) => call<CreatedHook>("POST", "/api/hooks", what);

/** Removes a webhook: it ends at once. */
export const removeHook = (id: string) => call("DELETE", `/api/hooks/${id}`);

/** Makes an outgoing webhook deliver again. */
export const resumeHook = (id: string) => call("POST", `/api/hooks/${id}/resume`);

/** Lists a page of the users. */
export const listPeople = (query: string, after?: string) =>
  call<PeoplePage>(
    "GET",
    `/api/people?${new URLSearchParams({ query, ...(after === undefined ? {} : { after }) })}`,
  );

/** Fetches a user, with the profile; of the user themselves, also what they have. */
export const personWithProfile = (id: string) =>
  call<PersonWithProfile>("GET", `/api/people/${id}`);

/** Changes a user. */
export const changePerson = (id: string, what: v.InferInput<typeof personRequest>) =>
  call<PersonListing>("PATCH", `/api/people/${id}`, what);

/** Creates a link that signs a user in, once. */
export const makeSignInLink = (id: string) =>
  call<SignInLink>("POST", `/api/people/${id}/sign-in-link`);

/** Ends everything that signs a user in. */
export const endSessions = (id: string) => confirmedCall("DELETE", `/api/people/${id}/sessions`);

/** Erases a user. */
export const erasePerson = (id: string) => confirmedCall("DELETE", `/api/people/${id}`);

/** The address of the archive with a user's data. */
export const exportAddress = (id: string) => `/api/people/${id}/export`;
