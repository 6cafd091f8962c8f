/**
 * Measures how long an import takes, and how much memory: `deno task bench:transfer [RECORDS]`.
 *
 * It generates an export (500 users, 50 rooms, one event in ten a reaction, texts of 4 to 21 words
 * from 20,000) and imports it with the command line's own task, into a new data file or into the
 * empty database of DATABASE_URL.
 *
 * @module
 */
const RECORDS = Number(Deno.args[0] ?? 300_000);
const [USERS, ROOMS, WORDS] = [500, 50, 20_000];
const AT = 1_600_000_000_000;

/** A small generator of numbers below 1: each run measures the same file. */
let seed = 42;
function random(): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
  return seed / 0x80000000;
}

const pick = (count: number) => Math.floor(random() * count);
const letters = "abcdefghijklmnopqrstuvwxyz";
const words = Array.from(
  { length: WORDS },
  () => Array.from({ length: 3 + pick(7) }, () => letters[pick(letters.length)]).join(""),
);
/** A few words are frequent, and most are rare. */
const word = () => words[Math.floor(random() ** 3 * WORDS)];
const roomOf = (n: number) => 1 + (Math.imul(n, 2_654_435_761) >>> 0) % ROOMS;
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1);

function* records(): Generator<object> {
  yield { type: "meta", name: "epoch", value: crypto.randomUUID() };
  for (const id of upTo(USERS)) {
    const [name, role] = [`User${id}q`, id === 1 ? "owner" : "member"];
    const folded = name.toLowerCase();
    yield {
      ...{ type: "account", id, public_id: `account${id}`, name, folded, skeleton: folded, role },
      created_at: AT,
    };
  }
  const ends = Array.from({ length: ROOMS + 1 }, () => 0);
  for (let n = 1; n <= RECORDS; n++) ends[roomOf(n)]! += 1;
  for (const id of upTo(ROOMS)) {
    const name = `room${id}`;
    yield {
      ...{ type: "room", id, public_id: `the-room${id}`, kind: "public", name, folded: name },
      ...{ seq: ends[id], locked: false, slow_ms: 0, created_at: AT },
    };
  }
  for (const room of upTo(ROOMS)) {
    for (const account of upTo(USERS / 5)) {
      const folded = `room${room}`;
      yield { type: "member", room, account, folded, read: ends[room], joined_at: AT };
    }
  }
  yield* events();
}

function* events(): Generator<object> {
  const seqs = new Map<number, number>();
  const latest = new Map<number, number>();
  const reactions = new Map<string, Record<"room" | "target" | "account" | "seq", number>>();
  for (let id = 1; id <= RECORDS; id++) {
    const room = roomOf(id);
    const seq = (seqs.get(room) ?? 0) + 1;
    seqs.set(room, seq);
    const sender = 1 + pick(USERS);
    const event = { type: "event", id, room, seq, sender, at: AT + 1_000 * id };
    const target = latest.get(room);
    if (id % 10 === 0 && target !== undefined) {
      const emoji = "👍";
      yield { ...event, kind: "reaction", deleted: false, target, emoji, state: true };
      const key = `${room} ${target} ${sender}`;
      if (!reactions.has(key)) reactions.set(key, { room, target, account: sender, seq });
      continue;
    }
    latest.set(room, seq);
    const text = Array.from({ length: 4 + pick(18) }, word).join(" ");
    const key = { key_space: sender, key: `k${id.toString(36)}` };
    const reply = id % 7 === 0 && target !== undefined ? { reply_to: target } : {};
    yield { ...event, ...key, kind: "message", deleted: false, text, ...reply };
  }
  const sorted = [...reactions.values()]
    .sort((a, b) => a.room - b.room || a.target - b.target || a.account - b.account);
  for (const { room, target, account, seq } of sorted) {
    yield { type: "reaction", room, target, emoji: "👍", account, seq };
  }
}

/** Writes the export. @returns The number of lines. */
function write(path: string): number {
  using file = Deno.openSync(path, { write: true, createNew: true });
  const encoder = new TextEncoder();
  let lines = 0;
  let gathered = "";
  const put = (record: object) => {
    lines += 1;
    gathered += `${JSON.stringify(record)}\n`;
    if (gathered.length > 1_000_000) flush();
  };
  const flush = () => {
    const bytes = encoder.encode(gathered);
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    gathered = "";
  };
  put({ type: "hubbub", format: 3 });
  for (const record of records()) put(record);
  put({ type: "end", records: lines - 1 });
  flush();
  return lines;
}

/** The most memory that a running process has had, in MiB; 0 where the system does not say. */
function peakOf(pid: number): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Math.round(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1_024);
  } catch {
    return 0;
  }
}

const directory = await Deno.makeTempDir();
try {
  const path = `${directory}/export.jsonl`;
  const lines = write(path);
  const bytes = (await Deno.stat(path)).size;
  const start = performance.now();
  const main = new URL("../main.ts", import.meta.url).pathname;
  const args = ["run", "--no-check", "-A", main, "import", path, "--data", `${directory}/chat.db`];
  const child = new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).spawn();
  let peak = 0;
  const watch = setInterval(() => peak = Math.max(peak, peakOf(child.pid)), 50);
  const { success } = await child.status;
  clearInterval(watch);
  const seconds = (performance.now() - start) / 1_000;
  if (!success) Deno.exit(1);
  console.log(
    `${lines} records, ${Math.round(bytes / 1e6)} MB: ${seconds.toFixed(1)} s, ` +
      `${Math.round(lines / seconds)} records/s, at most ${peak} MiB`,
  );
} finally {
  await Deno.remove(directory, { recursive: true });
}
