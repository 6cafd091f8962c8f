// The npm package of the server, packed and installed in an empty directory.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { pathToFileURL } from "node:url";
import { build } from "../../tools/build.ts";
import { buildServerPackage } from "../../tools/server_package.ts";
import { npm } from "../support/npm_packages.ts";
import { inCi } from "../support/permissions.ts";
import { spawnServer } from "../support/server.ts";
import { inDirectory } from "../support/temporary_directory.ts";
import { needsTools } from "../support/tools.ts";

Deno.test({
  name: "npx hubbub: the package starts a server that stores, and stops with it",
  ...needsTools("node", "npm"),
  fn: () =>
    inDirectory(async (directory) => {
      await buildServerPackage(pathToFileURL(`${directory}/built/`), await build());
      const [packed] = JSON.parse(await npm(directory, ["pack", "--json", "./built"]));
      assertEquals(
        packed.files.map(({ path }: { path: string }) => path),
        ["LICENSE", "README.md", "hubbub.js", "hubbub.mjs", "package.json"],
      );
      const home = `${directory}/home`;
      await Deno.mkdir(home);
      const tarball = `../${packed.filename}`;
      try {
        await npm(home, ["install", "--prefer-offline", "--no-audit", "--no-fund", tarball]);
      } catch (error) {
        // Deno comes from the registry.
        if (inCi()) throw error;
        return console.log(`Ignored: the package needs a registry: ${error}`);
      }
      const about = await npm(home, ["exec", "--offline", "hubbub", "--", "--help"]);
      assertStringIncludes(about, "--data");

      const program = { deno: `${home}/node_modules/.bin/hubbub`, command: [], cwd: home };
      const before = await spawnServer([], program);
      const alice = await before.guest("Alice");
      alice.send({ type: "join", room: "lobby" });
      alice.send({ type: "room_message", room: "lobby", message: "Hello", key: "one" });
      assertEquals((await alice.take("room_message")).seq, 1);
      await alice.close();
      assertEquals((await before.kill("SIGTERM")).code, 0);

      const after = await spawnServer([], program);
      const bob = await after.guest("Bob");
      bob.send({ type: "join", room: "lobby" });
      const { messages } = await bob.take("joined");
      assertEquals(messages.map((event) => "message" in event && event.message), ["Hello"]);
      await bob.close();
      assertEquals((await after.kill("SIGTERM")).code, 0);
    }),
});
