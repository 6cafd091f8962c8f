/**
 * The commands of bots, from the side of the user: `/weather Zürich` is a command, and `//weather` is
 * the text `/weather`. Answers go to the caller alone; the page keeps the latest ones until it is
 * closed.
 *
 * @module
 */
import type { Notice } from "../../lib/protocol/frames.ts";
import { answered, step } from "./step.ts";
import type { CommandCall, PageState, RoomState, Transition } from "./types.ts";

/** How many calls are kept. */
const MAX_CALLS = 20;

/** A name as the server accepts it, and the rest. A path such as `/etc/hosts` is no command. */
const COMMAND = /^\/([a-z0-9][a-z0-9_-]{0,31})(?:\s+([^]*))?$/i;

/** A command, as the user has written it. */
export interface WrittenCommand {
  readonly command: string;
  readonly text: string;
}

/** Reads a written text as a command. @returns `undefined` if it is a message. */
export function commandIn(written: string): WrittenCommand | undefined {
  const [, command, text = ""] = COMMAND.exec(written.trim()) ?? [];
  return command === undefined ? undefined : { command: command.toLowerCase(), text };
}

/** Returns the message in a written text: without the slash that says that it is no command. */
export function messageIn(written: string): string {
  const text = written.trim();
  return text.startsWith("//") && commandIn(text.slice(1)) !== undefined ? text.slice(1) : text;
}

/**
 * Whether a bot in a room takes a command: `offline` and `asking` while the page does not know.
 */
export type CommandStanding = "offered" | "unknown" | "asking" | "offline";

/** Returns whether a bot in the room takes a command. */
export function standingOf(
  { lists: { commands }, ready }: PageState,
  { key, live }: RoomState,
  { command }: WrittenCommand,
): CommandStanding {
  if (!ready || !live) return "offline";
  if (commands?.room_id !== key) return "asking";
  return commands.commands.some((offer) => offer.command === command) ? "offered" : "unknown";
}

/** The calls in a room that the page keeps, the oldest first. */
export function callsIn({ calls }: PageState, { key }: RoomState): readonly CommandCall[] {
  return calls.filter(({ room }) => room === key);
}

/** A bot has the user's command. */
export function onCommandSent(
  before: PageState,
  frame: Extract<Notice, { type: "command_sent" }>,
): Transition {
  const request = frame.key === undefined ? undefined : before.requests.get(frame.key);
  const state = answered(before, frame.key);
  if (request?.kind !== "order" || request.order.type !== "run_command") return step(state);
  const { text = "" } = request.order;
  return step(withCall(state, { ...callOf(frame), text, answers: [] }));
}

/** A bot has answered the user. */
export function onCommandAnswered(
  state: PageState,
  frame: Extract<Notice, { type: "command_answered" }>,
): Transition {
  const known = state.calls.find(({ id }) => id === frame.call_id);
  const call = known ?? { ...callOf(frame), text: "", answers: [] };
  return step(withCall(state, { ...call, answers: [...call.answers, frame.message] }));
}

/** Removes a call that the user has read. */
export function withoutCall(state: PageState, id: string): PageState {
  return { ...state, calls: state.calls.filter((call) => call.id !== id) };
}

function callOf(
  { call_id: id, room_id: room, command, by }: Extract<
    Notice,
    { type: "command_sent" | "command_answered" }
  >,
) {
  return { id, room, command, by };
}

function withCall(state: PageState, call: CommandCall): PageState {
  const others = state.calls.filter(({ id }) => id !== call.id);
  return { ...state, calls: [...others, call].slice(-MAX_CALLS) };
}
