/** What was begun in a room is there after a reload, for whoever began it. */
import "fake-indexeddb/auto";
import { assertEquals } from "@std/assert";
import { Database, Table } from "../../static/kept/database.ts";
import { type Draft, Drafts } from "../../static/kept/drafts.ts";

/** The drafts of one page, whose waiting is done when it is told to. */
function page(database: Database) {
  const due: (() => void)[] = [];
  const table = new Table<Draft>(database, "drafts");
  return { drafts: new Drafts(table, (_ms, run) => due.push(run)), due };
}

async function withDatabase(run: (database: Database) => Promise<void>): Promise<void> {
  const database = new Database(`drafts-${crypto.randomUUID()}`);
  await run(database);
  await database.close();
}

Deno.test("a draft survives the page, and is gone once it was sent", async () => {
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
    second.drafts.answer("lobby", 7);
    second.drafts.set("lobby", "");
    await second.drafts.flush();

    const answering = page(database);
    await answering.drafts.open("alice");
    assertEquals(answering.drafts.answers("lobby"), 7);
    answering.drafts.set("lobby", "I agree");
    assertEquals(answering.drafts.answers("lobby"), 7);
    answering.drafts.answer("lobby");
    answering.drafts.set("lobby", "");
    await answering.drafts.flush();

    const third = page(database);
    await third.drafts.open("alice");
    assertEquals([third.drafts.get("lobby"), third.drafts.get("@bob")], ["", "Dear Bob"]);
  });
});

Deno.test("nobody finds what somebody else began, and signing out forgets it", async () => {
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
