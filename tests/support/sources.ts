/**
 * The files of the repository that are code.
 *
 * @module
 */

/** The root of the repository. */
export const ROOT = new URL("../../", import.meta.url);

/** The source files at the top. */
const TOP_FILES: readonly string[] = ["main.ts", "server.ts", "hub.ts", "client.ts"];

const SOURCE_FOLDERS = ["lib", "packages", "static"];
const OTHER_FOLDERS = ["tests", "tools", "bench"];

/** Reads a file by its path from the root. */
export async function readText(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(path, ROOT));
}

/** Lists every file under a folder by its path from the root. */
export async function filesUnder(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(`${folder}/`, ROOT))) {
    const path = `${folder}/${name}`;
    files.push(...isDirectory ? await filesUnder(path) : [path]);
  }
  return files.sort();
}

/** Lists the sources of the server and the page, without declaration files. */
export async function sources(): Promise<string[]> {
  return [...TOP_FILES, ...await codeUnder(SOURCE_FOLDERS)];
}

/** Lists the sources, tests, tools and benchmarks. */
export async function allCode(): Promise<string[]> {
  return [...await sources(), ...await codeUnder(OTHER_FOLDERS)];
}

async function codeUnder(folders: readonly string[]): Promise<string[]> {
  const files = await Promise.all(folders.map(filesUnder));
  return files.flat().filter((path) => /(?<!\.d)\.tsx?$/.test(path));
}

/** Removes comments from a source; strings stay. */
export function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|(?<=^|[\s;{}(),])\/\/.*$/gm, "");
}
