/** The npm packages in a real browser, as a page of another origin loads them: without a build. */
import { assertEquals } from "@std/assert";
import { pathToFileURL } from "node:url";
import { buildPackages } from "../../tools/packages.ts";
import { freePort } from "../support/client_swarm.ts";
import { startServer } from "../support/server.ts";
import { inDirectory } from "../support/temporary_directory.ts";
import { ignore, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

const page = (url: string) =>
  `<!doctype html><title>A page</title><p></p>
<script type="importmap">
{"imports":{"@hubbub/client":"/client/mod.js","@hubbub/protocol":"/protocol/protocol/mod.js"}}
</script>
<script type="module">
import { HubbubClient } from "@hubbub/client";
const client = new HubbubClient({ url: "${url}", name: "Page" });
const events = client.events("lobby", { after: 0 });
await client.join("lobby");
const { seq } = await client.send("lobby", "from a page");
for await (const event of events) if (event.seq === seq) break;
document.querySelector("p").textContent = client.you.name + " has read message " + seq;
</script>`;

Deno.test({
  name: "a page loads the npm package as it is, and reads and sends with it",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    inDirectory(async (directory) => {
      const root = pathToFileURL(`${directory}/`);
      await buildPackages(root);
      const port = freePort();
      await using server = await startServer({ origins: [`http://localhost:${port}`] });
      await using _site = Deno.serve({ port, onListen() {} }, async ({ url }) => {
        const { pathname } = new URL(url);
        if (!pathname.endsWith(".js")) {
          return new Response(page(server.url), { headers: { "content-type": "text/html" } });
        }
        const text = await Deno.readTextFile(new URL(`.${pathname}`, root));
        return new Response(text, { headers: { "content-type": "text/javascript" } });
      });
      const visitor = await Visitor.open(`http://localhost:${port}/`);
      await visitor.page.getByText("Page has read message 1").waitFor();
      assertEquals(visitor.complaints, []);
      await visitor.context.close();
    }),
});
