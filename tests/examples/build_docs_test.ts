// The commands of docs/build.md, as a newcomer would type them.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { inCi, needs } from "../support/permissions.ts";
import { startServerFixture } from "../support/server_fixture.ts";

const permitted = needs("env", "net", "read", "run", "write");
const hasCurl = permitted.ignore || (await Deno.stat("/usr/bin/curl").catch(() => null)) !== null;

Deno.test({
  name: "every command on the page Build on Hubbub works as it is written",
  ignore: permitted.ignore || (!hasCurl && !inCi()),
  async fn() {
    await using fixture = await startServerFixture();
    const directory = await Deno.makeTempDir();
    try {
      const document = await Deno.readTextFile(new URL("../../docs/build.md", import.meta.url));
      const blocks = [...document.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, code = ""]) => code);
      assertEquals(blocks.length, 4);
      // The second one follows a room without an end.
      const script = blocks.filter((code) => !code.includes("curl -N")).join("\n")
        .replace("http://localhost:8000", fixture.url).replaceAll(
          "curl ",
          "curl --fail-with-body ",
        );
      await Deno.writeTextFile(`${directory}/report.pdf`, "%PDF-1.7");
      const { success, stdout, stderr } = await new Deno.Command("sh", {
        args: ["-euc", script],
        cwd: directory,
      }).output();
      const [out, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      assert(success, errors);
      assertStringIncludes(out ?? "", '"message":"Build 7 is green."');
      assertStringIncludes(out ?? "", '"name":"report.pdf"');
      assertStringIncludes(out ?? "", '"type":"message_deleted"');
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
