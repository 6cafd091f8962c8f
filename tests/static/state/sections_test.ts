import { assertEquals } from "@std/assert";
import type { Message } from "../../../lib/protocol/frames.ts";
import { nameMark, sectionsOf } from "../../../static/state/selectors.ts";
import { joined, said, summary, TestPage, welcome } from "../support.ts";

Deno.test("favourites and sections are in an order that news do not change", () => {
  const page = new TestPage();
  const rooms = [
    summary({ room: "lobby", section: "Work" }),
    summary({ room: "room-10", section: "Home" }),
    summary({ room: "room-2", section: "Home", unread: 3 }),
    summary({ room: "garden", favourite: true, section: "Home" }),
    summary({ room: "other" }),
  ];
  page.enter(joined(), welcome({ rooms }));
  const sections = () =>
    sectionsOf(page.state).map(({ name, rooms }) => [name, ...rooms.map(({ name }) => name)]);
  const expected = [[undefined, "garden"], ["Home", "room-2", "room-10"], ["Work", "lobby"]];
  assertEquals(sections(), expected);
  page.get(said(1, { sender: "Bob", message: "News" }));
  assertEquals(sections(), expected);
});

Deno.test("a reminder that is due notifies, and stays until it is removed on any device", () => {
  const page = new TestPage();
  const place = { room: "lobby", room_id: "lobby" };
  const due = { ...place, seq: 1, at: 5, due: true } as const;
  page.enter(joined(), welcome({ reminders: [due] }));
  const seqs = () => page.state.due.map(({ seq }) => seq);
  assertEquals(seqs(), [1]);
  const about = said(2, { sender: "Bob", message: "Buy milk" }) as Message;
  page.get({ type: "reminder", ...place, seq: 2, at: 900, due: true, about });
  assertEquals(seqs(), [1, 2]);
  assertEquals(page.effects.map(({ type }) => type), ["notify"]);
  page.get({ type: "reminder", ...place, seq: 3, at: 9_000 });
  page.get({ type: "reminder", ...place, seq: 1, at: 0 });
  assertEquals(seqs(), [2]);
});

Deno.test("a bot is marked wherever a name is", () => {
  const page = new TestPage();
  page.enter(joined(), welcome({ roles: [{ name: "Bob", id: "u-bob", role: "bot" }] }));
  assertEquals(nameMark(page.state, { name: "Bob", id: "u-bob" }), "bot");
  assertEquals(nameMark(page.state, { name: "Bob", id: "other" }), "left");
  assertEquals(nameMark(page.state, { name: "Cara" }), undefined);
});
