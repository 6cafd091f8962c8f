/**
 * The props of a message row and its actions.
 *
 * @module
 */
import type { ComponentChildren } from "preact";
import type { Message } from "../../../lib/protocol/frames.ts";
import type { Deletion } from "../../state/selection.ts";
import type { NameMark } from "../../state/selectors.ts";
import type { Pending } from "../../state/reducer.ts";
import type { PersonRef, RoomState } from "../../state/types.ts";

/** The props of a message. */
export interface MessageProps {
  /** The key of the room, and the epoch of the log that holds the message. */
  readonly room: string;
  readonly epoch: string | undefined;
  readonly me: PersonRef;
  readonly message: Message;
  /** The mark beside the sender's name. */
  readonly mark: NameMark;
  /** Whether the user has blocked the sender. */
  readonly folded: boolean;
  readonly quoted: Message | undefined;
  readonly quotedMark: NameMark;
  readonly edit: Pending | undefined;
  /** The room, while an edit is unacknowledged. */
  readonly place: RoomState | undefined;
  /** Whether the message opens a day, and whether it shows its sender. */
  readonly day: boolean;
  readonly head: boolean;
  /** Whether the message is the first new one. */
  readonly fresh: boolean;
  readonly active: boolean;
  /** Whether replies can be put into threads. */
  readonly threads: boolean;
  /** Whether the user moderates the room. */
  readonly moderates: boolean;
  /** Whether the user may post in the room, and pin messages. */
  readonly posts: boolean;
  /** How many deleted messages the row stands for, if the message is deleted. */
  readonly run: number;
  readonly pins: boolean;
  readonly activate: (seq: number) => void;
  /** Deletes the message, or begins to select several with it. */
  readonly onDelete: (deletion: Deletion) => void;
  /** The checkbox, while messages are selected. */
  readonly pick?: ComponentChildren;
  /** What is open over the message: it stays when the pointer leaves the message. */
  readonly over: Over | undefined;
  /** Opens something over a message, or closes it. */
  readonly openOver: (over?: Over) => void;
}

/** What is open over a message: all emoji, or its actions. */
export interface Over {
  readonly seq: number;
  readonly view: "emoji" | "menu";
  /** Beside what it opens. */
  readonly anchor: DOMRect;
}

/** The props of what is open over a message. */
export interface MessageOverlayProps extends MessageProps {
  readonly over: Over;
}
