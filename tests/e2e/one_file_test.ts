/** The built file, alone and offline: on this version of Deno and on the oldest supported one. */
import { assertEquals } from "@std/assert";
import { oneFile, runtimes } from "../support/one_file.ts";
import { ignore, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

for (const [version, deno] of Object.entries(ignore ? { none: null } : await runtimes())) {
  Deno.test({
    name: `the built file runs alone and offline: Deno ${version}`,
    ignore: ignore || deno === null,
    async fn() {
      if (deno === null) return;
      await using file = await oneFile();
      const before = await file.spawn(deno);
      const alice = await Visitor.at(before.url, "Alice");
      await alice.say("This is kept");
      assertEquals(alice.errors, []);

      await before.kill();
      await alice.status("Offline");
      await alice.write("Written while nobody listens");
      const after = await file.spawn(deno, [`--port=${new URL(before.url).port}`]);
      await alice.sees("Written while nobody listens");
      const bob = await Visitor.at(after.url, "Bob");
      await bob.sees("This is kept");
      await bob.say("So it is");
      await alice.sees("So it is");
      assertEquals([bob.errors, bob.complaints, alice.complaints], [[], [], []]);

      // Deferred modules are in the file as well.
      const options = await after.request("/api/session/passkey/options", { method: "POST" });
      assertEquals([options.status, typeof (await options.json()).challenge], [200, "string"]);
      assertEquals((await after.kill("SIGTERM")).code, 0);
    },
  });
}
