// Merging an export into a store that is in use, on both stores.
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { importFrom, type ImportOptions } from "../../lib/transfer/commands.ts";
import { exportRecords } from "../../lib/transfer/lines.ts";
import { dumpPostgres } from "../../lib/transfer/postgres.ts";
import type { RecordLine } from "../../lib/transfer/records.ts";
import { dumpSqlite } from "../../lib/transfer/sqlite.ts";
import { StoreError } from "../../lib/store/error.ts";
import { openPostgres } from "../../lib/store/postgres/store.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import type { Store } from "../../lib/store/store.ts";
import {
  AT,
  edit,
  message,
  messages,
  person,
  react,
  remove,
  room,
  store as put,
} from "../store/contract/fixture.ts";
import { needs } from "../support/permissions.ts";
import { ignore as noPostgres, usePostgres } from "../support/postgres.ts";
import { fill } from "./full_store.ts";
import { archive, EXPORT, said } from "./slack_fixture.ts";

const permissions = needs("read", "write");
const cluster = usePostgres();

const MERGE: ImportOptions = { check: false, merge: true, usersByName: false, roomsByName: false };

/** A store that can be closed and opened again. */
interface Place {
  readonly directory: string;
  open(): Promise<Store>;
  /** Everything in it, as lines. */
  text(): Promise<string>;
  merge(file: string, options?: Partial<ImportOptions>): Promise<void>;
}

async function textOf(records: AsyncIterable<RecordLine>): Promise<string> {
  let text = "";
  for await (const record of records) text += `${JSON.stringify(record)}\n`;
  return text;
}

/** Runs a function without what the commands print. */
async function quietly<T>(act: () => Promise<T>): Promise<T> {
  const { error, log } = console;
  console.error = console.log = () => {};
  try {
    return await act();
  } finally {
    Object.assign(console, { error, log });
  }
}

/** A test on both stores, each with a new one. */
function onBoth(name: string, prove: (place: Place) => Promise<void>): void {
  for (const kind of ["sqlite", "postgres"] as const) {
    Deno.test({
      name: `${kind}: ${name}`,
      ignore: permissions.ignore || kind === "postgres" && noPostgres,
      async fn() {
        const directory = await Deno.makeTempDir();
        const database = kind === "postgres" ? await cluster.make("hubbub") : null;
        const url = database === null ? null : cluster.url(database);
        const sqlite = { path: `${directory}/target.db`, durability: "process" } as const;
        const place = { database: url, data: sqlite.path, durability: "process" } as const;
        await prove({
          directory,
          open: () => url === null ? openSqlite(sqlite) : openPostgres({ url }),
          async text() {
            const dump = url === null
              ? dumpSqlite(sqlite, "read")
              : await dumpPostgres(url, "read");
            const text = await textOf(exportRecords(dump));
            await dump.close();
            return text;
          },
          merge: (file, options) =>
            quietly(() => importFrom(place, file, "http://localhost", { ...MERGE, ...options })),
        });
        if (database !== null) await cluster.drop(database);
        await Deno.remove(directory, { recursive: true });
      },
    });
  }
}

/** Exports a store that a function has filled or changed. @returns The path of the export. */
async function exported(
  directory: string,
  name: string,
  change: (store: Store) => Promise<void>,
): Promise<string> {
  const place = { path: `${directory}/${name}.db`, durability: "process" } as const;
  const store = await openSqlite(place);
  await change(store);
  await store.close();
  const dump = dumpSqlite(place, "read");
  const file = `${directory}/${name}.jsonl`;
  await Deno.writeTextFile(file, await textOf(exportRecords(dump)));
  await dump.close();
  return file;
}

async function change(place: Place, act: (store: Store) => Promise<void>): Promise<void> {
  const store = await place.open();
  await act(store);
  await store.close();
}

/** The log of a room as its members see it, without its ids. */
async function lines(store: Store, name: string, viewer: string) {
  const account = await store.findAccount(viewer);
  const found = account && await store.findRoom(name, account.id);
  assert(found, name);
  return (await messages(store, found)).map(({ sender, text, replyTo, at, reactions, files }) => [
    ...[sender, text, replyTo, at - AT],
    reactions.map(({ emoji, names }) => `${emoji} ${names}`).join(),
    files?.map(({ name }) => name).join() ?? "",
  ]);
}

onBoth(
  "what is new comes at the end of its room, once, however often it is merged",
  async (place) => {
    const file = await exported(place.directory, "source", (store) => fill(store));
    await change(place, async (store) => {
      const zoe = await person(store, "Zoe");
      const hall = await room(store, "Hall", zoe);
      await put(store, message(hall, zoe, "was here before"));
      await store.markRead(hall.id, zoe.id, 1);
    });
    const before = await place.text();
    await place.merge(file);
    const merged = await place.text();
    assertEquals(merged.match(/"type":"group(_member)?"/g)?.length, 3, "a group of two");
    for (const line of before.split("\n").filter((line) => /"(event|account)"/.test(line))) {
      assert(merged.includes(line), line);
    }
    await change(place, async (store) => {
      const [alice, bob] = [await store.findAccount("Alice"), await store.findAccount("Bob")];
      const log = await lines(store, "team", "Alice");
      assertEquals(log.slice(0, 6).map(([sender, text]) => [sender, text]), [
        ["Alice", "Crème brûlée for three"],
        ["Bob", "a text with NUL \0, marks \u0002\u0003 and an escape \u0010"],
        ["Bob", ""],
        ["Bob", "an answer"],
        ["Bob", "@Alice and @room"],
        ["Eve", "from a guest"],
      ]);
      assertEquals(log[3]?.[2], 1, "a reply refers to its message");
      assertMatch(String(log[0]?.[4]), /^👍 (Bob|Alice),(Bob|Alice)$|^👍 Alice$/);
      assertEquals(log.at(-1)?.[5], "whole ä.png,voice ä.png");
      const found = await store.search({
        ...{ account: alice!.id, query: "creme three", room: null, before: null, limit: 9 },
      });
      assertEquals(found.hits.length, 1, "merged messages can be found");
      assertEquals(await store.filePart("whole", 19), new Uint8Array(10_000).fill(20));
      const team = (await store.findRoom("team", alice!.id))!;
      assertEquals(
        (await store.readState(team.id, alice!.id, Number.MAX_SAFE_INTEGER)).mentions,
        1,
      );
      const carol = await store.findAccount("Carol");
      const several = await store.findConversation([carol!.id, bob!.id, alice!.id], bob!.id);
      assertEquals(several?.people?.map(({ name }) => name), ["Alice", "Bob"]);
      const direct = await store.directRoom(alice!, bob!, AT);
      const said = await messages(store, direct);
      assertEquals(said.map(({ text, thread }) => [text, thread]), [
        ["psst", undefined],
        ["in a thread", 1],
        ["in the conversation, too", 1],
        ["", 1],
      ]);
      assertEquals(said[0]?.replies?.count, 2);
      assertEquals((await store.findAccount("Öwner"))?.role, "member", "no role but the lowest");
      assertEquals(await store.passwordOf((await store.findAccount("Öwner"))!.id), null);
    });
    await place.merge(file);
    assertEquals(await place.text(), merged, "a second time changes nothing");
  },
);

onBoth("what users and rooms have beside the logs comes along, once", async (place) => {
  const file = await exported(place.directory, "source", (store) => fill(store));
  await change(place, async (store) => {
    const zoe = await person(store, "Zoe");
    await store.createRoom({ name: "Hall", kind: "public", title: null, creator: zoe.id, at: AT });
    // It is the name of a group there.
    await person(store, "Größe");
  });
  await place.merge(file);
  const there = await recordsOf(file);
  const merged = await place.text();
  const here = (type: string) =>
    merged.split("\n").filter((line) => line.includes(`"${type}"`))
      .map((line) => JSON.parse(line)).filter((record) => record.type === type);
  const types = [
    "saved",
    "scheduled",
    "reminder",
    "profile",
    "avatar",
    "custom_emoji",
    "report",
    "block",
    "ban",
    "hook",
  ];
  for (const type of types) {
    assert(there(type).length > 0, type);
    assertEquals(here(type).length, there(type).length, type);
  }
  assertEquals(here("group"), []);
  await change(place, async (store) => {
    const alice = (await store.findAccount("Alice"))!;
    const saved = await store.savedMessages(alice.id, null, 9);
    const texts = await store.messagesAt(
      saved.map(({ room, seq }) => ({ room: room.id, seq })),
    );
    assert(texts.some(({ text }) => text === "Crème brûlée for three"), "it is the same message");
    const bob = (await store.findAccount("Bob"))!;
    const waits = (await store.scheduledOf(bob.id)).find(({ content }) => content.thread);
    const root = waits?.content.thread ?? 0;
    const [answered] = await store.messagesAt([{ room: waits!.room.id, seq: root }]);
    assertEquals([waits?.content.message, answered?.deleted], ["im Thread", false]);
    assertEquals(await store.filePart("waiting", 0), new Uint8Array(9).fill(5));
  });
  await place.merge(file);
  assertEquals(await place.text(), merged);
});

/** The records of an export, by type. */
async function recordsOf(file: string) {
  const records = (await Deno.readTextFile(file)).trim().split("\n").map((line) =>
    JSON.parse(line)
  );
  return (type: string) => records.filter((record) => record.type === type);
}

onBoth(
  "two stores of one origin are merged: what they have in common stays where it is",
  async (place) => {
    const { directory } = place;
    const first = await exported(directory, "origin", async (store) => {
      const [ada, bob] = [await person(store, "Ada"), await person(store, "Bob")];
      const hall = await room(store, "Hall", ada);
      await store.addMember(hall.id, bob.id, AT);
      await put(
        store,
        message(hall, ada, "one"),
        message(hall, bob, "two"),
        message(hall, ada, "3"),
      );
      await put(store, react(hall, bob, 1, "👍"));
      await store.markRead(hall.id, ada.id, 4);
    });
    await place.merge(first);
    await change(place, async (store) => {
      const ada = (await store.findAccount("Ada"))!;
      const hall = (await store.findRoom("hall", ada.id))!;
      await put(store, message(hall, ada, "only here"), remove(hall, ada, 3));
      await store.markRead(hall.id, ada.id, 6);
    });
    const later = await exported(directory, "origin", async (store) => {
      const [ada, bob] = [(await store.findAccount("Ada"))!, (await store.findAccount("Bob"))!];
      const hall = (await store.findRoom("hall", ada.id))!;
      await put(store, message(hall, bob, "only there", { replyTo: 3 }));
      await put(store, edit(hall, bob, 2, "two, corrected"), react(hall, ada, 5, "🎉"));
      await put(store, remove(hall, ada, 1));
    });
    await place.merge(later);
    const merged = await place.text();
    await change(place, async (store) => {
      const log = await lines(store, "hall", "Ada");
      assertEquals(
        log.map(([sender, text, reply, , reactions]) => [sender, text, reply, reactions]),
        [
          ["Ada", "", null, ""],
          ["Bob", "two, corrected", null, ""],
          ["Ada", "", null, ""],
          ["Ada", "only here", null, ""],
          // What it replied to was deleted here.
          ["Bob", "only there", null, "🎉 Ada"],
        ],
      );
      const ada = (await store.findAccount("Ada"))!;
      const hall = (await store.findRoom("hall", ada.id))!;
      assertEquals(
        (await store.readState(hall.id, ada.id, Number.MAX_SAFE_INTEGER)).read,
        hall.seq,
        "who had read all has read all",
      );
    });
    await place.merge(later);
    await place.merge(first);
    assertEquals(await place.text(), merged, "again, in any order, changes nothing");
  },
);

onBoth("nobody gets the account of another one: names that are taken are listed", async (place) => {
  const file = await exported(place.directory, "source", async (store) => {
    const [ada, bob] = [await person(store, "Ada"), await person(store, "Bob")];
    await person(store, "Nora");
    const hall = await room(store, "Hall", ada);
    const den = await room(store, "Den", bob, "private");
    await put(store, message(hall, ada, "from there"), message(den, bob, "secret there"));
  });
  await change(place, async (store) => {
    const ada = await person(store, "ADA");
    const [hall, den] = [await room(store, "hall", ada), await room(store, "Den", ada, "private")];
    await put(store, message(hall, ada, "from here"), message(den, ada, "secret here"));
  });
  const before = await place.text();
  const refused = await assertRejects(() => place.merge(file), StoreError);
  assertMatch(refused.message, /user "Ada" has a name that is taken here/);
  assertEquals(await place.text(), before);
  const rooms = await assertRejects(() => place.merge(file, { usersByName: true }), StoreError);
  assertMatch(rooms.message, /room "Hall" has the name of a public room here/);
  assertEquals(await place.text(), before);
  const rules = { usersByName: true, roomsByName: true };
  await place.merge(file, rules);
  const merged = await place.text();
  await change(place, async (store) => {
    const texts = async (name: string, viewer: string) =>
      (await lines(store, name, viewer)).map(([sender, text]) => `${sender}: ${text}`);
    assertEquals(await texts("hall", "ada"), ["ADA: from here", "ADA: from there"]);
    assertEquals(await texts("den", "ada"), ["ADA: secret here"], "a private room stays apart");
    assertEquals(await texts("den-2", "bob"), ["Bob: secret there"]);
  });
  await place.merge(file, rules);
  assertEquals(await place.text(), merged);
  // A file of another system that uses the same ids for others.
  const forged = (await Deno.readTextFile(file)).replaceAll('"Nora"', '"Mallory"')
    .replaceAll('"nora"', '"mallory"').replaceAll(
      /("name":"Mallory".*?"created_at":)\d+/g,
      "$1999",
    );
  await Deno.writeTextFile(`${place.directory}/forged.jsonl`, forged);
  const other = await assertRejects(
    () => place.merge(`${place.directory}/forged.jsonl`, rules),
    StoreError,
  );
  assertMatch(other.message, /user "Mallory" has the id of "Nora" here/);
  assertEquals(await place.text(), merged);
});

onBoth("a later Slack export adds what is new, and what was edited", async (place) => {
  await change(place, async (store) => {
    await person(store, "Zoe");
  });
  const file = `${place.directory}/team.zip`;
  await Deno.writeFile(file, archive(EXPORT));
  await place.merge(file);
  const first = await place.text();
  await place.merge(file);
  assertEquals(await place.text(), first);
  const day = [
    said(1_600_086_400, "U2", "an answer, corrected", {
      ...{ thread_ts: "1600000100.000100", edited: { user: "U2", ts: "1600090000.0" } },
    }),
    said(1_600_090_001, "U1", "new", { thread_ts: "1600000200.000100" }),
  ];
  await Deno.writeFile(file, archive({ ...EXPORT, "general/2020-09-15.json": day }));
  await place.merge(file);
  const second = await place.text();
  await change(place, async (store) => {
    const log = await lines(store, "general", "Ada");
    assertEquals(log[2]?.slice(1, 3), ["an answer, corrected", 1]);
    assertEquals(log.at(-1)?.slice(0, 2), ["Ada", "new"]);
    assertEquals(log.length, 9);
  });
  await place.merge(file);
  assertEquals(await place.text(), second);
});

onBoth("a store that a server has open is refused", async (place) => {
  const file = await exported(place.directory, "source", (store) => fill(store));
  const store = await place.open();
  await person(store, "Zoe");
  const refused = await assertRejects(() => place.merge(file), StoreError);
  assertMatch(refused.message, /another server has it open|a server is running/);
  assertEquals(await store.findAccount("Alice"), null);
  await store.close();
  await place.merge(file);
});

onBoth("into an empty store everything is imported, sign-ins too", async (place) => {
  const file = await exported(place.directory, "source", (store) => fill(store));
  await place.merge(file);
  assertEquals(await place.text(), await Deno.readTextFile(file));
});
