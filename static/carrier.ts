/**
 * Files on their way to the server. What carries them is loaded when there is one to be carried.
 *
 * @module
 */
import { late } from "./late.ts";
import type { State } from "./state.ts";
import { strings } from "./strings.ts";
import type { UploadOptions, Uploads } from "./uploads.ts";

export type { KeptFile } from "./uploads.ts";

/** Stands for the {@link Uploads} until they are there. */
export class Carrier {
  readonly #options: Omit<UploadOptions, "send" | "prepare">;
  readonly #uploads = late(() => this.#loadUploads());

  /** @param options What carrying files needs from around it. */
  constructor(options: Omit<UploadOptions, "send" | "prepare">) {
    this.#options = options;
  }

  /** Loads what carries files. Rejects where it cannot be loaded. */
  load(): Promise<Uploads> {
    return this.#uploads.load();
  }

  /** Takes files that somebody has chosen for a room; says so where they cannot be taken. */
  async add(room: string, files: readonly File[]): Promise<void> {
    if (files.length === 0) return;
    try {
      (await this.load()).add(room, files);
    } catch {
      this.#options.dispatch({ type: "tell", news: strings.later.failed });
    }
  }

  /** Takes note of a change. An earlier page may have left drafts whose files wait. */
  note(state: State): void {
    const { loaded } = this.#uploads;
    if (loaded !== undefined) return loaded.note(state);
    // Where it cannot be loaded now, the next change tries again.
    if (state.pending.some(({ uploads = [] }) => uploads.length > 0)) this.load().catch(() => {});
  }

  async #loadUploads(): Promise<Uploads> {
    const { prepare, sendFile, Uploads } = await import("./uploads.ts");
    const uploads = new Uploads({ ...this.#options, send: sendFile, prepare });
    uploads.note(this.#options.state());
    return uploads;
  }
}
