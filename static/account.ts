/**
 * What a person, and whoever runs the server, asks for over plain HTTP.
 *
 * @module
 */
import { call } from "./api.ts";

/** A device on which one is signed in. */
export interface Device {
  readonly id: number;
  readonly label: string;
  readonly created_at: number;
  readonly seen_at: number;
  readonly current: boolean;
}

/** Where one is signed in. */
export const listDevices = () => call<{ sessions: readonly Device[] }>("GET", "/api/sessions");

/** Signs another device out. */
export const endDevice = (id: number) => call("DELETE", `/api/sessions/${id}`);

/** Makes a link that hands the session to another device. */
export const offerDevice = () =>
  call<{ token: string; expires_in: number }>("POST", "/api/devices");

/** Sets or changes one's password. */
export const setPassword = (password: string, current: string) =>
  call("PUT", "/api/password", { password, ...(current === "" ? {} : { current }) });

/** An invitation that can be used. */
export interface Invitation {
  readonly id: number;
  readonly created_by: string | null;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly uses_left: number | null;
}

/** What an invitation is made of; what is left out has no bound. */
export interface NewInvitation {
  readonly uses?: number;
  readonly hours?: number;
  readonly room?: string;
}

/** The invitations that can be used. */
export const listInvites = () => call<{ invites: readonly Invitation[] }>("GET", "/api/invites");

/** Makes an invitation; its link cannot be shown again. */
export const makeInvite = (what: NewInvitation) =>
  call<Invitation & { url: string }>("POST", "/api/invites", what);

/** Revokes an invitation. */
export const revokeInvite = (id: number) => call("DELETE", `/api/invites/${id}`);

/** The bots. */
export const listBots = () => call<{ bots: readonly { name: string }[] }>("GET", "/api/bots");

/** Makes a bot; its token cannot be shown again. */
export const makeBot = (name: string) =>
  call<{ name: string; token: string }>("POST", "/api/bots", { name });

/** Removes a bot. */
export const removeBot = (name: string) => call("DELETE", `/api/bots/${encodeURIComponent(name)}`);
