/**
 * Files on their way to the server. Each is in the composer of a room until a draft takes it along;
 * a draft is sent once all of its files are there, and they are gone from here with it.
 */
import type { FileInfo } from "../../lib/protocol.ts";
import type { Draft, Pending, State, Upload, UploadChange } from "./types.ts";

/** Adds a file. */
export function attach(state: State, upload: Upload): State {
  return { ...state, uploads: new Map(state.uploads).set(upload.id, upload) };
}

/** Takes files away. */
export function detach(state: State, ids: readonly string[] = []): State {
  if (ids.length === 0) return state;
  const uploads = new Map(state.uploads);
  for (const id of ids) uploads.delete(id);
  return { ...state, uploads };
}

/** Changes what is known of a file; what was taken away stays so. */
export function change(state: State, id: string, news: UploadChange): State {
  const upload = state.uploads.get(id);
  if (upload === undefined) return state;
  const { reason: _reason, ...rest } = upload;
  return attach(state, { ...rest, ...news });
}

/** Lets what was refused of some files be sent again. */
export function tryAgain(state: State, ids: readonly string[] = []): State {
  const refused = ids.filter((id) => state.uploads.get(id)?.status === "refused");
  return refused.reduce((next, id) => change(next, id, { status: "waiting", progress: 0 }), state);
}

/** A draft with its files, where all of them are there; as it is where one is missing. */
export function completed(state: State, entry: Pending): Pending {
  const files = filesOf(state, entry);
  return files === undefined ? entry : { ...entry, draft: withFiles(entry.draft, files) };
}

/** Whether a draft can be sent: it has no files, or they are at the server. */
export function isComplete({ uploads, draft }: Pending): boolean {
  return uploads === undefined || draft.type !== "room_message" || draft.files !== undefined;
}

function filesOf(state: State, { uploads }: Pending): readonly FileInfo[] | undefined {
  const files = uploads?.flatMap((id) => state.uploads.get(id)?.file ?? []);
  return files?.length === uploads?.length ? files : undefined;
}

function withFiles(draft: Draft, files: readonly FileInfo[]): Draft {
  return draft.type === "room_message" ? { ...draft, files: files.map(({ id }) => id) } : draft;
}
