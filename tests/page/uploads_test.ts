import { assertEquals } from "@std/assert";
import type { FileInfo } from "../../lib/protocol.ts";
import type { ApiRefusal } from "../../static/api.ts";
import { trayOf } from "../../static/select.ts";
import type { Pending, Upload } from "../../static/state.ts";
import { type KeptFile, Uploads } from "../../static/uploads.ts";
import { pageIn, said, type TestPage } from "./support.ts";

/** The page of Alice with files on their way: the server answers when the test says so. */
function openUploads(page: TestPage = pageIn(0), limit = 1_000) {
  page.state = { ...page.state, limits: { ...page.state.limits, file_bytes: limit } };
  const sends: {
    readonly path: string;
    readonly signal: AbortSignal;
    readonly progress: (share: number) => void;
    readonly answer: (answer: FileInfo | ApiRefusal) => Promise<void>;
  }[] = [];
  const kept = new Map<string, KeptFile>();
  const timers: (() => void)[] = [];
  const sent: unknown[] = [];
  const uploads: Uploads = new Uploads({
    dispatch(action) {
      sent.push(...page.do(action));
      uploads.note(page.state);
    },
    state: () => page.state,
    send(path, _blob, progress, signal) {
      const { promise, resolve } = Promise.withResolvers<FileInfo | ApiRefusal>();
      sends.push({
        path,
        signal,
        progress,
        async answer(answer) {
          resolve(answer);
          await settle();
        },
      });
      return promise;
    },
    prepare: (file) => Promise.resolve({ blob: file, name: file.name }),
    kept: {
      get: (id) => Promise.resolve(kept.get(id)),
      put: (id, file) => void kept.set(id, file),
      drop: (id) => void kept.delete(id),
    },
    later: (_ms, run) => void timers.push(run),
  });
  return {
    page,
    uploads,
    sends,
    kept,
    sent,
    /** Runs what was to be done later. */
    wait: () => timers.splice(0).forEach((run) => run()),
    /** Does something as the page would, and lets the uploads see it. */
    do(action: Parameters<TestPage["do"]>[0]) {
      sent.push(...page.do(action));
      uploads.note(page.state);
    },
    async add(...names: readonly string[]) {
      uploads.add("lobby", names.map((name) => new File(["12345"], name)));
      await settle();
    },
    get tray(): readonly Upload[] {
      return trayOf(page.state, page.room());
    },
    /** Sends what is in the composer. */
    send(message: string, key: string) {
      const ids = this.tray.map(({ id }) => id);
      const draft = { type: "room_message", room: "lobby", message } as const;
      this.do({ type: "send", draft, key, at: 1, uploads: ids });
    },
  };
}

async function settle(): Promise<void> {
  for (let n = 0; n < 10; n++) await Promise.resolve();
}

function info(id: string): FileInfo {
  return { id, name: `${id}.txt`, type: "application/octet-stream", size: 5 };
}

const BUSY = { code: "try_again", detail: "later" };

Deno.test("files go up two at a time, and say how far they are", async () => {
  const desk = openUploads();
  await desk.add("a.txt", "b.txt", "ç d.txt");
  assertEquals(desk.sends.map(({ path }) => path), [
    "/api/rooms/lobby/files?name=a.txt",
    "/api/rooms/lobby/files?name=b.txt",
  ]);
  desk.sends[0]?.progress(0.5);
  desk.sends[0]?.progress(0.505);
  assertEquals(desk.tray.map(({ status, progress }) => [status, progress]), [
    ["sending", 0.5],
    ["sending", 0],
    ["waiting", 0],
  ]);
  await desk.sends[0]?.answer(info("A"));
  assertEquals(desk.tray[0]?.status, "done");
  assertEquals(desk.sends[2]?.path, "/api/rooms/lobby/files?name=%C3%A7%20d.txt");
});

Deno.test("a draft is sent once all of its files are there, in the order of the tray", async () => {
  const desk = openUploads();
  await desk.add("a.txt", "b.txt");
  desk.send("both", "k1");
  assertEquals([desk.tray.length, desk.sent.length], [0, 0]);
  // What is written after it need not wait.
  desk.do({
    type: "send",
    draft: { type: "room_message", room: "lobby", message: "meanwhile" },
    key: "k2",
    at: 2,
  });
  assertEquals(desk.sent, [{
    type: "room_message",
    room: "lobby",
    message: "meanwhile",
    key: "k2",
  }]);
  await desk.sends[1]?.answer(info("B"));
  assertEquals(desk.sent.length, 1);
  await desk.sends[0]?.answer(info("A"));
  const frame = { type: "room_message", room: "lobby", message: "both", key: "k1" };
  assertEquals(desk.sent[1], { ...frame, files: ["A", "B"] });
  // Acknowledged, nothing of it is left here.
  const files = [info("A"), info("B")];
  desk.page.get(said(1, { sender: "Alice", message: "both", key: "k1", files }));
  desk.uploads.note(desk.page.state);
  assertEquals([desk.page.state.uploads.size, desk.kept.size], [0, 0]);
  assertEquals(desk.page.room().messages[0]?.files, files);
});

Deno.test("without a line files wait, and go when it is back", async () => {
  const desk = openUploads();
  desk.page.lose();
  await desk.add("a.txt");
  desk.send("", "k1");
  assertEquals(desk.sends.length, 0);
  desk.page.enter();
  desk.uploads.note(desk.page.state);
  assertEquals(desk.sends.length, 1);
  // The line breaks while it goes up: again.
  desk.page.lose();
  await desk.sends[0]?.answer({ code: "unreachable", detail: "" });
  desk.page.enter();
  desk.wait();
  assertEquals(desk.sends.length, 2);
  await desk.sends[1]?.answer(info("A"));
  const frame = { type: "room_message", room: "lobby", message: "", key: "k1", files: ["A"] };
  assertEquals(desk.sent, [frame]);
});

Deno.test("what the server cannot take just now is sent again a little later", async () => {
  const desk = openUploads();
  await desk.add("a.txt");
  await desk.sends[0]?.answer(BUSY);
  assertEquals([desk.sends.length, desk.tray[0]?.status], [1, "waiting"]);
  desk.wait();
  assertEquals(desk.sends.length, 2);
});

Deno.test("what is refused says why; the draft with it can be tried again or discarded", async () => {
  const desk = openUploads();
  await desk.add("a.txt");
  desk.send("look", "k1");
  await desk.sends[0]?.answer({ code: "storage_full", detail: "" });
  const [entry] = desk.page.state.pending as [Pending];
  assertEquals([entry.status, entry.reason], [
    "refused",
    "There is no room for more files on this server.",
  ]);
  desk.do({ type: "retry", key: "k1" });
  assertEquals(desk.sends.length, 2);
  desk.do({ type: "discard", key: "k1" });
  assertEquals(desk.sends[1]?.signal.aborted, true);
  assertEquals([desk.page.state.uploads.size, desk.kept.size], [0, 0]);
});

Deno.test("a file that is too large is not sent at all", async () => {
  const desk = openUploads(pageIn(0), 4);
  await desk.add("a.txt");
  assertEquals(desk.sends.length, 0);
  assertEquals(desk.tray.map(({ status, reason }) => [status, reason]), [
    ["refused", "This file is larger than the server accepts."],
  ]);
});

Deno.test("what is removed before it is sent is given up", async () => {
  const desk = openUploads();
  await desk.add("a.txt");
  desk.do({ type: "detach", id: desk.tray[0]?.id ?? "" });
  assertEquals([desk.sends[0]?.signal.aborted, desk.tray], [true, []]);
  await desk.sends[0]?.answer(info("A"));
  assertEquals(desk.page.state.uploads.size, 0);
});

Deno.test("a draft that an earlier page left finds its files, or says that they are lost", async () => {
  const desk = openUploads();
  desk.page.lose();
  await desk.add("a.txt");
  desk.send("kept", "k1");
  const { pending } = desk.page.state;
  for (const isKept of [true, false]) {
    const page = pageIn(0);
    const next = openUploads(page);
    if (isKept) { for (const [id, file] of desk.kept) next.kept.set(id, file); }
    next.do({ type: "adopted", pending });
    await settle();
    const [entry] = page.state.pending;
    if (!isKept) {
      const reason = "A file was not kept when the page was loaded anew. Attach it again.";
      assertEquals([entry?.status, entry?.reason], ["refused", reason]);
      continue;
    }
    await next.sends[0]?.answer(info("A"));
    const frame = { type: "room_message", room: "lobby", message: "kept", key: "k1" };
    assertEquals(next.sent, [{ ...frame, files: ["A"] }]);
  }
});

Deno.test("a message that is deleted has no files any more", () => {
  const page = pageIn(0);
  page.get(said(1, { files: [info("A")] }), {
    type: "message_deleted",
    room: "lobby",
    seq: 2,
    sender: "Bob",
    at: 2,
    target: 1,
  });
  assertEquals(page.room().messages[0]?.files, undefined);
});
