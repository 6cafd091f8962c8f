import type { Account } from "../../lib/store/records.ts";
import type { FakeSocket } from "../support/fakes.ts";
import type { Instance } from "./instance.ts";
import type { Random } from "./random.ts";
import type { Oracle } from "./oracle.ts";

/** A user with any number of devices. */
export interface Person {
  readonly name: string;
  account: Account;
  readonly isGuest: boolean;
  /** The number of keys used, over all devices. */
  keys: number;
}

/** The interface through which devices reach the simulation. */
export interface Ground {
  readonly random: Random;
  readonly oracle: Oracle;
  /** Records what happens, to explain a failure. */
  trace(line: string): void;
}

/** A connection, as the device sees it. */
export interface Line {
  readonly instance: Instance;
  readonly socket: FakeSocket;
  /** Resolves when the server has processed the received frames. */
  readonly left: Promise<void>;
  /** The number of frames read. */
  read: number;
  /** The position in each subscribed log. */
  readonly at: Map<string, number>;
  /** The pending requests by key: a join from a position, or a leave. */
  readonly asked: Map<string, { label: string; after: number | undefined } | { leaves: string }>;
  /** The users of each presence request, by key. */
  readonly named: Map<string, readonly string[]>;
  /** The users with broadcast presence, and those with requested presence. */
  readonly online: Set<string>;
  watched: Set<string>;
  /** Users whose presence was requested. */
  watches: readonly string[];
  welcomed: boolean;
}
