/**
 * Measures how fast the store appends, whether its reads cost the same in a long log as in a short
 * one, and the longest turn of the event loop meanwhile: during a turn the server delivers nothing.
 * How long do other connections wait for searches? An append, and a page of a room that another
 * connection reads, are measured alone and beside searches of every kind.
 *
 *     deno run -A bench/store_bench.ts [--messages=1000000] [--full] [--search] [--database=URL]
 *
 * `--full` measures the reads in a log of ten million messages; `--search` measures the searches
 * alone; `--database` measures reads in an empty PostgreSQL database, which it fills, rather than in
 * a SQLite file.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import { parseArgs } from "@std/cli/parse-args";
import { openPostgres } from "../lib/store/postgres/store.ts";
import { type Durability, openSqlite } from "../lib/store/sqlite/store.ts";
import type { Store } from "../lib/store/store.ts";
import type { Account, Append, SearchQuery } from "../lib/store/records.ts";

/** How long each kind of append is measured. */
const APPEND_MILLISECONDS = 2_000;
/** How often each read is repeated, at different positions. */
const READS = 1_000;
/** How often each search is repeated in a long log. */
const SEARCHES = 300;
/** The time between two messages, in ms: two million of them are two years. */
const INTERVAL = 30_000;
const NOW = Date.now();
const PAGE = { limit: 50, maxLength: 200_000 };
const FILL_BATCH = 1_000;
const ROOMS = 20;
/** The room that has one message in `SELDOM`; most of the other rooms have none. */
const QUIET_ROOM = 19;
const SELDOM = 5_000;
/** A word that occurs once in `VERY_SELDOM` messages. */
const SELDOM_WORD = "quokka";
const VERY_SELDOM = 1_000_000;

const WORDS = Array.from({ length: 5_000 }, (_, n) => `${syllable(n)}${syllable(n * 7)}${n % 97}`);

function syllable(n: number): string {
  const syllables = ["ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "zu"];
  return (syllables[n % 10] ?? "") + (syllables[Math.floor(n / 10) % 10] ?? "");
}

/** Returns eight words. As in a language, some are in every other message and most are rare. */
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

/** Idempotency keys: ordered keys fill their index from one end, random keys everywhere. */
const KEYS = {
  ordered: (n: number) => `k${(1e9 + n).toString(36)}`,
  random: () => crypto.randomUUID(),
};
type Keys = keyof typeof KEYS;

function message({ people, rooms }: Bench, n: number, keys: Keys = "ordered", at = NOW): Append {
  const [sender, room] = [people[n % people.length], rooms[n % SELDOM ? n % 7 : QUIET_ROOM]];
  if (sender === undefined || room === undefined) throw new Error("There is no sender or room");
  return {
    kind: "message",
    room,
    sender,
    at,
    key: KEYS[keys](n),
    text: [
      sentence(),
      ...(n % VERY_SELDOM ? [] : [SELDOM_WORD]),
      ...(n % 50 ? [] : [`https://example.com/${n}`]),
    ].join(" "),
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
  // Create the messages first, so that only the work of the store is timed.
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
    const at = (index: number) => NOW - (messages - index) * INTERVAL;
    const batch = Array.from(
      { length: size },
      (_, k) => message(bench, n + k, "ordered", at(n + k)),
    );
    await bench.store.append(batch);
  }
}

/**
 * Repeats a read, each time in a new turn of the event loop.
 *
 * @returns The time of each read, shortest first, and the longest turn of the event loop, which is how
 * long other connections had to wait.
 */
async function measureRead(
  read: () => Promise<unknown>,
  count: number,
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
  for (let n = 0; n < count; n++) {
    await new Promise<void>((resolve) => void setImmediate(resolve));
    const before = performance.now();
    await read();
    times.push(performance.now() - before);
  }
  ticking = false;
  return { times: times.sort((a, b) => a - b), turn };
}

/** A store to fill, and how large it has become. */
interface Target {
  open(): Promise<Store>;
  bytes(): number | null;
  clear(): Promise<void>;
}

async function sqliteFile(): Promise<Target> {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/bench.db`;
  return {
    open: () => openSqlite({ path, durability: "process" }),
    bytes: () => Deno.statSync(path).size + Deno.statSync(`${path}-wal`).size,
    clear: () => Deno.remove(directory, { recursive: true }),
  };
}

function postgresDatabase(url: string): Target {
  return { open: () => openPostgres({ url }), bytes: () => null, clear: () => Promise.resolve() };
}

/** Repeats a call of another connection, while a function runs. @returns How long each call took. */
async function callDuring(
  call: (n: number) => Promise<unknown>,
  run: () => Promise<unknown>,
): Promise<readonly number[]> {
  const times: number[] = [];
  let running = true;
  const calling = (async () => {
    for (let n = 0; running; n++) {
      const started = performance.now();
      await call(n);
      times.push(performance.now() - started);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  await run();
  running = false;
  await calling;
  return times.sort((a, b) => a - b);
}

async function measureReads(
  messages: number,
  target: Target,
  searchesOnly: boolean,
): Promise<readonly (readonly string[])[]> {
  const bench = await prepare(await target.open());
  const start = performance.now();
  await fill(bench, messages);
  const { store, people: [person], rooms: [room] } = bench;
  if (person === undefined || room === undefined) throw new Error("There is nobody to read");
  // A read waits until the tables hold every row.
  await store.roomsOf(person.id);
  const seconds = (performance.now() - start) / 1_000;
  const bytes = target.bytes();
  const head = Math.floor((messages - messages / SELDOM) / 7);
  const anywhere = () => 1 + Math.floor(Math.random() * (head - 100));
  const [quiet = null, silent = null] = [bench.rooms[QUIET_ROOM], bench.rooms[QUIET_ROOM - 1]];
  const search = (query: string | null, of: number | null, more: Partial<SearchQuery> = {}) =>
    store.search({ account: person.id, query, room: of, before: null, limit: 20, ...more });
  const middle = NOW - messages * INTERVAL / 2;
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
    "search, common word, long ago": () => search(`${WORDS[0]}`, null, { until: middle }),
    "search, common word in one month": () =>
      search(`${WORDS[0]}`, null, { since: middle, until: middle + 30 * 86_400_000 }),
    "search, five common words": () => search(`${WORDS.slice(0, 5).join(" ")} `, null),
    "search, five common words, unfinished": () => search(WORDS.slice(0, 5).join(" "), null),
    "search, phrase of two common words": () =>
      search(null, null, { phrases: [WORDS.slice(0, 2).join(" ")] }),
    "search, phrase of three common words": () =>
      search(null, null, { phrases: [WORDS.slice(0, 3).join(" ")] }),
    "search, common word with a link": () => search(`${WORDS[0]}`, null, { has: ["link"] }),
    "search, rare word of a sender": () => search(word(), null, { sender: person.id }),
    "search, links of a sender": () => search(null, room, { sender: person.id, has: ["link"] }),
  };
  const rows = [[
    `fill, ${messages.toLocaleString("en")}`,
    `${Math.round(messages / seconds).toLocaleString("en")}/s`,
    bytes === null ? "" : `${(bytes / 2 ** 20).toFixed(0)} MiB`,
  ]];
  const measured = Object.entries(reads).filter(([name]) =>
    !searchesOnly || name.startsWith("search")
  );
  for (const [name, read] of measured) {
    const count = messages > 100_000 && name.startsWith("search") ? SEARCHES : READS;
    const { times, turn } = await measureRead(read, count);
    rows.push([
      `${name} (${messages.toLocaleString("en")})`,
      "",
      `${times[count / 2]?.toFixed(3)} ms`,
      `${times[Math.floor(count * 0.99)]?.toFixed(3)} ms`,
      `${times.at(-1)?.toFixed(3)} ms`,
      `${turn.toFixed(1)} ms`,
    ]);
  }
  const calls: Record<string, (n: number) => Promise<unknown>> = {
    "an append": (n) => store.append([message(bench, n, "random")]),
    "latest 50": () => store.pageBefore(room, head + 1, PAGE),
  };
  for (const [what, call] of Object.entries(calls)) {
    for (const [name, run] of Object.entries(besides(reads))) {
      const times = await callDuring(call, run);
      rows.push([
        `${what}, ${name} (${messages.toLocaleString("en")})`,
        "",
        `${times[Math.floor(times.length / 2)]?.toFixed(3)} ms`,
        `${times[Math.floor(times.length * 0.99)]?.toFixed(3)} ms`,
        `${times.at(-1)?.toFixed(3)} ms`,
      ]);
    }
  }
  rows.push(["memory of the process", "", `${(Deno.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`]);
  await store.close();
  await target.clear();
  return rows;
}

/** What runs beside other calls: nothing, and searches of every kind, one after the other. */
function besides(
  reads: Readonly<Record<string, () => Promise<unknown>>>,
): Readonly<Record<string, () => Promise<unknown>>> {
  const searches = Object.entries(reads).filter(([name]) => name.startsWith("search"))
    .map(([, read]) => read);
  return {
    "alone": () => new Promise((resolve) => setTimeout(resolve, 5_000)),
    "beside searches": async () => {
      for (let n = 0; n < 20 * searches.length; n++) {
        await searches[n % searches.length]!();
        // Requests come in turns of their own.
        await new Promise<void>((resolve) => void setImmediate(resolve));
      }
    },
  };
}

function print(cells: readonly string[]): void {
  const [name = "", ...rest] = cells;
  console.log(name.padEnd(52) + rest.map((cell) => cell.padStart(14)).join(""));
}

/** The number of messages in the long log by default, and with `--full`. */
const LONG_LOG = 1_000_000;
const FULL_LOG = 10_000_000;

const { messages, full, search, database } = parseArgs(Deno.args, {
  string: ["messages", "database"],
  boolean: ["full", "search"],
});
const longLog = full === true ? FULL_LOG : Number(messages ?? LONG_LOG);
// The column "a call" has the mean of appends and the median of reads.
print(["", "rate", "a call", "p99", "longest", "longest turn"]);
for (const durability of search || database ? [] : ["process", "power"] as const) {
  for (const size of [1, 10, 100, 1_000]) print(await measureAppend(durability, size, "ordered"));
  print(await measureAppend(durability, 100, "random"));
}
for (const count of search || database ? [longLog] : [10_000, longLog]) {
  const target = typeof database === "string" ? postgresDatabase(database) : await sqliteFile();
  for (const row of await measureReads(count, target, search === true)) print(row);
}
