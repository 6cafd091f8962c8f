// The examples in the documentation of the packages: each compiles and runs as it is written.
import { assert, assertEquals } from "@std/assert";
import { HubbubClient } from "@hubbub/client";
import { needs } from "../support/permissions.ts";
import { startProgram } from "../support/programs.ts";
import { startServerFixture } from "../support/server_fixture.ts";
import { inDirectory } from "../support/temporary_directory.ts";

const permissions = needs("env", "net", "read", "run", "write");
const ROOT = new URL("../../", import.meta.url);

/** The documents with examples, from the root. */
const DOCUMENTS = [
  ...["packages/client/mod.ts", "packages/client/client.ts", "packages/client/state_file.ts"],
  "docs/client.md",
  "packages/client/README.md",
  "lib/README.md",
  "lib/protocol/mod.ts",
  "lib/protocol/schemas/mod.ts",
];

/** The examples of a document: blocks of TypeScript, in Markdown or in a comment. */
async function examplesIn(path: string): Promise<readonly string[]> {
  const text = await Deno.readTextFile(new URL(path, ROOT));
  // Without the stars of a comment, and the indentation of a list.
  const lines = text.replace(/^ \* ?/gm, "");
  return [...lines.matchAll(/^( *)```ts\n([^]*?)^\1```$/gm)].map(([, , code = ""]) => code);
}

Deno.test({
  name: "each example in the documentation of the packages compiles and runs",
  ...permissions,
  async fn() {
    await using server = await startServerFixture();
    await inDirectory(async (directory) => {
      const paths: string[] = [];
      for (const path of DOCUMENTS) {
        const examples = await examplesIn(path);
        assert(examples.length > 0, `${path} has no example`);
        for (const example of examples) {
          const file = `${directory}/${paths.length}.ts`;
          await Deno.writeTextFile(file, example.replaceAll("http://localhost:8000", server.url));
          paths.push(file);
        }
      }
      const config = `--config=${new URL("deno.json", ROOT).pathname}`;
      const checking = new Deno.Command(Deno.execPath(), { args: ["check", config, ...paths] });
      const { success, stderr } = await checking.output();
      assert(success, new TextDecoder().decode(stderr));

      await using client = new HubbubClient({ url: server.url, token: server.olga });
      for (const path of paths) {
        const args = ["run", "-A", "--no-check", config, path];
        const example = startProgram(Deno.execPath(), args, { cwd: directory }, () => {});
        if ((await Deno.readTextFile(path)).includes("for await")) {
          // It answers messages until it is stopped.
          for (let present = 0; present < 2;) {
            present = (await client.join("lobby")).members.filter((name) =>
              name !== "Deploy"
            ).length;
          }
          const events = client.events("lobby");
          await client.join("lobby");
          await client.send("lobby", "echo hello");
          for await (const event of events) {
            if (event.type === "room_message" && event.message === "You said: echo hello") break;
          }
          await example.kill();
        } else assertEquals(await example.ended, 0, await Deno.readTextFile(path));
      }
    });
  },
});
