// Exports edited by hand: an accepted import works, and a refused one stores nothing.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { exportRecords, importRecords, parseLines } from "../../lib/transfer/lines.ts";
import { dumpPostgres } from "../../lib/transfer/postgres.ts";
import { KINDS } from "../../lib/transfer/records.ts";
import { dumpSqlite } from "../../lib/transfer/sqlite.ts";
import { StoreError } from "../../lib/store/error.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import { log, message, store as put, upTo } from "../store/contract/fixture.ts";
import { needs } from "../support/permissions.ts";
import { ignore as noPostgres, usePostgres } from "../support/postgres.ts";
import { Random } from "../support/random.ts";
import { inDirectory } from "../support/temporary_directory.ts";
import { fill } from "./full_store.ts";

const permissions = needs("read", "write");
const cluster = usePostgres();

type Fields = Record<string, unknown>;
type Dumped = Awaited<ReturnType<typeof dumpPostgres>>;

const sqlite = (path: string) => ({ path, durability: "process" }) as const;

/** The records of an export with data of every kind. */
async function exported(directory: string): Promise<Fields[]> {
  const place = sqlite(`${directory}/full.db`);
  const store = await openSqlite(place);
  await fill(store);
  await store.close();
  // Of many similar lines, a few are enough.
  const records = (await all(dumpSqlite(place, "read"))).filter(({ type, room, seq }) =>
    type !== "event" || room !== 2 || Number(seq) < 8
  );
  return recounted(
    records.map((record) =>
      record.type === "room" && record.id === 2 ? { ...record, seq: 7 } : record
    ),
  );
}

async function all(dump: Dumped): Promise<Fields[]> {
  const records: Fields[] = [];
  for await (const record of exportRecords(dump)) records.push({ ...record });
  await dump.close();
  return records;
}

/** Imports records, as lines. @returns The error, or `null`. */
async function take(records: readonly Fields[], dump: Dumped): Promise<string | null> {
  const text = records.map((record) => `${JSON.stringify(record)}\n`).join("");
  try {
    await importRecords(dump, parseLines(new Blob([text]).stream()));
    return null;
  } catch (error) {
    assert(error instanceof StoreError, String(error));
    return error.message;
  } finally {
    await dump.close();
  }
}

/** Changes or removes the first record of a type that matches. */
interface Contradiction {
  readonly type: string;
  readonly which?: (record: Fields) => boolean;
  readonly change: Fields | null;
  /** The error message; its line number is checked as well. */
  readonly says: RegExp;
  /** The record that the error refers to, if it is not the changed one. */
  readonly line?: (records: readonly Fields[]) => number;
}

const isKind = (kind: string) => (record: Fields) => record.kind === kind;

const CONTRADICTIONS: readonly Contradiction[] = [
  {
    type: "room",
    which: ({ seq }) => Number(seq) > 1,
    change: { seq: 1 },
    says: /beyond/,
    line: (all) => all.findIndex((r) => r.type === "member" && r.room === 1 && Number(r.read) > 1),
  },
  {
    type: "room",
    which: ({ id }) => id === 2,
    change: { seq: 3 },
    says: /beyond that of its room/,
    line: (all) => all.findIndex((r) => r.type === "event" && r.room === 2 && r.seq === 4),
  },
  {
    type: "room",
    which: ({ seq }) => Number(seq) > 1,
    change: { seq: 9_999 },
    says: /newest event, "seq", is missing/,
  },
  { type: "room", which: isKind("public"), change: { kind: "secret" }, says: /none of public/ },
  { type: "room", which: isKind("public"), change: { name: "no room" }, says: /"name" is none/ },
  { type: "room", which: isKind("public"), change: { folded: "other" }, says: /folded/ },
  { type: "room", which: isKind("direct"), change: { low: 3, high: 1 }, says: /in order/ },
  { type: "room", which: isKind("direct"), change: { low: 77, high: 78 }, says: /does not fit/ },
  { type: "room", which: isKind("public"), change: { people: "1,2" }, says: /a private room/ },
  { type: "room", which: isKind("private"), change: { people: "2,1" }, says: /in order/ },
  { type: "room", which: isKind("private"), change: { people: "NaN" }, says: /in order/ },
  { type: "member", change: { read: 9_999 }, says: /"read" is beyond/ },
  { type: "member", change: { folded: "elsewhere" }, says: /not the room's/ },
  {
    type: "member",
    which: ({ room, account }) => room === 3 && account === 2,
    change: { account: 999 },
    says: /does not fit/,
  },
  { type: "event", change: { seq: 2_000 }, says: /beyond/ },
  {
    type: "event",
    which: ({ seq }) => seq === 5,
    change: null,
    says: /the event before it/,
    line: (all) => all.findIndex((r) => r.type === "event" && r.room === 1 && r.seq === 6),
  },
  {
    type: "event",
    which: ({ reply_to }) => reply_to !== undefined,
    change: { reply_to: 500 },
    says: /its "reply_to" is no message before it/,
  },
  {
    type: "event",
    which: isKind("reaction"),
    change: { target: 900 },
    says: /its "target" is no message before it/,
  },
  { type: "event", which: isKind("edit"), change: { target: 2 }, says: /another sender's/ },
  { type: "event", which: isKind("delete"), change: { target: 1 }, says: /still there/ },
  {
    type: "event",
    which: ({ key }) => key !== undefined,
    change: { key_space: 3 },
    says: /key_space/,
  },
  { type: "event", change: { sender: 999 }, says: /does not fit/ },
  { type: "event", change: { room: 999 }, says: /does not fit/ },
  {
    type: "event",
    which: ({ room, seq }) => room === 1 && seq === 2,
    change: { seq: 1 },
    says: /an event of the same "seq"/,
  },
  {
    type: "event",
    which: ({ key }) => key === "d2",
    change: { key: "d1" },
    says: /another event of its sender in its room has its key/,
  },
  {
    type: "account",
    which: ({ id }) => id === 2,
    change: { name: "ALICE", folded: "alice" },
    says: /does not fit/,
  },
  { type: "event", change: { deleted: true }, says: /deleted, and has a text/ },
  {
    type: "event",
    which: isKind("message"),
    change: { kind: "shout" },
    says: /a "shout" has no "text"/,
  },
  {
    type: "event",
    which: isKind("message"),
    change: { emoji: "x" },
    says: /"message" has no "emoji"/,
  },
  { type: "reaction", change: { seq: 1 }, says: /no event that put it there/ },
  {
    type: "reaction",
    which: ({ account }) => account === 2,
    change: { target: 3 },
    says: /its target is no message/,
  },
  {
    type: "thread_follower",
    which: ({ account }) => account === 2,
    change: { root: 3 },
    says: /its root is no message/,
  },
  {
    type: "thread_follower",
    which: ({ account }) => account === 2,
    change: { account: 999 },
    says: /no such account/,
  },
  {
    type: "event",
    which: ({ thread }) => thread !== undefined,
    change: { thread: 2 },
    says: /"reply_to" is not the "thread"/,
  },
  { type: "session", change: { account: 999 }, says: /does not fit/ },
  { type: "push", change: { account: 1 }, says: /its session is not/ },
  { type: "passkey", change: { transports: "usb" }, says: /transports/ },
  {
    type: "file",
    which: ({ seq }) => seq !== undefined,
    change: { seq: 1 },
    says: /no message of its uploader/,
  },
  { type: "file", which: ({ seq }) => seq !== undefined, change: { parts: 19 }, says: /its parts/ },
  {
    type: "file",
    which: ({ thumb_width }) => thumb_width !== undefined,
    change: { thumb_height: null },
    says: /"thumb_height" is missing/,
  },
  {
    type: "file",
    which: ({ media }) => media === "audio/webm",
    change: { thumb_width: 9, thumb_height: 9 },
    says: /it has a thumbnail/,
  },
  {
    type: "file",
    which: ({ thumb_width }) => thumb_width !== undefined,
    change: { thumb_width: null, thumb_height: null },
    says: /it has a thumbnail/,
  },
  {
    type: "file",
    which: ({ peaks }) => peaks !== undefined,
    change: { peaks: "<b>" },
    says: /no waveform/,
  },
  {
    type: "file_part",
    which: ({ place }) => Number(place) >= 0,
    change: null,
    says: /its parts/,
    line: (all) => all.findIndex((r) => r.type === "file"),
  },
  {
    type: "account",
    which: ({ role }) => role === "guest",
    change: { key_space: -99 },
    says: /no guest_name/,
  },
  {
    type: "account",
    which: ({ role }) => role === "guest",
    change: { role: "member" },
    says: /key_space/,
  },
  { type: "account", change: { role: "king" }, says: /none of owner/ },
  { type: "account", change: { password: "hunter2hunter2" }, says: /no hash of scrypt/ },
  // Checking it would take 128 GiB.
  {
    type: "account",
    change: { password: `scrypt$134217728$8$1$${"s".repeat(22)}$${"k".repeat(43)}` },
    says: /no hash of scrypt/,
  },
  { type: "saved", which: ({ seq }) => seq === 2, change: { room: 999 }, says: /does not fit/ },
  {
    type: "vote",
    which: ({ account }) => account === 2,
    change: { target: 3 },
    says: /its target is no message/,
  },
  {
    type: "vote",
    which: ({ account }) => account === 2,
    change: { account: 999 },
    says: /no such account/,
  },
  { type: "vote", change: { options: "[-1]" }, says: /no JSON array of numbers/ },
  { type: "draft", change: { content: "7" }, says: /no JSON object/ },
  // The last one: before others it would be out of order.
  { type: "draft", which: ({ root }) => root === 1, change: { room: 999 }, says: /does not fit/ },
  { type: "scheduled", change: { content: "[]" }, says: /no JSON object/ },
  {
    type: "reminder",
    which: ({ account }) => account === 2,
    change: { account: 999 },
    says: /does not fit/,
  },
  {
    type: "profile",
    change: { skeleton: "x" },
    says: /"display_name" and "skeleton"/,
  },
  { type: "provider_account", change: { account: 999 }, says: /does not fit/ },
  { type: "avatar", change: { account: 999 }, says: /does not fit/ },
  { type: "custom_emoji", change: { creator: 999 }, says: /does not fit/ },
  { type: "custom_emoji", change: { emoji: ":A:" }, says: /no name between colons/ },
  { type: "custom_emoji", change: { media: "text/html" }, says: /none of image/ },
  { type: "report", change: { room: 999 }, says: /does not fit/ },
  { type: "invite", change: { creator: 999 }, says: /does not fit/ },
  { type: "hook", change: { creator: 999 }, says: /does not fit/ },
  { type: "hook", change: { hash: undefined }, says: /"room" and "hash"/ },
  {
    type: "hook",
    which: ({ kind }) => kind === "outgoing",
    change: { url: "nowhere" },
    says: /no address/,
  },
  {
    type: "hook",
    which: ({ kind }) => kind === "outgoing",
    change: { events: "{}" },
    says: /no JSON array/,
  },
  { type: "hook_room", change: { hook: "gone" }, says: /does not fit/ },
  { type: "ban", change: { account: undefined, address: undefined }, says: /of nobody/ },
  { type: "block", change: { other: 1 }, says: /nobody blocks themselves/ },
  { type: "group", change: { folded: "else" }, says: /not its "name", folded/ },
  {
    type: "group_member",
    which: ({ account }) => account === 2,
    change: { account: 999 },
    says: /does not fit/,
  },
  { type: "account", change: { quiet_weekly: "[]" }, says: /quiet_weekly/ },
  { type: "room_name", change: { folded: "EQUIPE" }, says: /not folded/ },
  { type: "erasure", change: { account: 999 }, says: /does not fit/ },
  { type: "expulsion", change: { account: 999 }, says: /does not fit/ },
  { type: "account_name", change: { folded: "BOB" }, says: /not folded/ },
  {
    type: "room",
    which: ({ deleted_at }) => deleted_at !== undefined,
    change: { name: "back" },
    says: /is deleted, and has a name/,
  },
  { type: "meta", change: { value: "!" }, says: /neither the epoch nor a secret/ },
  { type: "meta", change: { name: "records" }, says: /neither the epoch nor a secret/ },
  { type: "meta", change: { name: "value server", value: "{" }, says: /nor what the owners said/ },
  {
    type: "meta",
    change: { name: "value server", value: '{"name":""}' },
    says: /nor what the owners said/,
  },
  {
    type: "meta",
    change: {
      name: "value server",
      value: '{"icon":{"id":"abc","type":"image/svg+xml","side":64,"data":"PHN2Zz4="}}',
    },
    says: /nor what the owners said/,
  },
];

/**
 * The records with one changed or removed, and a new count at the end; and the index of that one.
 */
function changed(
  records: readonly Fields[],
  { type, which = () => true, change }: Contradiction,
): { result: Fields[]; at: number } {
  const at = records.findIndex((record) => record.type === type && which(record));
  assert(at > 0, `no ${type}`);
  const result = records.toSpliced(
    at,
    1,
    ...change === null ? [] : [{ ...records[at], ...change }],
  );
  return { result: recounted(result), at };
}

function recounted(records: readonly Fields[]): Fields[] {
  return [...records.slice(0, -1), { type: "end", records: records.length - 2 }];
}

Deno.test({
  name: "a record that contradicts another one is refused with its line, and nothing is stored",
  ...permissions,
  fn: () =>
    inDirectory(async (directory) => {
      const records = await exported(directory);
      const types = new Set(CONTRADICTIONS.map(({ type }) => type));
      for (const { type } of KINDS) {
        // The moderation log is text, and refers to nothing.
        if (!["guest_name", "ticket", "moderation", "invitation"].includes(type)) {
          assert(types.has(type), type);
        }
      }
      const place = sqlite(`${directory}/into.db`);
      for (const contradiction of CONTRADICTIONS) {
        const { result, at } = changed(records, contradiction);
        const said = await take(result, dumpSqlite(place, "write"));
        const about = JSON.stringify(contradiction);
        assertMatch(said ?? "", contradiction.says, about);
        const line = (contradiction.line?.(result) ?? at) + 1;
        assertMatch(said ?? "", new RegExp(`line ${line}: `), about);
      }
      // Nothing of the refused imports was stored, or this one would be refused.
      assertEquals(await take(records, dumpSqlite(place, "write")), null);
    }),
});

Deno.test({
  name: "PostgreSQL refuses a record that contradicts another one with the same line",
  ignore: permissions.ignore || noPostgres,
  fn: () =>
    inDirectory(async (directory) => {
      const records = await exported(directory);
      const database = await cluster.make("empty");
      const url = cluster.url(database);
      const place = sqlite(`${directory}/into.db`);
      for (const contradiction of CONTRADICTIONS) {
        const { result } = changed(records, contradiction);
        const [one, other] = [
          await take(result, dumpSqlite(place, "write")),
          await take(result, await dumpPostgres(url, "write")),
        ];
        const head = (text: string | null) => /^Cannot import: line \d+: /.exec(text ?? "")?.[0];
        assertEquals(head(other), head(one));
      }
      assertEquals(await take(records, await dumpPostgres(url, "write")), null);
      await cluster.drop(database);
    }),
});

/** A record without its `null` fields: missing and null are equivalent. */
function without(record: Fields): Fields {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
}

/** One manual change to a file. */
function mutate(records: readonly Fields[], random: Random): Fields[] {
  const at = random.between(1, records.length - 2);
  const record = records[at]!;
  const like = random.pick(records.filter(({ type }) => type === record.type));
  // A store makes the skeletons of names anew when it is opened.
  const fields = Object.keys(record).filter((name) => name !== "type" && name !== "skeleton");
  const field = random.pick(fields);
  const value = record[field];
  const values: unknown[] = [like[field] ?? null, null];
  if (typeof value === "number") values.push(value + 1, value - 1, 0, 1, 2);
  if (typeof value === "string") values.push("", `${value}x`, "x");
  if (typeof value === "boolean") values.push(!value);
  const ways: (() => Fields[])[] = [
    () => records.toSpliced(at, 1),
    () => records.toSpliced(at, 0, record),
    () => records.toSpliced(at, 1, like),
    ...upTo(6).map(() => () =>
      records.toSpliced(at, 1, without({ ...record, [field]: random.pick(values) }))
    ),
  ];
  return recounted(random.pick(ways)());
}

Deno.test({
  name:
    "property: of changed exports, whatever is taken opens, works and is exported the same again",
  ...permissions,
  fn: () =>
    inDirectory(async (directory) => {
      const records = await exported(directory);
      const random = new Random(12);
      let taken = 0;
      for (const round of upTo(150)) {
        const place = sqlite(`${directory}/${round}.db`);
        const changed = mutate(records, random);
        const said = await take(changed, dumpSqlite(place, "write"));
        if (said !== null) {
          assertMatch(said, /line \d+: /);
          continue;
        }
        taken += 1;
        const again = (await all(dumpSqlite(place, "read"))).map((r) => JSON.stringify(r));
        const different = changed.findIndex((r, n) => JSON.stringify(r) !== again[n]);
        assertEquals([different, again.length], [-1, changed.length]);
        await works(place.path, changed);
      }
      assert(taken > 15 && taken < 135, `${taken} of 150`);
    }),
});

/** Asserts that a store opens, and that each room's log is complete and accepts messages. */
async function works(path: string, records: readonly Fields[]): Promise<void> {
  for (const round of upTo(2)) {
    const store = await openSqlite(sqlite(path));
    const speaker = await store.accountById(
      Number(records.find(({ type, role }) => type === "account" && role !== "guest")?.id),
    );
    assert(speaker !== null);
    for (const { type, id, seq, deleted_at } of records) {
      if (type !== "room" || deleted_at !== undefined) continue;
      const room = await store.roomById(Number(id));
      const appended = { ...message(room, speaker, "on it goes"), whileArchived: true };
      const [said] = await put(store, appended);
      assertEquals(said?.seq, Number(seq) + round);
      const events = await log(store, room);
      assertEquals(events.map((event) => event.seq), upTo(Number(seq) + round));
    }
    await store.roomsOf(speaker.id);
    await store.close();
  }
}
