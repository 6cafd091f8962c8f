import { systemClock } from "../../../util/clock.ts";
import type { Connection, Database } from "../database.ts";
import { CHANNEL } from "../seal.ts";
import type { Bus, BusHandlers, BusText } from "./bus.ts";

/** Milliseconds until a lost connection is retried: at first, and at most. */
const MIN_RETRY_MS = 100;
const MAX_RETRY_MS = 2_000;

/** In one statement, and so one transaction: the texts arrive consecutively. */
const TELL = `SELECT pg_notify('${CHANNEL}', text)
  FROM json_array_elements_text($1::text::json) WITH ORDINALITY AS p (text, number)
  ORDER BY number`;

/** The bus that needs no other service: PostgreSQL's NOTIFY. Everything reaches everyone. */
export class NotifyBus implements Bus {
  readonly name = "postgres";
  /** A payload of NOTIFY has at most 7,999 bytes. */
  readonly maxLength = 7_999;
  readonly hasTopics = false;
  readonly notifiesWithAppend = true;
  readonly #db: Database;
  #handlers: BusHandlers | undefined;
  #line: Connection | null = null;
  #cancel = () => {};
  #retryMs = MIN_RETRY_MS;
  #closed = false;

  constructor(db: Database) {
    this.#db = db;
  }

  begin(handlers: BusHandlers): void {
    this.#handlers = handlers;
    this.#connect();
  }

  async ping(): Promise<void> {
    await this.#line?.run("SELECT 1");
  }

  reset(): void {
    if (this.#line !== null) this.#lose(this.#line);
  }

  async send(texts: readonly BusText[]): Promise<void> {
    try {
      await this.#db.run(TELL, [JSON.stringify(texts.map(({ text }) => text))]);
    } catch {
      // It is dropped, as while the database is away.
    }
  }

  follow(): Promise<void> {
    return Promise.resolve();
  }

  unfollow(): void {}

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#line?.close();
  }

  #connect(): void {
    // Notifications of an abandoned connection are ignored.
    const mine = (handle: () => void) => {
      if (this.#line === line && !this.#closed) handle();
    };
    const line = this.#db.listen({
      onNotify: (payload) => mine(() => this.#handlers?.onText(payload)),
      onClose: () => this.#lose(line),
    });
    this.#line = line;
    line.run(`LISTEN ${CHANNEL}`).then(() =>
      mine(() => {
        this.#retryMs = MIN_RETRY_MS;
        this.#handlers?.onConnected();
      }), () => this.#lose(line));
  }

  #lose(line: Connection): void {
    if (this.#line !== line || this.#closed) return;
    this.#line = null;
    this.#handlers?.onLost();
    void line.close();
    // Not all instances at once.
    const ms = this.#retryMs * (0.5 + Math.random());
    this.#cancel = systemClock.after(ms, () => this.#connect());
    this.#retryMs = Math.min(2 * this.#retryMs, MAX_RETRY_MS);
  }
}
