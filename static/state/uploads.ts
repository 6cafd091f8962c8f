/**
 * Uploads in the state. Each belongs to the composer of a room until a draft takes it; the draft is
 * sent once all of its uploads are done, and they are removed with it.
 */
import type { FileInfo } from "../../lib/protocol/frames.ts";
import type { Draft, PageState, Pending, Upload, UploadChange } from "./types.ts";

/** Adds an upload. */
export function attach(state: PageState, upload: Upload): PageState {
  return { ...state, uploads: new Map(state.uploads).set(upload.id, upload) };
}

/** Removes uploads. */
export function detach(state: PageState, ids: readonly string[] = []): PageState {
  if (ids.length === 0) return state;
  const uploads = new Map(state.uploads);
  for (const id of ids) uploads.delete(id);
  return { ...state, uploads };
}

/** Changes an upload; a removed one stays removed. */
export function change(state: PageState, id: string, news: UploadChange): PageState {
  const upload = state.uploads.get(id);
  if (upload === undefined) return state;
  const { reason: _reason, obstacle: _obstacle, ...rest } = upload;
  return attach(state, { ...rest, ...news });
}

/** Makes the refused ones among some uploads wait for another attempt. */
export function tryAgain(state: PageState, ids: readonly string[] = []): PageState {
  const refused = ids.filter((id) => state.uploads.get(id)?.status === "refused");
  return refused.reduce((next, id) => change(next, id, { status: "waiting", progress: 0 }), state);
}

/** Completes a draft with its files, if all of its uploads are done. */
export function completed(state: PageState, entry: Pending): Pending {
  const files = filesOf(state, entry);
  return files === undefined ? entry : { ...entry, draft: withFiles(entry.draft, files) };
}

/** Whether a draft can be sent: it has no uploads, or all of them are done. */
export function isComplete({ uploads, draft }: Pending): boolean {
  return uploads === undefined || draft.type !== "room_message" || draft.files !== undefined;
}

function filesOf(state: PageState, { uploads }: Pending): readonly FileInfo[] | undefined {
  const files = uploads?.flatMap((id) => state.uploads.get(id)?.file ?? []);
  return files?.length === uploads?.length ? files : undefined;
}

function withFiles(draft: Draft, files: readonly FileInfo[]): Draft {
  return draft.type === "room_message" ? { ...draft, files: files.map(({ id }) => id) } : draft;
}
