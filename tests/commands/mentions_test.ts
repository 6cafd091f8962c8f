/** Whom a message mentions: found once, stored with it, and the same wherever it is read. */
import { assert, assertEquals } from "@std/assert";
import type { Message } from "../../lib/protocol/frames.ts";
import { isMessage } from "../../lib/chat/events/index.ts";
import type { Account } from "../../lib/store/records.ts";
import { mayMentionEveryone } from "../../lib/auth/permissions.ts";
import { LIMITS } from "../../lib/protocol/limits.ts";
import { roomRecordOf } from "../support/records.ts";
import type { Peer } from "../support/peer.ts";
import { onEveryStore } from "../support/every_store.ts";
import type { TestServer } from "../support/server.ts";

const ROOM = "lobby";

/** The mentions of every message of a room, by `seq`, in each way of reading the log. */
async function mentionsFor(peer: Peer): Promise<ReadonlyMap<number, readonly string[]>> {
  const history = await peer.ask({ type: "history", room: ROOM });
  const joined = await peer.ask({ type: "join", room: ROOM });
  const resumed = await peer.ask({ type: "join", room: ROOM, after: 0 });
  assert(history.type === "history" && joined.type === "joined" && resumed.type === "joined");
  const [first, ...others] = [history, joined, resumed].map(({ messages }) => mentionsIn(messages));
  assert(first !== undefined);
  for (const other of others) assertEquals(other, first);
  return first;
}

function mentionsIn(events: readonly { readonly type: string }[]) {
  const messages = events.filter((event): event is Message => isMessage(event));
  return new Map(messages.flatMap(({ seq, mentions }) => mentions ? [[seq, mentions]] : []));
}

async function say(peer: Peer, message: string, room = ROOM): Promise<Message> {
  const sent = await peer.ask({ type: "room_message", room, message });
  assert(isMessage(sent), JSON.stringify(sent));
  return sent;
}

async function mentioning(server: TestServer): Promise<void> {
  const [alice, bob] = [await server.guest("Alice"), await server.guest("Bob")];
  const eve = await server.guest("Eve");
  await alice.ask({ type: "create_room", room: ROOM, kind: "public" });
  await bob.ask({ type: "join", room: ROOM });
  await eve.ask({ type: "create_room", room: "elsewhere", kind: "public" });
  const [a, b] = [alice.id, bob.id];

  const sent = await say(alice, "hi @BOB, `@Alice` and @Eve: @Bob");
  assertEquals([sent.mentions, sent.mention_names], [[b], ["BOB"]], "members only");
  const seen = await bob.next(isMessage);
  assertEquals(isMessage(seen) && seen.mentions, [b]);
  assertEquals((await say(alice, "hi Bob")).mentions, undefined);
  await say(bob, "@Bob and @Alice");
  assertEquals(await mentionsFor(bob), new Map([[1, [b]], [3, [b, a]]]));

  const edited = await bob.ask({ type: "edit_message", room: ROOM, seq: 3, message: "@Alice" });
  assert(edited.type === "message_edited");
  assertEquals([edited.mentions, edited.mention_names], [[a], ["Alice"]]);
  await alice.ask({ type: "edit_message", room: ROOM, seq: 1, message: "hi" });
  assertEquals(await mentionsFor(alice), new Map([[3, [a]]]));
  // The edit has the mentions of its message as they are now.
  const resumed = await alice.ask({ type: "join", room: ROOM, after: 3 });
  assert(resumed.type === "joined");
  assertEquals(
    resumed.messages.map((event) => "mentions" in event ? event.mentions : null),
    [[a], null],
  );
  await bob.ask({ type: "delete_message", room: ROOM, seq: 3 });
  assertEquals(await mentionsFor(alice), new Map());

  const direct = await alice.ask({
    type: "private_message",
    receiver: "Bob",
    message: "@Bob @Eve",
  });
  assertEquals(isMessage(direct) && direct.mentions, [b]);
  for (const peer of [alice, bob, eve]) await peer.close();
}

/** What is unread, live and in `welcome` and `joined`, and how it becomes unread again. */
async function unreadOf(server: TestServer): Promise<void> {
  const alice = await server.guest("Alice");
  const token = await server.signIn("Bob", "password of Bob");
  const [bob, phone] = [await server.member(token), await server.member(token)];
  await alice.ask({ type: "create_room", room: ROOM, kind: "public" });
  await bob.ask({ type: "join", room: ROOM });
  for (const message of ["one", "@Bob", "gone", "@Bob again"]) await say(alice, message);
  await alice.ask({ type: "delete_message", room: ROOM, seq: 3 });
  const counts = async () => {
    const [joined, other] = [
      await bob.ask({ type: "join", room: ROOM }),
      await server.member(token),
    ];
    assert(joined.type === "joined");
    const listed = other.frames.find((one) => one.type === "welcome")?.rooms
      .find(({ room }) => room === ROOM);
    await other.close();
    const { read, unread, mentions } = joined;
    assertEquals([listed?.read, listed?.unread, listed?.mentions], [read, unread, mentions]);
    return [read, unread, mentions];
  };
  assertEquals(await counts(), [0, 3, 2]);
  await bob.ask({ type: "read", room: ROOM, seq: 5 });
  assertEquals(await counts(), [5, 0, 0]);
  const back = await bob.ask({ type: "mark_unread", room: ROOM, seq: 4 });
  const expected = { seq: 3, marked_unread: true, unread: 1, mentions: 1 };
  const seen = await phone.next((one) => one.type === "read" && one.marked_unread === true);
  for (const frame of [back, seen]) {
    assert(frame.type === "read");
    const { seq, marked_unread, unread, mentions } = frame;
    assertEquals<unknown>({ seq, marked_unread, unread, mentions }, expected);
  }
  assertEquals(await counts(), [3, 1, 1]);
  for (const peer of [alice, bob, phone]) await peer.close();
}

/** Whom `@here` reaches: those who are online then, and the message counts for them alone. */
async function hereOf(server: TestServer): Promise<void> {
  const alice = await server.guest("Alice");
  const tokens = [];
  for (const name of ["Bob", "Carol"]) tokens.push(await server.signIn(name, `secret of ${name}`));
  await alice.ask({ type: "create_room", room: ROOM, kind: "public" });
  const [bob, carol] = [await server.member(tokens[0]!), await server.member(tokens[1]!)];
  for (const peer of [bob, carol]) await peer.ask({ type: "join", room: ROOM });
  const seen = async (token: string) => {
    const peer = await server.member(token);
    const joined = await peer.ask({ type: "join", room: ROOM });
    await peer.close();
    assert(joined.type === "joined");
    return [joined.unread, joined.mentions];
  };
  const sent = await say(bob, "@here, tea?");
  assertEquals(sent.mentions?.[0], "here");
  assertEquals(new Set(sent.mentions?.slice(1)), new Set([alice.id, carol.id]));
  assertEquals(sent.mention_names, ["here"]);
  assertEquals([await seen(tokens[0]!), await seen(tokens[1]!)], [[0, 0], [1, 1]]);
  for (const peer of [alice, bob, carol]) await peer.close();
}

Deno.test("everyone may be mentioned by each member of a small room, and by the moderators of a larger one", () => {
  const accounts = (["owner", "moderator", "member", "bot", "guest"] as const)
    .map((role, id): Account => ({ id, publicId: `p${id}`, name: role, role }));
  const record = roomRecordOf(1, "lobby");
  const allowed = (memberCount: number, host: number | null, isDirect = false) =>
    accounts.filter((account) =>
      mayMentionEveryone(account, {
        ...{ memberCount, host, isDirect, isNameless: false, has: () => true, record },
      })
    ).map(({ role }) => role);
  const small = LIMITS.room_mention_members;
  assertEquals(allowed(small, null), ["owner", "moderator", "member", "bot"]);
  assertEquals(allowed(small + 1, null), ["owner", "moderator"]);
  assertEquals(allowed(small + 1, 2), ["owner", "moderator", "member"]);
  assertEquals(allowed(2, null, true), []);
});

onEveryStore(
  "the server finds whom a message mentions, and stores it with the message",
  mentioning,
  unreadOf,
  hereOf,
);
