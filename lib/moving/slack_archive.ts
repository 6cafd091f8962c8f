/**
 * What Slack exports, as it lies in the archive: lists of people and channels, and for each channel
 * a directory with one file a day. Checked as it is read.
 *
 * @module
 */
import { unzipSync } from "fflate";
import * as v from "valibot";
import { StoreError } from "../store/error.ts";

const text = v.optional(v.string(), "");
const flag = v.optional(v.boolean(), false);
const ids = v.optional(v.array(v.string()), []);

const user = v.object({
  id: v.string(),
  name: text,
  is_bot: flag,
  is_admin: flag,
  is_owner: flag,
  deleted: flag,
  profile: v.optional(v.object({ display_name: text, real_name: text }), {}),
});

const channel = v.object({
  id: v.string(),
  // A conversation of two has none: its directory is named by its id.
  name: v.optional(v.string()),
  created: v.optional(v.number(), 0),
  members: ids,
  topic: v.optional(v.object({ value: text }), {}),
});

const message = v.object({
  type: text,
  subtype: text,
  // Seconds, as text: it is also the message's name.
  ts: v.pipe(v.string(), v.regex(/^\d+\.\d+$/)),
  user: v.optional(v.string()),
  username: v.optional(v.string()),
  text,
  thread_ts: v.optional(v.string()),
  edited: v.optional(v.object({ ts: v.string() })),
  reactions: v.optional(v.array(v.object({ name: v.string(), users: ids })), []),
  files: v.optional(v.array(v.object({ name: v.nullish(v.string(), ""), url_private: text })), []),
});

/** A person or bot. */
export type SlackUser = v.InferOutput<typeof user>;
/** A channel or conversation. */
export type SlackChannel = v.InferOutput<typeof channel>;
/** Something that was said, or happened. */
export type SlackMessage = v.InferOutput<typeof message>;

/** The lists of channels, and who may see those that are in them. */
export const LISTS = [
  ["channels.json", "public"],
  ["groups.json", "private"],
  ["mpims.json", "private"],
  ["dms.json", "direct"],
] as const;

/** An archive that was opened. */
export class SlackArchive {
  readonly #files: ReadonlyMap<string, () => Promise<Uint8Array>>;

  private constructor(files: ReadonlyMap<string, () => Promise<Uint8Array>>) {
    this.#files = files;
  }

  /**
   * Opens a ZIP archive, or the directory that was in it.
   *
   * @throws {StoreError} If it is neither.
   */
  static async open(path: string): Promise<SlackArchive> {
    const files = new Map<string, () => Promise<Uint8Array>>();
    try {
      if ((await Deno.stat(path)).isDirectory) {
        for await (const name of walk(path)) {
          files.set(name, () => Deno.readFile(`${path}/${name}`));
        }
      } else {
        for (const [name, bytes] of Object.entries(unzipSync(await Deno.readFile(path)))) {
          files.set(name, () => Promise.resolve(bytes));
        }
      }
    } catch (cause) {
      throw new StoreError(`Cannot import: ${path} cannot be read. ${cause}`, { cause });
    }
    if (!files.has("users.json")) {
      throw new StoreError(`Cannot import: ${path} is no export of Slack's: it has no users.json`);
    }
    return new SlackArchive(files);
  }

  /** Everybody. */
  async users(): Promise<readonly SlackUser[]> {
    return await this.#read("users.json", v.array(user));
  }

  /** The channels of a list; none where there is no such list. */
  async channels(list: string): Promise<readonly SlackChannel[]> {
    return this.#files.has(list) ? await this.#read(list, v.array(channel)) : [];
  }

  /** What was said in a channel, in order. */
  async messages({ id, name = id }: SlackChannel): Promise<readonly SlackMessage[]> {
    const days = [...this.#files.keys()].filter((file) => file.startsWith(`${name}/`)).sort();
    const messages: SlackMessage[] = [];
    for (const day of days) {
      if (day.endsWith(".json")) messages.push(...await this.#read(day, v.array(message)));
    }
    return messages.sort((a, b) => Number(a.ts) - Number(b.ts));
  }

  async #read<S extends v.GenericSchema>(name: string, schema: S): Promise<v.InferOutput<S>> {
    const bytes = await this.#files.get(name)!();
    try {
      return v.parse(schema, JSON.parse(new TextDecoder().decode(bytes)));
    } catch (cause) {
      const where = v.isValiError(cause) ? v.getDotPath(cause.issues[0]) ?? "" : "";
      throw new StoreError(`Cannot import: ${name} is not as Slack writes it ${where}`, { cause });
    }
  }
}

/** The files below a directory, as paths within it. */
async function* walk(root: string, directory = ""): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(`${root}/${directory}`)) {
    const path = directory === "" ? name : `${directory}/${name}`;
    if (isDirectory) yield* walk(root, path);
    else yield path;
  }
}
