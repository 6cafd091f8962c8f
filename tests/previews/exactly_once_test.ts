/** Previews while servers are killed, and on two instances: each link is looked up, and once. */
import { assertEquals } from "@std/assert";
import { systemClock } from "../../lib/util/clock.ts";
import { needs } from "../support/permissions.ts";
import { ignore, usePostgres } from "../support/postgres.ts";
import {
  type ServerProcess,
  spawnServer,
  startServer,
  type TestSettings,
} from "../support/server.ts";
import { startSite } from "../support/site.ts";

const cluster = usePostgres();
const ROOM = "links";
const HTML = { headers: { "content-type": "text/html" } };

async function end(server: ServerProcess): Promise<void> {
  await server.kill();
  await server.process.stdout.cancel().catch(() => {});
}

/** Kills a server while a page is slow to answer it. The next one, perhaps another, goes on. */
async function killedWithin(
  args: readonly string[],
  settings: Pick<TestSettings, "data" | "database">,
): Promise<void> {
  await using site = startSite();
  const first = await spawnServer([...args, "--link-previews=127.0.0.1", "--log-level=error"]);
  const asked = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  site.set("/page", async () => {
    asked.resolve();
    await release.promise;
    return new Response("<title>Slow</title>", HTML);
  });
  const token = await first.signIn("Alice", "a long password");
  const alice = await first.member(token);
  await alice.ask({ type: "join", room: ROOM });
  await alice.ask({ type: "room_message", room: ROOM, message: `${site.url}/page` });
  await asked.promise;
  await end(first);
  release.resolve();
  site.set("/page", () => new Response("<title>Quick</title>", HTML));
  // What the first one had reserved is free after a minute.
  const clock = { ...systemClock, now: () => systemClock.now() + 61_000 };
  await using second = await startServer({ ...settings, "link-previews": ["127.0.0.1"] }, clock);
  const again = await second.member(token);
  const joined = await again.ask({ type: "join", room: ROOM, after: 1 });
  const missed = joined.type === "joined" ? joined.messages : [];
  const added = missed.length > 0 ? missed : [await again.take("preview_added")];
  assertEquals(
    added.map((one) => one.type === "preview_added" && [one.target, one.preview?.title]),
    [
      [1, "Quick"],
    ],
  );
  assertEquals(site.seen, ["/page", "/page"]);
  await again.close();
}

Deno.test({
  name: "previews: a server that is killed while it looks up a link goes on after the next start",
  ...needs("net", "read", "write", "run", "env"),
  async fn() {
    const directory = await Deno.makeTempDir();
    const data = `${directory}/hubbub.db`;
    await killedWithin([`--data=${data}`], { data });
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test({
  name: "previews: what an instance leaves when it is killed, another one does",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const name = await cluster.make();
    const database = cluster.url(name);
    await killedWithin([`--database=${database}`], { database });
    await cluster.drop(name);
  },
});

Deno.test({
  name: "previews: of two instances one looks up a link, and both show it",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using site = startSite();
    const database = await cluster.make();
    const settings = { database: cluster.url(database), "link-previews": ["127.0.0.1"], rate: 0 };
    {
      await using one = await startServer(settings);
      await using other = await startServer(settings);
      const paths = Array.from({ length: 8 }, (_, n) => `/${n}`);
      for (const path of paths) site.page(path, `<title>Page ${path}</title>`);
      const [alice, bob] = [await one.guest("Alice"), await other.guest("Bob")];
      for (const peer of [alice, bob]) await peer.ask({ type: "join", room: ROOM });
      for (const [n, path] of paths.entries()) {
        const peer = n % 2 === 0 ? alice : bob;
        await peer.ask({ type: "room_message", room: ROOM, message: site.url + path });
      }
      await alice.sync();
      for (const peer of [alice, bob]) {
        const added = () => peer.frames.filter(({ type }) => type === "preview_added").length;
        while (added() < paths.length) await peer.next(({ type }) => type === "preview_added");
      }
      assertEquals(site.seen.toSorted(), paths, "each was asked for once");
      const page = await bob.ask({ type: "history", room: ROOM });
      const shown = page.type === "history"
        ? page.messages.map(({ preview }) => preview?.title)
        : [];
      assertEquals(shown, paths.map((path) => `Page ${path}`));
      for (const peer of [alice, bob]) await peer.close();
    }
    await cluster.drop(database);
  },
});
