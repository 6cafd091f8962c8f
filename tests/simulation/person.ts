import type { Account } from "../../lib/store/store.ts";
import type { FakeSocket } from "../support/fakes.ts";
import type { Instance } from "./instance.ts";
import type { Random } from "./random.ts";
import type { Truth } from "./truth.ts";

/** Somebody, on however many devices. */
export interface Person {
  readonly name: string;
  account: Account;
  readonly isGuest: boolean;
  /** How many keys they have used, over all devices. */
  keys: number;
}

/** What devices share. */
export interface Ground {
  readonly random: Random;
  readonly truth: Truth;
  /** Notes what happens, for whoever looks for a fault. */
  trace(line: string): void;
}

/** A connection, as the device has it. */
export interface Line {
  readonly instance: Instance;
  readonly socket: FakeSocket;
  /** Resolves when the server is done with what came. */
  readonly left: Promise<void>;
  /** How many frames were read. */
  read: number;
  /** Up to where it got each log that it follows. */
  readonly at: Map<string, number>;
  /** What was asked for with each key: to come in from a place, or to leave. */
  readonly asked: Map<string, { label: string; after: number | undefined } | { leaves: string }>;
  /** Of whom it asked to be told with each key. */
  readonly named: Map<string, readonly string[]>;
  /** Those of whom everybody is told who are here, and those of whom it asked to be told. */
  readonly online: Set<string>;
  watched: Set<string>;
  /** Of whom it is told because it asked. */
  watches: readonly string[];
  welcomed: boolean;
}
