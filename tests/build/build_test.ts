/** The content of the built file. tests/e2e/one_file_test.ts runs it. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import { build } from "../../tools/build.ts";
import { needs } from "../support/permissions.ts";

Deno.test({
  name: "the build is reproducible, and the file names its version and the licences",
  ...needs("read", "write", "net", "env"),
  async fn() {
    const text = await build();
    assert(await build() === text, "built twice, the files differ");
    assertMatch(text, new RegExp(`^/\\*!\nHubbub ${manifest.version}, `));
    const [notice = ""] = /^\/\*![^]*?\*\//.exec(text) ?? [];
    assertStringIncludes(
      notice,
      await Deno.readTextFile(new URL("../../LICENSE", import.meta.url)),
    );
    const named = [...notice.matchAll(/^(?:@[\w-]+\/)?[\w.-]+ \d+\.\d+\.\d+/gm)].map(String);
    for (const name of ["valibot", "preact", "uqr", "@simplewebauthn/server", "deno-std"]) {
      assert(named.some((line) => line.startsWith(`${name} `)), `${name} is not named`);
    }
    assert(!/playwright|fast-check/.test(notice), "what only tests need is in it");
    // It must not contain paths of the build machine, or the hosts of registries.
    const here = new URL("../../", import.meta.url).pathname;
    assertEquals([here, "/npm/", "node_modules/"].filter((part) => text.includes(part)), []);
  },
});
