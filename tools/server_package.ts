/**
 * Builds the npm package `hubbub`, for users who have only Node: the server as one file, a program
 * that starts it, and one dependency, `deno`.
 *
 * @module
 */
import manifest from "../deno.json" with { type: "json" };
import { build } from "./build.ts";

const ROOT = new URL("../", import.meta.url);
const SOURCES = new URL("packages/hubbub/", ROOT);

/**
 * Builds the package.
 *
 * @param directory Where to put it. It is created if need be.
 * @param server The text of `dist/hubbub.js`.
 */
export async function buildServerPackage(directory: URL, server: string): Promise<void> {
  const { version, license } = manifest;
  const description = {
    ...{ name: "hubbub", version, description: "A chat server in one file.", license },
    type: "module",
    bin: { hubbub: "hubbub.mjs" },
    files: ["hubbub.js", "hubbub.mjs"],
    engines: { node: ">=20" },
    // The version that the tests have run with.
    dependencies: { deno: Deno.version.deno },
  };
  await Deno.mkdir(directory, { recursive: true });
  const write = (name: string, text: string) => Deno.writeTextFile(new URL(name, directory), text);
  await write("package.json", `${JSON.stringify(description, null, 2)}\n`);
  await write("hubbub.js", server);
  for (const name of ["hubbub.mjs", "README.md"]) {
    await Deno.copyFile(new URL(name, SOURCES), new URL(name, directory));
  }
  await Deno.copyFile(new URL("LICENSE", ROOT), new URL("LICENSE", directory));
}

if (import.meta.main) {
  const directory = new URL("dist/packages/hubbub/", ROOT);
  await buildServerPackage(directory, await build());
  console.log(directory.pathname);
}
