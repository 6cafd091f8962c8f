// Everything that users can store, on each store, in processes of their own: a server is killed while
// it does all of it at once, and the next one, or another instance, has each thing once. On two
// instances, what is done at one is told at the other.
import { assert, assertEquals } from "@std/assert";
import { EVENTS, isRoomEvent } from "../../lib/chat/events/index.ts";
import type { ClientFrame, Message, RoomEvent, ServerFrame } from "../../lib/protocol/frames.ts";
import { openPostgres } from "../../lib/store/postgres/store.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import type { Store } from "../../lib/store/store.ts";
import { createToken, hashToken } from "../../lib/util/secrets.ts";
import { newAccount } from "../store/contract/fixture.ts";
import {
  EVENT_FEATURES,
  type Feature,
  FEATURES,
  type Found,
  type Ground,
  type Spot,
} from "../support/features.ts";
import { end } from "../support/instance_processes.ts";
import type { Peer } from "../support/peer.ts";
import { needs } from "../support/permissions.ts";
import { png } from "../support/pictures.ts";
import { ignore, usePostgres } from "../support/postgres.ts";
import { type ServerProcess, spawnServer } from "../support/server.ts";
import { type Site, startSite } from "../support/site.ts";
import { uploaded } from "../support/uploads.ts";

const ROOM = "everything";
const PICTURE = png(64, 64);

const cluster = usePostgres();

/** Something to do, with the key under which it is done once. */
interface Task {
  readonly feature: Feature;
  readonly spot: Spot;
  readonly frame?: ClientFrame & { readonly key: string };
}

/** Makes an owner in a store; returns the token of a session. */
async function makeOwner(store: Store): Promise<string> {
  const token = createToken();
  const owner = await store.createAccount(newAccount("Olga", { role: "owner" }));
  assert(typeof owner === "object");
  const session = { hash: hashToken(token), account: owner.id, label: "test", at: Date.now() };
  await store.createSession(session);
  await store.close();
  return token;
}

/** What is at a spot before anything is done there. */
function groundOf(on: Ground, site: Site, n: number): ClientFrame {
  const frame = { type: "room_message", room: ROOM, message: `ground ${n}` } as const;
  if (on === "poll") return { ...frame, poll: { question: `ground ${n}`, options: ["a", "b"] } };
  if (on !== "link") return frame;
  site.page(`/${n}`, `<title>Page ${n}</title>`);
  return { ...frame, message: `${site.url}/${n}` };
}

/** Prepares every feature a number of times, numbered from `from` on. The peer is in the room. */
async function prepare(
  server: ServerProcess,
  token: string,
  peer: Peer,
  site: Site,
  rounds: number,
  from: number,
): Promise<readonly Task[]> {
  const features = Array.from({ length: rounds }, () => FEATURES).flat();
  const later = Date.now() + 3_600_000;
  const tasks: Task[] = [];
  for (const [i, feature] of features.entries()) {
    const n = from + i;
    const { on = "text", withFile, sends, name } = feature;
    const ground = await peer.ask(groundOf(on, site, n));
    assert(isRoomEvent(ground));
    const { seq, room_id } = ground;
    if (on === "link") await peer.next((one) => one.type === "preview_added" && one.target === seq);
    if (on === "thread") {
      await peer.ask({ type: "room_message", room: ROOM, message: "re", thread: seq });
    }
    const file = withFile ? (await uploaded(server, token, ROOM, PICTURE, "p.png")).id : "";
    const spot = { room_id, seq, file, n, later };
    const frame = sends && { ...sends(spot), key: `${name} ${n}` };
    tasks.push({ feature, spot, ...(frame === undefined ? {} : { frame }) });
  }
  return tasks;
}

/** Reads all pages of a list of the room. */
async function readAll<T extends { readonly seq: number }>(
  server: ServerProcess,
  token: string,
  list: "events" | "messages",
): Promise<readonly T[]> {
  const all: T[] = [];
  for (let more = true; more;) {
    const path = `/api/rooms/${ROOM}/${list}?limit=100&after=${all.at(-1)?.seq ?? 0}`;
    const headers = { authorization: `Bearer ${token}`, accept: "application/json" };
    const page = await (await fetch(`${server.url}${path}`, { headers })).json();
    all.push(...page[list]);
    ({ more } = page);
  }
  return all;
}

/** Reads the whole log. */
function logOf(server: ServerProcess, token: string): Promise<readonly RoomEvent[]> {
  return readAll<RoomEvent>(server, token, "events");
}

/** What a new device reads. */
async function read(server: ServerProcess, token: string): Promise<Found> {
  const messages = await readAll<Message>(server, token, "messages");
  const peer = await server.member(token);
  const ask = async <T extends ServerFrame["type"]>(frame: ClientFrame, type: T) => {
    const answer = await peer.ask(frame);
    assert(answer.type === type, `${JSON.stringify(answer)} is no ${type}`);
    return answer as Extract<ServerFrame, { type: T }>;
  };
  const limit = 100;
  const found: Found = {
    message: (seq) => messages.find((one) => one.seq === seq)!,
    welcome: peer.frames.find((frame) => frame.type === "welcome")!,
    drafts: (await ask({ type: "list_drafts" }, "drafts")).drafts,
    saved: (await ask({ type: "list_saved", limit }, "saved")).messages,
    scheduled: (await ask({ type: "list_scheduled" }, "scheduled_list")).entries,
    reminders: (await ask({ type: "list_reminders" }, "reminders")).reminders,
    threads: (await ask({ type: "list_threads", limit }, "threads")).threads,
    emoji: (await ask({ type: "list_emoji", limit }, "emoji_list")).emoji,
  };
  await peer.close();
  return found;
}

/** What an event says that nothing changes later. */
function coreOf({ seq, type, key, at, sender_id, ...rest }: RoomEvent) {
  return { seq, type, key, at, sender_id, target: "target" in rest ? rest.target : undefined };
}

function eventsOf(frames: readonly ServerFrame[]): readonly RoomEvent[] {
  return frames.filter(isRoomEvent);
}

/** Asserts that a log is dense, and has everything that was done, once. */
function assertComplete(log: readonly RoomEvent[], tasks: readonly Task[]): void {
  assertEquals(log.map(({ seq }) => seq), Array.from({ length: log.length }, (_, n) => n + 1));
  const keys = log.flatMap(({ key }) => key ?? []);
  assertEquals(new Set(keys).size, keys.length, "a key is in the log twice");
  for (const [kind, features] of Object.entries(EVENT_FEATURES)) {
    const type = EVENTS.find((event) => event.kind === kind)!.type;
    const done = tasks.flatMap(({ feature, frame }) =>
      features.includes(feature) ? frame?.key ?? [] : []
    );
    const found = log.filter((event) => event.type === type).flatMap(({ key }) => key ?? []);
    assertEquals(done.filter((key) => !found.includes(key)), [], `${type} is missing`);
  }
  // The server looked up each link once.
  for (const { feature, spot } of tasks) {
    if (feature.on !== "link") continue;
    const previews = log.filter((event) =>
      event.type === "preview_added" && event.target === spot.seq
    );
    assertEquals(previews.length, 1);
  }
}

function assertFound(found: Found, tasks: readonly Task[]): void {
  const missing = tasks.filter(({ feature, spot }) => feature.isFound?.(found, spot) === false);
  assertEquals(missing.map(({ feature, spot }) => [feature.name, spot]), []);
}

/**
 * Kills a server while it does everything. What it acknowledged or showed is there afterwards; what
 * it did not acknowledge is sent again.
 *
 * @param goOn Returns the server that goes on.
 */
async function survives(
  first: ServerProcess,
  goOn: () => Promise<ServerProcess>,
  token: string,
): Promise<void> {
  await using site = startSite();
  const olga = await first.member(token);
  await olga.ask({ type: "join", room: ROOM });
  const tasks = await prepare(first, token, olga, site, 2, 1_000);
  const frames = tasks.flatMap(({ frame }) => frame ?? []);
  const keys = new Set(frames.map(({ key }) => key));
  const answersIn = (peer: Peer) =>
    peer.frames.filter((one) => "key" in one && one.key !== undefined && keys.has(one.key));
  for (const frame of frames) olga.send(frame);
  while (answersIn(olga).length < frames.length / 2) await olga.next(() => true);
  await end(first);
  await olga.closed;
  const answered = answersIn(olga);
  assert(answered.every(({ type }) => type !== "error"), JSON.stringify(answered));
  const shown = eventsOf(olga.frames);

  const second = await goOn();
  const again = await second.member(token);
  await again.ask({ type: "join", room: ROOM });
  for (const { feature, frame } of tasks) {
    if (frame === undefined) continue;
    const answer = await again.ask(frame);
    if (answer.type === "error") {
      assertEquals(answer.code, feature.repeated, JSON.stringify(answer));
      continue;
    }
    // Whatever it did before it was killed has the same result.
    const before = answered.find((one) => "key" in one && one.key === frame.key);
    if (before !== undefined && isRoomEvent(before)) assertEquals(answer, before);
  }
  const log = await logOf(second, token);
  assertComplete(log, tasks);
  for (const event of shown) assertEquals(coreOf(log[event.seq - 1]!), coreOf(event));
  assertFound(await read(second, token), tasks);
  await again.close();
  await end(second);
}

/** Does everything at one instance, and asserts that the devices at the other one are told the same. */
async function reachesTheOther(
  one: ServerProcess,
  other: ServerProcess,
  token: string,
): Promise<void> {
  await using site = startSite();
  const [olga, phone] = [await one.member(token), await other.member(token)];
  const bob = await other.member(await other.signIn("Bob", "a long password"));
  for (const peer of [olga, bob, phone]) await peer.ask({ type: "join", room: ROOM });
  for (const peer of [bob, phone]) await peer.ask({ type: "watch", names: ["Olga"] });
  const tasks = await prepare(one, token, olga, site, 1, 0);
  for (const { feature, spot, frame } of tasks) {
    if (frame === undefined) continue;
    const { key: _key, ...answer } = await olga.ask(frame) as ServerFrame & { key: string };
    const expected = feature.tells?.(spot) ?? answer;
    await phone.next((frame) => {
      const got = frame as unknown as Readonly<Record<string, unknown>>;
      return Object.entries(expected).every(([name, value]) =>
        JSON.stringify(got[name]) === JSON.stringify(value)
      );
    });
  }
  const log = await logOf(one, token);
  assertEquals(await logOf(other, token), log);
  assertComplete(log, tasks);
  for (const peer of [olga, bob, phone]) {
    const has = () => eventsOf(peer.frames).some(({ seq }) => seq === log.length);
    while (!has()) await peer.next(isRoomEvent);
  }
  const [here, there, withBob] = [olga, phone, bob].map(({ frames }) =>
    // The answer to a command may be beside the event.
    [...new Map(eventsOf(frames).map((event) => [event.seq, event])).values()]
      .toSorted((a, b) => a.seq - b.seq)
  );
  assertEquals(there, here);
  assertEquals(withBob, here);
  assertFound(await read(other, token), tasks);
  for (const peer of [olga, bob, phone]) await peer.close();
}

const OPTIONS = ["--rate=0", "--grace=0", "--log-level=error", "--link-previews=127.0.0.1"];

Deno.test("every kind of event is among the features", () => {
  const kinds = EVENTS.map(({ kind }) => kind);
  assertEquals(Object.keys(EVENT_FEATURES).toSorted(), kinds.toSorted());
  assert(Object.values(EVENT_FEATURES).every(({ length }) => length > 0));
  assertEquals(new Set(FEATURES.map(({ name }) => name)).size, FEATURES.length);
});

Deno.test({
  name: "sqlite: everything survives kill -9 in the middle of it, once",
  ...needs("net", "read", "write", "run", "env"),
  async fn() {
    const directory = await Deno.makeTempDir();
    const data = `${directory}/hubbub.db`;
    const token = await makeOwner(await openSqlite({ path: data, durability: "process" }));
    const start = () => spawnServer([`--data=${data}`, ...OPTIONS]);
    await survives(await start(), start, token);
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test({
  name: "postgres: everything done at one instance is told at the other, which goes on alone",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const name = await cluster.make();
    const url = cluster.url(name);
    const token = await makeOwner(await openPostgres({ url }));
    const start = () => spawnServer([`--database=${url}`, ...OPTIONS]);
    const [one, other] = [await start(), await start()];
    await reachesTheOther(one, other, token);
    await survives(one, () => Promise.resolve(other), token);
    await cluster.drop(name);
  },
});
