/**
 * What the page knows, as plain immutable values. Nothing here touches the DOM, the network or
 * the clock, so that every promise the page makes can be tested as a function.
 */
import type {
  BanListing,
  ClientFrame,
  CommandOf,
  FileInfo,
  Level,
  Limits,
  Message,
  MessageDeleted,
  MessageEdited,
  ModerationListing,
  PlaceOfPage,
  PresenceState,
  ReactionChanged,
  Role,
  RoomKind,
  RoomListing,
  SearchHit,
  ServerFrame,
} from "../../lib/protocol.ts";

/** The state of the line to the server, as people see it. */
export type Line = "connecting" | "open" | "closing" | "closed";

/** What a person did to a room's log, as it is sent: it is kept until the server answers it. */
export type Draft =
  | CommandOf<"room_message">
  | CommandOf<"edit_message">
  | CommandOf<"delete_message">
  | CommandOf<"react">;

/** A draft under its key, from the moment it was made until the event that acknowledges it. */
export interface Pending {
  readonly key: string;
  /** The folded name of the room it is for. */
  readonly room: string;
  readonly at: number;
  readonly draft: Draft;
  /** `waiting` for a line, `sent` on the present one, or `refused` by the server. */
  readonly status: "waiting" | "sent" | "refused";
  /** Why it was refused, in words. */
  readonly reason?: string;
  /** The files that go with it, by their ids here. */
  readonly uploads?: readonly string[];
}

/** A file on its way to the server. Its bytes are kept beside the state, under its id. */
export interface Upload {
  readonly id: string;
  /** The room that it is for. */
  readonly room: string;
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** In pixels; images have both. */
  readonly width?: number;
  readonly height?: number;
  /** Where an image can be seen before it is at the server. */
  readonly preview?: string;
  readonly status: "waiting" | "sending" | "done" | "refused";
  /** How much of it is there, from 0 to 1. */
  readonly progress: number;
  /** Why it was refused, in words. */
  readonly reason?: string;
  /** What it is at the server, once it is there. */
  readonly file?: FileInfo;
}

/** What becomes known of a file on its way. */
export type UploadChange = Partial<Omit<Upload, "id" | "room">>;

/** What the composer of a room is about, when it is not simply a new message. */
export interface Composing {
  readonly mode: "reply" | "edit";
  readonly seq: number;
}

/** What changes a message that was said before. */
export type Change = MessageEdited | MessageDeleted | ReactionChanged;

/** A part of a log without a hole in it: messages as they are now, oldest first. */
export interface LogPart {
  readonly messages: readonly Message[];
  /** Whether the log has messages older than `messages`. */
  readonly more: boolean;
}

/** Where somebody reads: a message, and how far its top is below the top of the view, in px. */
export interface Place {
  readonly seq: number;
  readonly top: number;
}

/** A room or direct conversation, and the end of its log as far as the page holds it. */
export interface Room extends LogPart {
  readonly name: string;
  readonly kind: RoomKind;
  readonly title?: string;
  readonly epoch?: string;
  readonly members: readonly string[];
  /** Every event up to this one is held; the next one applied is `seq + 1`. */
  readonly seq: number;
  /** Whether a page of its log has arrived at all. */
  readonly loaded: boolean;
  /** Whether it was joined on the present connection: only then is anything sent to it. */
  readonly live: boolean;
  /** Whether an answer to `join` is on its way. */
  readonly joining: boolean;
  readonly read: number;
  readonly unread: number;
  /** What of it one wants to be told of. */
  readonly level: Level;
  /** An older part of the log, which is read instead of the end; always before it. */
  readonly passage?: LogPart;
  /** Where one reads, when that is not at the end. */
  readonly place?: Place;
  readonly loadingHistory: boolean;
  /** What changed while a page of history is on its way. */
  readonly changes?: readonly Change[];
  /** Up to where the log was held when too much was missed: what follows it is not shown. */
  readonly skipped?: number;
  /** Who is typing, and until when that is worth showing. */
  readonly typing: ReadonlyMap<string, number>;
  /** The read mark when the room was opened: the line above what is new. */
  readonly divider?: number;
  /** Whether only moderators can write. */
  readonly locked?: true;
  /** How long one person waits between two messages, and until when one has to wait oneself. */
  readonly slowSeconds?: number;
  readonly waitUntil?: number;
  /** A conversation with a guest who is gone: nobody can write in it any more. */
  readonly over?: true;
  readonly composing?: Composing;
}

/** A room as it is kept from one time to the next: without what holds only for the moment. */
export type KeptRoom = Omit<
  Room,
  "live" | "joining" | "loadingHistory" | "typing" | "divider" | "composing" | "waitUntil"
>;

/** What is kept beside the rooms. */
export interface KeptPage {
  readonly me: State["me"];
  readonly people: readonly Person[];
  readonly roles: State["roles"];
  /** How far back this is, in ms since the Unix epoch. */
  readonly at: number;
  readonly server?: NonNullable<State["server"]>;
  readonly current?: string;
  readonly blocks?: readonly string[];
}

/** A request whose answer is awaited on the present connection, by its key. */
export type Request =
  | { readonly kind: "join"; readonly room: string; readonly after?: number }
  | { readonly kind: "leave" | "create" | "invite"; readonly room: string }
  | { readonly kind: "history"; readonly room: string; readonly place: PlaceOfPage }
  | { readonly kind: "search"; readonly terms: SearchTerms; readonly more: boolean }
  | { readonly kind: "order"; readonly order: Order }
  | { readonly kind: "watch" };

/** What is asked of the server about people and order; its answer says what came of it. */
export type Order = CommandOf<
  | "kick"
  | "ban"
  | "unban"
  | "mute"
  | "set_room"
  | "set_role"
  | "block"
  | "list_blocks"
  | "list_bans"
  | "moderation_log"
>;

/** What moderators did, as far as it was asked for; the last first. */
export interface Journal {
  readonly entries: readonly ModerationListing[];
  readonly more: boolean;
}

/** Somebody by name; with the number of the guest where it is one. */
export interface Who {
  readonly name: string;
  readonly guest?: number;
}

/** What is searched for, and where. */
export type SearchTerms = Pick<
  CommandOf<"search">,
  "query" | "room" | "sender" | "since" | "until"
>;

/** The search panel. */
export interface Search {
  readonly terms: SearchTerms;
  readonly busy: boolean;
  readonly hits: readonly SearchHit[];
  readonly more: boolean;
  readonly next?: string;
}

/** A person, as far as presence goes. */
export interface Person extends Who {
  readonly state: PresenceState;
}

/** A part of the page that shows people of whom the server may have to be asked. */
export type View = "members" | "sidebar";

/** Of whom the page asked to be told on the present line. */
export interface Watch {
  /** `undefined` where it asked for nobody yet. */
  readonly names?: readonly string[];
  /** The key of the last question. */
  readonly key?: string;
  /** Whether it is about to ask again. */
  readonly planned: boolean;
}

/** Where to go: to the first message of a room that is not before `seq`. */
export interface Jump {
  readonly room: string;
  readonly seq: number;
  /** How far below the top of the view, in px; without it in its middle, and marked. */
  readonly top?: number;
}

/** Everything the page shows. */
export interface State {
  readonly phase: "starting" | "signed_out" | "signed_in";
  readonly me: { readonly name: string; readonly role: Role };
  /** Until when one may say nothing. */
  readonly mutedUntil?: number;
  /** What the server calls itself, and whether anybody may sign up. */
  readonly server?: { readonly name: string; readonly signUp?: "open" | "invite" };
  /** The invitation that somebody came with, until they have a name. */
  readonly invite?: string;
  readonly line: Line;
  /** When the next attempt to connect is due, while the line is closed. */
  readonly retryAt?: number;
  /** Since when nothing was heard of the server, in ms since the Unix epoch, if that is so. */
  readonly asOf?: number;
  /** Whether the server has said `welcome` on the present line. */
  readonly ready: boolean;
  readonly limits: Limits;
  /** By folded name. */
  readonly rooms: ReadonlyMap<string, Room>;
  /** The folded name of the open room. */
  readonly current?: string;
  /** The folded name of a room to open as soon as it is known. */
  readonly wanted?: string;
  /** Those of whom everybody is told, by folded name: the first who are here, and who was. */
  readonly people: ReadonlyMap<string, Person>;
  /** Those of whom the page asked to be told, by folded name. */
  readonly watched: ReadonlyMap<string, Person>;
  /** How many were online or away when the server last said so. */
  readonly onlineCount: number;
  /** What the page asks for, and whom its parts show. */
  readonly watch: Watch;
  readonly looks: ReadonlyMap<View, readonly string[]>;
  /** What people are, by folded name, as far as that was heard. */
  readonly roles: ReadonlyMap<string, Role>;
  /** Whom one hears nothing from, once asked for. */
  readonly blocks?: readonly string[];
  /** Who may not come in, and what moderators did, once asked for. */
  readonly bans?: readonly BanListing[];
  readonly journal?: Journal;
  /** Whose card is open. */
  readonly person?: Who;
  readonly pending: readonly Pending[];
  /** Files on their way, by their ids here, in the order in which they were chosen. */
  readonly uploads: ReadonlyMap<string, Upload>;
  readonly requests: ReadonlyMap<string, Request>;
  readonly lastRequest: number;
  /** The public rooms, once asked for. */
  readonly listing?: readonly RoomListing[];
  readonly search?: Search;
  /** A message to bring into view. */
  readonly jump?: Jump;
  /** Something to tell once: a refusal, or why one was signed out. */
  readonly notice?: string;
  /** Something to tell once that is no refusal. */
  readonly news?: string;
}

/** Everything that can happen. */
export type Action =
  | { type: "frames"; frames: readonly ServerFrame[]; at: number }
  | { type: "line"; line: Line; at: number; retryAt?: number }
  | {
    type: "signed_in";
    name: string;
    role: Role;
    pending: readonly Pending[];
    /** What is kept of the last time. */
    page?: KeptPage;
    rooms?: readonly KeptRoom[];
  }
  | { type: "adopted"; pending: readonly Pending[] }
  | { type: "signed_out"; reason?: string; invite?: string }
  | { type: "server"; name: string; signUp: "open" | "invite" }
  | Intent;

/** What a person, or a timer on their behalf, asks for. */
export type Intent =
  | { type: "open"; room: string }
  | { type: "send"; draft: Draft; key: string; at: number; uploads?: readonly string[] }
  | { type: "attach"; upload: Upload }
  | { type: "detach"; id: string }
  | { type: "upload"; id: string; change: UploadChange }
  | { type: "retry_upload"; id: string }
  | { type: "upload_lost"; key: string; reason: string }
  | { type: "retry"; key: string }
  | { type: "discard"; key: string }
  | { type: "flush"; room: string }
  | { type: "join"; room: string }
  | { type: "rejoin"; room: string }
  | { type: "decline" }
  | { type: "leave"; room: string }
  | { type: "create"; room: string; kind: "public" | "private"; title?: string }
  | { type: "invite"; room: string; name: string }
  | { type: "browse" }
  | { type: "history"; room: string; newer?: true }
  | { type: "search"; terms: SearchTerms }
  | { type: "search_more" }
  | { type: "search_close" }
  | { type: "jump"; room: string; seq: number; top?: number }
  | { type: "jumped" }
  | { type: "newest"; room: string }
  | { type: "place"; room: string; place?: Place }
  | { type: "seen"; room: string; seq?: number }
  | { type: "typing"; room: string }
  | { type: "active" }
  | { type: "level"; room: string; level: Level }
  | { type: "compose"; room: string; composing?: Composing }
  | { type: "order"; order: Order }
  | { type: "person"; who?: Who }
  | { type: "look"; view: View; names: readonly string[] }
  | { type: "watch"; again?: string }
  | { type: "tell"; news: string }
  | { type: "tick"; at: number }
  | { type: "dismiss" };

/** Something that was said where one is not looking, perhaps. */
export interface Note {
  readonly room: string;
  readonly sender: string;
  readonly text: string;
}

/** What the world is asked to do after an action. */
export type Effect =
  | { readonly type: "tell"; readonly note: Note }
  | { readonly type: "send"; readonly frame: ClientFrame }
  | { readonly type: "later"; readonly ms: number; readonly action: Action };

/** A state, and what is to be done about it. */
export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}
