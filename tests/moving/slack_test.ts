import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { zipSync } from "fflate";
import { importRecords } from "../../lib/moving/lines.ts";
import { readSlack } from "../../lib/moving/slack.ts";
import { toMarkdown } from "../../lib/moving/slack_text.ts";
import { dumpSqlite } from "../../lib/moving/sqlite.ts";
import { Sessions } from "../../lib/sessions.ts";
import { StoreError } from "../../lib/store/error.ts";
import { openSqlite } from "../../lib/store/sqlite.ts";
import type { Store } from "../../lib/store/store.ts";
import { message, messages, room, store as put } from "../store/clauses/world.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { needs } from "../support/permissions.ts";

const permissions = needs("read", "write");

const said = (ts: number, user: string, text: string, more: object = {}) => ({
  ...{ type: "message", user, text, ts: `${ts}.000100`, ...more },
});

/** A small team's export, as Slack writes it. */
const EXPORT: Readonly<Record<string, unknown>> = {
  "users.json": [
    {
      id: "U1",
      name: "ada",
      is_owner: true,
      profile: { display_name: "Ada", real_name: "Ada Lovelace" },
    },
    { id: "U2", name: "bob", profile: { display_name: "", real_name: "Bob 🚀 Builder (he/him)" } },
    { id: "U3", name: "ada2", is_admin: true, profile: { display_name: "ADA", real_name: "" } },
    { id: "U4", name: "gone", deleted: true, profile: { display_name: "Gone" } },
    { id: "U5", name: "hook", is_bot: true, profile: { real_name: "Hook" } },
  ],
  "channels.json": [
    {
      ...{ id: "C1", name: "general", created: 1_600_000_000, members: ["U1", "U2", "U9"] },
      topic: { value: "Everything & more" },
    },
    { id: "C2", name: "empty", created: 1_600_000_001, members: ["U1"] },
  ],
  "groups.json": [{ id: "G1", name: "den", created: 1_600_000_002, members: ["U1", "U3"] }],
  "dms.json": [{ id: "D1", created: 1_600_000_003, members: ["U2", "U1"] }],
  "general/2020-09-14.json": [
    said(1_600_000_200, "U2", "Hello <@U1>, see <#C1|general> &amp; <https://a.example/?x|this>"),
    said(1_600_000_100, "U1", "*first* day", {
      reactions: [{ name: "thumbsup", users: ["U2", "U1"] }, {
        name: "partyparrot",
        users: ["U2"],
      }],
      edited: { user: "U1", ts: "1600000150.0" },
    }),
  ],
  "general/2020-09-15.json": [
    said(1_600_086_400, "U2", "an answer", { thread_ts: "1600000100.000100" }),
    said(1_600_086_401, "U2", "joined", { subtype: "channel_join" }),
    {
      ...{ type: "message", subtype: "bot_message", username: "Deploy bot", text: "done" },
      ts: "1600086402.0001",
    },
    said(1_600_086_403, "U1", "", {
      files: [{ name: "plan.pdf", url_private: "https://files.slack.example/plan.pdf" }],
    }),
    said(1_600_086_404, "U1", "x".repeat(25_000)),
  ],
  "den/2020-09-14.json": [said(1_600_000_300, "U3", "between us")],
  "D1/2020-09-14.json": [said(1_600_000_400, "U1", "psst")],
};

function archive(files = EXPORT): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  return new Uint8Array(zipSync(Object.fromEntries(
    Object.entries(files).map(([name, value]) => [name, encoder.encode(JSON.stringify(value))]),
  )));
}

/** Imports an export into a new store, and looks at what came of it. */
async function imported(
  look: (store: Store, links: readonly { name: string; link: string }[]) => Promise<void>,
  unpacked = false,
) {
  const directory = await Deno.makeTempDir();
  try {
    const path = unpacked ? `${directory}/export` : `${directory}/export.zip`;
    if (!unpacked) await Deno.writeFile(path, archive());
    for (const [name, value] of unpacked ? Object.entries(EXPORT) : []) {
      const file = `${path}/${name}`;
      await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(file, JSON.stringify(value));
    }
    const place = { path: `${directory}/one.db`, durability: "process" } as const;
    const { records, links } = await readSlack(path, "https://chat.example.org");
    const dump = dumpSqlite(place, "write");
    await importRecords(dump, records);
    await dump.close();
    const store = await openSqlite(place);
    await look(store, links);
    await store.close();
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

for (const unpacked of [false, true]) {
  Deno.test({
    name: `a team comes from Slack with its people, rooms and history: ${
      unpacked ? "a directory" : "an archive"
    }`,
    ...permissions,
    fn: () =>
      imported(async (store) => {
        const names = ["Ada", "Bob Builder he him", "ada2", "Gone", "Hook", "Deploy bot"];
        const people = await Promise.all(names.map((name) => store.findAccount(name)));
        assertEquals(people.map((person) => String(person?.role)), [
          ...["owner", "member", "moderator", "member", "bot", "bot"],
        ]);
        const [ada, bob] = people;
        const general = await store.findRoom("general", ada!.id);
        assertEquals(general?.title, "Everything & more");
        const log = await messages(store, general!);
        assertEquals(log.map(({ sender, text, replyTo }) => [sender, text.slice(0, 80), replyTo]), [
          ["Ada", "**first** day", null],
          [
            "Bob Builder he him",
            "Hello @Ada, see #general & [this](https://a.example/?x)",
            null,
          ],
          ["Bob Builder he him", "an answer", 1],
          ["Deploy bot", "done", null],
          ["Ada", "[plan.pdf](https://files.slack.example/plan.pdf)", null],
          ...[1, 2, 3].map(() => ["Ada", "x".repeat(80), null]),
        ]);
        assertEquals(log.slice(-3).map(({ text }) => text.length).reduce((a, b) => a + b), 25_000);
        assertEquals([log[0]?.at, log[0]?.editedAt], [1_600_000_100_000, 1_600_000_150_000]);
        assertEquals(log[0]?.reactions, [
          { emoji: "👍", names: ["Bob Builder he him", "Ada"] },
          { emoji: ":partyparrot:", names: ["Bob Builder he him"] },
        ]);
        const rooms = (await store.roomsOf(ada!.id)).map(({ room, unread }) =>
          `${room.kind} ${room.name} ${unread}`
        );
        assertEquals(rooms, ["private den 0", "public empty 0", "public general 0", "direct  0"]);
        const direct = await store.directRoom(bob!, ada!, 0);
        assertEquals((await messages(store, direct)).map(({ text }) => text), ["psst"]);
        const found = await store.search({
          ...{ account: ada!.id, query: "answ", room: null, before: null, limit: 9 },
        });
        assertEquals(found.hits.length, 1);
        const [event] = await put(store, message(general!, ada!, "here now"));
        assertEquals(event?.seq, general!.seq + 1);
        await room(store, "New", ada!);
      }, unpacked),
  });
}

Deno.test({
  name: "everybody who is still there gets a link that makes a device theirs",
  ...permissions,
  fn: () =>
    imported(async (store, links) => {
      assertEquals(links.map(({ name }) => name), ["Ada", "Bob Builder he him", "ada2"]);
      const sessions = new Sessions(store, new FakeClock(Date.now()));
      for (const { name, link } of links) {
        const [, token = ""] = /^https:\/\/chat\.example\.org\/#device=(.+)$/.exec(link) ?? [];
        assertEquals((await sessions.takeDevice(token))?.name, name);
        assertEquals(await sessions.takeDevice(token), null, "once");
      }
    }),
});

Deno.test({
  name: "what is no export of Slack's is refused, and says what is wrong",
  ...permissions,
  async fn() {
    const directory = await Deno.makeTempDir();
    const refused = async (bytes: Uint8Array<ArrayBuffer>) => {
      await Deno.writeFile(`${directory}/export.zip`, bytes);
      const read = async () => {
        const { records } = await readSlack(`${directory}/export.zip`, "http://localhost");
        for await (const _ of records);
      };
      return (await assertRejects(read, StoreError)).message;
    };
    assertMatch(await refused(new Uint8Array([1, 2, 3])), /cannot be read/);
    assertMatch(await refused(archive({ "notes.json": [] })), /it has no users\.json/);
    assertMatch(await refused(archive({ "users.json": {} })), /users\.json is not as Slack/);
    const general = [{ type: "message", ts: "yesterday" }];
    assertMatch(
      await refused(archive({ ...EXPORT, "general/2020-09-16.json": general })),
      /general\/2020-09-16\.json is not as Slack writes it/,
    );
    await assertRejects(() => readSlack(`${directory}/none.zip`, ""), StoreError, "cannot be read");
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test("Slack's marks become Markdown, and code stays code", () => {
  const references = {
    person: (id: string) => ({ U1: "Ada" })[id],
    channel: (id: string) => ({ C1: "general" })[id],
  };
  for (
    const [text, expected] of [
      ["*bold* _slanted_ ~gone~", "**bold** _slanted_ ~~gone~~"],
      ["2*3*4 and a * b * c", "2*3*4 and a * b * c"],
      [
        "<@U1> <@U9> <@U9|eve> <#C1> <!here> <!subteam^S1|@team>",
        "@Ada @U9 @eve #general @here @team",
      ],
      ["<https://a.example> <https://a.example|a>", "https://a.example [a](https://a.example)"],
      ["<mailto:a@b.example|a@b.example>", "[a@b.example](mailto:a@b.example)"],
      ["<javascript:alert(1)|x>", "<javascript:alert(1)|x>"],
      ["1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"],
      ["`*a* <@U1> &lt;b&gt;`", "`*a* <@U1> <b>`"],
      ["```\n*a*\n```\n*b*", "```\n*a*\n```\n**b**"],
    ] as const
  ) {
    assertEquals(toMarkdown(text, references), expected);
  }
});
