import { systemClock } from "../../util/clock.ts";
import { StoreError } from "../error.ts";
import type { Bus } from "./bus/bus.ts";
import { applicationName, type Database } from "./database.ts";

/** Milliseconds between two heartbeats. */
const BEAT_MS = 5_000;
/** Seconds without a heartbeat after which an instance counts as ended. */
const SILENCE_S = 30;

/** A row that was not there has no earlier version, and so no transaction that replaced one. */
const BEAT = `INSERT INTO instances (id, seen_at, bus) VALUES ($1, now(), $2)
  ON CONFLICT (id) DO UPDATE SET seen_at = now() RETURNING xmax = 0 AS was_missing`;

/** The bus of another instance that does not hear this one; an older version has no other than NOTIFY. */
const OTHER_BUS = `SELECT coalesce(bus, 'postgres') AS bus FROM instances
  WHERE coalesce(bus, 'postgres') <> $1 LIMIT 1`;

/**
 * Limits the silence of other instances to the uptime of the database and of this instance: after
 * an outage an instance knows nothing about the others.
 */
const FORGET = `DELETE FROM instances
  WHERE greatest(seen_at, pg_postmaster_start_time()) < now() - make_interval(secs => $1)`;

/**
 * Removes the instances that have no connection to the database any more: their processes have ended.
 * After a start of the database an instance counts again with its first heartbeat. A pooler that
 * gives connections other names hides all of them, this instance's own too.
 */
const FORGET_ENDED = `DELETE FROM instances i
  WHERE i.seen_at > pg_postmaster_start_time()
    AND EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.application_name = $1)
    AND NOT EXISTS (
      SELECT 1 FROM pg_stat_activity a WHERE a.application_name = '${applicationName("")}' || i.id
    )`;

/** This instance of the server, as the others see it: alive while it sends heartbeats. */
export class Instance {
  /** Unique to each start. */
  readonly id: string;
  readonly #db: Database;
  #bus: Bus | null = null;
  #cancel = () => {};
  #beating: Promise<void> = Promise.resolve();
  #ended = false;
  /** The time of the last successful heartbeat, on the clock of `performance`. */
  #lastHeartbeatAt = -Infinity;
  /** The time since which no heartbeat has failed. */
  #unbrokenSince = -Infinity;

  constructor(db: Database) {
    this.#db = db;
    this.id = db.id;
  }

  /**
   * Sends the first heartbeat, and then one every few seconds.
   *
   * @throws {StoreError} If other instances use another bus: they would not hear each other.
   */
  async begin(bus: Bus): Promise<void> {
    this.#bus = bus;
    await this.forgetOthers();
    const [other] = await this.#db.run(OTHER_BUS, [bus.name]);
    if (other !== undefined) {
      await this.end();
      throw new StoreError(
        other.bus === "nats"
          ? "other instances reach each other over NATS. Start this one with their --bus"
          : "other instances reach each other without --bus. Stop them first",
      );
    }
    this.#beatLater();
  }

  /** Removes the instances that have ended, and those without a recent heartbeat. */
  async forgetOthers(): Promise<void> {
    await this.#beat();
    await this.#db.run(FORGET_ENDED, [applicationName(this.id)]);
    const cutOff = performance.now() - this.#unbrokenSince < SILENCE_S * 1_000;
    if (!cutOff) await this.#db.run(FORGET, [SILENCE_S]);
  }

  /** Removes this instance, so that the others know at once that it has ended. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#cancel();
    await this.#beating;
    await this.#db.run("DELETE FROM instances WHERE id = $1", [this.id]);
  }

  #beatLater(): void {
    this.#cancel = systemClock.after(BEAT_MS, () => {
      // While the database is away, the next heartbeat has to do.
      this.#beating = this.#beat().catch(() => {}).then(() => {
        if (!this.#ended) this.#beatLater();
      });
    });
  }

  async #beat(): Promise<void> {
    const [row] = await this.#db.run(BEAT, [this.id, this.#bus?.name ?? "postgres"]);
    // The others took it for ended, and told it nothing. With a new connection everything is compared.
    if (row?.was_missing === true && this.#lastHeartbeatAt > -Infinity) this.#bus?.reset();
    const now = performance.now();
    const gap = now - this.#lastHeartbeatAt;
    // The first heartbeat ends no gap: nothing was missed before it.
    if (gap > SILENCE_S * 500 && gap < Infinity) this.#unbrokenSince = now;
    this.#lastHeartbeatAt = now;
  }
}
