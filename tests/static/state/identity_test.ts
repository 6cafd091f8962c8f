/** A message reaches the room or user it was written for, or nobody: never another with the name. */
import { assert, assertEquals } from "@std/assert";
import type { ClientFrame } from "../../../lib/protocol/frames.ts";
import {
  nameMark,
  partnerIn,
  pendingEdits,
  pendingRows,
  silenceReason,
} from "../../../static/state/selectors.ts";
import { addressOf, resolve } from "../../../static/state/places.ts";
import type { Draft, Pending } from "../../../static/state/types.ts";
import { alice, directMessage, joined, said, summary, TestPage, welcome } from "../support.ts";

const secret = { room: "Secret", room_id: "S1", kind: "private" } as const;
const inSecret = welcome({ rooms: [summary({ ...secret, seq: 1, read: 1 })] });
const nowhere = welcome({ rooms: [] });

/** A page in the private room `Secret`, whose id is `S1`. */
function pageInSecret(): TestPage {
  const page = new TestPage();
  const messages = [said(1, { room: "Secret", room_id: "S1", message: "the plan" })];
  page.enter(joined({ ...secret, seq: 1, read: 1, messages }), inSecret);
  return page;
}

const drafts: Readonly<Record<string, Draft>> = {
  "a message": { type: "room_message", message: "for members only" },
  "a reply": { type: "room_message", message: "for members only", reply_to: 1 },
  "an edit": { type: "edit_message", seq: 1, message: "better" },
  "a deletion": { type: "delete_message", seq: 1 },
  "a reaction": { type: "react", seq: 1, emoji: "👍", on: true },
};

function write(page: TestPage, draft: Draft, room = "S1"): ClientFrame[] {
  return page.do({ type: "send", room, draft, key: "k1", at: 1 });
}

/** A stored draft, as the next page reads it. */
function reloaded(page: TestPage): TestPage {
  const next = new TestPage();
  next.do({ type: "signed_in", ...alice, pending: structuredClone(page.state.pending) });
  return next;
}

function only(page: TestPage): Pending {
  assertEquals(page.state.pending.length, 1);
  return page.state.pending[0]!;
}

for (const [what, draft] of Object.entries(drafts)) {
  Deno.test(`${what} for a room that the user was removed from while offline is not sent`, () => {
    const page = pageInSecret();
    page.lose();
    assertEquals(write(page, draft), []);
    assertEquals(page.connect(nowhere), [], "and the room is not joined again");
    assertEquals([only(page).status, only(page).obstacle], ["refused", "parted"]);
    assertEquals(pendingRows(page.state, page.room("S1")).length, 1, "it is shown");
    assertEquals(page.texts("S1"), [], "what others said is not");
    assertEquals(silenceReason(page.state, page.room("S1"), 0), "parted");
    assertEquals(page.do({ type: "retry", key: "k1" }), []);

    const next = reloaded(page);
    assertEquals(next.room("S1").parted, true);
    assertEquals(next.connect(nowhere), []);
    assertEquals(only(next).obstacle, "parted");
    next.do({ type: "discard", key: "k1" });
    next.do({ type: "close", room: "S1" });
    assertEquals([next.state.rooms.size, next.state.pending.length], [0, 0]);
  });

  Deno.test(`${what} that arrives too late is refused, and stays`, () => {
    const page = pageInSecret();
    const [sent] = write(page, draft);
    assert(sent !== undefined && "room_id" in sent && !("room" in sent));
    assertEquals(sent.room_id, "S1");
    assertEquals(sent.epoch, what === "a message" ? undefined : "e1");
    page.get({ type: "error", code: "no_such_room", message: "There is no such room.", key: "k1" });
    assertEquals([only(page).status, only(page).obstacle], ["refused", "parted"]);
    assertEquals(page.room("S1").parted, true);
  });

  Deno.test(`${what} is not sent into another log`, () => {
    const page = pageInSecret();
    page.lose();
    write(page, draft);
    page.connect({ ...inSecret, epoch: "e2" });
    const other = said(1, { room: "Secret", room_id: "S1", message: "something else" });
    const answer = joined({ ...secret, epoch: "e2", seq: 1, messages: [other], truncated: true });
    const sent = page.get({ ...answer, key: page.joinKey("S1") });
    if (what === "a message") return assertEquals(sent.map(({ key }) => key), ["k1"]);
    assertEquals(sent, []);
    const { obstacle, about } = only(page);
    assertEquals([obstacle, about?.text], ["stale", "the plan"], "with what it was about");
    assertEquals(pendingRows(page.state, page.room("S1")).length, 1);
    assertEquals(pendingEdits(page.state, page.room("S1")).size, 0, "not at the other message");
  });

  Deno.test(`${what} that the server reports as stale stays with its text`, () => {
    const page = pageInSecret();
    write(page, draft);
    const [join] = page.get({ type: "error", code: "stale_epoch", message: "", key: "k1" });
    assertEquals([only(page).status, only(page).obstacle], ["refused", "stale"]);
    assertEquals(join?.type, "join", "the room is read again");
  });
}

Deno.test("a reply whose message is gone can still be sent as a message", () => {
  const page = pageInSecret();
  write(page, drafts["a reply"]!);
  page.get({ type: "error", code: "stale_epoch", message: "", key: "k1" });
  assertEquals(page.do({ type: "retry", key: "k1" }), [
    { type: "room_message", room_id: "S1", message: "for members only", key: "k1" },
  ]);
});

Deno.test("being removed while online keeps unsent messages", () => {
  const page = pageInSecret();
  write(page, drafts["a message"]!);
  page.get({ type: "left", room: "Secret", room_id: "S1", by: "Olga", by_id: "u-olga" });
  assertEquals([only(page).obstacle, page.room("S1").parted], ["parted", true]);
  assertEquals(page.state.news, "Olga removed you from #Secret.");
});

Deno.test("rejoining takes an action of the user, and sending again another", () => {
  const commonRoom = { room: "lobby", room_id: "L1" } as const;
  const page = new TestPage();
  page.enter(joined(commonRoom), welcome({ rooms: [summary(commonRoom)] }));
  page.lose();
  write(page, drafts["a message"]!, "L1");
  assertEquals(page.connect(nowhere), []);
  const [join] = page.do({ type: "join", room: "L1" });
  assertEquals(join, { type: "join", room_id: "L1", key: join!.key! });
  assertEquals(page.get({ ...joined(commonRoom), key: join!.key! }), []);
  assertEquals([page.room("L1").parted, only(page).status], [undefined, "refused"]);
  assertEquals(page.do({ type: "retry", key: "k1" }).map(({ key }) => key), ["k1"]);
});

Deno.test("every room is resumed by its id, and never joined by it", () => {
  const page = new TestPage();
  const sent = page.connect(welcome({ rooms: [summary(secret), summary({ room_id: "L1" })] }));
  assertEquals(
    sent.map((frame) => frame.type === "join" && [frame.room, frame.room_id, frame.after]),
    [[undefined, "L1", 0], [undefined, "S1", 0]],
  );
});

Deno.test("two rooms with the same name are listed side by side", () => {
  const page = new TestPage();
  const open = { room: "secret", room_id: "P1" } as const;
  page.connect(welcome({ rooms: [summary(secret), summary(open)] }));
  for (const room of [secret, open]) page.get({ ...joined(room), key: page.joinKey(room.room_id) });
  page.get(said(1, { room: "secret", room_id: "P1", message: "public" }));
  page.get(said(1, { room: "Secret", room_id: "S1", message: "private" }));
  assertEquals([page.texts("S1"), page.texts("P1")], [["private"], ["public"]]);
  assertEquals(addressOf(page.state, page.room("P1")), "secret");
  assertEquals(addressOf(page.state, page.room("S1")), "id:S1");
  assertEquals(resolve(page.state, "id:S1"), "S1");
});

// People ----------------------------------------------------------------------------------------

const gast = { name: "Gast", id: "g1", guest: true } as const;
const theirs = { room: "@Gast", room_id: "D1", kind: "direct", receiver_id: "g1" } as const;

/** A page that has seen a guest and lost its connection. */
function offlineAfterGuest(): TestPage {
  const page = new TestPage();
  page.connect(nowhere);
  page.get({ type: "presence", ...gast, state: "online" });
  page.lose();
  page.do({ type: "go", to: "@Gast" });
  assertEquals(write(page, drafts["a message"]!, "@g1"), []);
  return page;
}

Deno.test("a first message written offline goes to its receiver only", () => {
  const page = offlineAfterGuest();
  const [find] = page.connect(nowhere);
  assert(find?.type === "join");
  const [sent] = page.get({ ...joined(theirs), key: find.key! });
  assertEquals(sent, {
    type: "room_message",
    room_id: "D1",
    message: "for members only",
    key: "k1",
  });
  assertEquals([page.state.rooms.size, page.state.current], [1, "D1"]);
});

Deno.test("an empty conversation still belongs to its receiver", () => {
  for (const reload of [false, true]) {
    let page = new TestPage();
    page.connect(nowhere);
    page.get({ type: "presence", ...gast, state: "online" });
    const [find] = page.do({ type: "go", to: "@Gast" });
    page.get({ ...joined(theirs), key: find!.key! });
    page.lose();
    write(page, drafts["a message"]!, "D1");
    if (reload) page = reloaded(page);
    // The server lists only conversations with messages.
    const [again] = page.connect(nowhere);
    assertEquals(only(page).status, "waiting");
    assertEquals(page.get({ ...joined(theirs), key: again!.key! }).map(({ key }) => key), ["k1"]);
  }
});

Deno.test("the next guest of a name gets nothing written to the previous one", () => {
  for (const next of [offlineAfterGuest(), reloaded(offlineAfterGuest())]) {
    const [find] = next.connect(nowhere);
    const other = { ...theirs, room_id: "D2", receiver_id: "g2" };
    assertEquals(next.get({ ...joined(other), key: find!.key! }), []);
    assertEquals([only(next).status, only(next).obstacle], ["refused", "gone"]);
    assertEquals(silenceReason(next.state, next.room("@g1"), 0), "over");
  }
});

Deno.test("a conversation that the server already has takes the messages written to its receiver", () => {
  const page = offlineAfterGuest();
  const sent = page.connect(welcome({ rooms: [summary({ ...theirs, seq: 3 })] }));
  assertEquals(sent.map((frame) => "room_id" in frame && frame.room_id), ["D1"]);
  const lazyModule = page.get({ ...joined({ ...theirs, seq: 3 }), key: page.joinKey("D1") });
  assertEquals(lazyModule.map(({ key }) => key), ["k1"]);
});

Deno.test("a message to a user who has left stays, and the conversation can be closed", () => {
  const page = new TestPage();
  page.enter(
    joined({ ...theirs, seq: 1, messages: [directMessage(1, { sender: "Gast" })] }),
    welcome({ rooms: [summary({ ...theirs, seq: 1, unread: 1 })] }),
  );
  write(page, drafts["a message"]!, "D1");
  page.get({ type: "error", code: "no_such_user", message: "Nobody has this name.", key: "k1" });
  assertEquals([only(page).obstacle, page.room("D1").over], ["gone", true]);
  assertEquals(page.do({ type: "seen", room: "D1" }), [
    { type: "read", room_id: "D1", seq: 1, epoch: "e1" },
  ]);
  const [leave] = page.do({ type: "leave", room: "D1" });
  assertEquals(leave, { type: "leave", room_id: "D1", key: leave!.key! });
  page.get({ type: "left", room: "@Gast", room_id: "D1", key: leave!.key! });
  assertEquals(page.room("D1").parted, true, "for what was not sent");
  page.do({ type: "discard", key: "k1" });
  page.do({ type: "close", room: "D1" });
  assertEquals(page.state.rooms.size, 0);
});

Deno.test("the current user of a name is distinguished from earlier ones", () => {
  const page = new TestPage();
  page.connect(
    welcome({ rooms: [summary({ ...theirs, room: "@Deploy", receiver_id: "b1", over: true })] }),
  );
  page.get({ type: "presence", name: "Deploy", id: "u9", state: "online" });
  assertEquals(nameMark(page.state, { name: "Deploy", id: "b1" }), "left");
  assertEquals(nameMark(page.state, { name: "Deploy", id: "u9" }), undefined);
  assertEquals(partnerIn(page.state, page.room("D1")).id, "b1");
  page.do({ type: "write", who: { name: "Deploy", id: "u9" } });
  assertEquals(page.state.current, "@u9", "another conversation, beside the ended one");
  assertEquals(page.state.rooms.size, 2);
});

Deno.test("a new account under the same name sends nothing of the earlier one", () => {
  const page = new TestPage();
  page.connect();
  page.lose();
  write(page, drafts["a message"]!, "lobby");
  page.connect(welcome({ you: { ...alice, id: "u-other" } }));
  assertEquals(page.state.pending, []);
});

// The server's history ---------------------------------------------------------------------------

Deno.test("a restored server is reported once, and its rooms are read again", () => {
  const page = pageInSecret();
  page.lose();
  page.connect({ ...inSecret, epoch: "e2" });
  const news = "This server was restored from a backup. Some messages may be missing.";
  assertEquals(page.state.news, news);
  page.do({ type: "dismiss" });
  page.get({ ...joined({ ...secret, epoch: "e2", truncated: true }), key: page.joinKey("S1") });
  assertEquals([page.state.news, page.texts("S1").length], [undefined, 0]);
  page.lose();
  page.connect({ ...inSecret, epoch: "e2" });
  assertEquals(page.state.news, undefined);
});

Deno.test("a history that changes on an open connection makes every room read again", () => {
  const page = new TestPage();
  const rooms = ["a", "b"].map((room) => summary({ room }));
  page.connect(welcome({ rooms }));
  for (const room of ["a", "b"]) page.get(joined({ room, key: page.joinKey(room) }));
  const sent = page.get(joined({ room: "a", epoch: "e2", truncated: true }));
  assertEquals(sent.map((frame) => frame.type === "join" && [frame.room_id, frame.epoch]), [
    ["b", "e1"],
  ]);
  assertEquals(page.get(joined({ room: "b", epoch: "e2", key: page.joinKey("b") })), []);
});

// Invitations ------------------------------------------------------------------------------------

Deno.test("an invitation is accepted or declined by the room's id", () => {
  const asked = (room: string) => ({ room, room_id: `${room}1`, by: "Bob", by_id: "u-bob" });
  const page = new TestPage();
  page.connect({ ...nowhere, invitations: [asked("R")] } as never);
  page.get({ type: "invitation", ...asked("Q") });
  assertEquals(page.state.invitations.map(({ room }) => room), ["R", "Q"]);
  const [decline] = page.do({ type: "decline_invitation", room: "R1" });
  assertEquals<object | undefined>(decline, {
    type: "decline_invitation",
    room_id: "R1",
    key: decline!.key!,
  });
  const [join] = page.do({ type: "join", room: "Q1" });
  page.get({ ...joined({ room: "Q", room_id: "Q1", kind: "private" }), key: join!.key! });
  assertEquals([page.state.invitations, page.state.current], [[], "Q1"]);
});

Deno.test("a reaction by an earlier user of the name is not the user's own", () => {
  const page = new TestPage();
  const theirs = { emoji: "👍", count: 1, names: ["Alice"], ids: ["bot-7"] };
  page.enter(joined({ seq: 1, read: 1, messages: [said(1, { reactions: [theirs] })] }));
  const reactions = () => page.room().messages[0]?.reactions ?? [];
  const mine = { room: "lobby", sender: "Alice", at: 9, type: "reaction", target: 1 } as const;
  page.get({ ...mine, seq: 2, emoji: "👍", on: true });
  assertEquals(reactions(), [{
    emoji: "👍",
    count: 2,
    mine: true,
    names: ["Alice", "Alice"],
    ids: ["bot-7", alice.id],
  }]);
  page.get({ ...mine, seq: 3, emoji: "👍", on: false });
  assertEquals(reactions(), [theirs]);
});

Deno.test("read marks and typing in a room that the user was removed from are ignored", () => {
  const page = new TestPage();
  page.enter();
  for (const code of ["not_a_member", "no_such_room", "stale_epoch"] as const) {
    page.get({ type: "error", code, message: "Join the room first." });
    assertEquals(page.state.notice, undefined);
  }
});
