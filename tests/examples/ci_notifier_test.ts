// The notifier of the examples, as a build would run it.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { call, startServerFixture } from "../support/server_fixture.ts";
import { needsTools } from "../support/tools.ts";

const SCRIPT = new URL("../../examples/ci_notifier.sh", import.meta.url).pathname;

Deno.test({
  name: "the notifier tells a room once how a step has ended, and ends as the step did",
  ...needsTools("curl"),
  async fn() {
    await using server = await startServerFixture();
    const hook = { kind: "incoming", room: "general" };
    await call(server, "/api/rooms/general/join", { method: "POST", token: server.mo });
    const made = await call(server, "/api/hooks", { method: "POST", token: server.mo, body: hook });
    assertEquals(made.status, 201);
    const run = async (build: string, ...args: readonly string[]) => {
      const env = { HUBBUB_HOOK: new URL(made.body.url, server.url).href, HUBBUB_BUILD: build };
      const { code, stdout, stderr } = await new Deno.Command("sh", {
        args: [SCRIPT, ...args],
        env,
      }).output();
      assertEquals(stderr.length, 0);
      return [code, new TextDecoder().decode(stdout)];
    };
    assertEquals(await run("7", "Unit tests", "echo", "two  words"), [0, "two  words\n"]);
    // The same run once more: the build was resumed.
    assertEquals(await run("7", "Unit tests", "true"), [0, ""]);
    assertEquals(await run("8", 'It\'s "lint"', "sh", "-c", "exit 3"), [3, ""]);
    const path = "/api/rooms/general/messages";
    const { body } = await call(server, path, { token: server.mo });
    const texts = body.messages.map(({ message }: { message: string }) => message);
    assertEquals(texts.length, 2);
    assertMatch(texts[0], /^\*\*Unit tests\*\* passed in \d+ s\.$/);
    assertMatch(texts[1], /^\*\*It's "lint"\*\* failed with status 3 after \d+ s\.$/);

    // The build does not fail because the room could not be told.
    const env = { HUBBUB_HOOK: `${server.url}/hooks/none` };
    const { code, stderr } = await new Deno.Command("sh", {
      args: [SCRIPT, "Build", "true"],
      env,
    }).output();
    assertEquals(code, 0);
    assert(new TextDecoder().decode(stderr).includes("The room was not told."));
  },
});
