/**
 * Loads the upload code when there is a file to upload.
 *
 * @module
 */
import { lazyModule } from "../util/lazy_module.ts";
import type { PageState } from "../state/reducer.ts";
import { strings } from "../strings/strings.ts";
import type * as uploads from "./uploads.ts";
import type { UploadOptions, Uploads } from "./uploads.ts";

export type { StoredFile } from "./uploads.ts";

/** The upload code. */
export type UploadsModule = Pick<typeof uploads, "isReadable" | "prepare" | "sendFile" | "Uploads">;

/** The dependencies of the uploads, and how their code is loaded. */
export interface LazyUploadOptions extends Omit<UploadOptions, "send" | "prepare" | "isReadable"> {
  readonly load: () => Promise<UploadsModule>;
}

/** Stands in for {@link Uploads} until they are loaded. */
export class LazyUploads {
  readonly #options: LazyUploadOptions;
  readonly #uploads = lazyModule(() => this.#loadUploads());

  constructor(options: LazyUploadOptions) {
    this.#options = options;
  }

  /** Loads the upload code. Rejects if it cannot be loaded. */
  load(): Promise<Uploads> {
    return this.#uploads.load();
  }

  /**
   * Uploads the files that the user has chosen for a room; shows a notice if the code cannot be
   * loaded.
   */
  async add(room: string, files: readonly File[], thread?: number): Promise<void> {
    if (files.length === 0) return;
    try {
      (await this.load()).add(room, files, thread);
    } catch {
      this.#options.dispatch({ type: "show_news", news: strings.notLoaded.text });
    }
  }

  /** Receives every new state. An earlier page may have left drafts whose files wait. */
  note(state: PageState): void {
    const { loaded } = this.#uploads;
    if (loaded !== undefined) return loaded.note(state);
    // If loading fails now, the next change tries again.
    if (state.pending.some(({ uploads = [] }) => uploads.length > 0)) this.load().catch(() => {});
  }

  async #loadUploads(): Promise<Uploads> {
    const { isReadable, prepare, sendFile, Uploads } = await this.#options.load();
    const uploads = new Uploads({ ...this.#options, send: sendFile, prepare, isReadable });
    uploads.note(this.#options.state());
    return uploads;
  }
}
