import "fake-indexeddb/auto";
import { assert, assertEquals } from "@std/assert";
import { PageDatabase, resultOf, Table } from "../../../static/storage/database.ts";
import { Persistence } from "../../../static/storage/persistence.ts";
import { Outbox, type StoredPending } from "../../../static/storage/outbox.ts";
import { type Locks, type TabChannel, tabName, Tabs } from "../../../static/storage/tabs.ts";
import { snapshotMessagesMax, snapshotRoomsMax } from "../../../static/state/snapshot.ts";
import type { Pending } from "../../../static/state/types.ts";
import { alice, joined, pageIn, said, say, summary, TestPage, welcome } from "../support.ts";

let databases = 0;

/** A database of this test's own. */
function freshDatabase() {
  return new PageDatabase(`test-${++databases}`);
}

function draft(key: string, fields: Partial<Pending> = {}): Pending {
  return {
    key,
    room: "lobby",
    at: 1,
    status: "waiting",
    place: { name: "lobby", kind: "public" },
    draft: { type: "room_message", message: `message ${key}` },
    ...fields,
  };
}

// The outbox ------------------------------------------------------------------------------------

function outboxes(database: PageDatabase) {
  const table = new Table<StoredPending>(database, "outbox");
  return { table, of: (tab: string) => new Outbox(table, tab) };
}

Deno.test("pending messages survive their tab, separate per account, in the order of their keys", async () => {
  const { of } = outboxes(freshDatabase());
  await of("a").save("alice", [], [draft("2"), draft("1")]);
  await of("a").save("bob", [], [draft("3")]);
  assertEquals(await of("b").load("alice", new Set(["b"])), [draft("1"), draft("2")]);
  assertEquals(await of("b").load("chen", new Set()), []);
});

Deno.test("a tab adopts only messages that no live tab sends", async () => {
  const { of } = outboxes(freshDatabase());
  await of("a").save("alice", [], [draft("1")]);
  assertEquals(await of("b").load("alice", new Set(["a", "b"])), []);
  assertEquals(await of("b").adopt("alice", new Set(["b"])), [draft("1")]);
  assertEquals(await of("b").adopt("alice", new Set(["b"])), [], "it has it already");
  assertEquals(await of("c").adopt("alice", new Set(["b", "c"])), [], "b has it now");
  assertEquals(await of("b").load("alice", new Set(["b"])), [draft("1")], "it was loaded anew");
});

Deno.test("an acknowledged message is deleted, a refused one is stored with its reason", async () => {
  const { of } = outboxes(freshDatabase());
  const [one, two] = [draft("1"), draft("2")];
  const refused = draft("2", { status: "refused", reason: "This room is locked." });
  await of("a").save("alice", [], [one, two]);
  await of("a").save("alice", [one, two], [{ ...one, status: "sent" }, refused]);
  await of("a").save("alice", [one, refused], [refused]);
  assertEquals(await of("b").load("alice", new Set()), [refused]);
});

Deno.test("the outbox skips entries that it cannot read", async () => {
  const { of, table } = outboxes(freshDatabase());
  await table.write("alice", new Map([["1", { key: 7, draft: "?" } as unknown as StoredPending]]));
  await of("a").save("alice", [], [draft("2")]);
  assertEquals(await of("a").load("alice", new Set()), [draft("2")]);
});

// Tabs ------------------------------------------------------------------------------------------

/** Fake browser locks and a broadcast channel, between tabs that can be closed. */
class FakeBrowser {
  readonly #held = new Map<string, string>();
  #waiting: { readonly tab: string; readonly name: string; readonly held: () => unknown }[] = [];
  readonly #channels = new Map<string, TabChannel>();

  open(tab: string, onGone: () => void): Tabs {
    const locks: Locks = {
      request: (name, held) => {
        if (this.#held.has(name)) this.#waiting.push({ tab, name, held });
        else if (held() instanceof Promise) this.#held.set(name, tab);
        return Promise.resolve();
      },
      query: () => Promise.resolve({ held: [...this.#held.keys()].map((name) => ({ name })) }),
    };
    const channel: TabChannel = {
      onmessage: null,
      postMessage: (data) => {
        for (const other of this.#channels.values()) {
          if (other !== channel) other.onmessage?.(new MessageEvent("message", { data }));
        }
      },
    };
    this.#channels.set(tab, channel);
    return new Tabs(tab, onGone, locks, channel);
  }

  close(tab: string): void {
    this.#channels.delete(tab);
    for (const [name, holder] of this.#held) if (holder === tab) this.#held.delete(name);
    const waiting = this.#waiting.filter((one) => one.tab !== tab);
    const isFree = ({ name }: { readonly name: string }) => !this.#held.has(name);
    this.#waiting = waiting.filter((one) => !isFree(one));
    for (const one of waiting.filter(isFree)) one.held();
  }
}

Deno.test("each tab knows which other tabs are open, and learns when one closes", async () => {
  const browser = new FakeBrowser();
  const received: string[] = [];
  browser.open("a", () => received.push("a"));
  const b = browser.open("b", () => received.push("b"));
  assertEquals(await b.living(), new Set(["b", "a"]));
  browser.close("a");
  assertEquals(received, ["b"]);
  assertEquals(await b.living(), new Set(["b"]));
  // A later tab announces itself.
  browser.open("c", () => received.push("c"));
  browser.close("c");
  assertEquals(received, ["b", "b"]);
});

Deno.test("without locks a tab knows only itself", async () => {
  assertEquals(await new Tabs("a", () => {}).living(), new Set(["a"]));
});

Deno.test("a tab keeps its id over a reload, if the browser allows it", () => {
  const items = new Map<string, string>();
  const storage = {
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => void items.set(name, value),
  };
  assertEquals([tabName("a", () => storage), tabName("b", () => storage)], ["a", "a"]);
  const refuse = () => {
    throw new DOMException("no", "SecurityError");
  };
  assertEquals(tabName("c", refuse), "c");
});

// The rooms as they were ------------------------------------------------------------------------

/** A browser with its storage, in which pages open and close. */
class TestBrowser {
  readonly database = freshDatabase();
  readonly timers: (() => void)[] = [];
  #tabs = 0;

  persistence(): Persistence {
    const id = `tab${++this.#tabs}`;
    return new Persistence({
      database: this.database,
      tabs: { id, living: () => Promise.resolve(new Set([id])) },
      now: () => 5_000,
      later: (_ms, run) => this.timers.push(run),
    });
  }

  /** Opens a new page of Alice with the stored data of the last one. */
  async open(): Promise<{ page: TestPage; persistence: Persistence }> {
    const persistence = this.persistence();
    const page = new TestPage();
    const preference = await persistence.open(alice);
    page.do({ type: "signed_in", ...alice, ...preference });
    return { page, persistence };
  }

  /** Everything that is stored, of any account. */
  async left(): Promise<unknown[]> {
    const tables = ["outbox", "rooms", "notes"] as const;
    const all = await Promise.all(
      tables.map((table) =>
        this.database.use<unknown[]>(
          [],
          (db) => resultOf(db.transaction(table).objectStore(table).getAll()),
        )
      ),
    );
    return all.flat();
  }
}

Deno.test("a page starts with the stored rooms, and asks only for the events it missed", async () => {
  const browser = new TestBrowser();
  const first = await browser.open();
  const held = pageIn(3);
  held.do({ type: "compose", room: "lobby", composing: { mode: "reply", seq: 1 } });
  first.persistence.note(held.state);
  await first.persistence.flush();

  const { page } = await browser.open();
  assertEquals(page.texts(), ["message 1", "message 2", "message 3"]);
  assertEquals(page.state.current, "lobby");
  assertEquals(page.state.asOf, 5_000);
  assertEquals(page.state.people.get("bob")?.state, "offline");
  assert(page.room().loaded && !page.room().live);
  assertEquals(page.room().composing, undefined);
  assertEquals(page.connect(welcome({ rooms: [summary({ seq: 4, read: 3, unread: 1 })] })), [
    { type: "join", room_id: "lobby", after: 3, epoch: "e1", key: page.joinKey("lobby") },
  ]);
  assertEquals(page.state.asOf, undefined);
  page.get(joined({ seq: 4, read: 3, messages: [said(4)], key: page.joinKey("lobby") }));
  assertEquals(page.texts().length, 4);
});

Deno.test("the rooms are stored now and then, not at each frame", async () => {
  const browser = new TestBrowser();
  const { persistence } = await browser.open();
  const held = pageIn(1);
  persistence.note(held.state);
  for (let seq = 2; seq < 10; seq++) {
    held.get(said(seq));
    persistence.note(held.state);
  }
  assertEquals(browser.timers.length, 1);
  assertEquals((await browser.open()).page.state.rooms.size, 0);
  await persistence.flush();
  assertEquals((await browser.open()).page.texts().length, 9);
});

Deno.test("storage is bounded: the newest messages of the most recently active rooms", async () => {
  const browser = new TestBrowser();
  const { page, persistence } = await browser.open();
  const names = Array.from({ length: snapshotRoomsMax + 5 }, (_, i) => `r${i}`);
  page.connect(welcome({ rooms: names.map((room) => summary({ room, seq: 200, read: 200 })) }));
  for (const [i, room] of names.entries()) {
    const messages = Array.from(
      { length: 200 },
      (_, n) => said(n + 1, { room, at: i * 1_000 + n }),
    );
    const rest = { truncated: true, key: page.joinKey(room) };
    page.get(joined({ room, seq: 200, read: 200, messages, ...rest }));
  }
  page.do({ type: "open", room: "r0" });
  persistence.note(page.state);
  await persistence.flush();

  const next = (await browser.open()).page;
  assertEquals(next.state.rooms.size, snapshotRoomsMax);
  assertEquals(next.state.current, "r0", "the open one stays, however quiet it is");
  assert(!next.state.rooms.has("r1"));
  assertEquals(next.room("r54").messages.map(({ seq }) => seq).at(0), 201 - snapshotMessagesMax);
  assert(next.room("r54").more, "there is more above");
});

Deno.test("a room that the user has left is not stored", async () => {
  const browser = new TestBrowser();
  const first = await browser.open();
  first.persistence.note(pageIn(3).state);
  await first.persistence.flush();
  const { page, persistence } = await browser.open();
  assertEquals(page.texts().length, 3);
  page.connect(welcome({ rooms: [] }));
  persistence.note(page.state);
  await persistence.flush();
  assertEquals((await browser.open()).page.state.rooms.size, 0);
});

Deno.test("the next page sends pending messages, except those that have arrived", async () => {
  const browser = new TestBrowser();
  const first = await browser.open();
  first.page.enter();
  for (const key of ["k1", "k2", "k3"]) first.page.do(say(`hello ${key}`, key));
  first.persistence.note(first.page.state);
  first.page.get(said(1, { sender: "Alice", message: "hello k1", key: "k1" }));
  // The tab closes before it can record that, but the room was stored.
  const rooms = { ...first.page.state, pending: [] };
  const { persistence } = await browser.open();
  persistence.note(rooms);
  await persistence.flush();
  await first.persistence.flush();

  const { page } = await browser.open();
  assertEquals(page.state.pending.map(({ key, status }) => [key, status]), []);
});

Deno.test("signing out deletes everything; being signed out keeps the user's own text", async () => {
  const browser = new TestBrowser();
  const open = async () => {
    const { persistence } = await browser.open();
    const held = pageIn(3);
    held.do(say("not sent yet", "k1"));
    persistence.note(held.state);
    await persistence.notes.write("alice", new Map([["file 1", "bytes of one's own"]]));
    await persistence.flush();
    assertEquals((await persistence.last())?.name, "Alice");
    return persistence;
  };
  await (await open()).close("keep drafts");
  assertEquals(await browser.left(), [
    { ...draft("k1"), draft: say("not sent yet", "k1").draft, status: "sent", tab: "tab1" },
    "bytes of one's own",
    alice.id,
  ]);
  const persistence = await open();
  await persistence.close("forget all");
  assertEquals(await browser.left(), []);
  // A write that is still under way comes too late.
  persistence.note(pageIn(1).state);
  await persistence.flush();
  assertEquals(await browser.left(), []);
});

Deno.test("chat works in a browser without storage", async () => {
  const broken = new PageDatabase("broken");
  const { indexedDB } = globalThis;
  Reflect.deleteProperty(globalThis, "indexedDB");
  try {
    const persistence = new Persistence({
      database: broken,
      tabs: { id: "a", living: () => Promise.resolve(new Set(["a"])) },
      now: () => 0,
      later: () => {},
    });
    assertEquals(await persistence.last(), undefined);
    assertEquals(await persistence.open(alice), { pending: [], rooms: [] });
    persistence.note(pageIn(1).state);
    await persistence.flush();
    await persistence.close("forget all");
  } finally {
    Object.assign(globalThis, { indexedDB });
  }
});

// A browser that stores nothing ------------------------------------------------------------------

/** Replaces how databases are opened, for one test. */
async function withOpen(open: IDBFactory["open"], run: () => Promise<void>): Promise<void> {
  const real = indexedDB.open;
  indexedDB.open = open;
  try {
    await run();
  } finally {
    indexedDB.open = real;
  }
}

Deno.test("a database that never opens is done without, and used once it opens", async () => {
  const why: string[] = [];
  const name = `test-${++databases}`;
  const database = new PageDatabase(name, (unstored) => why.push(unstored), 1);
  const table = new Table<number>(database, "notes");
  // A request that the test answers.
  const request = {} as IDBOpenDBRequest;
  await withOpen(() => request, async () => {
    assertEquals(await table.get("alice", "n"), undefined);
    assertEquals(why, ["refused"]);
    // The patience is spent once, not with every operation.
    await table.write("alice", new Map([["n", 1]]));
    assertEquals(why, ["refused"]);
  });
  const other = new Table<number>(new PageDatabase(name), "notes");
  await other.write("alice", new Map([["n", 2]]));
  const real = indexedDB.open(name);
  Object.defineProperty(request, "result", { value: await resultOf(real) });
  request.onsuccess?.(new Event("success"));
  await Promise.resolve().then(() => {});
  await new Promise<void>((resolve) => queueMicrotask(resolve));
  assertEquals(await table.get("alice", "n"), 2);
});

Deno.test("a browser without space left says so, once", async () => {
  const why: string[] = [];
  const database = new PageDatabase(`test-${++databases}`, (unstored) => why.push(unstored));
  const table = new Table<number>(database, "notes");
  const full = () => {
    throw new DOMException("", "QuotaExceededError");
  };
  await withOpen(full, async () => {
    for (const n of [1, 2]) await table.write("alice", new Map([["n", n]]));
  });
  assertEquals(why, ["full"]);
});
