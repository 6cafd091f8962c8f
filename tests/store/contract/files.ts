import { assert, assertEquals, assertExists, assertRejects } from "@std/assert";
import { FILE_PART_BYTES, type FileRecord, THUMBNAIL_PLACE } from "../../../lib/store/files.ts";
import type { Store } from "../../../lib/store/store.ts";
import type { Account } from "../../../lib/store/records.ts";
import {
  AT,
  type Contract,
  edit,
  log,
  message,
  messageAt,
  messages,
  outcomes,
  remove,
  room,
  store as put,
  upTo,
} from "./fixture.ts";

const ROOMY = 1_000_000_000;
const PICTURE = { type: "image/png", width: 640, height: 480 };
const END = AT + 1_000;

let made = 0;

/** A complete file of `parts` parts of `bytes` bytes each; the bytes state the part's number. */
async function upload(
  store: Store,
  { id: place }: { readonly id: number },
  { id: uploader }: Account,
  { parts = 1, bytes = 10, name = "picture.png", whole = true } = {},
): Promise<string> {
  const id = `file-${made++}`;
  await store.beginFile({ id, room: place, uploader, name, expiresAt: END });
  for (const n of upTo(parts)) {
    assert(await store.addFilePart(id, new Uint8Array(bytes).fill(n), ROOMY));
  }
  if (whole) await store.finishFile(id, PICTURE);
  return id;
}

/** Frees every file that is due. @returns The number of steps. */
async function sweep(store: Store, at: number): Promise<number> {
  let steps = 0;
  while (await store.sweepFiles(at)) steps++;
  return steps;
}

function idsOf(files: readonly FileRecord[] | undefined): readonly string[] | undefined {
  return files?.map(({ id }) => id);
}

/** The guarantees of `FileStore`, and of `append` with files. */
export const files: Contract = {
  "the files of a scheduled message wait for it, and go if it is cancelled": async (
    { store, team, alice, bob, succeed },
  ) => {
    const [sent, cancelled, theirs] = [
      await upload(store, team, alice),
      await upload(store, team, alice),
      await upload(store, team, bob),
    ];
    const entry = { account: alice.id, room: team.id, at: END * 2, createdAt: AT };
    const content = { message: "later", thread: 1, also_in_room: true };
    const schedule = (id: string, ...files: readonly string[]) =>
      store.schedule({ ...entry, id, key: id, content, files });
    const first = await schedule("a", sent);
    assertEquals(first?.content, {
      ...content,
      files: [{ id: sent, name: "picture.png", size: 10, ...PICTURE }],
    });
    await schedule("b", cancelled);
    for (const none of [theirs, "none"]) assertEquals(await schedule("c", none), null);
    assertEquals((await store.scheduledOf(alice.id)).map(({ id }) => id), ["a", "b"]);
    await sweep(store, END);
    const again = await succeed();
    assertEquals(await again.findFile(theirs, bob.id, END), null);
    assertExists(await again.findFile(sent, alice.id, END));
    assert(await again.cancelScheduled(alice.id, "b"));
    assertEquals(await again.findFile(cancelled, alice.id, END), null);
    await put(again, { ...message(team, alice, "later", { key: "a" }), at: END, files: [sent] });
    assertExists(await again.findFile(sent, bob.id, END * 9));
    // With a key that was sent, its file is under that message: the store tells by the key.
    assertEquals(
      idsOf(
        (await again.schedule({ ...entry, id: "d", key: "a", content, files: [sent] }))
          ?.content.files,
      ),
      [sent],
    );
  },

  "a file is returned part by part, as uploaded": async ({ store, team, alice }) => {
    const id = await upload(store, team, alice, { parts: 3, bytes: FILE_PART_BYTES, name: "ä\0" });
    const size = 3 * FILE_PART_BYTES;
    const found = await store.findFile(id, alice.id, AT);
    assertEquals(found, { id, name: "ä\0", size, ...PICTURE });
    for (const place of [2, 0, 1]) {
      const part = await store.filePart(id, place);
      assertEquals(part, new Uint8Array(FILE_PART_BYTES).fill(place + 1));
    }
    assertEquals(await store.filePart(id, 3), null);
    assertEquals(await store.filePart("nothing", 0), null);
  },

  "a file has a thumbnail, a duration and a waveform": async ({ store, team, alice, bob }) => {
    const id = `file-${made++}`;
    const begin = { id, room: team.id, uploader: alice.id, name: "clip", expiresAt: END };
    await store.beginFile(begin);
    const thumbnail = new Uint8Array(60).fill(9);
    assertEquals(await store.addThumbnail(id, thumbnail, 59), false);
    assertEquals(await store.filePart(id, THUMBNAIL_PLACE), null);
    assertEquals(await store.addThumbnail(id, thumbnail, 100), true);
    assertEquals(await store.addFilePart(id, new Uint8Array(40), 99), false);
    assertEquals(await store.addFilePart(id, new Uint8Array(40).fill(1), 100), true);
    const size = { width: 64, height: 36 };
    const content = { type: "video/mp4", width: null, height: null, thumbnail: size };
    const said = { ...content, duration: 9_500, peaks: "AZaz09-_" };
    const file = { id, name: "clip", size: 40, ...said };
    assertEquals(await store.finishFile(id, said), file);
    assertEquals(await store.addThumbnail(id, thumbnail, ROOMY), false);
    assertEquals(await store.fileBytesOf(alice.id), 100);
    await put(store, message(team, alice, "look", { files: [id] }));
    assertEquals(await store.findFile(id, bob.id, AT), file);
    assertEquals(await store.filePart(id, THUMBNAIL_PLACE), thumbnail);
    assertEquals(await store.filePart(id, 0), new Uint8Array(40).fill(1));
    // It goes with its file.
    await put(store, remove(team, alice, 1));
    await sweep(store, AT);
    assertEquals(await store.filePart(id, THUMBNAIL_PLACE), null);
    assertEquals(await store.fileBytesOf(alice.id), 0);
  },

  "the messages with files of a kind are read in pages, newest first": async (fixture) => {
    const { store, team, alice, bob } = fixture;
    const other = await room(store, "others", bob);
    const kinds = [
      "image/png",
      "audio/webm",
      "video/mp4",
      "application/octet-stream",
      "image/jpeg",
    ];
    for (const [n, type] of kinds.entries()) {
      const id = await upload(store, team, alice, { whole: false });
      await store.finishFile(id, { type, width: null, height: null });
      await put(
        store,
        message(team, alice, `file ${n}`, { files: [id] }),
        message(team, bob, "no"),
      );
    }
    const two = [await upload(store, team, bob), await upload(store, team, bob)];
    await put(store, message(team, bob, "two", { files: two }));
    const elsewhere = await upload(store, other, bob);
    await put(store, message(other, bob, "elsewhere", { files: [elsewhere] }));
    await upload(store, team, alice);
    const read = async (kind?: "media" | "other", before = 99, limit = 9) => {
      const bounds = { limit, maxLength: 9_999 };
      const page = await store.pageWithFiles(team.id, kind, before, bounds, alice.id);
      return [page.messages.map(({ seq, files = [] }) => [seq, files.length]), page.more];
    };
    assertEquals(await read(), [[[1, 1], [3, 1], [5, 1], [7, 1], [9, 1], [11, 2]], false]);
    assertEquals(await read("media"), [[[1, 1], [5, 1], [9, 1], [11, 2]], false]);
    assertEquals(await read("other"), [[[3, 1], [7, 1]], false]);
    assertEquals(await read("media", 11, 2), [[[5, 1], [9, 1]], true]);
    assertEquals(await read("media", 5, 2), [[[1, 1]], false]);
    // The files of a deleted message are in no list.
    await put(store, remove(team, alice, 9), remove(team, alice, 3));
    assertEquals(await read("media"), [[[1, 1], [5, 1], [11, 2]], false]);
    assertEquals(await read("other"), [[[7, 1]], false]);
  },

  "a file may be empty, and need not be an image": async ({ store, team, alice }) => {
    const id = `file-${made++}`;
    await store.beginFile({
      id,
      room: team.id,
      uploader: alice.id,
      name: "empty",
      expiresAt: END,
    });
    const content = { type: "application/octet-stream", width: null, height: null };
    assertEquals(await store.finishFile(id, content), { id, name: "empty", size: 0, ...content });
    assertEquals(await store.filePart(id, 0), null);
  },

  "all files together stay within the storage limit": async ({ store, team, alice, bob }) => {
    const id = `file-${made++}`;
    const begin = (id: string, { id: uploader }: Account) =>
      store.beginFile({ id, room: team.id, uploader, name: "x", expiresAt: END });
    await begin(id, alice);
    await begin(`${id}-b`, bob);
    const part = new Uint8Array(100);
    assertEquals(await store.addFilePart(id, part, 250), true);
    assertEquals(await store.addFilePart(`${id}-b`, part, 250), true);
    assertEquals(await store.addFilePart(`${id}-b`, part, 250), false);
    assertEquals(await store.addFilePart(id, part.subarray(0, 50), 250), true);
    assertEquals(await store.addFilePart(id, part.subarray(0, 1), 250), false);
    assertEquals((await store.finishFile(id, PICTURE)).size, 150);
    // A discarded file counts until it is freed.
    await store.dropFile(`${id}-b`);
    await begin(`${id}-c`, bob);
    assertEquals(await store.addFilePart(`${id}-c`, part, 250), false);
    await sweep(store, AT);
    assertEquals(await store.addFilePart(`${id}-c`, part, 250), true);
  },

  "only an unfinished upload can grow": async ({ store, team, alice }) => {
    const id = await upload(store, team, alice);
    await assertRejects(() => store.addFilePart(id, new Uint8Array(1), ROOMY));
    await assertRejects(() => store.addFilePart("nothing", new Uint8Array(1), ROOMY));
    assertEquals((await store.findFile(id, alice.id, AT))?.size, 10);
  },

  "a message carries its files wherever it is read, in order": async (fixture) => {
    const { store, team, alice, bob } = fixture;
    const ids = [await upload(store, team, alice), await upload(store, team, alice)].reverse();
    const key = "k";
    await put(store, message(team, bob, "before"));
    const [event] = await put(store, message(team, alice, "look", { key, files: ids }));
    assert(event?.kind === "message");
    assertEquals(idsOf(event.files), ids);
    assertEquals(event.files?.[0], {
      id: ids[0] ?? "",
      name: "picture.png",
      size: 10,
      ...PICTURE,
    });
    await put(store, message(team, bob, "after"), edit(team, alice, 2, "look at this"));
    for (const read of [await messages(store, team), await log(store, team)]) {
      assertEquals(read.map((one) => one.kind === "message" ? idsOf(one.files) : null), [
        undefined,
        ids,
        undefined,
        ...(read.length === 4 ? [null] : []),
      ]);
    }
    const { hits } = await store.search({
      account: bob.id,
      query: "look",
      room: null,
      before: null,
      limit: 9,
    });
    assertEquals(hits.map((hit) => idsOf(hit.message.files)), [ids]);
  },

  "a repeated key returns the first message with its files, whatever the repetition attaches":
    async (fixture) => {
      const { store, team, alice } = fixture;
      const [one, other] = [await upload(store, team, alice), await upload(store, team, alice)];
      await put(store, message(team, alice, "", { key: "k", files: [one] }));
      for (const files of [[one], [other], []]) {
        const [again] = await store.append([message(team, alice, "", { key: "k", files })]);
        assert(again !== undefined && "event" in again && again.repeated);
        assert(again.event.kind === "message");
        assertEquals(idsOf(again.event.files), [one]);
      }
      // The other file is unaffected.
      assertEquals(await outcomes(store, message(team, alice, "", { files: [other] })), [2]);
    },

  "a file is attached once, by its uploader, in its room": async (fixture) => {
    const { store, team, alice, bob } = fixture;
    const other = await room(store, "other", alice);
    const [mine, unfinished, theirs, elsewhere, expired, dropped] = [
      await upload(store, team, alice),
      await upload(store, team, alice, { whole: false }),
      await upload(store, team, bob),
      await upload(store, other, alice),
      await upload(store, team, alice),
      await upload(store, team, alice),
    ];
    await store.dropFile(dropped);
    const expired1 = { ...message(team, alice, "", { files: [expired] }), at: END };
    const wrong = [[unfinished], [theirs], [elsewhere], [dropped], ["none"], [mine, theirs]];
    assertEquals(
      await outcomes(store, ...wrong.map((files) => message(team, alice, "", { files })), expired1),
      Array(7).fill("no_such_file"),
    );
    assertEquals(
      await outcomes(
        store,
        message(team, alice, "", { files: [mine] }),
        message(team, alice, "", { files: [mine] }),
        message(team, bob, "", { files: [theirs] }),
        message(other, alice, "", { files: [elsewhere] }),
      ),
      [1, "no_such_file", 2, 1],
    );
    assertEquals(idsOf((await messageAt(store, team, 1)).files), [mine]);
  },

  "a failed batch attaches nothing": async ({ store, team, alice }) => {
    const id = await upload(store, team, alice);
    const nowhere = message({ id: 999_999 }, alice, "nowhere");
    await assertRejects(() => store.append([message(team, alice, "", { files: [id] }), nowhere]));
    assertEquals(await outcomes(store, message(team, alice, "", { files: [id] })), [1]);
  },

  "a file is readable by current members of its room, and before it is attached by its uploader":
    async (fixture) => {
      const { store, team, alice, bob, carol } = fixture;
      const id = await upload(store, team, alice);
      const readers = async (at = AT) => {
        const found = [alice, bob, carol].map(({ id: viewer }) => store.findFile(id, viewer, at));
        return (await Promise.all(found)).map((file) => file !== null);
      };
      assertEquals(await readers(), [true, false, false]);
      assertEquals(await readers(END), [false, false, false]);
      await put(store, message(team, alice, "", { files: [id] }));
      assertEquals(await readers(END), [true, true, false]);
      await store.removeMember(team.id, bob.id);
      await store.addMember(team.id, carol.id, AT);
      assertEquals(await readers(), [true, false, true]);
      await store.removeMember(team.id, alice.id);
      assertEquals(await readers(), [false, false, true]);
      const unfinished = await upload(store, team, carol, { whole: false });
      assertEquals(await store.findFile(unfinished, carol.id, AT), null);
    },

  "deleting a message deletes its files; the next sweep frees their bytes": async (fixture) => {
    const { store, team, alice, bob } = fixture;
    const id = await upload(store, team, alice, { parts: 30 });
    const attached = await upload(store, team, alice);
    await put(
      store,
      message(team, alice, "a", { files: [id] }),
      message(team, alice, "b", { files: [attached] }),
    );
    await put(store, remove(team, alice, 1));
    for (const { id: viewer } of [alice, bob]) {
      assertEquals(await store.findFile(id, viewer, AT), null);
    }
    assertEquals((await messageAt(store, team, 1)).files, undefined);
    assertEquals(await outcomes(store, message(team, alice, "", { files: [id] })), [
      "no_such_file",
    ]);
    assert(await sweep(store, AT) > 1, "all was freed at once: that is a pause for everybody");
    for (const place of [0, 15, 29]) assertEquals(await store.filePart(id, place), null);
    assertExists(await store.filePart(attached, 0));
    assertExists(await store.findFile(attached, bob.id, END));
  },

  "the sweep frees files that no message attached in time, and no others": async (fixture) => {
    const { store, team, alice } = fixture;
    const ids = [
      await upload(store, team, alice, { parts: 2 }),
      await upload(store, team, alice, { whole: false }),
      await upload(store, team, alice),
    ];
    await put(store, message(team, alice, "", { files: ids.slice(2) }));
    assertEquals(await sweep(store, END - 1), 0);
    await sweep(store, END);
    const left = await Promise.all(ids.map((id) => store.filePart(id, 0)));
    assertEquals(left.map((part) => part !== null), [false, false, true]);
    // Discarding an attached file does not remove it from its message.
    await store.dropFile(ids[2] ?? "");
    assertEquals(await sweep(store, END), 0);
    assertExists(await store.findFile(ids[2] ?? "", alice.id, END));
  },
};
