/**
 * The shape of an event's definition. Each kind of event is one file in this folder, and the list
 * of them is in `index.ts`. The stores, the server, the page, the export, the simulation and the
 * documentation all read the definitions; none of them knows a kind by itself.
 *
 * A definition is plain data and pure functions: it needs neither Deno nor the DOM, and the page
 * loads it as well.
 *
 * @module
 */
import { type Forwarded, isForwarded } from "./forwarded.ts";
import { isPreview, type Preview } from "./preview.ts";
import { isPoll, isVotes, type Poll, type Votes } from "./poll.ts";
import type { RoomRights } from "./rights.ts";

/** The values that a field can hold, by the name of its type. */
export interface FieldTypes {
  /** The `seq` of an earlier message of the same room. An event has at most one such field. */
  readonly target: number;
  readonly text: string;
  readonly emoji: string;
  readonly boolean: boolean;
  readonly texts: readonly string[];
  /** A whole number, 0 or more. */
  readonly number: number;
  readonly numbers: readonly number[];
  readonly poll: Poll;
  readonly forwarded: Forwarded;
  readonly votes: Votes;
  readonly preview: Preview;
}

/** One field of an event. */
export interface Field {
  readonly type: keyof FieldTypes;
  /** The name on the wire, where it differs from the name in the store. */
  readonly wire?: string;
  /** The column that holds the field. All fields without one are stored as JSON in `payload`. */
  readonly column?: string;
  /** Whether the event may lack it. */
  readonly optional?: true;
  /** Whether the server finds its value: no client sends it. */
  readonly computed?: true;
  /** Whether few events have it: the values of the others leave it out. */
  readonly sparse?: true;
  /** Whether it is stored in the target only: reading the event gives the target's present value. */
  readonly inTarget?: true;
  /** For the documentation. */
  readonly about: string;
}

/** The fields that values may leave out. */
type MayBeMissing = { readonly computed: true } | { readonly sparse: true };

/** The fields of an event, by name. */
export type Fields = Readonly<Record<string, Field>>;

/**
 * The values of an event's fields, as the store has them; `null` for an optional one left out. One
 * that the server computes, or that is sparse, may be missing.
 */
export type FieldValues<F extends Fields> =
  & {
    readonly [K in keyof F as F[K] extends MayBeMissing ? never : K]:
      | FieldTypes[F[K]["type"]]
      | (F[K] extends { readonly optional: true } ? null : never);
  }
  & {
    readonly [K in keyof F as F[K] extends MayBeMissing ? K : never]?:
      | FieldTypes[F[K]["type"]]
      | null;
  };

type WireName<K, F extends Field> = F extends { readonly wire: infer W extends string } ? W : K;
type IfOptional<F extends Field, Then, Else> = F extends { readonly optional: true } ? Then : Else;

/** The same values on the wire, where an optional field is left out. */
export type WireFields<F extends Fields> =
  & {
    readonly [K in keyof F as IfOptional<F[K], never, WireName<K, F[K]>>]: FieldTypes[F[K]["type"]];
  }
  & {
    readonly [K in keyof F as IfOptional<F[K], WireName<K, F[K]>, never>]?:
      FieldTypes[F[K]["type"]];
  };

/** What an event's target is, as far as it can decide who may cause the event. */
export const TARGETS = ["none", "deleted", "own", "foreign"] as const;

/**
 * - `none`: there is no such event, or it is not a message.
 * - `deleted`: a message that was deleted.
 * - `own`: a message of the actor.
 * - `foreign`: a message of another user.
 */
export type Target = (typeof TARGETS)[number];

/** The facts that decide whether an event may be caused. */
export interface Facts {
  readonly target: Target;
  /** Whether the actor may moderate the target's sender in this room. */
  readonly asModerator: boolean;
}

/** Why an event may not be caused: an error code of the protocol. */
export type EventRefusal =
  | "no_such_message"
  | "forbidden"
  | "no_such_poll"
  | "poll_closed"
  | "edit_conflict";

/** What an event does to its target. Absent properties stay as they are. */
export interface MessageChange {
  readonly text?: string;
  readonly editedAt?: number;
  /** Takes away the text, the reactions, the files and the state. */
  readonly deleted?: true;
  /** Adds the actor's reaction, or removes it; `count` is how many users have this one then. */
  readonly reaction?: { readonly emoji: string; readonly on: boolean; readonly count?: number };
  /**
   * Replaces what the actor has voted for in the message's poll, by index; `votes` is how many have
   * voted for each option then.
   */
  readonly vote?: { readonly options: readonly number[]; readonly votes?: Votes };
  /** Sets properties of the definition's `state`; `null` removes one. */
  readonly state?: Readonly<Record<string, unknown>>;
}

/** What an event does to its room. Absent properties stay as they are. */
export interface RoomChange extends Partial<RoomRights> {
  readonly name?: string;
  /** Empty for none. */
  readonly title?: string;
  readonly kind?: "public" | "private";
  readonly archived?: boolean;
  readonly locked?: boolean;
  readonly slowMs?: number;
  readonly threads?: boolean;
  /** 0 for no limit of its own. */
  readonly retentionDays?: number;
  /** A conversation without a name is one no more. */
  readonly people?: null;
  readonly previews?: boolean;
}

/** What the sender of an event does, in the words of the permissions table. */
export type EventAction = "post" | "respond" | "retract" | "pin" | "manage_room";

/** The definition of one kind of event. */
export interface EventDefinition<
  K extends string = string,
  T extends string = string,
  F extends Fields = Fields,
  S extends Fields = Fields,
> {
  /** The name in the store. The kinds of later versions are stored under their `type`. */
  readonly kind: K;
  /** The `type` on the wire. */
  readonly type: T;
  /** For the documentation. */
  readonly about: string;
  readonly fields: F;
  /** Properties that the event sets on its target, beside those that every message has. */
  readonly state?: S;
  /** What its sender does: the permissions table says who may, and when. */
  readonly action: EventAction;
  /** Whether its target must have a poll that is open at the time of the event. */
  readonly needsPoll?: true;
  /**
   * Decides whether the event may be caused. Called only where the event names a target.
   *
   * @returns Why not, or `null`.
   */
  refuses(facts: Facts): EventRefusal | null;
  /**
   * What the room is told of the event where nobody may learn its sender; `null` where everyone may.
   * The store keeps all of it.
   */
  anonymized?(event: FieldValues<F>): Partial<FieldValues<F>> | null;
  /** What the event does to its target, whatever the target's present state. */
  changes(event: FieldValues<F> & { readonly at: number }): MessageChange;
  /** What the event does to its room, where it changes the room itself. */
  changesRoom?(event: FieldValues<F>): RoomChange;
}

/** Defines a kind of event. */
export function defineEvent<
  const K extends string,
  const T extends string,
  const F extends Fields,
  const S extends Fields = Record<never, never>,
>(definition: EventDefinition<K, T, F, S>): EventDefinition<K, T, F, S> {
  return definition;
}

/** Refuses an event whose target is not a message that is still there. */
export function refusesTarget({ target }: Facts): EventRefusal | null {
  return target === "none" || target === "deleted" ? "no_such_message" : null;
}

/** The values of an event's fields, named as on the wire. Optional fields without one are left out. */
export function toWireFields(fields: Fields, values: object): Record<string, unknown> {
  const wire: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = (values as Record<string, unknown>)[name];
    if (value !== null && value !== undefined) wire[field.wire ?? name] = value;
  }
  return wire;
}

/** The values of an event's fields, named as in the store. */
export function fromWireFields(fields: Fields, wire: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const value = (wire as Record<string, unknown>)[field.wire ?? name];
      return [name, value ?? null];
    }),
  );
}

const IS_OF_TYPE: { readonly [T in keyof FieldTypes]: (value: unknown) => boolean } = {
  target: (value) => Number.isSafeInteger(value) && Number(value) > 0,
  text: (value) => typeof value === "string",
  emoji: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  texts: (value) => Array.isArray(value) && value.every((one) => typeof one === "string"),
  number: isNumber,
  numbers: (value) => Array.isArray(value) && value.every(isNumber),
  poll: isPoll,
  forwarded: isForwarded,
  votes: isVotes,
  preview: isPreview,
};

function isNumber(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** Whether a value fits the type of a field. */
export function fits({ type, optional }: Field, value: unknown): boolean {
  return value === undefined || value === null ? optional === true : IS_OF_TYPE[type](value);
}
