import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { readSlack } from "../../lib/transfer/slack.ts";
import { toMarkdown } from "../../lib/slack/text.ts";
import { Sessions } from "../../lib/auth/sessions.ts";
import { StoreError } from "../../lib/store/error.ts";
import { message, messages, room, store as put } from "../store/contract/fixture.ts";
import { reactionOf } from "../support/reactions.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { needs } from "../support/permissions.ts";
import { archive, EXPORT, imported } from "./slack_fixture.ts";

const permissions = needs("read", "write");

for (const unpacked of [false, true]) {
  Deno.test({
    name: `a team comes from Slack with its people, rooms and history: ${
      unpacked ? "a directory" : "an archive"
    }`,
    ...permissions,
    fn: () =>
      imported(EXPORT, async (store) => {
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
          ["Deploy bot", "done :partyparrot:", null],
          ["Ada", "[plan.pdf](https://files.slack.example/plan.pdf)", null],
          ...[1, 2, 3].map(() => ["Ada", "x".repeat(80), null]),
        ]);
        assertEquals(log.slice(-3).map(({ text }) => text.length).reduce((a, b) => a + b), 25_000);
        assertEquals([log[0]?.at, log[0]?.editedAt], [1_600_000_100_000, 1_600_000_150_000]);
        assertEquals(log[0]?.reactions, [
          reactionOf("👍", bob!, ada!),
          reactionOf(":partyparrot:", bob!),
        ]);
        const rooms = (await store.roomsOf(ada!.id)).map(({ room, unread }) =>
          `${room.kind} ${room.name} ${unread}`
        );
        assertEquals(rooms, ["public general 0", "direct  0", "private den 0", "public empty 0"]);
        const direct = await store.directRoom(bob!, ada!, 0);
        assertEquals((await messages(store, direct)).map(({ text }) => text), ["psst"]);
        const found = await store.search({
          ...{ account: ada!.id, query: "answ", room: null, before: null, limit: 9 },
        });
        assertEquals(found.hits.length, 1);
        const [event] = await put(store, message(general!, ada!, "here now"));
        assertEquals(event?.seq, general!.seq + 1);
        await room(store, "New", ada!);
      }, { unpacked }),
  });
}

Deno.test({
  name: "every active user gets a link to sign in",
  ...permissions,
  fn: () =>
    imported(EXPORT, async (store, { links }) => {
      assertEquals(links.map(({ name }) => name), ["Ada", "Bob Builder he him", "ada2"]);
      const sessions = new Sessions(store, new FakeClock(Date.now()));
      for (const { name, link } of links) {
        const [, token = ""] = /^https:\/\/chat\.example\.org\/#sign-in=(.+)$/.exec(link) ?? [];
        assertEquals((await sessions.takeSignInLink(token))?.name, name);
        assertEquals(await sessions.takeSignInLink(token), null, "once");
      }
    }),
});

Deno.test({
  name: "a file that is not a Slack export is refused with the reason",
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
    await assertRejects(() => readSlack(`${directory}/none.zip`, ""), StoreError, "cannot be read");
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test("Slack's markup becomes Markdown, and code stays unchanged", () => {
  const references = {
    person: (id: string) => ({ U1: "Ada" })[id],
    channel: (id: string) => ({ C1: "general" })[id],
    emoji: (name: string) => ({ wave: "👋", "wave::skin-tone-3": "👋🏼" })[name],
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
