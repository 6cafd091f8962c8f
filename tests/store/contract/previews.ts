import { assertEquals } from "@std/assert";
import type { Account, Append } from "../../../lib/store/records.ts";
import type { Store } from "../../../lib/store/store.ts";
import {
  AT,
  type Contract,
  edit,
  message,
  messageAt,
  outcomes,
  remove,
  store as put,
} from "./fixture.ts";

type Place = { readonly id: number };
const PREVIEW = { url: "https://example.org/ä", title: "T\0itle" };

function added(
  { id }: Place,
  sender: Account,
  target: number,
  image?: string,
  key: string | null = null,
): Append {
  const base = { kind: "preview_added", room: id, sender, at: AT, key, target } as const;
  if (image === undefined) return { ...base, preview: PREVIEW };
  const preview = { ...PREVIEW, image: { id: image, width: 40, height: 30 } };
  return { ...base, preview, files: [image] };
}

function removed(
  { id }: Place,
  sender: Account,
  target: number,
  rest: { edited?: true; asModerator?: true } = {},
): Append {
  const base = { kind: "preview_removed", room: id, sender, at: AT, key: null, target } as const;
  return { edited: null, ...base, ...rest };
}

async function upload(store: Store, room: Place, { id: uploader }: Account, id: string) {
  await store.beginFile({ id, room: room.id, uploader, name: "preview", expiresAt: AT + 9 });
  await store.addFilePart(id, new Uint8Array(10), 1_000);
  await store.finishFile(id, { type: "image/png", width: 40, height: 30 });
}

/** The preview of a message, as a page has it, and what the log says of the event after it. */
async function previewsIn(store: Store, room: Place, seq = 1) {
  const { state } = await messageAt(store, room, seq);
  const [event] = await store.replay(room.id, seq, seq + 1, { limit: 1, maxLength: 99_999 }) ?? [];
  return [state, event?.kind === "preview_added" ? event.preview : undefined];
}

/** The guarantees of `PreviewStore`, and of `append` with previews. */
export const previews: Contract = {
  "a preview is its message's, and so is its picture": async (
    { store, team, alice, bob, succeed },
  ) => {
    for (const id of ["one", "two"]) await upload(store, team, alice, id);
    await put(store, message(team, alice, "link"), added(team, alice, 1, "one", "p1"));
    const image = { id: "one", width: 40, height: 30 };
    const again = await succeed();
    assertEquals(await previewsIn(again, team), [{ preview: { ...PREVIEW, image } }, {
      ...{ ...PREVIEW, image },
    }]);
    assertEquals((await messageAt(again, team, 1)).files, undefined, "it is none of the files");
    assertEquals((await again.findFile("one", bob.id, AT + 99))?.width, 40);
    assertEquals(await outcomes(again, added(team, alice, 1, "one", "p1")), ["again 2"]);
    // The next one takes its place, with its picture.
    await put(again, added(team, alice, 1, "two"));
    assertEquals(await again.findFile("one", bob.id, AT), null);
    assertEquals((await again.findFile("two", bob.id, AT))?.width, 40);
    const [, first] = await previewsIn(again, team);
    assertEquals(
      (first as typeof PREVIEW & { image?: { id: string } })?.image?.id,
      "two",
      "of the one before the log says nothing",
    );
    await put(again, added(team, alice, 1));
    assertEquals(await again.findFile("two", bob.id, AT), null);
    assertEquals(await previewsIn(again, team), [{ preview: PREVIEW }, PREVIEW]);
    assertEquals(await outcomes(again, added(team, alice, 1, "two")), ["no_such_file"]);
  },

  "a preview is removed by the author or a moderator, by an edit, and with its message": async (
    { store, team, alice, bob },
  ) => {
    for (const id of ["a", "b", "c"]) await upload(store, team, alice, id);
    await put(store, message(team, alice, "link"), added(team, alice, 1, "a"));
    assertEquals(
      await outcomes(store, added(team, bob, 1), removed(team, bob, 1), removed(team, alice, 9)),
      ["forbidden", "forbidden", "no_such_message"],
    );
    await put(store, removed(team, alice, 1, { edited: true }));
    assertEquals(await previewsIn(store, team), [undefined, null]);
    assertEquals(await store.findFile("a", alice.id, AT), null);
    await put(store, added(team, alice, 1, "b"), removed(team, bob, 1, { asModerator: true }));
    assertEquals(await previewsIn(store, team), [{ no_preview: true }, null]);
    assertEquals(await store.findFile("b", alice.id, AT), null);
    await put(store, message(team, alice, "other"));
    await put(store, added(team, alice, 6, "c"), edit(team, alice, 6, "text"));
    assertEquals((await messageAt(store, team, 6)).state, {
      preview: {
        ...PREVIEW,
        image: {
          ...{ id: "c", width: 40, height: 30 },
        },
      },
    }, "an edit alone takes nothing away");
    await put(store, remove(team, alice, 6));
    assertEquals(await previewsIn(store, team, 6), [undefined, null]);
    assertEquals(await store.findFile("c", alice.id, AT), null);
    assertEquals(await outcomes(store, added(team, alice, 6)), ["no_such_message"]);
  },

  "of the jobs of a message one is done at a time, by one instance": async (
    { store, team, alice },
  ) => {
    await put(store, message(team, alice, "one"), message(team, alice, "two"));
    const job = (seq: number, id: string) => ({ room: team.id, seq, id });
    assertEquals(await store.nextPreviewJob(), null);
    await store.addPreviewJob(job(1, "a"), AT);
    await store.addPreviewJob(job(2, "b"), AT + 1);
    await store.addPreviewJob(job(1, "c"), AT + 2);
    assertEquals(await store.nextPreviewJob(), AT);
    const claimed = await Promise.all(
      [1, 2].map(() => store.claimPreviewJobs(AT + 1, AT + 60, 1)),
    );
    // Of two that ask at once, one may get nothing: it asks again.
    const rest = await store.claimPreviewJobs(AT + 1, AT + 60, 9);
    assertEquals([...claimed.flat(), ...rest].map(({ id }) => id).toSorted(), ["b", "c"]);
    assertEquals(await store.claimPreviewJobs(AT + 9, AT + 60, 9), [], "they are reserved");
    // An edit meanwhile waits for the end of the first job.
    await store.addPreviewJob(job(1, "d"), AT + 9);
    assertEquals(await store.nextPreviewJob(), AT + 60);
    await store.finishPreviewJob(job(1, "c"), AT + 10);
    assertEquals(await store.nextPreviewJob(), AT + 10);
    assertEquals(await store.claimPreviewJobs(AT + 10, AT + 70, 9), [job(1, "d")]);
    await store.finishPreviewJob(job(1, "d"), AT + 11);
    // Of what is never finished there is a second attempt, and no third one.
    assertEquals(await store.claimPreviewJobs(AT + 60, AT + 120, 9), [job(2, "b")]);
    assertEquals(await store.claimPreviewJobs(AT + 120, AT + 180, 9), []);
    assertEquals(await store.nextPreviewJob(), null);
  },
};
