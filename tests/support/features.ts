/**
 * Everything that users can store, one row each: what a client sends for it, and where it is found
 * later. `tests/soak/features_test.ts` does all of it on each store, with kills and on two instances.
 *
 * @module
 */
import type { PersonalChange } from "../../lib/chat/personal.ts";
import type { EventKind } from "../../lib/chat/events/index.ts";
import type { ErrorCode } from "../../lib/protocol/errors.ts";
import type { ClientFrame, Message, ServerFrame, Welcome } from "../../lib/protocol/frames.ts";

type FrameOf<T extends ServerFrame["type"]> = Extract<ServerFrame, { type: T }>;

/** What one row acts on, once. Nothing else acts on it. */
export interface Spot {
  readonly room_id: string;
  /** A message of the user who acts. */
  readonly seq: number;
  /** The id of a picture that the user has uploaded. */
  readonly file: string;
  /** Different for each spot. */
  readonly n: number;
  /** A time ahead, in ms since the Unix epoch. */
  readonly later: number;
}

/** What the message at a spot is: a text, a poll, one with a preview, or the root of a thread. */
export type Ground = "text" | "poll" | "link" | "thread";

/** What a device of the user reads that knew nothing before. */
export interface Found {
  readonly message: (seq: number) => Message;
  readonly welcome: Welcome;
  readonly drafts: FrameOf<"drafts">["drafts"];
  readonly saved: FrameOf<"saved">["messages"];
  readonly scheduled: FrameOf<"scheduled_list">["entries"];
  readonly reminders: FrameOf<"reminders">["reminders"];
  readonly threads: FrameOf<"threads">["threads"];
  readonly emoji: FrameOf<"emoji_list">["emoji"];
}

/** Something that users can store. */
export interface Feature {
  readonly name: string;
  /** What is at its spots before: a text by default. */
  readonly on?: Ground;
  /** Whether it needs an uploaded file. */
  readonly withFile?: true;
  /** The command for it; missing if the server does it after the message at the spot. */
  readonly sends?: (spot: Spot) => ClientFrame;
  /** What the same command is refused with once it was carried out, if it is. */
  readonly repeated?: ErrorCode;
  /** What the user's other devices are told, if it is not what answers the command. */
  readonly tells?: (spot: Spot) => Partial<ServerFrame>;
  /** Whether it is there, and once. For an event, the log says that too. */
  readonly isFound?: (found: Found, spot: Spot) => boolean;
}

/** The place that a spot is. */
const at = ({ room_id, seq }: Spot) => ({ room_id, seq });

/** Whether exactly one of some entries is the one at a spot. */
function isOnce<T>(entries: readonly T[], isHere: (entry: T) => boolean): boolean {
  return entries.filter(isHere).length === 1;
}

/** What events do. */
export const EVENT_FEATURES: Readonly<Record<EventKind, readonly Feature[]>> = {
  message: [
    {
      name: "message",
      sends: ({ room_id, n }) => ({ type: "room_message", room_id, message: `message ${n}` }),
    },
    {
      name: "reply in a thread",
      sends: ({ room_id, seq, n }) => ({
        ...{ type: "room_message", room_id, message: `reply ${n}`, thread: seq },
      }),
      isFound: ({ message, threads }, { seq }) =>
        message(seq).replies?.count === 1 && isOnce(threads, ({ thread }) => thread === seq),
    },
    {
      name: "forwarded message",
      sends: (spot) => ({
        ...{ type: "room_message", room_id: spot.room_id, message: "", forward: at(spot) },
      }),
    },
    {
      name: "poll",
      sends: ({ room_id, n }) => ({
        ...{ type: "room_message", room_id, message: "" },
        poll: { question: `question ${n}`, options: ["yes", "no"] },
      }),
    },
    {
      name: "message with a file",
      withFile: true,
      sends: ({ room_id, file }) => ({
        ...{ type: "room_message", room_id, message: "", files: [file] },
      }),
    },
  ],
  edit: [{
    name: "edit",
    sends: (spot) => ({ type: "edit_message", ...at(spot), message: `edited ${spot.n}` }),
    isFound: ({ message }, { seq, n }) => message(seq).message === `edited ${n}`,
  }],
  delete: [{
    name: "deletion",
    sends: (spot) => ({ type: "delete_message", ...at(spot) }),
    isFound: ({ message }, { seq }) => message(seq).deleted === true,
  }],
  message_pinned: [{
    name: "pin",
    sends: (spot) => ({ type: "pin_message", ...at(spot), on: true }),
    isFound: ({ message }, { seq }) => message(seq).pinned === true,
  }],
  reaction: [{
    name: "reaction",
    sends: (spot) => ({ type: "react", ...at(spot), emoji: "👍", on: true }),
    isFound: ({ message }, { seq }) => isOnce(message(seq).reactions ?? [], (r) => r.count === 1),
  }],
  poll_voted: [{
    name: "vote",
    on: "poll",
    sends: (spot) => ({ type: "vote", ...at(spot), options: [1] }),
    isFound: ({ message }, { seq }) => message(seq).votes?.counts.join() === "0,1",
  }],
  poll_closed: [{
    name: "end of a poll",
    on: "poll",
    sends: (spot) => ({ type: "close_poll", ...at(spot) }),
    isFound: ({ message }, { seq }) => message(seq).poll_closed !== undefined,
  }],
  preview_added: [{
    name: "preview",
    on: "link",
    isFound: ({ message }, { seq }) => message(seq).preview !== undefined,
  }],
  preview_removed: [{
    name: "removal of a preview",
    on: "link",
    sends: (spot) => ({ type: "remove_preview", ...at(spot) }),
    isFound: ({ message }, { seq }) => message(seq).preview === undefined,
  }],
  room_changed: [{
    name: "change of the room",
    sends: ({ room_id, n }) => ({ type: "set_room", room_id, title: `title ${n}` }),
  }],
};

/** What users keep for themselves. */
export const PERSONAL_FEATURES: Readonly<Record<PersonalChange["topic"], Feature>> = {
  draft: {
    name: "draft",
    sends: ({ room_id, seq, n, later }) => ({
      ...{ type: "set_draft", room_id, thread: seq, message: `draft ${n}`, at: later - 7_200_000 },
    }),
    isFound: ({ drafts }, { seq, n }) =>
      isOnce(drafts, ({ thread, message }) => thread === seq && message === `draft ${n}`),
  },
  saved: {
    name: "saved message",
    sends: (spot) => ({ type: "save_message", ...at(spot), on: true }),
    isFound: ({ saved }, spot) => isOnce(saved, ({ seq }) => seq === spot.seq),
  },
  scheduled: {
    name: "scheduled message",
    withFile: true,
    sends: ({ room_id, seq, file, n, later }) => ({
      ...{ type: "schedule_message", room_id, message: `later ${n}`, at: later },
      ...{ thread: seq, files: [file] },
    }),
    isFound: ({ scheduled }, { seq, file, n }) =>
      isOnce(
        scheduled,
        ({ message, thread, files }) =>
          message === `later ${n}` && thread === seq && files?.[0]?.id === file,
      ),
  },
  reminder: {
    name: "reminder",
    sends: (spot) => ({ type: "set_reminder", ...at(spot), at: spot.later }),
    isFound: ({ reminders }, { seq, later }) =>
      isOnce(reminders, (one) => one.seq === seq && one.at === later),
  },
  prefs: {
    name: "preferences",
    sends: ({ room_id }) => ({ type: "set_room_prefs", room_id, favourite: true, section: "Work" }),
    isFound: ({ welcome }, { room_id }) =>
      isOnce(welcome.rooms, (room) => room.room_id === room_id && room.section === "Work"),
  },
};

/** What else is stored. */
export const OTHER_FEATURES: readonly Feature[] = [
  {
    name: "thread that is not followed",
    on: "thread",
    sends: ({ room_id, seq }) => ({ type: "follow_thread", room_id, thread: seq, on: false }),
    tells: ({ seq }) => ({ type: "thread_followed", thread: seq, on: false }),
    isFound: ({ threads }, { seq }) => threads.every(({ thread }) => thread !== seq),
  },
  {
    name: "level",
    sends: ({ room_id }) => ({ type: "set_level", room_id, level: "none" }),
    isFound: ({ welcome }, { room_id }) =>
      isOnce(welcome.rooms, (room) => room.room_id === room_id && room.level === "none"),
  },
  {
    name: "quiet hours",
    sends: ({ later }) => ({ type: "set_quiet", until: later }),
    isFound: ({ welcome }, { later }) => welcome.quiet?.until === later,
  },
  {
    name: "profile",
    sends: () => ({ type: "set_profile", status: { emoji: "🌴", text: "away" } }),
    isFound: ({ welcome }) => welcome.profile?.status?.text === "away",
  },
  {
    name: "emoji of the server",
    withFile: true,
    sends: ({ n, file }) => ({ type: "set_emoji", emoji: `:emoji_${n}:`, file }),
    repeated: "name_taken",
    isFound: ({ emoji }, { n }) => isOnce(emoji, (one) => one.emoji === `:emoji_${n}:`),
  },
];

/** All of it. */
export const FEATURES: readonly Feature[] = [
  ...Object.values(EVENT_FEATURES).flat(),
  ...Object.values(PERSONAL_FEATURES),
  ...OTHER_FEATURES,
];
