// Exports as they are in the world: packed by other archivers, with records that are odd.
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { readSlack } from "../../lib/transfer/slack.ts";
import type { RecordLine } from "../../lib/transfer/records.ts";
import type { Store } from "../../lib/store/store.ts";
import type { Account } from "../../lib/store/records.ts";
import { messages } from "../store/contract/fixture.ts";
import { needs } from "../support/permissions.ts";
import { zip, type ZipFile } from "../support/zip.ts";
import { archive, EXPORT, type Files, imported, said } from "./slack_fixture.ts";

const permissions = needs("read", "write");

const USERS = [
  { id: "U1", name: "ada", profile: { display_name: "Ada" } },
  { id: "U2", name: "bob", profile: { display_name: "Bob" } },
  { id: "U5", name: "hook", is_bot: true, profile: { real_name: "Hook", bot_id: "B5" } },
];

/** A team with one channel. */
const team = (day: unknown, more: Files = {}): Files => ({
  "users.json": USERS,
  "channels.json": [{ id: "C1", name: "café", created: 1_600_000_000, members: ["U1", "U2"] }],
  "café/2020-09-14.json": day,
  ...more,
});

async function accountOf(store: Store, name: string): Promise<Account> {
  const account = await store.findAccount(name);
  assert(account !== null, name);
  return account;
}

/** The messages of a room that Ada can see, as `Sender: text`. */
async function linesIn(store: Store, name: string): Promise<string[]> {
  const room = await store.findRoom(name, (await accountOf(store, "Ada")).id);
  assert(room !== null, name);
  return (await messages(store, room)).map(({ sender, text }) => `${sender}: ${text}`);
}

/** The records of an export, without a store. */
async function recordsOf(files: Files | Uint8Array) {
  const path = await Deno.makeTempFile({ suffix: ".zip" });
  try {
    await Deno.writeFile(path, files instanceof Uint8Array ? files : archive(files));
    const slack = await readSlack(path, "https://chat.example.org");
    const records: RecordLine[] = [];
    for await (const record of slack.records) records.push(record);
    return { records, summary: [...slack.summary.lines()] };
  } finally {
    await Deno.remove(path);
  }
}

Deno.test({
  name: "an export is found whatever packed it",
  ...permissions,
  async fn() {
    const day = [said(1_600_000_100, "U1", "here")];
    const pack = (name: (path: string) => string | Uint8Array, utf8Flag = false) =>
      zip(
        Object.entries(team(day)).map(([path, value]): ZipFile => ({
          name: name(path),
          content: JSON.stringify(value),
          utf8Flag,
        })),
      );
    const bytes = (e: number) => (path: string) =>
      Uint8Array.from(path, (char) => char === "é" ? e : char.charCodeAt(0));
    const windows = (path: string) => `My Team export\\${path.replaceAll("/", "\\")}`;
    const packed: Readonly<Record<string, Uint8Array>> = {
      "with the flag": pack((path) => path, true),
      "UTF-8 without the flag": pack((path) => path),
      "code page 437": pack(bytes(0x82)),
      Windows: pack(bytes(0xe9)),
      "decomposed letters, as on a Mac": pack((path) => path.normalize("NFD"), true),
      backslashes: pack(windows),
      "a directory at the top": pack((path) => `My Team export/${path}`),
      "two of them, and a Mac's own files": zip([
        { name: "__MACOSX/._users.json", content: "x" },
        { name: "__MACOSX/users.json", content: "x" },
        ...Object.entries(team(day)).map(([path, value]) => ({
          name: `a/b/${path}`,
          content: JSON.stringify(value),
        })),
      ]),
    };
    for (const [what, file] of Object.entries(packed)) {
      const { records, summary } = await recordsOf(file);
      const texts = records.filter(({ kind }) => kind === "message").map(({ text }) => text);
      assertEquals([texts, summary], [["here"], []], what);
    }
  },
});

Deno.test({
  name: "direct messages with users outside the team stay conversations of their own",
  ...permissions,
  fn: () =>
    imported({
      ...team([]),
      "dms.json": [
        { id: "D1", created: 1_600_000_000, members: ["U1", "UX"] },
        { id: "D2", created: 1_600_000_000, members: ["U1"] },
        { id: "D3", created: 1_600_000_000, members: null },
        { id: "D4", created: 1_600_000_000, members: ["U1", "U5"] },
        { id: "D5", created: 1_600_000_000, members: ["U1"] },
        { id: "D6", created: 1_600_000_000, members: ["U2", "U1"] },
        { id: "D7", created: 1_600_000_000, members: ["U1", "U2"] },
        { id: "D8", created: 1_600_000_000, members: ["U1", "USLACKBOT"] },
      ],
      "mpims.json": [
        { id: "G1", name: "mpdm-ada--bob--max-1", created: 1, members: ["U1", "U2", "UX"] },
      ],
      "D1/2020-09-14.json": [
        said(1_600_000_100, "UX", "from outside", {
          user_profile: { display_name: "", real_name: "Max Muster" },
        }),
        said(1_600_000_101, "U1", "to outside"),
      ],
      "D2/2020-09-14.json": [said(1_600_000_102, "U1", "to myself")],
      "D3/2020-09-14.json": [said(1_600_000_103, "U1", "to nobody knows")],
      "D4/2020-09-14.json": [
        { type: "message", subtype: "bot_message", bot_id: "B77", text: "beep", ts: "1600000104" },
      ],
      "D5/2020-09-14.json": [said(1_600_000_105, "UY", "from one who left")],
      "D6/2020-09-14.json": [said(1_600_000_107, "U1", "later")],
      "D7/2020-09-14.json": [said(1_600_000_106, "U2", "earlier")],
      "D8/2020-09-14.json": [said(1_600_000_108, "USLACKBOT", "reminder")],
      "mpdm-ada--bob--max-1/2020-09-14.json": [said(1_600_000_109, "UX", "all three")],
    }, async (store) => {
      const ada = await accountOf(store, "Ada");
      const conversations: Record<string, string[]> = {};
      for (const { room } of await store.roomsOf(ada.id)) {
        if (room.pair === null) continue;
        const names = room.pair.map(({ name }) => name).sort().join(" & ");
        conversations[names] = (await messages(store, room)).map(({ text }) => text);
      }
      assertEquals(conversations, {
        "Ada & Max Muster": ["from outside", "to outside"],
        "Ada & Ada": ["to myself"],
        "Ada & Unknown D3": ["to nobody knows"],
        "Ada & Hook": ["beep"],
        "Ada & UY": ["from one who left"],
        "Ada & Bob": ["earlier", "later"],
        "Ada & Slackbot": ["reminder"],
      });
      const group = await store.findRoom("mpdm-ada--bob--max-1", ada.id);
      const people = await store.membersOf(group!.id);
      assertEquals([group?.kind, people.map(({ name }) => name)], [
        "private",
        ["Ada", "Bob", "Max Muster"],
      ]);
      // It has no name here either, and the same people find it.
      assertEquals(group?.people?.map(({ name }) => name), ["Ada", "Bob", "Max Muster"]);
      const ids = people.map(({ id }) => id);
      assertEquals((await store.findConversation(ids, ada.id))?.id, group?.id);
      assertEquals(await linesIn(store, "mpdm-ada--bob--max-1"), ["Max Muster: all three"]);
      assertEquals(await store.sessionsOf((await accountOf(store, "Max Muster")).id), []);
    }),
});

Deno.test({
  name: "an odd record is left out and listed, and all others are imported",
  ...permissions,
  fn: () =>
    imported({
      ...team([
        null,
        "text",
        { type: "message", text: "no time", user: "U1" },
        { type: "message", text: "no author", ts: "1600000099.1" },
        said(1_600_000_101, "U1", ""),
        said(1_600_000_100, "U1", "all fields are null", {
          ...{ reactions: null, files: null, blocks: null, attachments: null, edited: null },
          ...{ thread_ts: null, subtype: null, user_profile: null, bot_id: null, username: null },
        }),
        { type: "message", user: "U2", text: "whole seconds", ts: 1_600_000_102 },
        said(1_600_000_103, "U1", "joined", { subtype: "channel_join" }),
        { type: "message", bot_id: "B9", text: "only an id", ts: "1600000104.0" },
        { type: "message", bot_id: "B5", text: "of a bot's user", ts: "1600000105.0" },
        {
          ...said(1_600_000_106, "U1", "x"),
          text: { not: "text" },
          blocks: [{
            type: "section",
            text: { type: "mrkdwn", text: "only *blocks*" },
          }],
        },
        said(1_600_000_107, "U1", "", { attachments: [{ text: "only attachments" }] }),
        said(1_600_000_108, "U1", "", {
          files: [null, { name: null, url_private: "https://f.example/1" }],
        }),
        said(1_600_000_109, "U2", "waves", { subtype: "me_message" }),
        said(1_600_000_110, "USLACKBOT", "This message was deleted.", { subtype: "tombstone" }),
        said(1_600_000_111, "U2", "an answer", { thread_ts: "1600000110.000100" }),
        said(1_600_000_112, "U2", "another", { thread_ts: "1600000100.000100" }),
      ]),
      "groups.json": [null, 1, { id: null }],
    }, async (store, { summary }) => {
      assertEquals(await linesIn(store, "café"), [
        "Ada: all fields are null",
        "Bob: whole seconds",
        "B9: only an id",
        "Hook: of a bot's user",
        "Ada: only **blocks**",
        "Ada: > only attachments",
        "Ada: [file](https://f.example/1)",
        "Bob: _waves_",
        "Slackbot: ",
        "Bob: an answer",
        "Bob: another",
      ]);
      const ada = await accountOf(store, "Ada");
      const log = await messages(store, (await store.findRoom("café", ada.id))!);
      assertEquals(log.map(({ replyTo, deleted }) => [replyTo, deleted]).slice(-3), [
        [null, true],
        [9, false],
        [1, false],
      ]);
      assertEquals([...summary.lines()], [
        "Notices that are no messages (joins, topics and the like) were left out: 1",
        "Records that cannot be imported were left out: 8",
        "  café/2020-09-14.json, item 0: it is no object",
        "  café/2020-09-14.json, item 1: it is no object",
        '  café/2020-09-14.json, item 2: its "ts" is no time',
        "  café/2020-09-14.json, item 3: it does not say who wrote it",
        '  groups.json, item 0: it has no "id"',
        '  groups.json, item 1: it has no "id"',
        '  groups.json, item 2: it has no "id"',
        "  café/2020-09-14.json, item 4: nothing in it can be shown",
      ]);
    }),
});

Deno.test({
  name: "messages come in the order of time, whatever order their files have",
  ...permissions,
  fn: () =>
    imported(
      team([said(5, "U1", "e"), said(3, "U1", "c"), said(9, "U1", "i")], {
        "café/2020-09-13.json": [said(4, "U1", "d"), said(8, "U1", "h")],
        "café/2021.json": [said(1, "U1", "a"), said(2, "U1", "b"), said(2, "U1", "b again")],
        "café/2022.json": [],
        "café/canvas.txt": "not read",
        "elsewhere/2020.json": [],
      }),
      async (store, { summary }) => {
        const texts = ["a", "b", "b again", "c", "d", "e", "h", "i"];
        assertEquals(await linesIn(store, "café"), texts.map((text) => `Ada: ${text}`));
        assertEquals([...summary.lines()], [
          "Records that cannot be imported were left out: 1",
          "  elsewhere, item 0: it belongs to no channel in a list",
        ]);
      },
    ),
});

Deno.test({
  name: "a user reacts with each emoji once, in any skin tone, and emoji of the team stay names",
  ...permissions,
  fn: () =>
    imported(
      team([
        said(1_600_000_100, "U1", "look", {
          reactions: [
            { name: "+1", users: ["U2", "U2", "UZ"] },
            { name: "+1::skin-tone-3", users: ["U2"] },
            { name: "thumbsup", users: ["U2"] },
            { name: "heart", users: ["U1"] },
            { name: "one", users: ["U1"] },
            { name: "male-detective::skin-tone-2", users: ["U1"] },
            { name: "point_up", users: ["U1"] },
            { name: "Party Parrot!", users: ["U1"] },
            { name: null, users: ["U1"] },
            { name: "smile", users: null },
            null,
          ],
        }),
      ]),
      async (store) => {
        const ada = await accountOf(store, "Ada");
        const [look] = await messages(store, (await store.findRoom("café", ada.id))!);
        assertEquals(look?.reactions.map(({ emoji, names }) => [emoji, names]), [
          ["👍", ["Bob", "UZ"]],
          ["👍🏼", ["Bob"]],
          ["❤️", ["Ada"]],
          ["1️⃣", ["Ada"]],
          ["🕵🏻‍♂️", ["Ada"]],
          ["☝️", ["Ada"]],
          [":partyparrot:", ["Ada"]],
        ]);
      },
    ),
});

Deno.test({
  name: "names that are not allowed here are adapted, told apart, and listed",
  ...permissions,
  async fn() {
    const users = ["Ann 🚀", "Ann", "ANN", "", "🚀", "  "].map((display_name, n) => ({
      id: `U${n}`,
      name: `user${n}`,
      profile: { display_name, real_name: "" },
    }));
    const channels = ["general", "General", "a b", "a.b", null].map((name, n) => ({
      id: `C${n}`,
      name,
    }));
    const { records, summary } = await recordsOf({
      "users.json": users,
      "channels.json": channels,
    });
    const names = (type: string) => records.filter((r) => r.type === type).map(({ name }) => name);
    assertEquals(names("account"), ["Ann", "user1", "user2", "user3", "user4", "user5"]);
    assertEquals(names("room"), ["general", "General-2", "a-b", "a-b-2", "C4"]);
    assertEquals(summary, [
      "Names were adapted to the rules for names: 7",
      '  user "Ann 🚀" is Ann here',
      '  user "Ann" is user1 here',
      '  user "ANN" is user2 here',
      '  user "🚀" is user4 here',
      '  channel "General" is General-2 here',
      '  channel "a b" is a-b here',
      '  channel "a.b" is a-b-2 here',
    ]);
  },
});

Deno.test({
  name: "two exports of a team give users, channels and messages the same ids and keys",
  ...permissions,
  async fn() {
    const [one, other] = [(await recordsOf(EXPORT)).records, (await recordsOf(EXPORT)).records];
    const ids = (records: readonly RecordLine[]) =>
      records.map(({ type, public_id, created_at, key }) =>
        ["account", "room", "event"].includes(type) ? [public_id, created_at, key] : null
      );
    assertEquals(ids(one), ids(other));
    const events = one.filter(({ type }) => type === "event");
    assert(events.every(({ key = "" }) => `${key}`.length > 0 && `${key}`.length <= 64));
    assertEquals(new Set(events.map(({ key, sender }) => `${sender} ${key}`)).size, events.length);
  },
});

Deno.test({
  name: "a channel of 150,000 messages in one file is read without holding it",
  ...permissions,
  async fn() {
    const directory = await Deno.makeTempDir();
    try {
      await Deno.mkdir(`${directory}/café`);
      for (const [name, value] of Object.entries(team([])).slice(0, 2)) {
        await Deno.writeTextFile(`${directory}/${name}`, JSON.stringify(value));
      }
      // More than fit on the stack as arguments.
      const count = 150_000;
      using file = Deno.openSync(`${directory}/café/all.json`, { write: true, create: true });
      for (let from = 0; from < count; from += 10_000) {
        const some = Array.from({ length: 10_000 }, (_, n) => said(from + n + 1, "U1", "x"));
        const text = some.map((one) => JSON.stringify(one)).join(",");
        file.writeSync(new TextEncoder().encode(`${from === 0 ? "[" : ","}${text}`));
      }
      file.writeSync(new TextEncoder().encode("]"));
      const { records } = await readSlack(directory, "https://chat.example.org");
      let events = 0;
      for await (const { type } of records) if (type === "event") events++;
      assertEquals(events, count);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test({
  name: "a mention of a member is found, under the name that the user has here",
  ...permissions,
  fn: () =>
    imported(team([said(1_600_000_100, "U1", "<@U2> and <@U5>, `<@U1>`")]), async (store) => {
      const [ada, bob] = [await accountOf(store, "Ada"), await accountOf(store, "Bob")];
      const [one] = await messages(store, (await store.findRoom("café", ada.id))!);
      assertEquals(one?.text, "@Bob and @Hook, `<@U1>`");
      // Hook is no member of the channel.
      assertEquals([one?.mentions, one?.mentionNames], [[bob.publicId], ["Bob"]]);
    }),
});

/** Every place in a value, as a path. */
function* placesIn(value: unknown, path: readonly (string | number)[] = []): Generator<
  readonly (string | number)[]
> {
  if (path.length > 0) yield path;
  if (typeof value !== "object" || value === null) return;
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
  for (const key of keys) {
    yield* placesIn((value as Record<string | number, unknown>)[key], [...path, key]);
  }
}

/** A copy of a value with something else in one place. */
function replaced(value: unknown, path: readonly (string | number)[], by: unknown): unknown {
  const copy = structuredClone(value);
  let parent = copy;
  for (const key of path.slice(0, -1)) {
    // An earlier change has taken the place away.
    if (typeof parent !== "object" || parent === null) return value;
    parent = (parent as Record<string | number, unknown>)[key];
  }
  if (typeof parent !== "object" || parent === null) return value;
  (parent as Record<string | number, unknown>)[path.at(-1)!] = by;
  return copy;
}

Deno.test({
  name: "property: any JSON in any field of an export is imported",
  ...permissions,
  async fn() {
    const full: Files = {
      ...EXPORT,
      "mpims.json": [{ id: "G2", name: "mpdm-1", created: 1, members: ["U1", "U2", "U3"] }],
      "den/2020-09-15.json": [
        said(1_600_086_500, "U3", "", {
          bot_profile: { name: "bot" },
          blocks: [{
            type: "rich_text",
            elements: [{
              type: "rich_text_section",
              elements: [{ type: "text", text: "x", style: { bold: true } }],
            }, { type: "rich_text_list", indent: 1, elements: [] }],
          }, { type: "section", fields: [], text: { type: "mrkdwn", text: "y" } }],
          attachments: [{ text: "z", fields: [{ title: "a", value: "b" }] }],
          thread_ts: "1600000300.000100",
        }),
      ],
    };
    // users.json itself must be a list: without users there is nothing to import.
    const places = [...placesIn(full)].filter((path) => path.join() !== "users.json");
    const anything = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(null, -1, 0, 1e300, "", "\ud800", "../x", [], {}, [[]], "__proto__"),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...places), anything), { minLength: 1, maxLength: 6 }),
        async (changes) => {
          const files = changes.reduce<unknown>((all, [path, by]) => replaced(all, path, by), full);
          await imported(files as Files, async () => {});
        },
      ),
      { numRuns: 30, seed: 7 },
    );
  },
});

Deno.test({
  name: "an emoji of the team's own is the same text in messages and reactions, and is listed",
  ...permissions,
  async fn() {
    const long = "a-name-that-is-longer-than-names-are-here";
    const cut = `:${long.slice(0, 30)}:`;
    const text = `:partyparrot::skin-tone-3: at 10:30:15 :${long}: :wave: :Note:`;
    const reactions = ["partyparrot", "partyparrot::skin-tone-2", long, "wave"].map((name) => (
      { name, users: ["U1"], count: 1 }
    ));
    const { records, summary } = await recordsOf(
      team([{ ...said(1_600_000_100, "U1", text), reactions }]),
    );
    const found = records.filter(({ type }) => type === "event");
    assertEquals(found.flatMap(({ text, emoji }) => text ?? emoji ?? []), [
      `:partyparrot: at 10:30:15 ${cut} 👋 :Note:`,
      ...[":partyparrot:", cut, "👋"],
    ]);
    assertEquals(summary, [
      "Emoji of the team's own are texts until a moderator adds pictures for them: 2",
      `  ${cut}`,
      "  :partyparrot:",
    ]);
  },
});
