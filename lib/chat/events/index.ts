/**
 * The one list of events. To add a kind, write its file and add it to `EVENTS`.
 *
 * @module
 */
import {
  type EventDefinition,
  type EventRefusal,
  type Facts,
  type Field,
  type Fields,
  type FieldValues,
  fromWireFields,
  type MessageChange,
  type RoomChange,
  type Target,
  TARGETS,
  type WireFields,
} from "./event.ts";
import { changeMessage, message, type MessageBody } from "./message.ts";
import { messageDeleted } from "./message_deleted.ts";
import { messageEdited } from "./message_edited.ts";
import { messagePinned } from "./message_pinned.ts";
import { pollClosed } from "./poll_closed.ts";
import { pollVoted } from "./poll_voted.ts";
import { previewAdded } from "./preview_added.ts";
import { previewRemoved } from "./preview_removed.ts";
import { reaction } from "./reaction.ts";
import { roomChanged } from "./room_changed.ts";

/** Every kind of event that this version knows. */
export const EVENTS = [
  message,
  messageEdited,
  messageDeleted,
  messagePinned,
  reaction,
  pollVoted,
  pollClosed,
  previewAdded,
  previewRemoved,
  roomChanged,
] as const;

type Known = (typeof EVENTS)[number];

/** The kinds in the store. */
export type EventKind = Known["kind"];

/** The kinds of events that are not messages. */
export type OtherKind = Exclude<EventKind, "message">;

/** The definition of a kind. */
export type DefinitionOf<K extends EventKind> = Extract<Known, { readonly kind: K }>;

/** The fields of an event of a kind, as the store has them. */
export type ValuesOf<K extends EventKind> = FieldValues<DefinitionOf<K>["fields"]>;

// Each definition takes the fields of its own kind, which a list of all cannot say.
const DEFINITIONS = EVENTS as readonly unknown[] as readonly EventDefinition[];
const BY_KIND: ReadonlyMap<unknown, EventDefinition> = new Map(
  DEFINITIONS.map((definition) => [definition.kind, definition]),
);
const BY_TYPE: ReadonlyMap<unknown, EventDefinition> = new Map([
  ...DEFINITIONS.map((definition) => [definition.type, definition] as const),
  ["private_message", BY_KIND.get(message.kind)!],
]);

/** The definition of a kind in the store; `undefined` for one that only a later version knows. */
export function definitionOf(kind: unknown): EventDefinition | undefined {
  return BY_KIND.get(kind);
}

// On the wire -----------------------------------------------------------------------------------

/** What every event of a room's log carries. */
export interface Envelope {
  readonly seq: number;
  readonly room_id: string;
  readonly sender: string;
  readonly sender_id: string;
  /** Present where the sender was a guest. */
  readonly guest?: true;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly key?: string;
}

/** The place of an event: a room, or the conversation of `sender` and `receiver`. */
type Place = { readonly room: string } | {
  readonly receiver: string;
  readonly receiver_id: string;
};

type Union<S extends Fields> = S extends Fields ? Partial<FieldValues<S>> : never;
type Intersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void
  ? I
  : never;
/** The properties that events set on messages, beside those that every message has. */
type MessageState = Intersection<Union<NonNullable<Known["state"]>>>;

type Said = Envelope & MessageBody & MessageState;

/** A message in a room. */
export type RoomMessage = Said & { type: "room_message"; room: string };

/** A message in a direct conversation. */
export type PrivateMessage = Said & {
  type: "private_message";
  receiver: string;
  receiver_id: string;
};

/** A message, wherever. */
export type Message = RoomMessage | PrivateMessage;

/** An event that is not a message, by its kind. */
type OtherOf<K extends OtherKind> =
  & Envelope
  & Place
  & { type: DefinitionOf<K>["type"] }
  & WireFields<DefinitionOf<K>["fields"]>;

type OtherEvent = { [K in OtherKind]: OtherOf<K> }[OtherKind];

/** An event that changes a message. `target` is the message's `seq`. */
export type ChangeEvent = Extract<OtherEvent, { readonly target: number }>;

/** Every event of a room's log. */
export type RoomEvent = Message | OtherEvent;

/** Whether a frame is an event of a room's log, of a kind that this version knows. */
export function isRoomEvent(frame: { readonly type: string }): frame is RoomEvent {
  return BY_TYPE.has(frame.type);
}

/** Whether a frame or an event is a message. */
export function isMessage(frame: { readonly type: string }): frame is Message {
  return frame.type === "room_message" || frame.type === "private_message";
}

/** Whether a frame is an event that changes a message, of a kind that this version knows. */
export function isChange(frame: { readonly type: string }): frame is ChangeEvent {
  return isRoomEvent(frame) && !isMessage(frame) && "target" in frame;
}

/**
 * Applies an event to the message that it changes. Applying it twice changes nothing more.
 *
 * @param viewer The id of the user for whom the message is: `Reaction.mine` is about that user.
 */
export function apply<M extends Message>(target: M, event: ChangeEvent, viewer?: string): M {
  const definition = BY_TYPE.get(event.type);
  if (definition === undefined) return target;
  const values = fromWireFields(definition.fields, event);
  return changeMessage(
    target,
    changesOf({ ...values, kind: definition.kind, at: event.at }),
    event,
    viewer,
  );
}

// In the store ----------------------------------------------------------------------------------

/** An event as the definitions need it: its kind, its time and its fields. */
export interface Values {
  readonly kind: string;
  readonly at: number;
}

/** The fields of a message that are stored with its other properties. */
const IN_PAYLOAD = Object.entries<Field>(message.fields)
  .filter(([, { column }]) => column === undefined)
  .map(([name, { wire = name }]) => [name, wire] as const);

/** Separates the fields of a message from the properties that events have set on it. */
export function splitPayload(
  payload: Readonly<Record<string, unknown>>,
): { readonly fields: object; readonly state: Readonly<Record<string, unknown>> } {
  const state = { ...payload };
  const fields: Record<string, unknown> = {};
  for (const [name, wire] of IN_PAYLOAD) {
    if (state[wire] !== undefined) fields[name] = state[wire];
    delete state[wire];
  }
  return { fields, state };
}

/** What is stored with a message besides its columns. All of it goes when the message does. */
const STATE = [
  ...IN_PAYLOAD.map(([, wire]) => wire),
  ...EVENTS.flatMap(({ state = {} }) => Object.keys(state)),
];
const NO_STATE = Object.fromEntries(STATE.map((name) => [name, null]));

/** What an event does to its target. */
export function changesOf(event: Values): MessageChange {
  const change = definitionOf(event.kind)?.changes(event as never) ?? {};
  return change.deleted ? { ...change, state: NO_STATE } : change;
}

/** What an event does to its room; `null` if it changes only messages, or nothing. */
export function roomChangeOf(event: { readonly kind: string }): RoomChange | null {
  return definitionOf(event.kind)?.changesRoom?.(event as never) ?? null;
}

/** What an event on the wire does to its room; `null` if it changes only messages, or nothing. */
export function roomChangeIn(event: { readonly type: string }): RoomChange | null {
  const definition = BY_TYPE.get(event.type);
  if (definition?.changesRoom === undefined) return null;
  return definition.changesRoom(fromWireFields(definition.fields, event) as never);
}

const TARGET_FIELDS: ReadonlyMap<string, string | undefined> = new Map(
  EVENTS.map(({ kind, fields }) => [
    kind,
    Object.entries<Field>(fields).find(([, { type }]) => type === "target")?.[0],
  ]),
);

/** The `seq` of the message that an event names, or `null`. */
export function targetOf(event: { readonly kind: string }): number | null {
  const field = TARGET_FIELDS.get(event.kind);
  if (field === undefined) return null;
  return (event as unknown as Readonly<Record<string, number | null>>)[field] ?? null;
}

/**
 * Decides whether an event that names a target may be caused.
 *
 * @returns Why not, or `null`.
 */
export function refusesEvent(kind: string, facts: Facts): EventRefusal | null {
  const definition = definitionOf(kind);
  return definition === undefined ? "forbidden" : definition.refuses(facts);
}

/** The decision for each possible target. */
export type Verdicts = Readonly<Record<Target, EventRefusal | null>>;

/**
 * Decides for every possible target whether an event may be caused. A database that finds out
 * under its own lock what the target is can then act on the decision without knowing the rule.
 */
export function verdictsOn(kind: string, asModerator: boolean): Verdicts {
  const decided = TARGETS.map((target) => [target, refusesEvent(kind, { target, asModerator })]);
  return Object.fromEntries(decided);
}
