/**
 * Finds the files of a Slack export: lists of users and channels, and for each channel a directory
 * with one file per day. Reads them item by item, whatever packed them.
 *
 * @module
 */
import { StoreError } from "../store/error.ts";
import { itemsOf, type JsonItem } from "./json_items.ts";
import { ZipArchive, ZipError } from "./zip.ts";

/** A file in the export. */
export interface SlackFile {
  /** Its path from the top of the export. */
  readonly path: string;
  /** Its bytes, in chunks. */
  readonly read: () => Iterable<Uint8Array>;
}

/** A file as it was found, with every path that it may have. */
interface ArchivedFile {
  readonly paths: readonly string[];
  readonly read: () => Iterable<Uint8Array>;
}

const USERS = "users.json";

/** An open export. */
export class SlackArchive {
  /** The files by path: lists at the top, and days below a directory. */
  readonly #files = new Map<string, SlackFile>();
  readonly #days = new Map<string, Map<string, SlackFile>>();
  readonly #close: () => void;

  private constructor(found: readonly ArchivedFile[], top: string, close: () => void) {
    this.#close = close;
    for (const { paths, read } of found) {
      for (const whole of new Set(paths.map(normalize))) {
        if (whole.startsWith(top) && whole.endsWith(".json")) {
          this.#add({ path: whole.slice(top.length), read });
        }
      }
    }
  }

  /**
   * Opens a ZIP archive, or the directory that was in it.
   *
   * @throws {StoreError} If it is neither, or no export of Slack's.
   */
  static open(path: string): SlackArchive {
    try {
      const { found, close } = Deno.statSync(path).isDirectory
        ? { found: walk(path).toArray(), close: () => {} }
        : openZip(path);
      const lists = found.flatMap(({ paths }) => paths.map(normalize))
        .filter((name) => /(^|\/)users\.json$/.test(name) && !name.startsWith("__MACOSX/"));
      // Archivers add a directory at the top, or several.
      const [list] = lists.sort((a, b) => depthOf(a) - depthOf(b));
      if (list !== undefined) {
        return new SlackArchive(found, list.slice(0, -USERS.length), close);
      }
      close();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : cause;
      throw new StoreError(`Cannot import: ${path} cannot be read: ${reason}`, { cause });
    }
    throw new StoreError(`Cannot import: ${path} is no export of Slack's: it has no users.json`);
  }

  /** The items of a list at the top; none if the list is missing. */
  list(name: string): Iterable<JsonItem> {
    const file = this.#files.get(name);
    return file === undefined ? [] : readItems(file);
  }

  /** The directories with messages. */
  get directories(): Iterable<string> {
    return this.#days.keys();
  }

  /** The files of a directory; `undefined` if there is no such directory. */
  daysIn(directory: string): readonly SlackFile[] | undefined {
    return this.#days.get(normalize(directory))?.values().toArray();
  }

  /** Closes the archive. */
  close(): void {
    this.#close();
  }

  #add(file: SlackFile): void {
    const [directory = "", name] = file.path.split("/");
    if (name === undefined) {
      this.#files.set(file.path, file);
    } else if (file.path === `${directory}/${name}`) {
      const days = this.#days.get(directory) ?? new Map<string, SlackFile>();
      this.#days.set(directory, days.set(file.path, file));
    }
  }
}

/** Reads a file's list. Damage to the file is the last item. */
export function* readItems({ read }: SlackFile): Generator<JsonItem> {
  let index = 0;
  try {
    for (const item of itemsOf(read())) {
      index = item.index + 1;
      yield item;
    }
  } catch (error) {
    if (!(error instanceof ZipError)) throw error;
    yield { index, problem: error.message };
  }
}

/** One form for a path: file systems and archivers decompose letters, or use backslashes. */
function normalize(path: string): string {
  return path.normalize("NFC").replaceAll("\\", "/").replace(/^(\.?\/)+/, "");
}

function depthOf(path: string): number {
  return path.split("/").length;
}

function openZip(path: string): { readonly found: ArchivedFile[]; readonly close: () => void } {
  const archive = ZipArchive.open(path);
  const found = archive.entries.map((entry) => ({
    paths: entry.names,
    read: () => archive.read(entry),
  }));
  return { found, close: () => archive.close() };
}

/** The files under a directory. */
function* walk(root: string, directory = ""): Generator<ArchivedFile> {
  for (const { name, isDirectory } of Deno.readDirSync(`${root}/${directory}`)) {
    const path = directory === "" ? name : `${directory}/${name}`;
    if (isDirectory) yield* walk(root, path);
    else yield { paths: [path], read: () => chunksOf(`${root}/${path}`) };
  }
}

function* chunksOf(path: string): Generator<Uint8Array> {
  using file = Deno.openSync(path);
  const buffer = new Uint8Array(65_536);
  for (let read = file.readSync(buffer); read !== null; read = file.readSync(buffer)) {
    yield buffer.subarray(0, read);
  }
}
