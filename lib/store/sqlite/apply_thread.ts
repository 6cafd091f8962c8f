/**
 * The thread that carries what is in the commit log into the database, so that nobody waits for
 * the tables, their indexes or the disk.
 *
 * @module
 */
import { APPLY_SQL, createApply } from "./apply.ts";
import { transactions } from "./transaction.ts";

/** Rows between two checkpoints: some thousands of pages. */
const ROWS_PER_CHECKPOINT = 2_000;

/** After how many writes of others it hears of them. */
const WRITES_PER_NOTE = 250;

/**
 * What the thread does. A text and no file, so that a server built as one file has it too. The
 * answer goes out before the checkpoint, which waits for the disk.
 */
const THREAD = `
import { DatabaseSync } from "node:sqlite";
const transactions = ${transactions};
const createApply = ${createApply};
const sql = ${JSON.stringify(APPLY_SQL)};
let db, transaction, apply, checkpoint, rows = 0;

function open({ path, pragmas }) {
  db = new DatabaseSync(path);
  db.exec(pragmas);
  // Checkpoints are made by hand, when nobody waits.
  db.exec("PRAGMA wal_autocheckpoint = 0");
  transaction = transactions(db);
  apply = createApply(db, sql);
  checkpoint = db.prepare("PRAGMA wal_checkpoint(PASSIVE)");
}

function answer(act) {
  try {
    act();
    self.postMessage(null);
  } catch ({ message, errcode }) {
    self.postMessage({ message, errcode });
  }
}

self.onmessage = ({ data }) => {
  if (data.path !== undefined) return answer(() => open(data));
  if (data.close) return answer(() => db.close());
  if (data.records !== undefined) answer(() => transaction(() => apply(data.records)));
  rows += data.rows;
  if (rows < ${ROWS_PER_CHECKPOINT}) return;
  rows = 0;
  try {
    checkpoint.get();
  } catch {
    // It is made with the next rows; if it goes on failing, the server's own connection will tell.
  }
};
`;

/** How the thread is asked, and what it answers: nothing, or what failed. */
type Answer = { readonly message: string; readonly errcode?: number } | null;

/** Applies records in a thread, one batch after another. */
export class ApplyThread {
  readonly #worker: Worker;
  #answer: ((answer: Answer) => void) | undefined;
  #broken: Error | undefined;
  #written = 0;

  private constructor() {
    const url = `data:text/javascript,${encodeURIComponent(THREAD)}`;
    this.#worker = new Worker(url, { type: "module" });
    this.#worker.onmessage = ({ data }) => this.#answer?.(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#broken = new Error(`The thread that fills the tables has ended: ${event.message}`);
      this.#answer?.(this.#broken);
    };
  }

  /**
   * Starts it. Resolves when it has opened the file: what the process gives up then, its thread
   * gives up with it.
   *
   * @param pragmas How its connection is set up.
   * @throws If it cannot open it.
   */
  static async start(path: string, pragmas: string): Promise<ApplyThread> {
    const thread = new ApplyThread();
    try {
      await thread.#ask({ path, pragmas });
      return thread;
    } catch (error) {
      thread.#worker.terminate();
      throw error;
    }
  }

  /**
   * Applies records, in one transaction. Not to be called again before it has ended.
   *
   * @param rows How many messages they hold.
   * @throws What the database says; then nothing of it is applied.
   */
  apply(records: readonly string[], rows: number): Promise<void> {
    return this.#ask({ records, rows });
  }

  /** Something was written on another connection: it counts for the next checkpoint. */
  wrote(): void {
    this.#written += 1;
    if (this.#written < WRITES_PER_NOTE || this.#broken) return;
    this.#worker.postMessage({ rows: this.#written });
    this.#written = 0;
  }

  /** Has it let go of the file, and ends it. */
  async close(): Promise<void> {
    // Where it has ended already, it holds nothing.
    await this.#ask({ close: true }).catch(() => {});
    this.#worker.terminate();
  }

  async #ask(question: object): Promise<void> {
    if (this.#broken) throw this.#broken;
    const answer = await new Promise<Answer>((resolve) => {
      this.#answer = resolve;
      this.#worker.postMessage(question);
    });
    if (answer !== null) throw Object.assign(new Error(answer.message), answer);
  }
}
