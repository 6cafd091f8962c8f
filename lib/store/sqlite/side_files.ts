/**
 * The files beside a database: SQLite's own, the commit log, the mark and the lock.
 *
 * @module
 */
import { dirname } from "node:path";

/** The suffixes of the files, after the data file's own name. */
export type SideFile = "wal" | "shm" | "log0" | "log1" | "mark" | "lock";

/** Beside the database itself, even if it is opened through a link. */
export function sidePath(path: string, file: SideFile): string {
  return `${ifThere(() => Deno.realPathSync(path)) ?? path}-${file}`;
}

/** The bytes of a side file; 0 if it is missing. */
export function sideSize(path: string, file: SideFile): number {
  return ifThere(() => Deno.statSync(sidePath(path, file)).size) ?? 0;
}

/** Performs an operation on a file. @returns `undefined` if the file is missing. */
export function ifThere<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Renames side files, so that nothing in them is lost or used.
 *
 * @param why Becomes part of the name: `damaged`, `before-restore`.
 * @returns The names of those that existed.
 */
export function moveAway(path: string, why: string, files: readonly SideFile[]): string[] {
  const renamed = files.map((file) => {
    const from = sidePath(path, file);
    const to = awayName(from, why);
    return ifThere(() => (Deno.renameSync(from, to), to));
  });
  syncDirectory(path);
  return renamed.filter((name) => name !== undefined);
}

/** Copies a side file that is about to be written. @returns The copy's name, if the file exists. */
export function keepCopy(path: string, why: string, file: SideFile): string | null {
  if (sideSize(path, file) === 0) return null;
  const to = awayName(sidePath(path, file), why);
  Deno.copyFileSync(sidePath(path, file), to);
  return to;
}

function awayName(file: string, why: string): string {
  return `${file}.${why}-${new Date().toISOString().replace(/[-:]|\.\d+/g, "")}`;
}

/** Makes new, renamed and removed file names survive a power failure, if the system supports it. */
export function syncDirectory(path: string): void {
  try {
    using directory = Deno.openSync(dirname(Deno.realPathSync(path)), { read: true });
    directory.syncSync();
  } catch {
    // Not every system can open directories; there, nothing can be done.
  }
}
