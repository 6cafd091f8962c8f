/** Drafts survive a reload, for their author only. */
import "fake-indexeddb/auto";
import { assertEquals } from "@std/assert";
import { PageDatabase, Table } from "../../../static/storage/database.ts";
import type { SavedDraft } from "../../../static/state/types.ts";
import { type DraftChannel, Drafts } from "../../../static/storage/drafts.ts";

/** The drafts of one page, with a manual timer. */
function page(database: PageDatabase, channel?: DraftChannel) {
  const due: (() => void)[] = [];
  const table = new Table<SavedDraft>(database, "drafts");
  return { drafts: new Drafts(table, (_ms, run) => due.push(run), channel), due };
}

/** Channels between two tabs. */
function channels(): readonly [DraftChannel, DraftChannel] {
  const ends: [DraftChannel, DraftChannel] = [0, 1].map((own) => ({
    onmessage: null,
    postMessage: (data) => ends[1 - own]?.onmessage?.(new MessageEvent("message", { data })),
  })) as [DraftChannel, DraftChannel];
  return ends;
}

async function withDatabase(run: (database: PageDatabase) => Promise<void>): Promise<void> {
  const database = new PageDatabase(`drafts-${crypto.randomUUID()}`);
  await run(database);
  await database.close();
}

Deno.test("a draft survives a reload, and is gone once it is sent", async () => {
  await withDatabase(async (database) => {
    const first = page(database);
    await first.drafts.open("alice");
    first.drafts.set("lobby", "I was just");
    first.drafts.set("lobby", "I was just about");
    first.drafts.set("@bob", "Dear Bob");
    assertEquals(first.drafts.get("lobby"), "I was just about");
    assertEquals(first.due.length, 1);
    await first.drafts.flush();

    const second = page(database);
    await second.drafts.open("alice");
    assertEquals(second.drafts.get("lobby"), "I was just about");
    second.drafts.answer("lobby", { seq: 7, epoch: "e1" });
    second.drafts.set("lobby", "");
    await second.drafts.flush();

    const answering = page(database);
    await answering.drafts.open("alice");
    assertEquals(answering.drafts.answers("lobby"), { seq: 7, epoch: "e1" });
    answering.drafts.set("lobby", "I agree");
    assertEquals(answering.drafts.answers("lobby"), { seq: 7, epoch: "e1" });
    answering.drafts.answer("lobby");
    answering.drafts.set("lobby", "");
    await answering.drafts.flush();

    const third = page(database);
    await third.drafts.open("alice");
    assertEquals([third.drafts.get("lobby"), third.drafts.get("@bob")], ["", "Dear Bob"]);
  });
});

Deno.test("a draft is visible to its author only, and signing out deletes it", async () => {
  await withDatabase(async (database) => {
    const { drafts } = page(database);
    await drafts.open("alice");
    drafts.set("lobby", "a secret");
    await drafts.close("keep drafts");
    assertEquals(drafts.get("lobby"), "");

    await drafts.open("bob");
    assertEquals(drafts.get("lobby"), "");
    await drafts.close("forget all");
    await drafts.open("alice");
    assertEquals(drafts.get("lobby"), "a secret");
    await drafts.close("forget all");
    await drafts.open("alice");
    assertEquals(drafts.get("lobby"), "");
  });
});

Deno.test("an edit survives a reload beside the text that waits for its end", async () => {
  await withDatabase(async (database) => {
    const first = page(database);
    await first.drafts.open("alice");
    first.drafts.set("lobby", "to be continued");
    first.drafts.setEdit("lobby", { seq: 7, epoch: "e1", text: "better wor" });
    first.drafts.answer("lobby", { seq: 3, epoch: "e1" });
    await first.drafts.flush();

    const second = page(database);
    await second.drafts.open("alice");
    assertEquals(second.drafts.edit("lobby"), { seq: 7, epoch: "e1", text: "better wor" });
    assertEquals(second.drafts.get("lobby"), "to be continued");
    second.drafts.setEdit("lobby");
    second.drafts.set("lobby", "");
    second.drafts.answer("lobby");
    await second.drafts.flush();
    assertEquals(second.drafts.begun, []);
  });
});

Deno.test("a draft is the same in both tabs of its author, and is gone in both once it is sent", async () => {
  await withDatabase(async (database) => {
    const [one, other] = channels();
    const [first, second] = [page(database, one), page(database, other)];
    await Promise.all([first.drafts.open("alice"), second.drafts.open("alice")]);
    const shown: string[] = [];
    second.drafts.watch(() => shown.push(second.drafts.get("lobby")));
    first.drafts.set("lobby", "hello");
    first.drafts.set("lobby", "");
    assertEquals(shown, ["hello", ""]);
    await Promise.all([first.drafts.flush(), second.drafts.flush()]);
    assertEquals(first.drafts.begun, []);

    await second.drafts.close("keep drafts");
    await second.drafts.open("bob");
    first.drafts.set("lobby", "for Alice only");
    assertEquals(second.drafts.get("lobby"), "");
  });
});
