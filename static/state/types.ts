/**
 * The page's state, as plain immutable values. Nothing here touches the DOM, the network or the
 * clock, so every promise of the page can be tested as a function.
 */
import type { Right, RoomRights } from "../../lib/chat/events/rights.ts";
import type { ConnectionStatus } from "@hubbub/client";
import type {
  ChangeEvent,
  ClientFrame,
  CommandOf,
  CommandType,
  ErrorFrame,
  Level,
  ListFrame,
  Message,
  ModerationListing,
  PendingInvitation,
  PresenceState,
  ProfileTag,
  ReminderListing,
  Role,
  RoomEvent,
  RoomKind,
  RoomListing,
  RoomSummary,
  SearchHit,
  ServerFrame,
} from "../../lib/protocol/frames.ts";
import type { PlaceOfPage } from "../../lib/protocol/address.ts";
import type { Quiet } from "../../lib/protocol/quiet.ts";
import type { Limits } from "../../lib/protocol/limits.ts";
import type {
  Composing,
  Draft,
  DraftSubject,
  Pending,
  SavedDraft,
  Upload,
  UploadChange,
} from "./drafts.ts";

export type * from "./drafts.ts";

export type { ConnectionStatus } from "@hubbub/client";

/** A change of a room itself: its name, its rules and so on. */
export type RoomChanged = Extract<RoomEvent, { readonly type: "room_changed" }>;

/** A contiguous part of a log: messages in their present form, the oldest first. */
export interface Timeline {
  readonly messages: readonly Message[];
  /** Whether the log has messages older than `messages`. */
  readonly more: boolean;
}

/** A reading position: a message, and how far its top is below the top of the view, in px. */
export interface ReadingPosition {
  readonly seq: number;
  readonly top: number;
}

/** A room or conversation, and the end of its log as far as the page has loaded it. */
export interface RoomState extends Timeline {
  /** The key of the room on the page: its id, or `@` and the receiver's id while it has none. */
  readonly key: string;
  /** Its name, or `@` and the names of the others in a conversation; for display, never for addressing. */
  readonly name: string;
  readonly kind: RoomKind;
  /** The id of the other person of a conversation, once it is known. */
  readonly receiverId?: string;
  /** The others in a conversation without a name. */
  readonly people?: readonly PersonRef[];
  readonly title?: string;
  /** Whether the user is the room's host, and moderates it. */
  readonly host?: true;
  /** Whether new users join the room: it can be neither closed nor deleted. */
  readonly isDefault?: true;
  readonly epoch?: string;
  readonly memberCount: number;
  /** The members that the page knows: in a large room only some. */
  readonly members: readonly string[];
  /** The ids of `members`, by folded name. */
  readonly memberIds: ReadonlyMap<string, string>;
  /** The ids of those among them who are deactivated. */
  readonly deactivated?: readonly string[];
  /** The page has every event up to this one; the next one to apply is `seq + 1`. */
  readonly seq: number;
  /** Whether any page of the log has been loaded. */
  readonly loaded: boolean;
  /** Whether the room was joined on the present connection: only then is anything sent to it. */
  readonly live: boolean;
  /** Whether a `join` request is pending. */
  readonly joining: boolean;
  readonly read: number;
  /** The read mark as the server last stated it: the page may be ahead of it, while offline. */
  readonly confirmedRead: number;
  readonly unread: number;
  /** How many of the unread messages mention the user or the whole room. */
  readonly mentions: number;
  /** Set after the user has marked messages as unread, until they open the room anew. */
  readonly markedUnread?: true;
  /** The notification level. */
  readonly level: Level;
  /** Whether it is among the user's favourites, and in which section of the sidebar it is. */
  readonly favourite?: true;
  readonly section?: string;
  /** Whether the user has hidden what the room begins with. */
  readonly introduced?: true;
  /** An older part of the log, shown instead of the end; it always lies before `messages`. */
  readonly historyWindow?: Timeline;
  /** Messages that others answer and that no part of the log holds, by `seq`. */
  readonly quotes?: ReadonlyMap<number, Message>;
  /** The reading position, if it is not at the end. */
  readonly place?: ReadingPosition;
  readonly loadingHistory: boolean;
  /** The changes that arrived while a page of history is loading. */
  readonly changes?: readonly ChangeEvent[];
  /**
   * The `seq` up to which the log was loaded when too much was missed: what follows is not shown.
   */
  readonly skipped?: number;
  /** The names of the typing users, each with the time until which to show it. */
  readonly typing: ReadonlyMap<string, number>;
  /** The read mark when the room was opened: the line above what is new. */
  readonly divider?: number;
  /** Whether the room is archived: nobody may write. */
  readonly archived?: true;
  /** Whether only moderators may write. */
  readonly locked?: true;
  /** Set if replies cannot be put into threads here. */
  readonly threads?: false;
  /** After how many days the room's messages are deleted, if it has a limit of its own. */
  readonly retentionDays?: number;
  /** Set if links get no previews here. */
  readonly previews?: false;
  /** What the room decides about its members, where it has said so. */
  readonly rights?: { readonly [R in keyof RoomRights]?: Right | undefined };
  /** The slow mode delay in seconds, and the time until which the user has to wait. */
  readonly slowSeconds?: number;
  readonly waitUntil?: number;
  /** The latest changes of the room itself that the page has seen, the oldest first. */
  readonly roomChanges?: readonly RoomChanged[];
  /** Set for a conversation whose guest or bot no longer exists: nobody can write in it. */
  readonly over?: true;
  /** Set after the user has left the room: only unsent drafts are left of it. */
  readonly parted?: true;
  readonly composing?: Composing;
}

/** A stored room: without the fields that hold only for the moment. */
export type RoomSnapshot = Omit<
  RoomState,
  "live" | "joining" | "loadingHistory" | "typing" | "divider" | "composing" | "waitUntil"
>;

/** The stored part of the state besides the rooms. */
export interface PageSnapshot {
  readonly epoch?: string;
  readonly me: PageState["me"];
  readonly people: readonly PersonPresence[];
  readonly roles: PageState["roles"];
  /** When the snapshot was taken, in ms since the Unix epoch. */
  readonly at: number;
  readonly server?: NonNullable<PageState["server"]>;
  readonly current?: string;
  readonly blocks?: PageState["blocks"];
  /** What the user has ordered and the server has not answered. */
  readonly orders?: readonly Order[];
}

/** A request whose answer is pending on the present connection, by its key. */
export type PendingRequest =
  /** `join` subscribes to a room of the user; `enter` makes the user a member. */
  | {
    readonly kind: "join" | "enter";
    readonly room: string;
    readonly after?: number;
    /** Set if the page wants to learn of news only, and not what there is. */
    readonly brief?: true;
  }
  /** Looks up a conversation that the page has under a provisional key. */
  | { readonly kind: "find"; readonly room: string }
  /** Subscribes to rooms of the user that `welcome` has not listed. */
  | { readonly kind: "rest"; readonly rooms: FollowedRooms; readonly epoch: string }
  | { readonly kind: "leave" | "invite" | "decline"; readonly room: string }
  | { readonly kind: "create" }
  | { readonly kind: "history"; readonly room: string; readonly place: PlaceOfPage }
  | { readonly kind: "search"; readonly terms: SearchTerms; readonly more: boolean }
  | { readonly kind: "order"; readonly order: Order }
  | { readonly kind: "watch" };

/** Rooms to subscribe to, and up to where the page knows them. */
export type FollowedRooms = CommandOf<"resume">["rooms"];

/** The commands that the page sends by intents of their own, or by itself. */
type OtherCommand =
  | "room_message"
  | "private_message"
  | "edit_message"
  | "delete_message"
  | "react"
  | "vote"
  | "close_poll"
  | "join"
  | "resume"
  | "leave"
  | "create_room"
  | "invite"
  | "add_members"
  | "decline_invitation"
  | "list_rooms"
  | "list_memberships"
  | "typing"
  | "presence"
  | "watch"
  | "history"
  | "search"
  | "ping";

/** A command that the page sends as it is; the server answers with its result or a list. */
export type Order = CommandOf<Exclude<CommandType, OtherCommand>>;

/** The loaded entries of the moderation log; the newest first. */
export interface ModerationLog {
  readonly entries: readonly ModerationListing[];
  readonly more: boolean;
}

/** A person: their name, and their id if it is known. */
export interface PersonRef {
  readonly name: string;
  readonly id?: string;
  readonly guest?: true;
}

/** The query, and the time zone in which its days begin. */
export interface SearchTerms {
  readonly query: string;
  readonly time_zone?: string;
}

/** The search: it survives closing the panel. */
export interface SearchState {
  readonly terms: SearchTerms;
  readonly busy: boolean;
  /** Whether `hits` belong to `terms`; until then they are those of the search before. */
  readonly answered: boolean;
  readonly hits: readonly SearchHit[];
  readonly more: boolean;
  readonly next?: string;
  /** Why the server refused the search. */
  readonly refusal?: Pick<ErrorFrame, "code" | "message">;
}

/** A person and their presence. */
export interface PersonPresence extends PersonRef {
  readonly state: PresenceState;
}

/** A part of the page that shows names whose profile and presence may need a subscription. */
export type NameList = "members" | "sidebar" | "log";

/** The presence subscription on the present connection. */
export interface Watch {
  /** The subscribed names; `undefined` before the first subscription. */
  readonly names?: readonly string[];
  /** The key of the last request. */
  readonly key?: string;
  /** Whether a subscription is scheduled. */
  readonly planned: boolean;
}

/** A command that the user has given to a bot. */
export interface CommandCall {
  readonly id: string;
  /** The key of the room. */
  readonly room: string;
  readonly command: string;
  readonly text: string;
  /** The name of the bot. */
  readonly by: string;
  readonly answers: readonly string[];
}

/** The target of a jump: the first message of a room at or after `seq`. */
export interface Jump {
  /** The key of the room. */
  readonly room: string;
  readonly seq: number;
  /**
   * Its distance from the top of the view, in px; without it, the message is centred and marked.
   */
  readonly top?: number;
}

/** A dialog about a message: where to forward it, or who has reacted to it, with an emoji first. */
export interface MessageDialog {
  readonly about: "forward" | "reactions";
  readonly message: Message;
  readonly emoji?: string;
}

/** What the page knows about the server before anyone has signed in. */
export interface ServerAbout {
  readonly name: string;
  /** The path of its icon. */
  readonly icon?: string | undefined;
  readonly signUp?: "open" | "invite";
  /** By what users sign in: also by OpenID providers, or by nothing else. */
  readonly signIn?: "any" | "providers";
  readonly providers?: readonly { readonly id: string; readonly name: string }[];
}

/** A thread as a root names it: the key of its room, and the `seq` of the root. */
export interface ThreadRef {
  readonly room: string;
  readonly seq: number;
}

/** The thread that is open, with what the page has fetched of it. */
export interface OpenThread extends ThreadRef {
  /** The reply to show and to mark; once that is done, none. */
  readonly at?: number;
  /** Its messages in their present form; the room may hold more of them. */
  readonly messages?: readonly Message[];
  /** Whether it has messages older than those. */
  readonly more?: boolean;
  /** The names of those who are typing in it, each with the time until which to show it. */
  readonly typing?: ReadonlyMap<string, number>;
}

/** The state of the page. */
export interface PageState {
  readonly phase: "starting" | "signed_out" | "signed_in";
  readonly me: PersonRef & { readonly role: Role };
  /** The time until which the user is muted. */
  readonly mutedUntil?: number;
  /** The server's name, and whether anyone may sign up. */
  readonly server?: ServerAbout;
  /** The invitation in the link that opened the page, until the user has a name. */
  readonly invite?: string;
  readonly line: ConnectionStatus;
  /** When the next attempt to connect is due, while the connection is closed. */
  readonly retryAt?: number;
  /**
   * The time of the last contact with the server, while the page shows a snapshot; in ms since the
   * Unix epoch.
   */
  readonly asOf?: number;
  /** Whether `welcome` has arrived on the present connection. */
  readonly ready: boolean;
  readonly limits: Limits;
  /**
   * The epoch of the server's data; another one means that the server was restored from a backup.
   */
  readonly epoch?: string;
  /** The rooms, by key. */
  readonly rooms: ReadonlyMap<string, RoomState>;
  /** The key of the open room. */
  readonly current?: string;
  /** The address of a room to open once it is known: a folded name, or `id:` and an id. */
  readonly wanted?: string;
  /** Set if the user is in more rooms than the server has listed. */
  readonly moreRooms?: boolean;
  /** The rooms into which the user is invited. */
  readonly invitations: readonly PendingInvitation[];
  /**
   * The people whose presence is broadcast, by folded name: the first to connect, and those who
   * were.
   */
  readonly people: ReadonlyMap<string, PersonPresence>;
  /** The people whose presence the page has subscribed to, by folded name. */
  readonly watched: ReadonlyMap<string, PersonPresence>;
  /** What users say about themselves, by folded name; only of those whom the page has watched. */
  readonly profiles: ReadonlyMap<string, ProfileTag>;
  /** How many users were online or away at the server's last count. */
  readonly onlineCount: number;
  /** The presence subscription, and the names that each list shows. */
  readonly watch: Watch;
  readonly visibleNames: ReadonlyMap<NameList, readonly string[]>;
  /** When the user wants no notifications. */
  readonly quiet?: Quiet;
  /** The known roles, by folded name. */
  readonly roles: ReadonlyMap<string, Role>;
  /** The people whom the user has blocked, once requested. */
  readonly blocks?: readonly PersonRef[];
  /** The latest list of each type, once requested. */
  readonly lists: { readonly [T in ListFrame["type"]]?: Extract<ListFrame, { type: T }> };
  /** The server's own emoji that have changed on this connection: their pictures now, if any. */
  readonly changedEmoji: ReadonlyMap<string, string | undefined>;
  /** The reminders whose time has come, and that the user has not removed. */
  readonly due: readonly ReminderListing[];
  /** The moderation log, once requested. */
  readonly moderationLog?: ModerationLog;
  /** The thread that is open. */
  readonly thread?: OpenThread;
  /** The person whose card is open. */
  readonly person?: PersonRef;
  /** The dialog about a message that is open. */
  readonly dialog?: MessageDialog;
  readonly pending: readonly Pending[];
  /** The user's commands to bots, and their answers; the latest last. */
  readonly calls: readonly CommandCall[];
  /** The uploads by their ids, in the order in which the files were chosen. */
  readonly uploads: ReadonlyMap<string, Upload>;
  readonly requests: ReadonlyMap<string, PendingRequest>;
  readonly lastRequest: number;
  /** What is at the addresses that the page has looked up; `undefined` where there is no room. */
  readonly lookedUp: ReadonlyMap<string, RoomListing | undefined>;
  readonly search?: SearchState;
  /** The target of a jump; `wantedSeq` while its room is not known. */
  readonly jump?: Jump;
  readonly wantedSeq?: number;
  /** A message to show once: a refusal, or why the user was signed out. */
  readonly notice?: string;
  /** The refusal of the notice, for the form that has sent the command. */
  readonly refused?: ErrorFrame;
  /** A message to show once that is no refusal. */
  readonly news?: string;
  /** What takes back the act that this `news` is about; with other news it is over. */
  readonly undo?: { readonly news: string; readonly action: Action };
  /** Why what is unsent would be lost with the page, and whether the user has dismissed it. */
  readonly unstored?: { readonly why: Unstored; readonly isDismissed?: true };
}

/** Why the page stores nothing, or soon cannot: the browser refuses it, or has hardly any space. */
export type Unstored = "refused" | "full";

/** Everything that can change the state. */
export type Action =
  | { type: "frames"; frames: readonly ServerFrame[]; at: number }
  | { type: "line"; line: ConnectionStatus; at: number; retryAt?: number }
  | {
    type: "signed_in";
    name: string;
    id?: string;
    role: Role;
    pending: readonly Pending[];
    /** The stored snapshot of the page. */
    page?: PageSnapshot;
    rooms?: readonly RoomSnapshot[];
  }
  | { type: "adopted"; pending: readonly Pending[] }
  | { type: "signed_out"; reason?: string; invite?: string }
  | { type: "unstored"; why: Unstored }
  | { type: "server"; server: ServerAbout }
  | Intent;

/** A request of the user, or of a timer on their behalf. */
export type Intent =
  | { type: "open"; room: string }
  /** Goes to an address that the user typed or followed: `name`, `@Name` or `id:ROOM_ID`. */
  | { type: "go"; to: string; seq?: number }
  /** Opens the conversation with a person; `behind`, without leaving the room in view. */
  | { type: "write"; who: PersonRef; behind?: true }
  | {
    type: "send";
    room: string;
    draft: Draft;
    key: string;
    at: number;
    epoch?: string;
    /** The message that it refers to, where that is in another room. */
    about?: DraftSubject;
    uploads?: readonly string[];
  }
  | { type: "attach"; upload: Upload }
  | { type: "detach"; id: string }
  | { type: "upload"; id: string; change: UploadChange }
  | { type: "retry_upload"; id: string }
  | { type: "upload_lost"; key: string; reason: string; obstacle?: "parted" | "gone" }
  | { type: "retry"; key: string }
  /** Keeps an unsent text of a closed room; `open` if the room was in view. */
  | { type: "strand"; entry: Pending; open: boolean }
  | { type: "discard"; key: string }
  | { type: "flush"; room: string }
  /** Joins a public room, or accepts an invitation; `room` is the room's id. */
  | { type: "join"; room: string }
  | { type: "rejoin"; room: string }
  /** Subscribes to rooms that `welcome` has not listed, and holds some rooms of the user. */
  | { type: "follow_rest"; rooms: FollowedRooms; epoch: string; held?: readonly RoomSummary[] }
  | { type: "decline" }
  | { type: "decline_invitation"; room: string }
  /** Discards a room that the user has left, with its unsent drafts. */
  | { type: "close"; room: string }
  | { type: "leave"; room: string }
  /** Opens the conversation with some people, without a name. */
  | { type: "converse"; people: readonly PersonRef[] }
  | { type: "create"; room: string; kind: "public" | "private"; title?: string }
  | { type: "invite"; room: string; who: PersonRef }
  /** The server has said what is at some addresses. */
  | { type: "looked_up"; found: PageState["lookedUp"] }
  | { type: "history"; room: string; newer?: true }
  | { type: "search"; terms: SearchTerms }
  | { type: "search_more" }
  | { type: "open_hit"; hit: SearchHit }
  | { type: "jump"; room: string; seq: number; top?: number }
  | { type: "jumped" }
  | { type: "newest"; room: string }
  | { type: "place"; room: string; place?: ReadingPosition }
  | { type: "seen"; room: string; seq?: number }
  | { type: "typing"; room: string; thread?: number }
  | { type: "active" }
  | { type: "compose"; room: string; composing?: Composing }
  | { type: "order"; order: Order }
  | { type: "dismiss_call"; id: string }
  | { type: "thread"; thread?: OpenThread }
  /** A page of the open thread has arrived. */
  | { type: "thread_page"; of: ThreadRef; messages: readonly Message[]; more: boolean }
  /** Replaces the messages that others answer, as they were when the log ended at `seq`. */
  | { type: "quotes"; room: string; quotes: ReadonlyMap<number, Message>; seq: number }
  | { type: "person"; who?: PersonRef }
  /** Opens a dialog about a message; without one, closes it. */
  | { type: "dialog"; dialog?: MessageDialog }
  | { type: "show_names"; view: NameList; names: readonly string[] }
  | { type: "watch"; again?: string }
  | { type: "show_news"; news: string; undo?: Action }
  | { type: "dismiss_unstored" }
  | { type: "tick"; at: number }
  | { type: "dismiss" };

/** The content of a notification about a message. */
export interface MessageNotification {
  /** The key of the room. */
  readonly room: string;
  readonly name: string;
  readonly seq: number;
  readonly sender: string;
  readonly text: string;
  /** Whether only a thread shows it. */
  readonly jump?: true;
}

/** A side effect to run after an action. */
export type PageEffect =
  | { readonly type: "notify"; readonly note: MessageNotification }
  /** Dismisses the notification of a room, or only that of one message. */
  | { readonly type: "dismiss_notification"; readonly room: string; readonly seq?: number }
  /** Takes over a draft from another device of the user. */
  | { readonly type: "draft"; readonly draft: SavedDraft }
  | { readonly type: "send"; readonly frame: ClientFrame }
  | { readonly type: "later"; readonly ms: number; readonly action: Action };

/** A state, and the effects that lead on from it. */
export interface Transition {
  readonly state: PageState;
  readonly effects: readonly PageEffect[];
}
