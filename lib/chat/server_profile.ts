/**
 * What the owners have said about the server: its name, and whether it is set up. Every instance
 * holds it, and reads it again when it has changed.
 *
 * @module
 */
import * as v from "valibot";
import type { Refusal } from "../protocol/errors.ts";
import type { ServerTag } from "../protocol/frames.ts";
import { serverName } from "../protocol/schemas/fields.ts";
import type { Store } from "../store/store.ts";

/** What an owner changes: what is left out stays. */
export interface ServerChange {
  readonly name?: string | undefined;
  /** Whether the owners need no list of what to do first. */
  readonly set_up?: boolean | undefined;
}

const stored = v.object({ name: v.optional(serverName), set_up: v.optional(v.boolean()) });

/** The name of the value in the store. */
const KEY = "server";

/** The profile of this server. */
export class ServerProfile {
  readonly #store: Pick<Store, "value" | "replaceValue">;
  readonly #given: { readonly name: string; readonly version: string };
  readonly #onChanged: (() => void)[] = [];
  #said: ServerChange = {};

  private constructor(
    store: Pick<Store, "value" | "replaceValue">,
    given: { readonly name: string; readonly version: string },
  ) {
    this.#store = store;
    this.#given = given;
  }

  /** Reads the profile from a store. @param given The version, and the name before an owner gives one. */
  static async load(
    store: Pick<Store, "value" | "replaceValue">,
    given: { readonly name: string; readonly version: string },
  ): Promise<ServerProfile> {
    const profile = new ServerProfile(store, given);
    await profile.reload();
    return profile;
  }

  /** The name that users see. */
  get name(): string {
    return this.#said.name ?? this.#given.name;
  }

  /** What clients are told. */
  get tag(): ServerTag {
    const { version } = this.#given;
    return { name: this.name, version, ...(this.#said.set_up ? { set_up: true } : {}) };
  }

  /** Calls a function now, and after each change. */
  follow(run: () => void): void {
    this.#onChanged.push(run);
    run();
  }

  /** Reads it again, after another instance has changed it. */
  async reload(): Promise<void> {
    this.#set(parse(await this.#store.value(KEY)));
  }

  /**
   * Stores a change.
   *
   * @param refuse Asked right before each attempt, after every wait.
   * @returns The refusal, if there was one: nothing has changed then.
   */
  async change(
    change: ServerChange,
    refuse: () => Promise<Refusal | null> = () => Promise.resolve(null),
  ): Promise<Refusal | null> {
    for (;;) {
      const before = await this.#store.value(KEY);
      const refusal = await refuse();
      if (refusal !== null) return refusal;
      const known = parse(before);
      const after = {
        name: change.name ?? known.name,
        set_up: change.set_up ?? known.set_up,
      };
      // Another owner may have changed it meanwhile.
      if (!await this.#store.replaceValue(KEY, before, JSON.stringify(after))) continue;
      this.#set(after);
      return null;
    }
  }

  #set(said: ServerChange): void {
    this.#said = said;
    for (const run of this.#onChanged) run();
  }
}

function parse(text: string | null): ServerChange {
  return text === null ? {} : v.parse(stored, JSON.parse(text));
}

/** Whether a text is a stored profile. */
export function isServerProfile(text: string): boolean {
  try {
    return v.is(stored, JSON.parse(text));
  } catch {
    return false;
  }
}
