/**
 * The JSON bodies of responses over HTTP, as types. Handlers answer with them, and
 * `docs/openapi.json` is made from them. Refusals are `Problem`; a route that carries out a command
 * answers with the frame of the same command on a WebSocket, see `frames.ts`.
 *
 * @module
 */
import type { ErrorCode } from "./errors.ts";
import type { HistoryPage, PartOfList, ProfileTag, Role, RoomEvent } from "./frames.ts";

/** A refusal (RFC 9457). */
export interface Problem {
  readonly type: string;
  /** The name of the status. */
  readonly title: string;
  /** The status of the response. */
  readonly status: number;
  /** A sentence for users. */
  readonly detail: string;
  /** Stable: programs decide by it. */
  readonly code: ErrorCode;
  /** Milliseconds to wait before the next attempt. */
  readonly retry_after?: number;
}

/** Any JSON object. */
export interface JsonObject {
  readonly [name: string]: unknown;
}

/** The user of a session. */
export interface You {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
}

/** What a page needs before anyone has signed in. */
export interface ServerInfo {
  readonly name: string;
  /** The path of its icon, if the owners have given it one. */
  readonly icon?: string;
  /** Who may sign up. */
  readonly sign_up: "open" | "invite";
  /** By what users sign in: also by an account at an OpenID provider, or by nothing else. */
  readonly sign_in: "any" | "providers";
  readonly providers: readonly ProviderTag[];
  /** The user of the session; `null` without one. */
  readonly you: You | null;
}

/** An OpenID provider. */
export interface ProviderTag {
  /** Part of its addresses: `/api/providers/{id}/visits`. */
  readonly id: string;
  readonly name: string;
}

/** The OpenID providers of the server. */
export interface ProviderList {
  readonly providers: readonly (ProviderTag & {
    /** Whether the user can sign in there. */
    readonly linked: boolean;
  })[];
}

/** A visit to an OpenID provider. */
export interface ProviderVisit {
  /** Where to send the browser. It comes back by itself. */
  readonly url: string;
}

/** A token of the session. Programs send it as `Authorization: Bearer TOKEN`. */
export interface SessionToken {
  readonly token: string;
}

/** A new session. Browsers get its token as a cookie too. */
export interface SignedIn extends You, SessionToken {}

/** A session of the user, on one device. */
export interface SessionListing {
  readonly id: number;
  /** The device: "Firefox on Linux". */
  readonly label: string;
  readonly created_at: number;
  /** When it was last used, to the hour. */
  readonly seen_at: number;
  /** Whether it is the session of this request. */
  readonly current: boolean;
}

/** The sessions of the user, the most recently used first. */
export interface SessionList {
  readonly sessions: readonly SessionListing[];
}

/** A link with which another device signs in, once. */
export interface DeviceLink extends SessionToken {
  /** In ms. */
  readonly expires_in: number;
}

/** A ticket that opens one WebSocket: `GET /ws?ticket=…`. */
export interface SocketTicket {
  readonly ticket: string;
  /** In ms. */
  readonly expires_in: number;
}

/** Options for the browser's `navigator.credentials`, as WebAuthn has them in JSON. */
export interface WebAuthnOptions {
  readonly challenge: string;
  readonly [option: string]: unknown;
}

/** A passkey of the user. */
export interface PasskeyListing {
  readonly id: string;
  readonly label: string;
  readonly created_at: number;
}

/** The passkeys of the user, the oldest first. */
export interface PasskeyList {
  readonly passkeys: readonly PasskeyListing[];
}

/** What else a new password has changed. */
export interface PasswordResult {
  /** The labels of the passkeys that were removed. */
  readonly removed_passkeys: readonly string[];
}

/** What an invitation tells its holder before the holder signs up. */
export interface InvitePreview {
  /** The name of the user who made it; `null` for the server itself. */
  readonly by: string | null;
  /** The name of the room to which it leads, beside the room that all new users join. */
  readonly room?: string;
  /** Set if it makes its holder an owner of the server. */
  readonly owner?: true;
}

/** An invitation to the server. */
export interface InviteListing {
  readonly id: number;
  /** The user who made it; `null` for the server itself. */
  readonly created_by: string | null;
  readonly created_by_id: string | null;
  readonly created_at: number;
  /** `null` for never. */
  readonly expires_at: number | null;
  /** `null` for no limit. */
  readonly uses_left: number | null;
}

/** The invitations that the user may see, the newest first. */
export interface InviteList {
  readonly invites: readonly InviteListing[];
}

/** A new invitation. Its token is shown once. */
export interface CreatedInvite extends InviteListing {
  readonly token: string;
  /** The link to send. */
  readonly url: string;
}

/** A bot. */
export interface BotListing {
  readonly name: string;
  readonly id: string;
}

/** The bots, by name. */
export interface BotList {
  readonly bots: readonly BotListing[];
}

/** A new bot. Its token is shown once. */
export interface CreatedBot extends BotListing, SessionToken {}

/** What a user has, as owners and the user see it. */
export interface PersonUse {
  /** When a session was last used, to the hour, in ms since the Unix epoch; `null` without one. */
  readonly seen_at: number | null;
  /** The number of sessions. */
  readonly devices: number;
  readonly passkeys: number;
  /** Whether the user has a password. */
  readonly password: boolean;
  /** The size of all files that the user uploaded, in bytes. */
  readonly file_bytes: number;
}

/** A user, as other users see them. */
export interface PersonListing {
  readonly name: string;
  readonly id: string;
  /** Tells bots and guests too. */
  readonly role: Role;
  /** Whether the user is connected. */
  readonly online: boolean;
  /** Set if the user cannot sign in. */
  readonly deactivated?: true;
  /** What the user has; for owners, in the list. */
  readonly use?: PersonUse;
}

/** A link that signs a user in, once. */
export interface SignInLink {
  readonly url: string;
  /** In ms since the Unix epoch. */
  readonly expires_at: number;
}

/** A page of the users, by name. */
export interface PeoplePage extends PartOfList {
  readonly people: readonly PersonListing[];
}

/** A page of a room's messages, oldest first. */
export interface MessagePage extends HistoryPage {
  readonly room: string;
  readonly room_id: string;
  readonly epoch: string;
}

/** A page of a room's log. */
export interface EventPage {
  readonly room: string;
  readonly room_id: string;
  readonly epoch: string;
  /** The events after `after`, in order. */
  readonly events: readonly RoomEvent[];
  /** The `after` of the next page. */
  readonly seq: number;
  readonly more: boolean;
}

/** Whether the session has a push subscription. */
export interface PushInfo {
  /** The key of the server, for the browser; `null` if the server does not push. */
  readonly key: string | null;
  readonly subscribed: boolean;
}

/** What every webhook has. */
interface AnyHook {
  readonly id: string;
  /** The name of its bot. */
  readonly name: string;
  readonly bot_id: string;
  readonly created_by: string;
  readonly created_by_id: string;
  readonly created_at: number;
}

/** A webhook to which programs post. */
export interface IncomingHookListing extends AnyHook {
  readonly kind: "incoming";
  readonly room: string;
  readonly room_id: string;
}

/** A webhook that the server sends events to. */
export interface OutgoingHookListing extends AnyHook {
  readonly kind: "outgoing";
  readonly url: string;
  /** The rooms whose events it gets; `null` for every public room. */
  readonly room_ids: readonly string[] | null;
  /** The types of events; `null` for all. */
  readonly events: readonly string[] | null;
  /** Since when its receiver has not answered. */
  readonly failing_since: number | null;
  /** When the server stopped sending. */
  readonly paused_at: number | null;
}

/** A webhook. */
export type HookListing = IncomingHookListing | OutgoingHookListing;

/** The webhooks that the user may see. */
export interface HookList {
  readonly hooks: readonly HookListing[];
}

/** A new webhook. Its secret is shown once: the URL of an incoming one, the key of an outgoing one. */
export type CreatedHook =
  | IncomingHookListing & { readonly url: string }
  | OutgoingHookListing & {
    readonly secret: string;
  };

/** The state of a healthy server. */
export interface Health {
  readonly status: "ok";
}

/** One metric. */
export interface MetricReport {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** The name of the label, if it has one. */
  readonly label?: string;
  /**
   * By the value of the label, or by the empty text.
   *
   * @fraction
   */
  readonly values?: Readonly<Record<string, number>>;
  /**
   * The upper bounds of the buckets of a histogram.
   *
   * @fraction
   */
  readonly bounds?: readonly number[];
  /** The number of values in each bucket. */
  readonly counts?: readonly number[];
  /**
   * The sum of all values.
   *
   * @fraction
   */
  readonly sum?: number;
}

/** The metrics of the server. */
export interface MetricsReport {
  readonly version: string;
  readonly statistics: readonly MetricReport[];
}

/** A user, with what the user says about themselves. */
export interface PersonWithProfile extends ProfileTag {
  readonly role: Role;
  /** Whether the user is connected. */
  readonly online: boolean;
  /** Set if the user cannot sign in. */
  readonly deactivated?: true;
  /** Set while the user is muted; for the user themselves and for moderators. */
  readonly muted?: {
    /** In ms since the Unix epoch. */
    readonly until: number;
    /** The name of the moderator, as it was. */
    readonly by?: string;
  };
  /** What the user has; for the user themselves. It tells what can sign them in again. */
  readonly use?: PersonUse;
}
