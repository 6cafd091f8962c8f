// The way in from other systems: the documented example, the schema, and the check of a file.
import { assert, assertEquals } from "@std/assert";
import Ajv2020 from "ajv/2020";
import {
  checkRecords,
  exportRecords,
  importRecords,
  parseLines,
} from "../../lib/transfer/lines.ts";
import { dumpPostgres } from "../../lib/transfer/postgres.ts";
import { dumpSqlite } from "../../lib/transfer/sqlite.ts";
import { Summary } from "../../lib/transfer/summary.ts";
import type { Dump } from "../../lib/transfer/dump.ts";
import { openPostgres } from "../../lib/store/postgres/store.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import { messages } from "../store/contract/fixture.ts";
import { importSchema } from "../../tools/import_schema.ts";
import { needs } from "../support/permissions.ts";
import { ignore as noPostgres, usePostgres } from "../support/postgres.ts";
import { fill } from "./full_store.ts";

const permissions = needs("read", "write");
const cluster = usePostgres();
const sqlite = (path: string) => ({ path, durability: "process" }) as const;

/** The file in the documentation. */
async function example(): Promise<string> {
  const text = await Deno.readTextFile(new URL("../../docs/moving.md", import.meta.url));
  const [, block = ""] = /```jsonl\n([^]*?)```/.exec(text) ?? [];
  assert(block.length > 0);
  return block;
}

const recordsIn = (text: string) => parseLines(new Blob([text]).stream());

/** The problems of a file, as a check reports them. */
async function problemsOf(text: string): Promise<string[]> {
  const directory = await Deno.makeTempDir();
  const problems: string[] = [];
  const dump = dumpSqlite(sqlite(`${directory}/check.db`), "write");
  await checkRecords(dump, recordsIn(text), (line, problem) => {
    problems.push(`${line}: ${problem}`);
  });
  await dump.close();
  await Deno.remove(directory, { recursive: true });
  return problems;
}

for (const kind of ["sqlite", "postgres"] as const) {
  Deno.test({
    name: `${kind}: the documented example is complete, and what it leaves out is worked out`,
    ignore: permissions.ignore || kind === "postgres" && noPostgres,
    async fn() {
      const directory = await Deno.makeTempDir();
      const place = sqlite(`${directory}/chat.db`);
      const database = kind === "postgres" ? await cluster.make("empty") : null;
      const url = database === null ? "" : cluster.url(database);
      const open = async (mode: "read" | "write"): Promise<Dump> =>
        database === null ? dumpSqlite(place, mode) : await dumpPostgres(url, mode);
      const text = await example();
      assertEquals(await problemsOf(text), []);
      const dump = await open("write");
      const summary = new Summary();
      await importRecords(dump, recordsIn(text), summary);
      await dump.close();
      assertEquals([...summary.lines()], [
        "Names were adapted to the rules for names: 2",
        '  user "Bob (he/him)" is Bob he him here',
        '  room "General talk" is General-talk here',
      ]);
      const exported = await open("read");
      const records = await Array.fromAsync(exportRecords(exported));
      await exported.close();
      const ids = records.filter(({ type }) => type === "account").map(({ public_id }) =>
        public_id
      );
      assertEquals(new Set(ids).size, 3);
      const store = await (database === null ? openSqlite(place) : openPostgres({ url }));
      const [ada, bob] = [await store.findAccount("ada"), await store.findAccount("Bob he him")];
      assert(ada && bob);
      const general = (await store.findRoom("general-talk", ada.id))!;
      assertEquals([general.seq, general.title], [3, "Everything"]);
      const log = await messages(store, general);
      assertEquals(log.map(({ sender, text, replyTo }) => [sender, text, replyTo]), [
        ["Ada", "**Hello**", null],
        ["Bob he him", "Hi @Ada", 1],
      ]);
      assertEquals(log[0]?.reactions.map(({ emoji, names }) => [emoji, names]), [
        ["👋", ["Bob he him"]],
      ]);
      assertEquals(log[1]?.mentions, [ada.publicId]);
      const direct = await store.directRoom(ada, bob, 0);
      const [psst] = await messages(store, direct);
      assertEquals([psst?.text, psst?.editedAt], ["psst", 1_600_000_500_000]);
      const rooms = await store.roomsOf(ada.id);
      assertEquals(rooms.map(({ unread }) => unread), [0, 0]);
      await store.close();
      if (database !== null) await cluster.drop(database);
      await Deno.remove(directory, { recursive: true });
    },
  });
}

Deno.test({
  name: "a check reports every problem with its line",
  ...permissions,
  async fn() {
    const lines = (await example()).trim().split("\n");
    const change = (line: number, from: string, to: string) => {
      assert(lines[line - 1]!.includes(from), `${line} ${from}`);
      lines[line - 1] = lines[line - 1]!.replace(from, to);
    };
    change(3, '"id":2', '"id":"two"');
    change(4, '"role":"bot"', '"role":"king"');
    change(6, '"kind":"direct"', '"kind":"direct","color":1');
    change(11, '"p-1"', '"p-2"');
    change(12, '"target":1', '"target":3');
    change(13, '"sender":2', '"sender":1');
    change(14, '"room":2', '"room":7');
    lines[6] = "{";
    assertEquals(await problemsOf(lines.join("\n")), [
      '3: the field "id" of an account is missing or malformed',
      '4: this account cannot be: its "role" is none of owner, moderator, member, guest, bot',
      '6: a room has no field "color"',
      "7: this is not valid JSON",
      '8: this member does not fit the records before it: its "account" names none of them',
      '9: this member does not fit the records before it: its "room" names none of them',
      '10: this member does not fit the records before it: its "room" names none of them',
      '12: this event does not fit the records before it: its "sender" names none of them',
      '14: this event does not fit the records before it: its "room" names none of them',
      "13: this event contradicts another record: another event of its sender in its room has its key",
    ]);
    assertEquals(await problemsOf(lines.slice(0, 2).join("\n")), [
      "3: the end is missing; the export was cut short",
    ]);
  },
});

Deno.test({
  name: "problems come in the order of lines, though the store finds some while more are read",
  ...permissions,
  async fn() {
    const account = (id: number, folded: string) => ({
      ...{ type: "account", id, public_id: `a${id}`, name: folded, folded, skeleton: folded },
      ...{ role: "member", created_at: 0 },
    });
    const records: object[] = [
      { type: "hubbub", format: 3 },
      { type: "meta", name: "epoch", value: "e" },
      ...Array.from({ length: 1_200 }, (_, n) => account(n + 1, `user ${n === 9 ? 5 : n}`)),
    ];
    records.splice(502, 1, { type: "nothing" });
    records.push({ type: "end", records: records.length - 1 });
    const problems = await problemsOf(records.map((record) => JSON.stringify(record)).join("\n"));
    assertEquals(problems.map((problem) => problem.replace(/does not fit.*/, "does not fit")), [
      "12: this account does not fit",
      '503: there is no record of type "nothing"',
    ]);
  },
});

Deno.test({
  name: "the schema fits every line of an export and of the example, and not others",
  ...permissions,
  async fn() {
    const directory = await Deno.makeTempDir();
    const place = sqlite(`${directory}/full.db`);
    const store = await openSqlite(place);
    await fill(store, { messages: 3, parts: 2, partBytes: 10 });
    await store.close();
    const dump = dumpSqlite(place, "read");
    const records = await Array.fromAsync(exportRecords(dump));
    await dump.close();
    await Deno.remove(directory, { recursive: true });
    // deno-lint-ignore no-explicit-any -- its types describe CommonJS
    const ajv = new (Ajv2020 as any)({ strict: false });
    const fits = ajv.compile(importSchema());
    const lines = (await example()).trim().split("\n").map((line) => JSON.parse(line));
    for (const record of [...records, ...lines]) {
      assert(fits(record), `${JSON.stringify(record)} ${JSON.stringify(fits.errors)}`);
    }
    const message = lines.find(({ kind }) => kind === "message");
    const reaction = lines.find(({ kind }) => kind === "reaction");
    for (
      const wrong of [
        { type: "planet" },
        { type: "hubbub" },
        { ...message, color: 1 },
        { ...message, at: "yesterday" },
        { ...message, emoji: "👍" },
        { ...message, text: undefined },
        { ...reaction, target: undefined },
        { ...reaction, text: "x" },
        { type: "account", id: 1 },
        { type: "room", id: 1, kind: "secret" },
      ]
    ) {
      assert(!fits(JSON.parse(JSON.stringify(wrong))), JSON.stringify(wrong));
    }
  },
});
