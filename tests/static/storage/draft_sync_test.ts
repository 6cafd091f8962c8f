/** Drafts are the same on all devices. With a server and timers by hand. */
import "fake-indexeddb/auto";
import { assertEquals } from "@std/assert";
import { syncDrafts } from "../../../static/storage/draft_sync.ts";
import { initialState } from "../../../static/state/reducer.ts";
import { emptyRoom } from "../../../static/state/room.ts";
import type { PageState, SavedDraft } from "../../../static/state/types.ts";
import { PageDatabase, Table } from "../../../static/storage/database.ts";
import { Drafts } from "../../../static/storage/drafts.ts";

const ROOM = { ...emptyRoom("lobby", { key: "r1" }), epoch: "e1" };
const BOB = { ...emptyRoom("@Bob", { key: "r2", kind: "direct", receiverId: "u2" }), epoch: "e1" };
const STATE: PageState = {
  ...initialState(),
  epoch: "e1",
  rooms: new Map([["r1", ROOM], ["r2", BOB]]),
};

/** Waits for requests that are answered at once. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

/** A device, and a server that answers what a test says. */
async function device(answer: (method: string, path: string) => object = () => ({ drafts: [] })) {
  const asked: [string, string, unknown?][] = [];
  const timers: { readonly ms: number; readonly run: () => void }[] = [];
  const database = new PageDatabase(`sync-${crypto.randomUUID()}`);
  const drafts = new Drafts(new Table<SavedDraft>(database, "drafts"), () => {});
  await drafts.open("alice");
  const begin = () =>
    syncDrafts({
      drafts,
      state: () => STATE,
      request: (<T extends object>(method: string, path: string, body?: unknown) => {
        asked.push(body === undefined ? [method, path] : [method, path, body]);
        return Promise.resolve(answer(method, path) as T);
      }) as never,
      later: (ms, run) => {
        const timer = { ms, run };
        timers.push(timer);
        return () => timers.splice(timers.indexOf(timer) >>> 0, 1);
      },
    });
  /** Lets a time pass, by default that for which the user writes nothing. */
  const pause = async (upTo = Infinity) => {
    const due = timers.filter(({ ms }) => ms <= upTo);
    for (const timer of due) timers.splice(timers.indexOf(timer), 1);
    for (const { run } of due) run();
    await settled();
    return asked.splice(0).map(([, path, body]) => {
      const { at: _at, ...rest } = (body ?? {}) as Record<string, unknown>;
      return [path, rest];
    });
  };
  return { drafts, begin, pause, timers, close: () => database.close() };
}

Deno.test("what the user writes reaches the server after a pause, once", async () => {
  const { drafts, begin, pause, timers, close } = await device();
  const { end } = begin();
  await settled();
  await pause();
  for (const text of ["a", "al", "almost"]) drafts.set("r1", text);
  drafts.setEdit("@u2 7", { seq: 8, epoch: "e1", text: "bett" });
  assertEquals(timers.length, 1, "the user is still writing");
  assertEquals(await pause(), [
    ["/api/rooms/id:r1/draft", { message: "almost", epoch: "e1" }],
    ["/api/rooms/id:r2/draft", {
      ...{ message: "", thread: 7, epoch: "e1" },
      edit: { seq: 8, message: "bett" },
    }],
  ]);
  assertEquals(await pause(), []);
  // It is cleared there as it is sent, whatever it answered: another device must not go on with it.
  drafts.answer("r1", { seq: 3, epoch: "e1" });
  assertEquals(await pause(0), []);
  await pause();
  drafts.set("r1", "");
  drafts.answer("r1");
  assertEquals(await pause(0), [["/api/rooms/id:r1/draft", { message: "", epoch: "e1" }]]);
  drafts.setEdit("@u2 7");
  assertEquals(await pause(0), [
    ["/api/rooms/id:r2/draft", { message: "", thread: 7, epoch: "e1" }],
  ]);
  // What never reached the server need not be cleared there.
  drafts.set("r1", "x");
  drafts.set("r1", "");
  assertEquals(await pause(), []);
  end();
  drafts.set("r1", "not connected");
  assertEquals(timers.length, 0);
  await close();
});

Deno.test("the later change of two devices counts", async () => {
  const now = Date.now();
  const listed = { room: "lobby", room_id: "r1" };
  const { drafts, begin, pause, close } = await device((method) =>
    method === "PUT" ? {} : {
      drafts: [
        { ...listed, message: "from the phone", reply_to: 3, at: now - 60_000 },
        { ...listed, thread: 5, message: "", at: now + 60_000 },
        // Of a room that the page does not know, and of a conversation that has not begun.
        { room: "old", room_id: "r9", message: "unknown", at: now },
        { room: "@Carol", room_id: "r8", receiver_id: "u8", message: "hi", at: now },
      ],
    }
  );
  drafts.set("r1 5", "sent on the phone meanwhile");
  begin();
  await settled();
  assertEquals([drafts.get("r1"), drafts.get("r1 5")], ["from the phone", ""]);
  assertEquals(drafts.answers("r1"), { seq: 3, epoch: "e1" });
  assertEquals(drafts.begun.map(({ room }) => room), ["r1", "r9", "@u8"]);
  await pause();
  // A clock that is behind loses nothing that its user writes next.
  drafts.merge({ room: "r1", text: "from a clock ahead", at: now + 3_600_000 });
  drafts.set("r1", "written after that");
  drafts.merge({ room: "r1", text: "late", at: now });
  assertEquals(drafts.get("r1"), "written after that");
  assertEquals((await pause()).map(([, body]) => (body as { message: string }).message), [
    "written after that",
  ]);
  await close();
});

Deno.test("a draft that could not be stored is sent again, and a refused one is not", async () => {
  let code = "unreachable";
  const { drafts, begin, pause, close } = await device((method) =>
    method === "GET" ? { drafts: [] } : { code, detail: "" }
  );
  begin();
  await settled();
  drafts.set("r1", "almost");
  await pause();
  assertEquals((await pause()).length, 1);
  code = "not_a_member";
  assertEquals((await pause()).length, 1);
  assertEquals((await pause()).length, 0);
  assertEquals(drafts.get("r1"), "almost");
  await close();
});
