/**
 * Keeps the unsent texts the same on all devices of the user: takes over those of the server, and
 * gives it those of this device.
 *
 * @module
 */
import type { DraftListing } from "../../lib/protocol/frames.ts";
import { draftIn, draftKeyOf, isProvisional } from "../state/room.ts";
import type { PageState, RoomState, SavedDraft } from "../state/types.ts";
import type { Drafts } from "./drafts.ts";
import { type ApiRefusal, call, isRefused } from "../net/api.ts";

/** How long the user must have written nothing before the server gets the text, in ms. */
const pushAfter = 1_500;

/** How long to wait before a request that failed is tried again, in ms. */
const retryAfter = 15_000;

/** The dependencies of the synchronisation. */
export interface DraftSyncOptions {
  readonly drafts: Pick<Drafts, "unsaved" | "markSaved" | "merge" | "onChange">;
  /** The present state of the page. */
  readonly state: () => PageState;
  readonly request: typeof call;
  /** Runs something later. @returns A function that keeps it from running. */
  readonly later: (ms: number, run: () => void) => () => void;
}

/**
 * Begins on a new connection.
 *
 * @returns `push` gives the server at once what it does not have; `end` ends the synchronisation.
 */
export function syncDrafts(options: DraftSyncOptions): {
  readonly push: () => Promise<void>;
  readonly end: () => void;
} {
  const { drafts, state, later } = options;
  let isOver = false;
  let cancel = () => {};
  let pushing: Promise<void> | undefined;
  const pushLater = (ms: number) => {
    cancel();
    if (!isOver) cancel = later(ms, () => void push());
  };
  const pushAll = async () => {
    for (const draft of drafts.unsaved()) {
      const room = roomOf(state(), draft);
      // Of a conversation that has not begun, the server knows nothing.
      if (room === undefined || isOver) continue;
      const answer = await put(options, room, draft);
      if (!isRefused(answer) || !isPassing(answer)) drafts.markSaved(draft);
      else pushLater(retryAfter);
    }
  };
  const push = async () => {
    await pushing;
    pushing = pushAll();
    await pushing;
  };
  // What was sent or discarded must not go on elsewhere.
  drafts.onChange = (isEnd) => pushLater(isEnd ? 0 : pushAfter);
  void takeOver(options).then(push);
  return {
    push,
    end: () => {
      isOver = true;
      cancel();
      drafts.onChange = () => {};
    },
  };
}

/** Takes over every draft that the server has. */
async function takeOver({ drafts, state, request }: DraftSyncOptions): Promise<void> {
  let next: string | undefined = "";
  while (next !== undefined) {
    const after: string = next === "" ? "" : `?after=${encodeURIComponent(next)}`;
    const page: ApiRefusal | { readonly drafts: readonly DraftListing[]; readonly next?: string } =
      await request("GET", `/api/drafts${after}`);
    if (isRefused(page)) return;
    for (const listing of page.drafts) drafts.merge(draftIn(state(), listing));
    next = page.next;
  }
}

function put({ request }: DraftSyncOptions, room: RoomState, draft: SavedDraft) {
  const { text, answers, edit, at, epoch } = draft;
  const thread = threadOf(draft);
  return request("PUT", `/api/rooms/id:${room.key}/draft`, {
    ...(thread === undefined ? {} : { thread }),
    message: text,
    // In another log, the `seq` is another message.
    ...(answers === undefined || epoch !== room.epoch ? {} : { reply_to: answers }),
    ...(edit === undefined || edit.epoch !== room.epoch
      ? {}
      : { edit: { seq: edit.seq, message: edit.text } }),
    ...(room.epoch === undefined ? {} : { epoch: room.epoch }),
    at: at ?? 0,
  });
}

/** The room of a draft, if the server knows it and the user is in it. */
export function roomOf({ rooms }: PageState, draft: SavedDraft): RoomState | undefined {
  const thread = threadOf(draft);
  const place = draft.room.split(" ")[0]!;
  const room = rooms.get(place) ??
    [...rooms.values()].find((one) => draftKeyOf(one, thread) === draft.room);
  return room === undefined || isProvisional(room) || room.parted ? undefined : room;
}

function threadOf({ room }: SavedDraft): number | undefined {
  const [, thread] = room.split(" ");
  return thread === undefined ? undefined : Number(thread);
}

/** Whether a refusal passes by itself. */
function isPassing({ code }: ApiRefusal): boolean {
  return ["unreachable", "rate_limited", "try_again", "internal"].includes(code);
}
