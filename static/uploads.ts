/**
 * Carries files to the server: makes them ready, sends a few at a time while there is a line, tries
 * again after it was lost, and gives up what is not wanted any more. What people see of it is in
 * the state; here are the bytes.
 *
 * @module
 */
import type { FileInfo } from "../lib/protocol.ts";
import { type ApiRefusal, isRefused } from "./api.ts";
import { newKey } from "./keys.ts";
import type { Picture } from "./pictures.ts";
import type { Action, State, Upload } from "./state.ts";
import type { UploadChange } from "./state/types.ts";
import { isComplete } from "./state/uploads.ts";
import { strings } from "./strings.ts";

export { prepare } from "./pictures.ts";

/** How many files are sent at a time; the server takes four of one person. */
const parallel = 2;
/** How long to wait before sending again what the server could not take just then, in ms. */
const againAfter = 3_000;
/** Progress is told in steps of this, so that the page is not drawn for each packet. */
const progressStep = 0.02;

/** A file as it is kept over a reload, while the draft that it goes with waits. */
export interface KeptFile extends Pick<Upload, "room" | "name" | "width" | "height"> {
  readonly blob: Blob;
}

/** What carrying files needs from around it. */
export interface UploadOptions {
  readonly dispatch: (action: Action) => void;
  readonly state: () => State;
  /** Sends bytes to the server. Never rejects. */
  readonly send: (
    path: string,
    blob: Blob,
    onProgress: (share: number) => void,
    signal: AbortSignal,
  ) => Promise<FileInfo | ApiRefusal>;
  /** Makes a file ready to be sent. */
  readonly prepare: (file: File) => Promise<Picture>;
  /** What outlives the page. */
  readonly kept: {
    get(id: string): Promise<KeptFile | undefined>;
    put(id: string, file: KeptFile): void;
    drop(id: string): void;
  };
  readonly later: (ms: number, run: () => void) => void;
}

/** The bytes of a file, from when they are ready. */
interface Held {
  readonly blob: Blob;
  readonly preview: string | undefined;
  running?: AbortController;
  isKept?: true;
  /** Whether the server has asked for patience. */
  rests?: true;
}

/** Files on their way. */
export class Uploads {
  readonly #options: UploadOptions;
  readonly #held = new Map<string, Held>();
  /** Drafts whose files are being looked for in what was kept. */
  readonly #sought = new Set<string>();

  constructor(options: UploadOptions) {
    this.#options = options;
  }

  /** Takes files that somebody has chosen for a room. */
  add(room: string, files: readonly File[]): void {
    for (const file of files) void this.#add(room, file);
  }

  /** Takes note of a change: begins what can begin, gives up what is gone. */
  note(state: State): void {
    for (const [id, held] of this.#held) {
      if (!state.uploads.has(id)) this.#drop(id, held);
    }
    for (const entry of state.pending) {
      for (const id of entry.uploads ?? []) {
        if (state.uploads.has(id)) this.#keep(state, id);
        else if (entry.status === "waiting") void this.#seek(state, entry.key, id);
      }
    }
    if (state.ready) this.#begin(state);
  }

  async #add(room: string, file: File): Promise<void> {
    const { dispatch, prepare, state } = this.#options;
    const id = newKey();
    const base = { id, room, name: file.name, size: file.size, progress: 0 };
    // At once: whoever presses Enter while a photo is made ready means to send it along.
    dispatch({ type: "attach", upload: { ...base, status: "waiting" } });
    const { blob, name, ...size } = await prepare(file);
    if (!state().uploads.has(id)) return;
    const refusal = blob.size > state().limits.file_bytes ? strings.files.tooLarge : undefined;
    this.#hold(id, blob, { name, ...size }, refusal);
  }

  #hold(id: string, blob: Blob, known: UploadChange, refusal?: string): void {
    const preview = known.width === undefined ? undefined : URL.createObjectURL(blob);
    this.#held.set(id, { blob, preview });
    this.#options.dispatch({
      type: "upload",
      id,
      change: {
        ...known,
        size: blob.size,
        ...(preview === undefined ? {} : { preview }),
        ...(refusal === undefined ? {} : { status: "refused", reason: refusal }),
      },
    });
  }

  #drop(id: string, { running, preview, isKept }: Held): void {
    this.#held.delete(id);
    running?.abort();
    if (preview !== undefined) URL.revokeObjectURL(preview);
    if (isKept) this.#options.kept.drop(id);
  }

  /** What a draft waits for must outlive the page, as the draft does. */
  #keep(state: State, id: string): void {
    const [upload, held] = [state.uploads.get(id), this.#held.get(id)];
    if (upload === undefined || upload.status === "done" || held === undefined || held.isKept) {
      return;
    }
    held.isKept = true;
    const { room, name, width, height } = upload;
    const size = width === undefined || height === undefined ? {} : { width, height };
    this.#options.kept.put(id, { room, name, blob: held.blob, ...size });
  }

  /** Looks for a file of a draft that an earlier page has left. */
  async #seek(state: State, key: string, id: string): Promise<void> {
    const entry = state.pending.find((one) => one.key === key);
    if (entry === undefined || this.#sought.has(id)) return;
    const { dispatch, kept } = this.#options;
    this.#sought.add(id);
    // The server has it: the draft only waits to be acknowledged.
    if (isComplete(entry)) return kept.drop(id);
    const found = await kept.get(id);
    this.#sought.delete(id);
    if (found === undefined) {
      return dispatch({ type: "upload_lost", key, reason: strings.files.lost });
    }
    const { blob, ...rest } = found;
    const upload = { ...rest, id, size: blob.size, progress: 0, status: "waiting" as const };
    dispatch({ type: "attach", upload });
    this.#hold(id, blob, rest);
  }

  #begin(state: State): void {
    for (const upload of state.uploads.values()) {
      const held = this.#held.get(upload.id);
      const isDue = upload.status === "waiting" && held !== undefined &&
        held.running === undefined && !held.rests;
      // Counted each time: what is begun here changes the state, and so may begin others.
      if (isDue && this.#running() < parallel) void this.#send(upload, held);
    }
  }

  #running(): number {
    return [...this.#held.values()].filter((held) => held.running !== undefined).length;
  }

  async #send({ id, room, name }: Upload, held: Held): Promise<void> {
    const { dispatch, send } = this.#options;
    const tell = (change: UploadChange) => dispatch({ type: "upload", id, change });
    const running = held.running = new AbortController();
    tell({ status: "sending", progress: 0 });
    let told = 0;
    const onProgress = (share: number) => {
      if (share - told < progressStep) return;
      told = share;
      tell({ progress: share });
    };
    const path = `/api/rooms/${encodeURIComponent(room)}/files?name=${encodeURIComponent(name)}`;
    const answer = await send(path, held.blob, onProgress, running.signal);
    delete held.running;
    if (running.signal.aborted) return;
    if (!isRefused(answer)) return tell({ status: "done", progress: 1, file: answer });
    if (!isPassing(answer)) return tell({ status: "refused", reason: reasonOf(answer) });
    this.#rest(held);
    tell({ status: "waiting", progress: 0 });
  }

  #rest(held: Held): void {
    const { later, state } = this.#options;
    held.rests = true;
    later(againAfter, () => {
      delete held.rests;
      this.note(state());
    });
  }
}

/** Whether it may go well by itself a little later. */
function isPassing({ code }: ApiRefusal): boolean {
  return ["unreachable", "rate_limited", "try_again", "internal"].includes(code);
}

function reasonOf({ code, detail }: ApiRefusal): string {
  const t = strings.files;
  if (code === "file_too_large") return t.tooLarge;
  return code === "storage_full" ? t.full : code === "files_off" ? t.off : detail;
}

/** Sends bytes and says how far it has come, which `fetch` cannot. Never rejects. */
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
