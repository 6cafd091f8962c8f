/**
 * Uploads files: prepares them, sends a few at a time while the connection is open, retries after a
 * failure, and aborts uploads that the user has removed. The state holds what the user sees; this
 * module holds the bytes.
 *
 * @module
 */
import type { FileInfo } from "../../lib/protocol/frames.ts";
import type { ErrorCode } from "../../lib/protocol/errors.ts";
import { type ApiRefusal, isRefused } from "./api.ts";
import { newKey } from "../util/uuid.ts";
import type { PreparedFile } from "../util/file_prepare.ts";
import type { MediaDetails } from "../util/media_prepare.ts";
import type { Action, PageState, Upload } from "../state/reducer.ts";
import type { UploadChange } from "../state/types.ts";
import { obstacleOf } from "../state/pending.ts";
import { isComplete } from "../state/uploads.ts";
import { translated } from "../strings/errors.ts";
import { deferredStrings } from "../strings/deferred.ts";
import { strings } from "../strings/strings.ts";

export { isReadable, prepare } from "../util/file_prepare.ts";

/** How many files are uploaded at a time; the server accepts four from one user. */
const parallelUploads = 2;
/** How long to wait before retrying after a temporary refusal, in ms. */
const retryDelay = 3_000;
/** Progress is reported in steps of this size, so that the page does not render for each packet. */
const progressStep = 0.02;

/** A stored file; it survives a reload while the draft that it belongs to waits. */
export interface StoredFile extends PreparedFile, Pick<Upload, "room"> {}

/** The dependencies of the uploads. */
export interface UploadOptions {
  readonly dispatch: (action: Action) => void;
  readonly state: () => PageState;
  /** Sends bytes to the server. Never rejects. */
  readonly send: (
    path: string,
    blob: Blob,
    onProgress: (share: number) => void,
    signal: AbortSignal,
  ) => Promise<FileInfo | ApiRefusal>;
  /** Prepares a file for upload. */
  readonly prepare: (file: File) => Promise<PreparedFile>;
  /** Whether the bytes of a file can be read. */
  readonly isReadable: (blob: Blob) => Promise<boolean>;
  /** The storage that outlives the page. */
  readonly storage: {
    get(id: string): Promise<StoredFile | undefined>;
    put(id: string, file: StoredFile): void;
    drop(id: string): void;
  };
  readonly later: (ms: number, run: () => void) => void;
}

/** A prepared file. */
interface HeldFile {
  readonly file: PreparedFile;
  readonly preview: string | undefined;
  running?: AbortController;
  isStored?: true;
  /** Whether the upload pauses because the server has refused it for now. */
  isPaused?: true;
}

/** The uploads of the page. */
export class Uploads {
  readonly #options: UploadOptions;
  readonly #held = new Map<string, HeldFile>();
  /** The drafts whose files are being loaded from storage. */
  readonly #loading = new Set<string>();

  constructor(options: UploadOptions) {
    this.#options = options;
  }

  /** Adds the files that the user has chosen for a room, or for a thread in it. */
  add(room: string, files: readonly File[], thread?: number): void {
    for (const file of files) void this.#add(room, file, thread);
  }

  /**
   * Receives every new state: starts the uploads that can start, and aborts those that were
   * removed.
   */
  note(state: PageState): void {
    for (const [id, held] of this.#held) {
      if (!state.uploads.has(id)) this.#drop(id, held);
    }
    for (const entry of state.pending) {
      for (const id of entry.uploads ?? []) {
        if (state.uploads.has(id)) this.#keep(state, id);
        else if (entry.status === "waiting") void this.#restore(state, entry.key, id);
      }
    }
    if (state.ready) this.#begin(state);
  }

  async #add(room: string, file: File, thread: number | undefined): Promise<void> {
    const { dispatch, prepare, isReadable, state } = this.#options;
    const id = newKey();
    const place = { room, ...(thread === undefined ? {} : { thread }) };
    const base = { id, ...place, name: file.name, size: file.size, progress: 0 };
    // Attach at once: a user who presses Enter while a photo is prepared means to send it along.
    dispatch({ type: "attach", upload: { ...base, status: "waiting" } });
    if (!await isReadable(file)) {
      return this.#hold(id, { blob: file, name: file.name }, deferredStrings.files.unreadable);
    }
    const prepared = await prepare(file);
    if (!state().uploads.has(id)) return;
    const isTooLarge = prepared.blob.size > state().limits.file_bytes;
    this.#hold(id, prepared, isTooLarge ? deferredStrings.files.tooLarge : undefined);
  }

  #hold(id: string, file: PreparedFile, refusal?: string): void {
    const { blob, name, width, height, thumbnail } = file;
    const size = width === undefined || height === undefined ? undefined : { width, height };
    const preview = size && URL.createObjectURL(thumbnail ?? blob);
    this.#held.set(id, { file, preview });
    this.#options.dispatch({
      type: "upload",
      id,
      change: {
        ...{ name, ...size },
        size: blob.size,
        ...(preview === undefined ? {} : { preview }),
        ...(refusal === undefined ? {} : { status: "refused", reason: refusal }),
      },
    });
  }

  #drop(id: string, { running, preview, isStored }: HeldFile): void {
    this.#held.delete(id);
    running?.abort();
    if (preview !== undefined) URL.revokeObjectURL(preview);
    if (isStored) this.#options.storage.drop(id);
  }

  /** Stores the file of a waiting draft: it must outlive the page, as the draft does. */
  #keep(state: PageState, id: string): void {
    const [upload, held] = [state.uploads.get(id), this.#held.get(id)];
    if (upload === undefined || upload.status === "done" || held === undefined || held.isStored) {
      return;
    }
    held.isStored = true;
    this.#options.storage.put(id, { ...held.file, room: upload.room });
  }

  /** Loads the file of a draft that an earlier page has left. */
  async #restore(state: PageState, key: string, id: string): Promise<void> {
    const entry = state.pending.find((one) => one.key === key);
    if (entry === undefined || this.#loading.has(id)) return;
    const { dispatch, storage } = this.#options;
    this.#loading.add(id);
    // The server has the file: the draft only waits for its acknowledgement.
    if (isComplete(entry)) return storage.drop(id);
    const found = await storage.get(id);
    this.#loading.delete(id);
    if (found === undefined) {
      return dispatch({ type: "upload_lost", key, reason: deferredStrings.files.lost });
    }
    const { room, ...file } = found;
    const base = { id, room, name: file.name, size: file.blob.size, progress: 0 };
    dispatch({ type: "attach", upload: { ...base, status: "waiting" } });
    this.#hold(id, file);
  }

  #begin(state: PageState): void {
    for (const upload of state.uploads.values()) {
      const held = this.#held.get(upload.id);
      // Uploads go by the room's id, so the user must be in the room.
      const isDue = state.rooms.get(upload.room)?.live && upload.status === "waiting" &&
        held !== undefined &&
        held.running === undefined && !held.isPaused;
      // Count each time: a started upload changes the state, which may start others.
      if (isDue && this.#running() < parallelUploads) void this.#send(upload, held);
    }
  }

  #running(): number {
    return [...this.#held.values()].filter((held) => held.running !== undefined).length;
  }

  async #send({ id, room, name }: Upload, held: HeldFile): Promise<void> {
    const { dispatch, send, isReadable } = this.#options;
    const tell = (change: UploadChange) => dispatch({ type: "upload", id, change });
    const running = held.running = new AbortController();
    tell({ status: "sending", progress: 0 });
    let reported = 0;
    const onProgress = (share: number) => {
      if (share - reported < progressStep) return;
      reported = share;
      tell({ progress: share });
    };
    const { blob, thumbnail } = held.file;
    const path = `/api/rooms/id:${room}/files?name=${encodeURIComponent(name)}${
      detailsOf(held.file)
    }`;
    const body = thumbnail === undefined ? blob : new Blob([thumbnail, blob]);
    const answer = await send(path, body, onProgress, running.signal);
    // The browser says of a file that has changed only that it could not be sent.
    const isGone = isRefused(answer) && answer.code === "unreachable" && !await isReadable(blob);
    delete held.running;
    if (running.signal.aborted) return;
    if (!isRefused(answer)) return tell({ status: "done", progress: 1, file: answer });
    if (isGone) return tell({ status: "refused", reason: deferredStrings.files.changed });
    if (!isPassing(answer)) return tell({ status: "refused", ...refusalOf(answer) });
    this.#pause(held);
    tell({ status: "waiting", progress: 0 });
  }

  #pause(held: HeldFile): void {
    const { later, state } = this.#options;
    held.isPaused = true;
    later(retryDelay, () => {
      delete held.isPaused;
      this.note(state());
    });
  }
}

/** What the address of an upload says about a file, beside its name. */
function detailsOf({ thumbnail, duration, peaks }: MediaDetails): string {
  const said = Object.entries({ thumbnail: thumbnail?.size, duration, peaks });
  return said.map(([name, value]) => value === undefined ? "" : `&${name}=${value}`).join("");
}

/** Whether a retry may succeed. */
function isPassing({ code }: ApiRefusal): boolean {
  return ["unreachable", "rate_limited", "try_again", "internal"].includes(code);
}

function refusalOf(answer: ApiRefusal): Pick<UploadChange, "reason" | "obstacle"> {
  const obstacle = obstacleOf(answer.code as ErrorCode);
  return { reason: reasonOf(answer), ...(obstacle === undefined ? {} : { obstacle }) };
}

function reasonOf({ code, detail }: ApiRefusal): string {
  const t = deferredStrings.files;
  if (code === "file_too_large") return t.tooLarge;
  return code === "storage_full" ? t.full : code === "files_off" ? t.off : translated(detail);
}

/** Sends bytes and reports the progress, which `fetch` cannot do. Never rejects. */
export function sendFile(
  path: string,
  blob: Blob,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<FileInfo | ApiRefusal> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const unreachable = { code: "unreachable", detail: strings.refused.unreachable };
    request.open("POST", path);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total);
    request.onload = () => resolve(request.response ?? unreachable);
    request.onerror = request.onabort = () => resolve(unreachable);
    signal.addEventListener("abort", () => request.abort());
    request.send(blob);
  });
}
