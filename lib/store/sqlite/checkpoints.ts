/**
 * What is committed is in the write-ahead log first, and has to be copied into the database now
 * and then: a checkpoint. It waits for the disk, tens of milliseconds each time. It is done in a
 * thread of its own, so that nobody's message waits along.
 *
 * @module
 */

/** Rows are copied after so many: some 4,000 pages where each was a transaction of its own. */
const ROWS_PER_CHECKPOINT = 1_000;

/** Another round is worth it while more pages than this have come during the last one. */
const WORTH_A_ROUND = 100;

/**
 * What the thread does. A text and no file, so that a server built as one file has it too. It opens
 * the database each time, so that it never holds it when the server lets go of it. Whatever fails
 * is tried again with the next rows; if it goes on failing, the server's own connection will tell.
 */
const THREAD = `
import { DatabaseSync } from "node:sqlite";

self.onmessage = ({ data: path }) => {
  try {
    const db = new DatabaseSync(path);
    try {
      db.exec("PRAGMA fullfsync = ON");
      const checkpoint = db.prepare("PRAGMA wal_checkpoint(PASSIVE)");
      for (let round = 0; round < 3; round++) {
        const { log, checkpointed } = checkpoint.get();
        if (log - checkpointed <= ${WORTH_A_ROUND}) break;
      }
    } finally {
      db.close();
    }
  } catch {}
  self.postMessage("done");
};
`;

/** Makes checkpoints of one database beside the connection that writes to it. */
export class Checkpoints {
  readonly #path: string;
  #rows = 0;
  #worker: Worker | undefined;
  #running: PromiseWithResolvers<void> | undefined;

  /** @param path The file; its thread is started when it is needed, not before. */
  constructor(path: string) {
    this.#path = path;
  }

  /** So many rows more are committed. */
  wrote(rows: number): void {
    this.#rows += rows;
    if (this.#rows < ROWS_PER_CHECKPOINT || this.#running !== undefined) return;
    this.#rows = 0;
    this.#running = Promise.withResolvers();
    this.#worker ??= this.#start();
    this.#worker.postMessage(this.#path);
  }

  /** Ends the thread. Resolves when it does not hold the file any more. */
  async close(): Promise<void> {
    await this.#running?.promise;
    this.#worker?.terminate();
  }

  #start(): Worker {
    const url = `data:text/javascript,${encodeURIComponent(THREAD)}`;
    const worker = new Worker(url, { type: "module" });
    worker.onmessage = () => this.#finish();
    worker.onerror = (event) => {
      // Not to be started again: without it, the connection makes all checkpoints by itself.
      event.preventDefault();
      this.#rows = -Infinity;
      this.#finish();
    };
    return worker;
  }

  #finish(): void {
    this.#running?.resolve();
    this.#running = undefined;
  }
}
