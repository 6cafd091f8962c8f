/**
 * A store in a file, for programs in Deno, Node and Bun.
 *
 * @module
 */
import { type FileHandle, open, readFile, rename } from "node:fs/promises";
import type { ClientStore } from "./store.ts";

/** Lines in the file per stored text, beyond a thousand: with more, the file is written anew. */
const LINES_PER_ENTRY = 4;

/**
 * Stores texts in a file of JSON lines. Each change is appended, so a crash leaves at most one torn
 * line at the end, which `load` ignores. Only one process may use the file at a time.
 *
 * ```ts
 * import { HubbubClient } from "@hubbub/client";
 * import { StateFile } from "@hubbub/client/state-file";
 *
 * const client = new HubbubClient({
 *   url: "http://localhost:8000",
 *   name: "Echo",
 *   store: new StateFile("echo.state"),
 * });
 * console.log((await client.ready()).you.name);
 * await client.close();
 * ```
 */
export class StateFile implements ClientStore {
  readonly #path: string;
  readonly #values = new Map<string, string>();
  #file: Promise<FileHandle> | undefined;
  #lines = 0;
  /** The lines that the next write appends, and whether that write must reach the disk. */
  #pending = "";
  #isDurable = false;
  #write: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();

  /** @param path The file. It is made if it does not exist. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Reads the file. */
  async load(): Promise<ReadonlyMap<string, string>> {
    for (const line of (await readText(this.#path)).split("\n")) this.#apply(line);
    await this.#rewrite();
    return new Map(this.#values);
  }

  /** Stores a text, on the disk. */
  set(key: string, value: string): Promise<void> {
    this.#values.set(key, value);
    return this.#append([key, value], true);
  }

  /** Deletes a text. */
  delete(key: string): Promise<void> {
    this.#values.delete(key);
    return this.#append([key], false);
  }

  /** Closes the file, once everything is written. */
  async close(): Promise<void> {
    await this.#last;
    await (await this.#file)?.close();
    this.#file = undefined;
  }

  /** Closes the file. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #apply(line: string): void {
    let entry: unknown;
    try {
      entry = JSON.parse(line);
    } catch {
      return;
    }
    if (!Array.isArray(entry) || typeof entry[0] !== "string") return;
    const [key, value] = entry;
    if (typeof value === "string") this.#values.set(key, value);
    else this.#values.delete(key);
  }

  /** Appends a line. Changes that arrive during a write go to the disk together. */
  #append(entry: readonly string[], isDurable: boolean): Promise<void> {
    this.#pending += `${JSON.stringify(entry)}\n`;
    this.#isDurable ||= isDurable;
    this.#lines += 1;
    this.#write ??= this.#last = this.#last.then(() => this.#flush());
    return this.#write;
  }

  async #flush(): Promise<void> {
    const [text, isDurable] = [this.#pending, this.#isDurable];
    this.#pending = "";
    this.#isDurable = false;
    this.#write = undefined;
    if (this.#lines > 1_000 + this.#values.size * LINES_PER_ENTRY) return await this.#rewrite();
    const file = await (this.#file ??= open(this.#path, "a"));
    await file.appendFile(text);
    if (isDurable) await file.datasync();
  }

  /** Writes the file anew, beside the old one, and puts it in its place. */
  async #rewrite(): Promise<void> {
    await (await this.#file)?.close();
    const file = await open(`${this.#path}.new`, "w");
    await file.appendFile(
      [...this.#values].map((entry) => `${JSON.stringify(entry)}\n`).join(""),
    );
    await file.datasync();
    await rename(`${this.#path}.new`, this.#path);
    this.#file = Promise.resolve(file);
    this.#lines = this.#values.size;
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as { readonly code?: string }).code === "ENOENT") return "";
    throw error;
  }
}
