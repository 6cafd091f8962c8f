/**
 * Applies the commit log in a thread, so that no request waits for the tables, their indexes or the
 * disk.
 *
 * @module
 */
import { createAnalyzer } from "../../protocol/text/words.ts";
import { createDocumentReader } from "../sql/search_document.ts";
import { APPLY_SQL, createApply } from "./apply.ts";
import { contentOf, createIndexer, INDEX_SQL } from "./indexer.ts";
import { transactions } from "./transaction.ts";

/** Rows between two checkpoints: some thousands of pages. */
const ROWS_PER_CHECKPOINT = 2_000;

/** After how many writes of other connections the thread is notified. */
const WRITES_PER_NOTE = 250;

/**
 * The thread's program. A text rather than a file, so that a server built as one file contains it.
 * It replies before the checkpoint, which waits for the disk.
 */
const THREAD = `
import { DatabaseSync } from "node:sqlite";
const transactions = ${transactions};
const createAnalyzer = ${createAnalyzer};
const createDocumentReader = ${createDocumentReader};
const createIndexer = ${createIndexer};
const contentOf = ${contentOf};
const createApply = ${createApply};
const sql = ${JSON.stringify(APPLY_SQL)};
const indexSql = ${JSON.stringify(INDEX_SQL)};
let db, transaction, apply, checkpoint, rows = 0;

function open({ path, pragmas }) {
  db = new DatabaseSync(path);
  db.exec(pragmas);
  // Checkpoints are run explicitly, when no request waits.
  db.exec("PRAGMA wal_autocheckpoint = 0");
  transaction = transactions(db);
  const indexer = createIndexer(db, indexSql, createDocumentReader(createAnalyzer()), contentOf);
  apply = createApply(db, sql, indexer);
  checkpoint = db.prepare("PRAGMA wal_checkpoint(PASSIVE)");
}

// The first checkpoint does most of the work, and blocks no other connection.
function scrub() {
  rows = 0;
  checkpoint.get();
  if (db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get().busy) throw new Error("it is being read");
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
  if (data.scrub) return answer(scrub);
  if (data.records !== undefined) answer(() => transaction(() => apply(data.records, data.newest)));
  rows += data.rows;
  if (rows < ${ROWS_PER_CHECKPOINT}) return;
  rows = 0;
  try {
    checkpoint.get();
  } catch {
    // It is repeated with the next rows; if it keeps failing, the server's own connection will
    // report it.
  }
};
`;

/** The messages to the thread, and its reply: nothing, or the error. */
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
   * Starts the thread. Resolves when it has opened the file: permissions that the process drops
   * later are dropped for the thread too.
   *
   * @param pragmas The setup of its connection.
   * @throws If it cannot open the file.
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
   * Applies records in one transaction. Calls must not overlap.
   *
   * @param rows The number of messages among them.
   * @param newest The number of the last record.
   * @throws The database's error; then nothing is applied.
   */
  apply(records: readonly string[], rows: number, newest: number): Promise<void> {
    return this.#ask({ records, rows, newest: String(newest) });
  }

  /**
   * Truncates the write-ahead log, which holds data that has been overwritten since. Must not be
   * called while the thread applies records.
   *
   * @throws If it is impossible now because another process is reading.
   */
  scrub(): Promise<void> {
    return this.#ask({ scrub: true });
  }

  /** Another connection has written: this counts for the next checkpoint. */
  wrote(): void {
    this.#written += 1;
    if (this.#written < WRITES_PER_NOTE || this.#broken) return;
    this.#worker.postMessage({ rows: this.#written });
    this.#written = 0;
  }

  /** Has the thread close the file, and ends it. */
  async close(): Promise<void> {
    // If it has ended already, it holds nothing.
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
