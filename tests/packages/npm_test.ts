// The packages as npm and JSR publish them.
import { assert, assertEquals } from "@std/assert";
import ts from "typescript";
import { freePort } from "../support/client_swarm.ts";
import { inDirectory } from "../support/temporary_directory.ts";
import { installPackages } from "../support/npm_packages.ts";
import { startServerFixture } from "../support/server_fixture.ts";
import { needsTools } from "../support/tools.ts";

/** A program in Node, on whose socket the runtime has no influence: it gives the client its own. */
const PROGRAM = `
import { HubbubClient } from "@hubbub/client";
import { StateFile } from "@hubbub/client/state-file";
import { LIMITS } from "@hubbub/protocol";

const { WebSocket } = globalThis;
delete globalThis.WebSocket;
const [url, token] = process.argv.slice(2);
const openSocket = (url, protocols, headers) => new WebSocket(url, { protocols, headers });
const client = new HubbubClient({ url, token, openSocket, store: new StateFile("chat.state") });
const events = client.events("lobby", { after: 0 });
await client.join("lobby");
const { seq } = await client.send("lobby", "Up to " + LIMITS.message_length, { key: "one" });
for await (const event of events) if (event.seq === seq) break;
console.log(client.you.name, seq);
await client.close();
`;

/**
 * A program in Node whose server is away at first, and which then has no valid token: Node 20 reports
 * both by an `error` event alone.
 */
const REFUSED = `
import { HubbubClient } from "@hubbub/client";

const [url, away] = process.argv.slice(2);
const statuses = [];
let again;
const twice = new Promise((resolve) => again = resolve);
const onStatus = (status) => statuses.push(status) > 3 && again();
const waiting = new HubbubClient({ url: away, token: "x", onStatus });
waiting.events("lobby");
await twice;
await waiting.close();
console.log(statuses.slice(0, 4).join(" "));
const client = new HubbubClient({ url, token: "wrong" });
try {
  for await (const event of client.events("lobby")) console.log(event);
} catch (error) {
  console.log(error.name, error.code);
}
`;

/** What a user's compiler makes of the types, with every check. */
const TYPES = `
import { type ClientFrame, type CommandOf, isMessage } from "@hubbub/protocol";
import { HubbubClient, type RefusedError } from "@hubbub/client";
import { StateFile } from "@hubbub/client/state-file";

const client = new HubbubClient({ url: "", store: new StateFile("x") });
const joined = await client.ask({ type: "join", room: "lobby" });
const seq: number = joined.seq;
for await (const event of client.events()) if (isMessage(event)) event.message.trim();
const typing: CommandOf<"typing"> = { type: "typing", room: "lobby" };
const frames: ClientFrame[] = [typing];
export const refusal = (error: RefusedError) => error.code === "not_a_member";
// @ts-expect-error: it is a number.
const text: string = joined.seq;
// @ts-expect-error: there is no such command.
const wrong: ClientFrame = { type: "shout" };
// @ts-expect-error: it has a reply of its own, and no event.
await client.submit({ type: "join", room: "lobby" });
export { frames, seq, text, wrong };
`;

Deno.test({
  name: "the npm packages are complete, typed, and chat from Node without another package",
  ...needsTools("node", "npm"),
  fn: () =>
    inDirectory(async (directory) => {
      const packed = await installPackages(directory);
      assertEquals(packed.map(({ name }) => name), ["@hubbub/protocol", "@hubbub/client"]);
      for (const { files } of packed) {
        const paths = files.map(({ path }) => path);
        for (const path of ["README.md", "LICENSE", "package.json"]) {
          assert(paths.includes(path), path);
        }
        const odd = paths.filter((path) =>
          !/(^(README\.md|LICENSE|package\.json)|\.js|\.d\.ts)$/.test(path)
        );
        assertEquals(odd, []);
      }
      const installed = [...Deno.readDirSync(`${directory}/node_modules`)]
        .map(({ name }) => name).filter((name) => !name.startsWith("."));
      assertEquals(installed, ["@hubbub"]);

      await Deno.writeTextFile(`${directory}/types.mts`, TYPES);
      const program = ts.createProgram([`${directory}/types.mts`], {
        module: ts.ModuleKind.NodeNext,
        target: ts.ScriptTarget.ES2022,
        lib: ["lib.esnext.d.ts", "lib.dom.d.ts"],
        ...{ strict: true, noEmit: true, types: [] },
      });
      const problems = ts.getPreEmitDiagnostics(program)
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
      assertEquals(problems, []);

      await using server = await startServerFixture();
      await Deno.writeTextFile(`${directory}/chat.mjs`, PROGRAM);
      const token = await server.join("Ann");
      const { stdout, stderr } = await new Deno.Command("node", {
        args: ["--experimental-websocket", "--no-warnings", "chat.mjs", server.url, token],
        cwd: directory,
      }).output();
      const [out, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
      assertEquals([out, errors], ["Ann 1", ""]);
    }),
});

Deno.test({
  name: "a program in Node tries again while the server is away, and ends without a valid token",
  ...needsTools("node", "npm"),
  fn: () =>
    inDirectory(async (directory) => {
      await installPackages(directory);
      await using server = await startServerFixture();
      await Deno.writeTextFile(`${directory}/refused.mjs`, REFUSED);
      const away = `http://127.0.0.1:${freePort()}`;
      const { stdout } = await new Deno.Command("node", {
        args: ["--experimental-websocket", "--no-warnings", "refused.mjs", server.url, away],
        cwd: directory,
      }).output();
      assertEquals(
        new TextDecoder().decode(stdout).trim(),
        "connecting closed connecting closed\nClosedError 4501",
      );
    }),
});

Deno.test({
  name: "JSR takes the packages",
  ...needsTools(),
  async fn() {
    // The types of the schemas follow from their values; those of the client are all written out.
    const members = [["packages/client", []], ["lib", ["--allow-slow-types"]]] as const;
    for (const [folder, flags] of members) {
      const { success, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["publish", "--dry-run", "--allow-dirty", "--no-check", ...flags],
        cwd: new URL(`../../${folder}/`, import.meta.url),
      }).output();
      const said = new TextDecoder().decode(stderr);
      assert(success, said);
      assert(said.includes("README.md"), said);
    }
  },
});
