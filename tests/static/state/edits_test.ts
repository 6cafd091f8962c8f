/** Edits of one message, one after the other and on several devices. */
import { assertEquals } from "@std/assert";
import type { ClientFrame } from "../../../lib/protocol/frames.ts";
import { lostEdits } from "../../../static/views/composer/lost_edits.tsx";
import { joined, said, TestPage } from "../support.ts";

function page(): TestPage {
  const page = new TestPage();
  page.enter(joined({ seq: 1, messages: [said(1, { sender: "Alice", message: "one" })] }));
  return page;
}

function edit(page: TestPage, key: string, message: string, based_on: number): ClientFrame[] {
  const draft = { type: "edit_message", seq: 1, message, based_on } as const;
  return page.do({ type: "send", room: "lobby", draft, key, at: 1 });
}

function edited(seq: number, message: string, at: number, key?: string) {
  const said = { type: "message_edited", room: "lobby", sender: "Alice", target: 1, at, seq };
  return { ...said, message, ...(key === undefined ? {} : { key }) };
}

function sent(frames: readonly ClientFrame[]) {
  return frames.flatMap((frame) =>
    frame.type === "edit_message" ? [[frame.key, frame.message, frame.based_on]] : []
  );
}

Deno.test("an edit that another device was faster than stays, and then replaces its text", () => {
  const alice = page();
  edit(alice, "k1", "mine", 0);
  alice.get(edited(2, "from the phone", 50));
  alice.get({ type: "error", code: "edit_conflict", message: "Too late.", key: "k1" });
  assertEquals(alice.texts(), ["from the phone"]);
  const [first] = alice.state.pending;
  assertEquals([first?.status, first?.reason], ["refused", "Too late."]);
  assertEquals(sent(alice.do({ type: "retry", key: "k1" })), [["k1", "mine", undefined]]);
});

Deno.test("the text of an edit whose message was deleted is found, begun or refused", () => {
  const alice = page();
  const begun = [{ room: "lobby", text: "", edit: { seq: 1, epoch: "e1", text: "half done" } }];
  edit(alice, "k1", "done", 0);
  assertEquals(lostEdits(alice.state, { begun }), []);
  alice.get({ type: "message_deleted", room: "lobby", sender: "Alice", target: 1, at: 50, seq: 2 });
  const [half] = lostEdits(alice.state, { begun });
  assertEquals(half, { place: "lobby", text: "half done" });
  alice.get({ type: "error", code: "no_such_message", message: "None.", key: "k1" });
  assertEquals(lostEdits(alice.state, { begun: [] }), [{
    place: "lobby",
    text: "done",
    key: "k1",
  }]);
  const other = [{ room: "lobby", text: "", edit: { seq: 1, epoch: "e0", text: "another log" } }];
  assertEquals(lostEdits(alice.state, { begun: other }).length, 1, "not of another log");
});
