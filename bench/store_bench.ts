/**
 * How fast the SQLite store appends, and whether its reads cost the same in a long log as in a
 * short one; and how long a turn of the event loop was at most meanwhile, for as long as SQLite
 * works nobody gets anything.
 *
 *     deno run -A bench/store_bench.ts [--messages=1000000] [--full]
 *
 * `--full` measures the reads in a log of ten million messages.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import { parseArgs } from "@std/cli/parse-args";
import { type Durability, openSqlite } from "../lib/store/sqlite.ts";
import type { Account, Append, Store } from "../lib/store/store.ts";

/** How long each append figure is measured. */
const APPEND_MILLISECONDS = 2_000;
/** How often each read is repeated, at different places. */
const READS = 1_000;
const PAGE = { limit: 50, maxLength: 200_000 };
const FILL_BATCH = 1_000;
const ROOMS = 20;
/** The room in which somebody speaks once in so many messages; in most of the others nobody does. */
const QUIET_ROOM = 19;
const SELDOM = 5_000;
/** A word that is said once in so many messages. */
const SELDOM_WORD = "quokka";
const VERY_SELDOM = 1_000_000;

const WORDS = Array.from({ length: 5_000 }, (_, n) => `${syllable(n)}${syllable(n * 7)}${n % 97}`);

function syllable(n: number): string {
  const syllables = ["ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "zu"];
  return (syllables[n % 10] ?? "") + (syllables[Math.floor(n / 10) % 10] ?? "");
}

/** Eight words; as in a language, some are in every other message and most are rare. */
function sentence(): string {
  const word = () => WORDS[Math.floor(WORDS.length * Math.random() ** 3)];
  return Array.from({ length: 8 }, word).join(" ");
}

interface Bench {
  readonly store: Store;
  readonly people: readonly Account[];
  readonly rooms: readonly number[];
}

async function prepare(store: Store): Promise<Bench> {
  const people: Account[] = [];
  for (let n = 0; n < 10; n++) {
    const person = await store.createAccount({
      name: `Person ${n}`,
      skeleton: `person ${n}`,
      role: "member",
      password: null,
      at: 0,
      invite: null,
    });
    if (typeof person === "object") people.push(person);
  }
  const rooms: number[] = [];
  for (let n = 0; n < ROOMS; n++) {
    const room = await store.createRoom({
      name: `room-${n}`,
      kind: "public",
      title: null,
      creator: null,
      at: 0,
    });
    if (room === null) continue;
    rooms.push(room.id);
    for (const person of people) await store.addMember(room.id, person.id, 0);
  }
  return { store, people, rooms };
}

/** Keys in the order of time fill their index from one end; random ones, all over. */
const KEYS = {
  ordered: (n: number) => `k${(1e9 + n).toString(36)}`,
  random: () => crypto.randomUUID(),
};
type Keys = keyof typeof KEYS;

function message({ people, rooms }: Bench, n: number, keys: Keys = "ordered"): Append {
  const [sender, room] = [people[n % people.length], rooms[n % SELDOM ? n % 7 : QUIET_ROOM]];
  if (sender === undefined || room === undefined) throw new Error("There is nobody to write");
  return {
    kind: "message",
    room,
    sender,
    at: Date.now(),
    key: KEYS[keys](n),
    text: n % VERY_SELDOM ? sentence() : `${sentence()} ${SELDOM_WORD}`,
    replyTo: null,
  };
}

async function measureAppend(
  durability: Durability,
  size: number,
  keys: Keys,
): Promise<readonly string[]> {
  const directory = await Deno.makeTempDir();
  const bench = await prepare(await openSqlite({ path: `${directory}/bench.db`, durability }));
  // Made beforehand: the figure is the store's, not the generator's.
  const batches = Array.from(
    { length: Math.ceil(200_000 / size) },
    (_, b) => Array.from({ length: size }, (_, n) => message(bench, b * size + n)),
  );
  let done = 0;
  let longest = 0;
  const start = performance.now();
  for (const batch of batches) {
    const before = performance.now();
    await bench.store.append(batch);
    longest = Math.max(longest, performance.now() - before);
    done += size;
    if (performance.now() - start > APPEND_MILLISECONDS) break;
  }
  const seconds = (performance.now() - start) / 1_000;
  await bench.store.close();
  await Deno.remove(directory, { recursive: true });
  return [
    `append ×${size}, ${durability}, ${keys} keys`,
    `${Math.round(done / seconds).toLocaleString("en")}/s`,
    `${(seconds / done * size * 1_000).toFixed(3)} ms`,
    "",
    `${longest.toFixed(1)} ms`,
  ];
}

async function fill(bench: Bench, messages: number): Promise<void> {
  for (let n = 0; n < messages; n += FILL_BATCH) {
    const size = Math.min(FILL_BATCH, messages - n);
    await bench.store.append(Array.from({ length: size }, (_, k) => message(bench, n + k)));
  }
}

/**
 * Reads again and again, each in a turn of the event loop of its own.
 *
 * @returns How long each took, shortest first, and how long the longest turn of the event loop was:
 * so long everybody else had to wait.
 */
async function measureRead(
  read: () => Promise<unknown>,
): Promise<{ times: readonly number[]; turn: number }> {
  const times: number[] = [];
  let turn = 0;
  let began = performance.now();
  let ticking = true;
  const tick = () => {
    const now = performance.now();
    turn = Math.max(turn, now - began);
    began = now;
    if (ticking) setImmediate(tick);
  };
  tick();
  for (let n = 0; n < READS; n++) {
    await new Promise<void>((resolve) => void setImmediate(resolve));
    const before = performance.now();
    await read();
    times.push(performance.now() - before);
  }
  ticking = false;
  return { times: times.sort((a, b) => a - b), turn };
}

async function measureReads(messages: number): Promise<readonly (readonly string[])[]> {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/bench.db`;
  const bench = await prepare(await openSqlite({ path, durability: "process" }));
  const start = performance.now();
  await fill(bench, messages);
  const { store, people: [person], rooms: [room] } = bench;
  if (person === undefined || room === undefined) throw new Error("There is nobody to read");
  // Whoever reads waits until everything is in the tables.
  await store.roomsOf(person.id);
  const seconds = (performance.now() - start) / 1_000;
  const bytes = Deno.statSync(path).size + Deno.statSync(`${path}-wal`).size;
  const head = Math.floor((messages - messages / SELDOM) / 7);
  const anywhere = () => 1 + Math.floor(Math.random() * (head - 100));
  const [quiet = null, silent = null] = [bench.rooms[QUIET_ROOM], bench.rooms[QUIET_ROOM - 1]];
  const search = (query: string, of: number | null, before: number | null = null) =>
    store.search({
      ...{ account: person.id, query, room: of, limit: 20 },
      before: before === null ? null : String(before),
    });
  const word = () => WORDS[Math.floor(WORDS.length * (0.5 + Math.random() / 2))] ?? "";
  const reads: Record<string, () => Promise<unknown>> = {
    "latest 50": () => store.pageBefore(room, head + 1, PAGE),
    "50 anywhere": () => store.pageBefore(room, anywhere(), PAGE),
    "replay of 50": () => {
      const after = anywhere();
      return store.replay(room, after, after + 50, PAGE);
    },
    "replay refused": () => store.replay(room, 0, head, PAGE),
    "rooms of a person": () => store.roomsOf(person.id),
    "search, common word": () => search(`${WORDS[0]}`, null),
    "search, two common words, one room": () => search(`${WORDS[0]} ${WORDS[1]}`, room),
    "search, rare word": () => search(word(), null),
    "search, rare word, one room": () => search(word(), room),
    "search, very rare word": () => search(SELDOM_WORD, null),
    "search, no such word": () => search("nobody said", null),
    "search, unfinished, 4 letters": () => search("baba", null),
    "search, unfinished, 3 letters": () => search("bak", null),
    "search, unfinished, 1 letter": () => search("b", null),
    "search, common word, quiet room": () => search(`${WORDS[0]}`, quiet),
    "search, rare word, quiet room": () => search(word(), quiet),
    "search, unfinished, quiet room": () => search("bak", quiet),
    "search, common word, silent room": () => search(`${WORDS[0]}`, silent),
    "search, common word, long ago": () => search(`${WORDS[0]}`, null, 1 + anywhere()),
  };
  const rows = [[
    `fill, ${messages.toLocaleString("en")}`,
    `${Math.round(messages / seconds).toLocaleString("en")}/s`,
    `${(bytes / 2 ** 20).toFixed(0)} MiB`,
  ]];
  for (const [name, read] of Object.entries(reads)) {
    const { times, turn } = await measureRead(read);
    rows.push([
      `${name} (${messages.toLocaleString("en")})`,
      "",
      `${times[READS / 2]?.toFixed(3)} ms`,
      `${times[READS * 0.99]?.toFixed(3)} ms`,
      `${times.at(-1)?.toFixed(3)} ms`,
      `${turn.toFixed(1)} ms`,
    ]);
  }
  rows.push(["memory of the process", "", `${(Deno.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`]);
  await store.close();
  await Deno.remove(directory, { recursive: true });
  return rows;
}

function print(cells: readonly string[]): void {
  const [name = "", ...rest] = cells;
  console.log(name.padEnd(52) + rest.map((cell) => cell.padStart(14)).join(""));
}

/** The long log, unless it is said otherwise; and with `--full`. */
const LONG_LOG = 1_000_000;
const FULL_LOG = 10_000_000;

const { messages, full } = parseArgs(Deno.args, { string: ["messages"], boolean: ["full"] });
const longLog = full === true ? FULL_LOG : Number(messages ?? LONG_LOG);
// A call: the mean of appends, the median of reads.
print(["", "rate", "a call", "p99", "longest", "longest turn"]);
for (const durability of ["process", "power"] as const) {
  for (const size of [1, 10, 100, 1_000]) print(await measureAppend(durability, size, "ordered"));
  print(await measureAppend(durability, 100, "random"));
}
for (const count of [10_000, longLog]) {
  for (const row of await measureReads(count)) print(row);
}
