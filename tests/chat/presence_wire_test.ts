import { assertEquals } from "@std/assert";
import { LIMITS } from "../../lib/protocol/limits.ts";
import type { Peer } from "../support/peer.ts";
import { needs } from "../support/permissions.ts";
import { RawSocket } from "../support/raw_socket.ts";
import { startServer, type TestServer } from "../support/server.ts";

const permissions = needs("net", "read");

/** Longer than any test runs: within it no user becomes offline. */
const LONG_GRACE = 3_600;

/** The states of a user that a peer was sent so far. */
function statesOf(watcher: Peer, name: string): string[] {
  return watcher.frames.flatMap((frame) =>
    frame.type === "presence" && frame.name === name ? [frame.state] : []
  );
}

/** Waits until a peer has received all presence so far: a newcomer's presence is the marker. */
async function replayTo(server: TestServer, watcher: Peer): Promise<void> {
  const name = `Mark ${crypto.randomUUID().slice(0, 8)}`;
  const mark = await server.guest(name);
  await watcher.next((frame) => frame.type === "presence" && frame.name === name);
  await mark.close();
}

function isOffline(name: string) {
  return (frame: { type: string; name?: string; state?: string }) =>
    frame.type === "presence" && frame.name === name && frame.state === "offline";
}

Deno.test({
  name: "a user on three devices comes online once and goes offline once, with the last device",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const watcher = await server.guest("Watcher");
    const token = await server.signIn("Alice");
    const devices = await Promise.all([1, 2, 3].map(() => server.member(token)));
    for (const device of devices.slice(1)) await device.close();
    await replayTo(server, watcher);
    assertEquals(statesOf(watcher, "Alice"), ["online"]);
    await devices[0]?.close();
    await watcher.next(isOffline("Alice"));
    assertEquals(statesOf(watcher, "Alice"), ["online", "offline"]);
    await watcher.close();
  },
});

Deno.test({
  name: "welcome lists the online users, including the user itself, each once",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const token = await server.signIn("Alice");
    const devices = [await server.member(token), await server.member(token)];
    const bob = await server.guest("Bob");
    const [welcome] = bob.frames;
    if (welcome?.type !== "welcome") throw new Error("The first frame is no welcome");
    assertEquals([welcome.online, welcome.online_count], [["Alice", "Bob"], 2]);
    assertEquals(welcome.away, []);
    await Promise.all([...devices, bob].map((peer) => peer.close()));
  },
});

Deno.test({
  name: "a reload within the grace period is neither an arrival nor a departure",
  ...permissions,
  async fn() {
    await using server = await startServer({ grace: LONG_GRACE });
    const watcher = await server.guest("Watcher");
    const token = await server.signIn("Alice");
    for (let reload = 0; reload < 5; reload++) await (await server.member(token)).close();
    const alice = await server.member(token);
    await replayTo(server, watcher);
    assertEquals(statesOf(watcher, "Alice"), ["online"]);
    await Promise.all([alice.close(), watcher.close()]);
  },
});

Deno.test({
  name: "a guest who reloads within the grace period has the same name without a flicker",
  ...permissions,
  async fn() {
    await using server = await startServer({ grace: LONG_GRACE });
    const watcher = await server.guest("Watcher");
    for (let reload = 0; reload < 5; reload++) await (await server.guest("Alice")).close();
    await replayTo(server, watcher);
    assertEquals(statesOf(watcher, "Alice"), ["online"]);
    await watcher.close();
  },
});

Deno.test({
  name: "a departed user is in welcome during the grace period, and not after it",
  ...permissions,
  async fn() {
    await using server = await startServer({ grace: 1 });
    const watcher = await server.guest("Watcher");
    await (await server.guest("Alice")).close();
    const during = await server.guest("Bob");
    const [welcome] = during.frames;
    assertEquals(welcome?.type === "welcome" && welcome.online.includes("Alice"), true);
    await watcher.next(isOffline("Alice"));
    await during.next(isOffline("Alice"));
    const after = await server.guest("Carol");
    const [later] = after.frames;
    assertEquals(later?.type === "welcome" && later.online.includes("Alice"), false);
    await Promise.all([watcher, during, after].map((peer) => peer.close()));
  },
});

Deno.test({
  name: "a connection that is cut counts like one that is closed",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const watcher = await server.guest("Watcher");
    const cut = await RawSocket.open(server.url, "/ws?name=Alice");
    await cut.frame();
    cut[Symbol.dispose]();
    await watcher.next(isOffline("Alice"));
    assertEquals(statesOf(watcher, "Alice"), ["online", "offline"]);
    assertEquals(server.logged, []);
    await watcher.close();
  },
});

Deno.test({
  name: "a user is away when every device is, and online again with activity on any of them",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const watcher = await server.guest("Watcher");
    const token = await server.signIn("Alice");
    const [one, other] = [await server.member(token), await server.member(token)];
    one.send({ type: "presence", state: "away" });
    await one.sync();
    // Any command counts as activity.
    one.send({ type: "presence", state: "away" });
    other.send({ type: "presence", state: "away" });
    await watcher.next((frame) => frame.type === "presence" && frame.state === "away");
    const newcomer = await server.guest("Newcomer");
    const [welcome] = newcomer.frames;
    assertEquals(welcome?.type === "welcome" && welcome.away, ["Alice"]);
    other.send({ type: "presence", state: "online" });
    await watcher.next((frame) => frame.type === "presence" && frame.name === "Alice");
    assertEquals(statesOf(watcher, "Alice"), ["online", "away", "online"]);
    await Promise.all([watcher, newcomer, one, other].map((peer) => peer.close()));
  },
});

Deno.test({
  name: "on a large server a user is sent the presence of the first users and of watched ones",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const { listed_people } = LIMITS;
    const first = await server.guest("First");
    const others: Peer[] = [];
    for (let i = 1; i < listed_people; i += 20) {
      const names = Array.from({ length: Math.min(20, listed_people - i) }, (_, k) => `G ${i + k}`);
      others.push(...await Promise.all(names.map((name) => server.guest(name))));
    }
    // This user connects when the list is full.
    const looker = await server.guest("Looker");
    const [welcome] = looker.frames;
    if (welcome?.type !== "welcome") throw new Error("The first frame is no welcome");
    assertEquals([welcome.online.length, welcome.online_count], [listed_people, listed_people + 1]);
    assertEquals(welcome.online.includes("Looker"), false);
    const answer = await looker.ask({ type: "watch", names: ["Alice", "First"] });
    assertEquals(answer.type === "watching" && [answer.online, answer.online_count], [
      ["First"],
      listed_people + 1,
    ]);
    const alice = await server.guest("Alice");
    await looker.next((frame) => frame.type === "presence" && frame.name === "Alice");
    await alice.close();
    await looker.next(isOffline("Alice"));
    assertEquals(statesOf(looker, "Alice"), ["online", "offline"]);
    assertEquals(statesOf(first, "Alice"), []);
    // A listed user disconnects: the next in line takes the place.
    await others[0]?.close();
    await first.next((frame) => frame.type === "presence" && frame.name === "Looker");
    assertEquals(statesOf(first, "Looker"), ["online"]);
    await Promise.all([first, looker, ...others].map((peer) => peer.close()));
  },
});
