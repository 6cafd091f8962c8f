import "fake-indexeddb/auto";
import { assert, assertEquals } from "@std/assert";
import { Database, resultOf, Table } from "../../static/kept/database.ts";
import { Keeper } from "../../static/kept/keeper.ts";
import { type Kept, Outbox } from "../../static/kept/outbox.ts";
import { type Locks, type TabChannel, tabName, Tabs } from "../../static/kept/tabs.ts";
import { keptMessagesMax, keptRoomsMax } from "../../static/state/kept.ts";
import type { Pending } from "../../static/state/types.ts";
import { joined, pageIn, said, say, summary, TestPage, welcome } from "./support.ts";

let databases = 0;

/** A database that no other test has seen. */
function freshDatabase() {
  return new Database(`test-${++databases}`);
}

function draft(key: string, fields: Partial<Pending> = {}): Pending {
  return {
    key,
    room: "lobby",
    at: 1,
    status: "waiting",
    draft: { type: "room_message", room: "lobby", message: `message ${key}` },
    ...fields,
  };
}

// The outbox ------------------------------------------------------------------------------------

function outboxes(database: Database) {
  const table = new Table<Kept>(database, "outbox");
  return { table, of: (tab: string) => new Outbox(table, tab) };
}

Deno.test("drafts outlive their tab, each person's apart, in the order of their keys", async () => {
  const { of } = outboxes(freshDatabase());
  await of("a").save("alice", [], [draft("2"), draft("1")]);
  await of("a").save("bob", [], [draft("3")]);
  assertEquals(await of("b").load("alice", new Set(["b"])), [draft("1"), draft("2")]);
  assertEquals(await of("b").load("chen", new Set()), []);
});

Deno.test("a tab leaves to others what they send, and takes over what nobody does", async () => {
  const { of } = outboxes(freshDatabase());
  await of("a").save("alice", [], [draft("1")]);
  assertEquals(await of("b").load("alice", new Set(["a", "b"])), []);
  assertEquals(await of("b").adopt("alice", new Set(["b"])), [draft("1")]);
  assertEquals(await of("b").adopt("alice", new Set(["b"])), [], "it has it already");
  assertEquals(await of("c").adopt("alice", new Set(["b", "c"])), [], "b has it now");
  assertEquals(await of("b").load("alice", new Set(["b"])), [draft("1")], "it was loaded anew");
});

Deno.test("what is acknowledged is forgotten, a refusal is kept with its reason", async () => {
  const { of } = outboxes(freshDatabase());
  const [one, two] = [draft("1"), draft("2")];
  const refused = draft("2", { status: "refused", reason: "This room is locked." });
  await of("a").save("alice", [], [one, two]);
  await of("a").save("alice", [one, two], [{ ...one, status: "sent" }, refused]);
  await of("a").save("alice", [one, refused], [refused]);
  assertEquals(await of("b").load("alice", new Set()), [refused]);
});

Deno.test("the outbox passes over what it cannot read", async () => {
  const { of, table } = outboxes(freshDatabase());
  await table.write("alice", new Map([["1", { key: 7, draft: "?" } as unknown as Kept]]));
  await of("a").save("alice", [], [draft("2")]);
  assertEquals(await of("a").load("alice", new Set()), [draft("2")]);
});

// Tabs ------------------------------------------------------------------------------------------

/** Locks and a channel as a browser has them, between tabs that can be closed. */
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

Deno.test("each tab knows which others live, and hears when one is gone", async () => {
  const browser = new FakeBrowser();
  const heard: string[] = [];
  browser.open("a", () => heard.push("a"));
  const b = browser.open("b", () => heard.push("b"));
  assertEquals(await b.living(), new Set(["b", "a"]));
  browser.close("a");
  assertEquals(heard, ["b"]);
  assertEquals(await b.living(), new Set(["b"]));
  // One that comes later makes itself known.
  browser.open("c", () => heard.push("c"));
  browser.close("c");
  assertEquals(heard, ["b", "b"]);
});

Deno.test("without locks a tab knows of itself alone", async () => {
  assertEquals(await new Tabs("a", () => {}).living(), new Set(["a"]));
});

Deno.test("a tab keeps its name when it is loaded anew, where a browser lets it", () => {
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

/** Somebody's browser: pages that come and go, and what it keeps. */
class TestBrowser {
  readonly database = freshDatabase();
  readonly timers: (() => void)[] = [];
  #tabs = 0;

  keeper(): Keeper {
    const id = `tab${++this.#tabs}`;
    return new Keeper({
      database: this.database,
      tabs: { id, living: () => Promise.resolve(new Set([id])) },
      now: () => 5_000,
      later: (_ms, run) => this.timers.push(run),
    });
  }

  /** A new page of Alice, with what was kept of the last one. */
  async open(): Promise<{ page: TestPage; keeper: Keeper }> {
    const keeper = this.keeper();
    const page = new TestPage();
    const remembered = await keeper.open("Alice");
    page.do({ type: "signed_in", name: "Alice", role: "member", ...remembered });
    return { page, keeper };
  }

  /** What is left in it, of anybody. */
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

Deno.test("a page begins with the rooms as they were, and asks only for what it missed", async () => {
  const browser = new TestBrowser();
  const first = await browser.open();
  const held = pageIn(3);
  held.do({ type: "compose", room: "lobby", composing: { mode: "reply", seq: 1 } });
  first.keeper.note(held.state);
  await first.keeper.flush();

  const { page } = await browser.open();
  assertEquals(page.texts(), ["message 1", "message 2", "message 3"]);
  assertEquals(page.state.current, "lobby");
  assertEquals(page.state.asOf, 5_000);
  assertEquals(page.state.people.get("bob")?.state, "offline");
  assert(page.room().loaded && !page.room().live);
  assertEquals(page.room().composing, undefined);
  assertEquals(page.connect(welcome({ rooms: [summary({ seq: 4, read: 3, unread: 1 })] })), [
    { type: "join", room: "lobby", after: 3, epoch: "e1", key: page.joinKey("lobby") },
  ]);
  assertEquals(page.state.asOf, undefined);
  page.get(joined({ seq: 4, read: 3, messages: [said(4)], key: page.joinKey("lobby") }));
  assertEquals(page.texts().length, 4);
});

Deno.test("the rooms are kept now and then, not at each frame", async () => {
  const browser = new TestBrowser();
  const { keeper } = await browser.open();
  const held = pageIn(1);
  keeper.note(held.state);
  for (let seq = 2; seq < 10; seq++) {
    held.get(said(seq));
    keeper.note(held.state);
  }
  assertEquals(browser.timers.length, 1);
  assertEquals((await browser.open()).page.state.rooms.size, 0);
  await keeper.flush();
  assertEquals((await browser.open()).page.texts().length, 9);
});

Deno.test("what is kept is bounded: the newest messages, of the rooms that were busy last", async () => {
  const browser = new TestBrowser();
  const { page, keeper } = await browser.open();
  const names = Array.from({ length: keptRoomsMax + 5 }, (_, i) => `r${i}`);
  page.connect(welcome({ rooms: names.map((room) => summary({ room, seq: 200, read: 200 })) }));
  for (const [i, room] of names.entries()) {
    const messages = Array.from(
      { length: 200 },
      (_, n) => said(n + 1, { room, at: i * 1_000 + n }),
    );
    page.get(joined({ room, seq: 200, read: 200, messages, key: page.joinKey(room) }));
  }
  page.do({ type: "open", room: "r0" });
  keeper.note(page.state);
  await keeper.flush();

  const next = (await browser.open()).page;
  assertEquals(next.state.rooms.size, keptRoomsMax);
  assertEquals(next.state.current, "r0", "the open one stays, however quiet it is");
  assert(!next.state.rooms.has("r1"));
  assertEquals(next.room("r54").messages.map(({ seq }) => seq).at(0), 201 - keptMessagesMax);
  assert(next.room("r54").more, "there is more above");
});

Deno.test("a room that one is no longer in is kept no more", async () => {
  const browser = new TestBrowser();
  const first = await browser.open();
  first.keeper.note(pageIn(3).state);
  await first.keeper.flush();
  const { page, keeper } = await browser.open();
  assertEquals(page.texts().length, 3);
  page.connect(welcome({ rooms: [] }));
  keeper.note(page.state);
  await keeper.flush();
  assertEquals((await browser.open()).page.state.rooms.size, 0);
});

Deno.test("what waits is sent by the next page, but not what is seen to have arrived", async () => {
  const browser = new TestBrowser();
  const first = await browser.open();
  first.page.enter();
  for (const key of ["k1", "k2", "k3"]) first.page.do(say(`hello ${key}`, key));
  first.keeper.note(first.page.state);
  first.page.get(said(1, { sender: "Alice", message: "hello k1", key: "k1" }));
  // The tab is closed before it can note that, but the room was kept.
  const rooms = { ...first.page.state, pending: [] };
  const { keeper } = await browser.open();
  keeper.note(rooms);
  await keeper.flush();
  await first.keeper.flush();

  const { page } = await browser.open();
  assertEquals(page.state.pending.map(({ key, status }) => [key, status]), []);
});

Deno.test("signing out leaves nothing behind; being signed out leaves one's own words", async () => {
  const browser = new TestBrowser();
  const open = async () => {
    const { keeper } = await browser.open();
    const held = pageIn(3);
    held.do(say("not sent yet", "k1"));
    keeper.note(held.state);
    await keeper.notes.write("alice", new Map([["file 1", "bytes of one's own"]]));
    await keeper.flush();
    assertEquals((await keeper.last())?.name, "Alice");
    return keeper;
  };
  await (await open()).close("keep drafts");
  assertEquals(await browser.left(), [
    { ...draft("k1"), draft: say("not sent yet", "k1").draft, status: "sent", tab: "tab1" },
    "bytes of one's own",
  ]);
  const keeper = await open();
  await keeper.close("forget all");
  assertEquals(await browser.left(), []);
  // What is still on its way to be kept comes too late.
  keeper.note(pageIn(1).state);
  await keeper.flush();
  assertEquals(await browser.left(), []);
});

Deno.test("a browser that keeps nothing keeps nobody from chatting", async () => {
  const broken = new Database("broken");
  const { indexedDB } = globalThis;
  Reflect.deleteProperty(globalThis, "indexedDB");
  try {
    const keeper = new Keeper({
      database: broken,
      tabs: { id: "a", living: () => Promise.resolve(new Set(["a"])) },
      now: () => 0,
      later: () => {},
    });
    assertEquals(await keeper.last(), undefined);
    assertEquals(await keeper.open("Alice"), { pending: [], rooms: [] });
    keeper.note(pageIn(1).state);
    await keeper.flush();
    await keeper.close("forget all");
  } finally {
    Object.assign(globalThis, { indexedDB });
  }
});
