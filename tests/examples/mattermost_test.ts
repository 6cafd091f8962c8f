import { assert, assertEquals } from "@std/assert";
import { convert } from "../../examples/mattermost.ts";
import { checkRecords, importRecords } from "../../lib/transfer/lines.ts";
import { dumpSqlite } from "../../lib/transfer/sqlite.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import { messages } from "../store/contract/fixture.ts";
import { needs } from "../support/permissions.ts";

const AT = 1_600_000_000_000;
const FILE = new Uint8Array(300_000).fill(7);

const channels = (...names: readonly string[]) => [{
  name: "acme",
  roles: "team_user",
  channels: names.map((name) => ({ name, roles: "channel_user" })),
}];

/** A bulk export, in the order that Mattermost writes. */
const EXPORT: readonly object[] = [
  { type: "version", version: 1, info: { generator: "mattermost-server" } },
  { type: "team", team: { name: "acme", display_name: "Acme", type: "O" } },
  {
    type: "channel",
    channel: {
      team: "acme",
      name: "town-square",
      display_name: "Town Square",
      type: "O",
      header: "Hi",
    },
  },
  { type: "channel", channel: { team: "acme", name: "den", display_name: "Den", type: "P" } },
  {
    type: "user",
    user: {
      ...{ username: "ada", nickname: "Ada", roles: "system_admin system_user" },
      teams: channels("town-square", "den"),
    },
  },
  {
    type: "user",
    user: { username: "bob.b", nickname: "", roles: "system_user", teams: channels("town-square") },
  },
  { type: "bot", bot: { username: "feed", display_name: "Feed", owner: "ada" } },
  {
    type: "post",
    post: {
      ...{ team: "acme", channel: "town-square", user: "bob.b", message: "later" },
      create_at: AT + 5_000,
    },
  },
  {
    type: "post",
    post: {
      ...{ team: "acme", channel: "town-square", user: "ada", message: "**hello**" },
      ...{ create_at: AT, edit_at: AT + 1_000 },
      reactions: [
        { user: "bob.b", emoji_name: "+1", create_at: AT + 2_000 },
        { user: "gone", emoji_name: "partyparrot", create_at: AT + 2_001 },
      ],
      replies: [
        { user: "bob.b", message: "an answer", create_at: AT + 3_000, reactions: null },
        { user: "bob.b", message: "at the same time", create_at: AT + 3_000 },
      ],
      attachments: [{ path: "20200913/plan.pdf" }, { path: "missing.txt" }],
    },
  },
  {
    type: "post",
    post: {
      ...{ team: "acme", channel: "town-square", user: "ada", message: "ada joined the channel." },
      ...{ create_at: AT - 1, type: "system_join_channel" },
    },
  },
  {
    type: "post",
    post: {
      team: "acme",
      channel: "den",
      user: "feed",
      message: "x".repeat(16_000),
      create_at: AT,
    },
  },
  { type: "direct_channel", direct_channel: { members: ["bob.b", "ada"], header: "" } },
  { type: "direct_channel", direct_channel: { participants: [{ username: "ada" }] } },
  {
    type: "direct_post",
    direct_post: { channel_members: ["bob.b", "ada"], user: "ada", message: "psst", create_at: AT },
  },
  {
    type: "direct_post",
    direct_post: {
      ...{ channel_members: ["ada", "bob.b", "gone"], user: "gone", message: "us three" },
      create_at: AT,
    },
  },
];

async function* records(): AsyncGenerator<unknown> {
  const lines = EXPORT.map((line) => JSON.stringify(line));
  yield* convert(lines, (path) => path.endsWith("plan.pdf") ? FILE : null);
}

Deno.test({
  name: "Mattermost's bulk export is converted, checked and imported",
  ...needs("read", "write"),
  async fn() {
    const directory = await Deno.makeTempDir();
    const place = (name: string) =>
      ({ path: `${directory}/${name}`, durability: "process" }) as const;
    const checked = dumpSqlite(place("check.db"), "write");
    const problems: string[] = [];
    await checkRecords(checked, records(), (line, problem) => problems.push(`${line}: ${problem}`));
    await checked.close();
    assertEquals(problems, []);
    const dump = dumpSqlite(place("chat.db"), "write");
    await importRecords(dump, records());
    await dump.close();

    const store = await openSqlite(place("chat.db"));
    const names = ["Ada", "bob.b", "Feed", "gone"];
    const people = await Promise.all(names.map((name) => store.findAccount(name)));
    assertEquals(people.map((person) => String(person?.role)), [
      "owner",
      "member",
      "bot",
      "member",
    ]);
    const [ada, bob] = people;
    assert(ada && bob);
    const linesIn = async (name: string) =>
      (await messages(store, (await store.findRoom(name, ada.id))!))
        .map(({ sender, text, replyTo, at }) => [sender, text.slice(0, 20), replyTo, at - AT]);
    assertEquals(await linesIn("Town-Square"), [
      ["Ada", "**hello**", null, 0],
      ["bob.b", "an answer", 1, 3_000],
      ["bob.b", "at the same time", 1, 3_000],
      ["bob.b", "later", null, 5_000],
    ]);
    const [hello] = await messages(store, (await store.findRoom("Town-Square", ada.id))!);
    assertEquals(hello?.editedAt, AT + 1_000);
    assertEquals(hello?.reactions.map(({ emoji, names }) => [emoji, names]), [
      ["👍", ["bob.b"]],
      [":partyparrot:", ["gone"]],
    ]);
    const [plan] = hello?.files ?? [];
    assertEquals([plan?.name, plan?.size], ["plan.pdf", FILE.length]);
    assertEquals((await store.filePart(plan!.id, 1))?.length, FILE.length - 262_144);
    const den = await store.findRoom("Den", ada.id);
    assertEquals((await messages(store, den!)).map(({ text }) => text.length), [9_999, 6_001]);
    const direct = await store.directRoom(ada, bob, 0);
    assertEquals((await messages(store, direct)).map(({ text }) => text), ["psst"]);
    assertEquals(await linesIn("ada-bob-b-gone"), [["gone", "us three", null, 0]]);
    const rooms = await store.roomsOf(ada.id);
    assert(rooms.every(({ unread }) => unread === 0), "imported messages count as read");
    await store.close();
    await Deno.remove(directory, { recursive: true });
  },
});
