import { assertEquals } from "@std/assert";
import type { FileInfo } from "../../../lib/protocol/frames.ts";
import type { ApiRefusal } from "../../../static/net/api.ts";
import { trayOf } from "../../../static/state/selectors.ts";
import type { Pending, Upload } from "../../../static/state/reducer.ts";
import type { MediaDetails } from "../../../static/util/media_prepare.ts";
import { type StoredFile, Uploads } from "../../../static/net/uploads.ts";
import { pageIn, said, type TestPage } from "../support.ts";

/** Alice's page with uploads under way: the server answers when the test says so. */
function openUploads(page: TestPage = pageIn(0), limit = 1_000, details: MediaDetails = {}) {
  const readable = { is: true };
  page.state = { ...page.state, limits: { ...page.state.limits, file_bytes: limit } };
  const sends: {
    readonly path: string;
    readonly blob: Blob;
    readonly signal: AbortSignal;
    readonly progress: (share: number) => void;
    readonly answer: (answer: FileInfo | ApiRefusal) => Promise<void>;
  }[] = [];
  const storage = new Map<string, StoredFile>();
  const timers: (() => void)[] = [];
  const sent: unknown[] = [];
  const uploads: Uploads = new Uploads({
    dispatch(action) {
      sent.push(...page.do(action));
      uploads.note(page.state);
    },
    state: () => page.state,
    send(path, blob, progress, signal) {
      const { promise, resolve } = Promise.withResolvers<FileInfo | ApiRefusal>();
      sends.push({
        path,
        blob,
        signal,
        progress,
        async answer(answer) {
          resolve(answer);
          await settle();
        },
      });
      return promise;
    },
    prepare: (file) => Promise.resolve({ blob: file, name: file.name, ...details }),
    isReadable: () => Promise.resolve(readable.is),
    storage: {
      get: (id) => Promise.resolve(storage.get(id)),
      put: (id, file) => void storage.set(id, file),
      drop: (id) => void storage.delete(id),
    },
    later: (_ms, run) => void timers.push(run),
  });
  return {
    page,
    uploads,
    sends,
    storage,
    readable,
    sent,
    /** Runs the deferred tasks. */
    wait: () => timers.splice(0).forEach((run) => run()),
    /** Dispatches an intent, and lets the uploads see the change. */
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
      const draft = { type: "room_message", message } as const;
      this.do({ type: "send", room: "lobby", draft, key, at: 1, uploads: ids });
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

Deno.test("files upload two at a time, and report their progress", async () => {
  const context = openUploads();
  await context.add("a.txt", "b.txt", "ç d.txt");
  assertEquals(context.sends.map(({ path }) => path), [
    "/api/rooms/id:lobby/files?name=a.txt",
    "/api/rooms/id:lobby/files?name=b.txt",
  ]);
  context.sends[0]?.progress(0.5);
  context.sends[0]?.progress(0.505);
  assertEquals(context.tray.map(({ status, progress }) => [status, progress]), [
    ["sending", 0.5],
    ["sending", 0],
    ["waiting", 0],
  ]);
  await context.sends[0]?.answer(info("A"));
  assertEquals(context.tray[0]?.status, "done");
  assertEquals(context.sends[2]?.path, "/api/rooms/id:lobby/files?name=%C3%A7%20d.txt");
});

Deno.test("a draft is sent once all of its files are uploaded, in the order of the tray", async () => {
  const context = openUploads();
  await context.add("a.txt", "b.txt");
  context.send("both", "k1");
  assertEquals([context.tray.length, context.sent.length], [0, 0]);
  // A later message need not wait.
  context.do({
    type: "send",
    room: "lobby",
    draft: { type: "room_message", message: "meanwhile" },
    key: "k2",
    at: 2,
  });
  assertEquals(context.sent, [{
    type: "room_message",
    room_id: "lobby",
    message: "meanwhile",
    key: "k2",
  }]);
  await context.sends[1]?.answer(info("B"));
  assertEquals(context.sent.length, 1);
  await context.sends[0]?.answer(info("A"));
  const frame = { type: "room_message", room_id: "lobby", message: "both", key: "k1" };
  assertEquals(context.sent[1], { ...frame, files: ["A", "B"] });
  // Once it is acknowledged, nothing of it is left.
  const files = [info("A"), info("B")];
  context.page.get(said(1, { sender: "Alice", message: "both", key: "k1", files }));
  context.uploads.note(context.page.state);
  assertEquals([context.page.state.uploads.size, context.storage.size], [0, 0]);
  assertEquals(context.page.room().messages[0]?.files, files);
});

Deno.test("offline files wait, and upload after the reconnect", async () => {
  const context = openUploads();
  context.page.lose();
  await context.add("a.txt");
  context.send("", "k1");
  assertEquals(context.sends.length, 0);
  context.page.enter();
  context.uploads.note(context.page.state);
  assertEquals(context.sends.length, 1);
  // The connection breaks during the upload: it starts again.
  context.page.lose();
  await context.sends[0]?.answer({ code: "unreachable", detail: "" });
  context.page.enter();
  context.wait();
  assertEquals(context.sends.length, 2);
  await context.sends[1]?.answer(info("A"));
  const frame = { type: "room_message", room_id: "lobby", message: "", key: "k1", files: ["A"] };
  assertEquals(context.sent, [frame]);
});

Deno.test("a file that the server cannot take right now is sent again later", async () => {
  const context = openUploads();
  await context.add("a.txt");
  await context.sends[0]?.answer(BUSY);
  assertEquals([context.sends.length, context.tray[0]?.status], [1, "waiting"]);
  context.wait();
  assertEquals(context.sends.length, 2);
});

Deno.test("a refused upload shows the reason; its draft can be retried or discarded", async () => {
  const context = openUploads();
  await context.add("a.txt");
  context.send("look", "k1");
  await context.sends[0]?.answer({ code: "storage_full", detail: "" });
  const [entry] = context.page.state.pending as [Pending];
  assertEquals([entry.status, entry.reason], [
    "refused",
    "This server has no space left for files.",
  ]);
  context.do({ type: "retry", key: "k1" });
  assertEquals(context.sends.length, 2);
  context.do({ type: "discard", key: "k1" });
  assertEquals(context.sends[1]?.signal.aborted, true);
  assertEquals([context.page.state.uploads.size, context.storage.size], [0, 0]);
});

Deno.test("a file that is too large is not sent at all", async () => {
  const context = openUploads(pageIn(0), 4);
  await context.add("a.txt");
  assertEquals(context.sends.length, 0);
  assertEquals(context.tray.map(({ status, reason }) => [status, reason]), [
    ["refused", "This file is too large for this server."],
  ]);
});

Deno.test("removing a file before it is sent aborts its upload", async () => {
  const context = openUploads();
  await context.add("a.txt");
  context.do({ type: "detach", id: context.tray[0]?.id ?? "" });
  assertEquals([context.sends[0]?.signal.aborted, context.tray], [true, []]);
  await context.sends[0]?.answer(info("A"));
  assertEquals(context.page.state.uploads.size, 0);
});

Deno.test("a draft from an earlier page finds its files, or reports them as lost", async () => {
  const context = openUploads();
  context.page.lose();
  await context.add("a.txt");
  context.send("kept", "k1");
  const { pending } = context.page.state;
  for (const isStored of [true, false]) {
    const page = pageIn(0);
    const next = openUploads(page);
    if (isStored) { for (const [id, file] of context.storage) next.storage.set(id, file); }
    next.do({ type: "adopted", pending });
    await settle();
    const [entry] = page.state.pending;
    if (!isStored) {
      const reason = "A file was lost when the page was reloaded. Attach it again.";
      assertEquals([entry?.status, entry?.reason], ["refused", reason]);
      continue;
    }
    await next.sends[0]?.answer(info("A"));
    const frame = { type: "room_message", room_id: "lobby", message: "kept", key: "k1" };
    assertEquals(next.sent, [{ ...frame, files: ["A"] }]);
  }
});

Deno.test("a deleted message has no files", () => {
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

Deno.test("a file is sent with its thumbnail and its waveform, also by the next page", async () => {
  const details = { thumbnail: new Blob(["tiny"]), duration: 900, peaks: "AZ_-" };
  const context = openUploads(pageIn(0), 1_000, details);
  const path = "/api/rooms/id:lobby/files?name=a.webm&thumbnail=4&duration=900&peaks=AZ_-";
  await context.add("a.webm");
  assertEquals(context.sends[0]?.path, path);
  assertEquals(await context.sends[0]?.blob.text(), "tiny12345");
  context.send("", "k1");
  const next = openUploads();
  for (const [id, file] of context.storage) next.storage.set(id, file);
  next.do({ type: "adopted", pending: context.page.state.pending });
  await settle();
  assertEquals(next.sends[0]?.path, path);
  assertEquals(await next.sends[0]?.blob.text(), "tiny12345");
});

Deno.test("a folder is refused, and a file that changed is not retried", async () => {
  const context = openUploads();
  context.readable.is = false;
  await context.add("folder");
  assertEquals(context.sends.length, 0);
  assertEquals(context.tray.map(({ status, reason }) => [status, reason]), [
    ["refused", "This can't be read. Folders can't be sent; pack them into a file."],
  ]);
  context.do({ type: "detach", id: context.tray[0]?.id ?? "" });
  context.readable.is = true;
  await context.add("a.txt");
  context.readable.is = false;
  await context.sends[0]?.answer({ code: "unreachable", detail: "" });
  await settle();
  context.wait();
  assertEquals(context.sends.length, 1);
  assertEquals(context.tray.map(({ status, reason }) => [status, reason]), [
    ["refused", "This file was changed or removed meanwhile. Choose it again."],
  ]);
});
