/** Drafts of rooms that can no longer be written to stay reachable. */
import { assertEquals } from "@std/assert";
import { initialState, type PageState, reduce } from "../../../static/state/reducer.ts";
import { emptyRoom } from "../../../static/state/room.ts";
import type { RoomState } from "../../../static/state/types.ts";
import type { SavedEdit } from "../../../static/state/types.ts";
import { watchStrandedDrafts } from "../../../static/storage/stranded_drafts.ts";

const secret = emptyRoom("Secret", { key: "room1", kind: "private" });
const bob = emptyRoom("@Bob", { key: "room2", kind: "direct", receiverId: "bob" });

/** A page with rooms and drafts, and the messages it shows as unsent. */
function page(begun: Record<string, string>, edit?: SavedEdit) {
  const texts = new Map(Object.entries(begun));
  let state: PageState = { ...initialState(), phase: "signed_in", current: "room1" };
  const note = watchStrandedDrafts({
    drafts: {
      get begun() {
        return [...texts].map(([room, text]) => ({ room, text, ...(edit ? { edit } : {}) }));
      },
      set: (room) => void texts.delete(room),
      answer: () => {},
      setEdit: () => edit = undefined,
    },
    dispatch: (intent) => become(reduce(state, intent).state),
  });
  function become(next: PageState): void {
    state = next;
    note(state);
  }
  return {
    texts,
    knows: (rooms: readonly RoomState[], ready = true) =>
      become({ ...state, ready, rooms: new Map(rooms.map((room) => [room.key, room])) }),
    unsent: () =>
      state.pending.map(({ room, draft, status, obstacle }) => ({
        room,
        text: "message" in draft ? draft.message : "",
        status,
        obstacle,
        shown: state.rooms.get(room)?.parted === true || state.rooms.get(room)?.over === true,
      })),
  };
}

const TABLE: readonly (readonly [string, readonly RoomState[], string | undefined])[] = [
  ["a room that is there still", [secret, bob], undefined],
  ["a room that one was put out of", [bob], "parted"],
  ["one that shows what else was not sent", [{ ...secret, parted: true }, bob], "parted"],
];

for (const [name, after, obstacle] of TABLE) {
  Deno.test(`begun in ${name}: ${obstacle ?? "it waits there"}`, () => {
    const { knows, unsent, texts } = page({ room1: " half a thought " });
    knows([secret, bob]);
    // A lost connection says nothing about rooms, and neither does a page that was just opened.
    knows([], false);
    knows([secret, bob], false);
    assertEquals(unsent(), []);
    knows(after);
    const text = "half a thought";
    assertEquals(
      unsent(),
      obstacle === undefined
        ? []
        : [{ room: "room1", text, status: "refused", obstacle: "parted", shown: true }],
    );
    assertEquals(texts.has("room1"), obstacle === undefined);
  });
}

Deno.test("a draft in a conversation waits while that is not listed, and is shown when it has ended", () => {
  const { knows, unsent, texts } = page({ "@bob": "dear Bob" });
  knows([secret, bob]);
  knows([secret]);
  assertEquals([unsent(), texts.get("@bob")], [[], "dear Bob"]);
  knows([secret, { ...bob, over: true }]);
  assertEquals(unsent(), [
    { room: "room2", text: "dear Bob", status: "refused", obstacle: "gone", shown: true },
  ]);
  assertEquals(texts.size, 0);
});

Deno.test("an edit that was begun in a room that the user left is shown as unsent", () => {
  const left = page({ room1: "" }, { seq: 4, epoch: "e1", text: "better words" });
  left.knows([secret]);
  left.knows([]);
  assertEquals(left.unsent().map(({ text, obstacle }) => [text, obstacle]), [
    ["better words", "parted"],
  ]);
});
