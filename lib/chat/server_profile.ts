/**
 * What the owners have said about the server: its name, its icon, and how long messages stay. Every
 * instance holds it, and reads it again when it has changed.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import * as v from "valibot";
import type { Refusal } from "../protocol/errors.ts";
import type { ServerNews, ServerTag } from "../protocol/frames.ts";
import { ICON_BYTES, ICON_SIDE, LIMITS } from "../protocol/limits.ts";
import { serverName } from "../protocol/schemas/fields.ts";
import type { Store } from "../store/store.ts";
import { createPublicId } from "../util/secrets.ts";

/** The icon of a server: a square. */
export interface ServerIcon {
  readonly type: (typeof ICON_TYPES)[number];
  /** In pixels. */
  readonly side: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What an owner changes: what is left out stays, `null` removes it. */
export interface ServerChange {
  readonly name?: string | undefined;
  readonly icon?: ServerIcon | null | undefined;
  readonly retentionDays?: number | undefined;
}

/** What holds until an owner says something else. */
export interface GivenProfile {
  readonly name: string;
  readonly version: string;
  readonly retentionDays: number;
}

/** The media types of icons: browsers show them everywhere, and they contain no script. */
export const ICON_TYPES = ["image/png", "image/webp", "image/jpeg"] as const;

const stored = v.object({
  name: v.optional(serverName),
  icon: v.optional(v.object({
    /** Part of its path: another icon has another one. */
    id: v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/)),
    type: v.picklist(ICON_TYPES),
    side: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(ICON_SIDE)),
    data: v.pipe(v.string(), v.nonEmpty(), v.base64(), v.maxLength(Math.ceil(ICON_BYTES / 3) * 4)),
  })),
  retention_days: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LIMITS.retention_days_max)),
  ),
});

type Stored = v.InferOutput<typeof stored>;

/** The name of the value in the store. */
const KEY = "server";

/** The profile of this server. */
export class ServerProfile {
  readonly #store: Pick<Store, "value" | "replaceValue">;
  readonly #given: GivenProfile;
  readonly #onChanged: (() => void | Promise<void>)[] = [];
  #said: Stored = {};

  private constructor(
    store: Pick<Store, "value" | "replaceValue">,
    given: GivenProfile,
  ) {
    this.#store = store;
    this.#given = given;
  }

  /** Reads the profile from a store. */
  static async load(
    store: Pick<Store, "value" | "replaceValue">,
    given: GivenProfile,
  ): Promise<ServerProfile> {
    const profile = new ServerProfile(store, given);
    await profile.reload();
    return profile;
  }

  /** The name that users see. */
  get name(): string {
    return this.#said.name ?? this.#given.name;
  }

  /** The icon, and the path that it alone has; `null` while the owners have given none. */
  get icon(): ServerIcon & { readonly path: string } | null {
    const { icon } = this.#said;
    if (icon === undefined) return null;
    return {
      ...icon,
      path: iconPath(icon.id),
      bytes: new Uint8Array(Buffer.from(icon.data, "base64")),
    };
  }

  /** After how many days messages are deleted in every room; 0 for never. */
  get retentionDays(): number {
    return this.#said.retention_days ?? this.#given.retentionDays;
  }

  /** What clients are told when it has changed. */
  get news(): ServerNews {
    const { version: _, ...tag } = this.tag;
    return { ...tag, retention_days: this.retentionDays };
  }

  /** What clients are told first. */
  get tag(): ServerTag {
    const { version } = this.#given;
    const { icon } = this.#said;
    return {
      name: this.name,
      version,
      ...(icon === undefined ? {} : { icon: iconPath(icon.id) }),
    };
  }

  /** Calls a function now, and after each change, which then waits for it. */
  async follow(run: () => void | Promise<void>): Promise<void> {
    this.#onChanged.push(run);
    await run();
  }

  /** Reads it again, after another instance has changed it. */
  async reload(): Promise<void> {
    await this.#set(parse(await this.#store.value(KEY)));
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
        ...known,
        ...(change.name === undefined ? {} : { name: change.name }),
        ...(change.icon === undefined
          ? {}
          : { icon: change.icon ? toStored(change.icon) : undefined }),
        ...(change.retentionDays === undefined ? {} : { retention_days: change.retentionDays }),
      };
      // Another owner may have changed it meanwhile.
      if (!await this.#store.replaceValue(KEY, before, JSON.stringify(after))) continue;
      await this.#set(after);
      return null;
    }
  }

  async #set(said: Stored): Promise<void> {
    this.#said = said;
    await Promise.all(this.#onChanged.map((run) => run()));
  }
}

function iconPath(id: string): string {
  return `/server-icon-${id}`;
}

function toStored({ type, side, bytes }: ServerIcon): NonNullable<Stored["icon"]> {
  return { id: createPublicId(), type, side, data: Buffer.from(bytes).toString("base64") };
}

function parse(text: string | null): Stored {
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
