/**
 * What the user has written or chosen and the server has not stored yet; each is bound to a room by
 * its id.
 */
import type { CommandOf, FileInfo, RoomKind } from "../../lib/protocol/frames.ts";

type Changing =
  | "room_message"
  | "edit_message"
  | "delete_message"
  | "react"
  | "vote"
  | "close_poll";
type AddressFields = "room" | "room_id" | "epoch" | "key" | "sender";
type DraftOf<T extends Changing> = Omit<CommandOf<T>, AddressFields>;

/** An act on a room's log without the room's address, which is added when it is sent. */
export type Draft =
  | DraftOf<"room_message">
  | DraftOf<"edit_message">
  | DraftOf<"delete_message">
  | DraftOf<"react">
  | DraftOf<"vote">
  | DraftOf<"close_poll">;

/**
 * Why a draft cannot be sent again as it is: `parted`, the user has left the room; `gone`, the
 * receiver no longer exists; `stale`, it refers to a message of another log; `old`, it was left by
 * a page that addressed rooms by name.
 */
export type Obstacle = "parted" | "gone" | "stale" | "old";

/** The message that a draft refers to, as it was when the draft was made. */
export interface DraftSubject {
  readonly sender: string;
  readonly text: string;
}

/**
 * The part of a room that a draft needs: the page may have to show the draft without the server.
 */
export interface PlaceOfDraft {
  /** The name of the room, or `@Name`. */
  readonly name: string;
  readonly kind: RoomKind;
  /** The id of the other person of a conversation. */
  readonly receiverId?: string;
}

/** A draft under its key, from its creation until the event that acknowledges it. */
export interface Pending {
  readonly key: string;
  /** The key of the room. */
  readonly room: string;
  readonly place: PlaceOfDraft;
  readonly at: number;
  readonly draft: Draft;
  /** The epoch of the log that holds the message it refers to. */
  readonly epoch?: string;
  /** The message it refers to. */
  readonly about?: DraftSubject;
  /** `waiting` for a connection, `sent` on the present one, or `refused` by the server. */
  readonly status: "waiting" | "sent" | "refused";
  /** The reason of a refusal, as a sentence. */
  readonly reason?: string;
  readonly obstacle?: Obstacle;
  /** The ids of the uploads that belong to it. */
  readonly uploads?: readonly string[];
}

/** An upload. Its bytes are held outside the state, under its id. */
export interface Upload {
  readonly id: string;
  /** The key of the room, and the root of the thread for which it was chosen. */
  readonly room: string;
  readonly thread?: number;
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** In pixels; set for images only. */
  readonly width?: number;
  readonly height?: number;
  /** The object URL of a preview, for images. */
  readonly preview?: string;
  readonly status: "waiting" | "sending" | "done" | "refused";
  /** The uploaded share, from 0 to 1. */
  readonly progress: number;
  /** The reason of a refusal, as a sentence. */
  readonly reason?: string;
  readonly obstacle?: Obstacle;
  /** The file at the server, once the upload is done. */
  readonly file?: FileInfo;
}

/** A change of an upload. */
export type UploadChange = Partial<Omit<Upload, "id" | "room">>;

/** What the composer of a room refers to, if it is not simply a new message. */
export interface Composing {
  readonly mode: "reply" | "edit";
  readonly seq: number;
  /** The root of the thread in whose panel the user writes. */
  readonly thread?: number;
  /** The epoch of the log in which `seq` is that message. */
  readonly epoch?: string;
}

/** An unsent text, bound to its room by id, or to the receiver of a conversation. */
export interface SavedDraft {
  readonly room: string;
  readonly text: string;
  /** The `seq` of the message that the text answers. */
  readonly answers?: number;
  /** The epoch of the log that holds that message. */
  readonly epoch?: string;
  /** The edit in this room; the text beside it waits until it ends. */
  readonly edit?: SavedEdit;
  /** When it was changed: what was changed last counts, on whatever device of the user. */
  readonly at?: number;
  /** The `at` that the server has; 0 while it may have an earlier text. */
  readonly saved?: number;
}

/** The edit of a message that the user has begun. */
export interface SavedEdit extends Answering {
  readonly text: string;
  /** The `edited_at` of the text that it changes; 0 for the first. */
  readonly base?: number | undefined;
}

/** The message that a text answers. */
export interface Answering {
  readonly seq: number;
  readonly epoch?: string | undefined;
}
