/** Data stored by a page version that addressed rooms by name. */
import "fake-indexeddb/auto";
import { assertEquals } from "@std/assert";
import { PageDatabase } from "../../../static/storage/database.ts";
import { Persistence } from "../../../static/storage/persistence.ts";
import { silenceReason } from "../../../static/state/selectors.ts";
import { alice, TestPage, welcome } from "../support.ts";

/** Creates the database as of version 2. */
async function asInVersion2(name: string, contents: Record<string, [string, unknown][]>) {
  const { promise, resolve } = Promise.withResolvers<IDBDatabase>();
  const request = indexedDB.open(name, 2);
  request.onupgradeneeded = () => {
    for (const table of ["outbox", "drafts", "rooms", "notes"]) {
      const store = request.result.createObjectStore(table);
      for (const [id, value] of contents[table] ?? []) store.put(value, ["alice", id]);
    }
  };
  request.onsuccess = () => resolve(request.result);
  (await promise).close();
}

Deno.test("drafts addressed to names are not sent, and shown to their author", async () => {
  const draft = { type: "room_message", room: "Secret", message: "for members only" };
  await asInVersion2("old", {
    outbox: [["k1", { key: "k1", room: "secret", at: 1, draft, status: "waiting", tab: "t" }]],
    drafts: [["@bob", { room: "@bob", text: "Dear Bob" }], ["lobby", { room: "lobby", text: "" }]],
    rooms: [["lobby", { name: "lobby" }]],
    notes: [["page", { me: { name: "Alice" } }], ["file 1", {}]],
  });
  const persistence = new Persistence({
    database: new PageDatabase("old"),
    tabs: { id: "t", living: () => Promise.resolve(new Set(["t"])) },
    now: () => 0,
    later: () => {},
  });
  const preference = await persistence.open(alice);
  assertEquals([preference.page, preference.rooms], [undefined, []]);
  assertEquals(persistence.drafts.get("lobby"), "");

  const page = new TestPage();
  page.do({ type: "signed_in", ...alice, ...preference });
  const sent = page.connect(welcome({ rooms: [] }));
  assertEquals(sent, []);
  const shown = page.state.pending.map(({ room, draft, obstacle }) => [
    room,
    "message" in draft && draft.message,
    obstacle,
  ]);
  assertEquals(shown.sort(), [
    ["old:@bob", "Dear Bob", "old"],
    ["old:secret", "for members only", "old"],
  ]);
  assertEquals(silenceReason(page.state, page.room("old:secret"), 0), "parted");
  assertEquals(page.do({ type: "retry", key: "k1" }), []);
});

Deno.test("a new user of a name finds nothing of the name's earlier user", async () => {
  const persistence = () =>
    new Persistence({
      database: new PageDatabase("names"),
      tabs: { id: "t", living: () => Promise.resolve(new Set(["t"])) },
      now: () => 0,
      later: () => {},
    });
  const first = persistence();
  await first.open(alice);
  first.drafts.set("lobby", "a secret");
  await first.close("keep drafts");
  const second = persistence();
  await second.open({ ...alice, id: "u-other" });
  assertEquals(second.drafts.get("lobby"), "");
});
