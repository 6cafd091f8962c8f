/** The example page of another site: a full client, in a real browser, from another origin. */
import { assertEquals } from "@std/assert";
import { freePort } from "../support/client_swarm.ts";
import { startServer } from "../support/server.ts";
import { ignore, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

const SITE = new URL("../../examples/other_site/", import.meta.url);
const TYPES: Readonly<Record<string, string>> = { html: "text/html", js: "text/javascript" };

Deno.test({
  name:
    "a page of another site reads and writes by a token and a ticket, and of a third one nothing",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const [port, otherPort] = [freePort(), freePort()];
    await using server = await startServer({ origins: [`http://localhost:${port}`] });
    const files = async ({ url }: Request) => {
      const name = new URL(url).pathname.slice(1) || "index.html";
      const type = TYPES[name.split(".").at(-1) ?? ""];
      if (type === undefined) return new Response(null, { status: 404 });
      const headers = { "content-type": type };
      return new Response(await Deno.readTextFile(new URL(name, SITE)), { headers });
    };
    await using _site = Deno.serve({ port, onListen() {} }, files);
    await using _other = Deno.serve({ port: otherPort, onListen() {} }, files);
    const token = await server.signIn("Alice");
    const bob = await server.guest("Bob");
    await bob.ask({ type: "join", room: "general" });
    await bob.ask({ type: "room_message", room: "general", message: "before" });
    const connect = async (visitor: Visitor) => {
      await visitor.page.getByLabel("Server").fill(server.url);
      await visitor.page.getByLabel("Token").fill(token);
      await visitor.button("Connect").click();
    };
    const alice = await Visitor.open(`http://localhost:${port}/`);
    const sockets: { close(options: { code: number }): Promise<void> }[] = [];
    await alice.page.routeWebSocket(/ticket=/, (socket) => {
      socket.connectToServer();
      sockets.push(socket);
    });
    await connect(alice);
    await alice.page.getByText("Bob: before").waitFor();
    await alice.page.getByLabel("Message").fill("from another site");
    await alice.button("Send").click();
    const frame = await bob.next((one) => one.type === "room_message" && one.sender === "Alice");
    assertEquals("message" in frame && frame.message, "from another site");
    await alice.page.getByText("Alice: from another site").waitFor();
    // It comes back after an interruption that is longer than one attempt, and misses nothing.
    await alice.page.route("**/api/tickets", (route) => route.abort());
    await sockets.at(-1)!.close({ code: 4000 });
    await alice.page.getByText("Failed to fetch").waitFor();
    await bob.ask({ type: "room_message", room: "general", message: "meanwhile" });
    await alice.page.unroute("**/api/tickets");
    await alice.page.getByText("Bob: meanwhile").waitFor();
    const eve = await Visitor.open(`http://localhost:${otherPort}/`);
    await connect(eve);
    await eve.page.getByText("Failed to fetch").waitFor();
    assertEquals(await eve.page.locator("#log li").count(), 0);
    for (const visitor of [alice, eve]) await visitor.context.close();
    await bob.close();
  },
});
