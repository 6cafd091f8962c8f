/**
 * The server as one executable. Deno downloads the runtime for it from its own host, which is not a
 * package registry. If that is not reachable, as on some build servers, the test is ignored.
 */
import { assert, assertStringIncludes } from "@std/assert";
import { build } from "../../tools/build.ts";
import { needs } from "../support/permissions.ts";
import { spawnServer } from "../support/server.ts";

const permitted = !needs("env", "net", "read", "run", "write").ignore;

/** Compiles a file. @returns Whether it succeeded. */
async function compile(source: string, output: string): Promise<boolean> {
  const args = ["compile", "--no-config", "--quiet", "--allow-all", "--output", output, source];
  return (await new Deno.Command(Deno.execPath(), { args }).output()).success;
}

async function isPossible(): Promise<boolean> {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${directory}/empty.js`, "");
    return await compile(`${directory}/empty.js`, `${directory}/empty`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const possible = permitted && await isPossible();
if (permitted && !possible) {
  console.log("Ignored: deno compile cannot download the runtime for an executable");
}

Deno.test({
  name: "the built file compiles to an executable that serves",
  ignore: !possible,
  async fn() {
    const directory = await Deno.makeTempDir();
    await Deno.writeTextFile(`${directory}/hubbub.js`, await build());
    const program = `${directory}/hubbub`;
    assert(await compile(`${directory}/hubbub.js`, program));
    const server = await spawnServer(["--data=:memory:"], { deno: program, command: [] });
    const page = await fetch(server.url);
    assertStringIncludes(await page.text(), '<div id="app">');
    const alice = await server.guest("Alice");
    await alice.close();
    assert((await server.kill("SIGTERM")).success);
    await Deno.remove(directory, { recursive: true });
  },
});
