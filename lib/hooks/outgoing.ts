/**
 * Outgoing webhooks: each reads the logs of its rooms from a stored position and sends every event to
 * its address, in order, until the receiver accepts it. An event is sent at least once, and always
 * under the same id.
 *
 * Without outgoing hooks this costs nothing but the check that there are none. Of several instances
 * on one database one delivers: it reserves the hook in the store.
 *
 * @module
 */
import type { Room } from "../chat/room.ts";
import { wireEvent } from "../chat/to_wire.ts";
import type { Log } from "../observability/log.ts";
import type { HookPosition, OutgoingHook } from "../store/hooks.ts";
import type { StoredEvent } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import type { Cancel, Clock } from "../util/clock.ts";
import type { Send, SendResult } from "./send.ts";
import { signedHeaders } from "./signature.ts";

/** The dependencies of `OutgoingHooks`. */
export interface OutgoingHooksOptions {
  readonly store: Pick<
    Store,
    | "hooks"
    | "hookNews"
    | "advanceHook"
    | "setHookState"
    | "holdHook"
    | "releaseHook"
    | "replay"
    | "epoch"
    | "peers"
  >;
  readonly clock: Clock;
  readonly log: Log;
  readonly send: Send;
  /** The name and version of the server, for the header `User-Agent`. */
  readonly agent: string;
  /** Called when a hook was paused because its receiver fails. */
  readonly onPaused: (hook: OutgoingHook, reason: string) => void;
  /** A random number from 0 to 1, so that many hooks do not try again at the same moment. */
  readonly random?: () => number;
}

/** The wait after the first failed attempt, in ms; it doubles with each further one. */
const FIRST_RETRY_MS = 5_000;

/** The longest wait between two attempts, in ms. */
const MAX_RETRY_MS = 3_600_000;

/** A hook whose receiver fails for so long is paused, in ms. */
const PAUSE_AFTER_MS = 24 * 3_600_000;

/** How long an instance reserves a hook, in ms: twice as long as one attempt may take. */
const HOLD_MS = 20_000;

/** How long an attempt may still take once the server stops, in ms. */
const STOP_MS = 1_000;

/** How often an instance beside others looks for events that they have stored, in ms. */
const POLL_MS = 3_000;

/** How much of a room is read at once. */
const BATCH = { limit: 50, maxLength: 2_000_000 } as const;

/** The receiver says that it wants no more (Standard Webhooks): the hook is paused at once. */
const GONE = 410;

/** A hook that delivers. */
interface HookWorker {
  readonly hook: OutgoingHook;
  /** The rooms to look at; `null` for all of the hook's. */
  rooms: Set<number> | null;
  failingSince: number | null;
  /** Failed attempts since the last success. */
  failures: number;
  /** Set while it waits for the next attempt. */
  cancelRetry: Cancel | null;
  isRunning: boolean;
}

/** Delivers the events of outgoing hooks. */
export class OutgoingHooks {
  readonly #options: OutgoingHooksOptions;
  readonly #workers = new Map<string, HookWorker>();
  readonly #running = new Set<Promise<void>>();
  readonly #abort = new AbortController();
  #isStopping = false;
  #cancelPoll: Cancel = () => {};

  constructor(options: OutgoingHooksOptions) {
    this.#options = options;
  }

  /** Starts to deliver what was stored meanwhile. */
  async start(): Promise<void> {
    await this.reload();
    if (this.#options.store.peers !== null) this.#pollLater();
  }

  /** Reads the hooks again: one was added, removed, paused or resumed. */
  async reload(): Promise<void> {
    const hooks = await this.#options.store.hooks();
    if (this.#isStopping) return;
    const active = new Map(
      hooks.flatMap((hook) =>
        hook.kind === "outgoing" && hook.pausedAt === null ? [[hook.id, hook] as const] : []
      ),
    );
    for (const [id, worker] of this.#workers) {
      if (!active.has(id)) this.#end(worker);
    }
    for (const [id, hook] of active) {
      if (!this.#workers.has(id)) this.#workers.set(id, newWorker(hook));
      this.#look(this.#workers.get(id)!, null);
    }
  }

  /** Delivers a hook again that was paused, or that waits for its next attempt. */
  async resume(id: string): Promise<void> {
    await this.#options.store.setHookState(id, { failingSince: null, pausedAt: null });
    const worker = this.#workers.get(id);
    if (worker !== undefined) this.#end(worker);
    await this.reload();
  }

  /** Tells that a room has a new event. */
  wake(room: Pick<Room, "id">): void {
    for (const worker of this.#workers.values()) this.#look(worker, room.id);
  }

  /**
   * Stops delivering. Attempts that have begun may end for a moment longer. What was not acknowledged
   * is sent again after the next start, or by another instance.
   */
  async close(): Promise<void> {
    this.#isStopping = true;
    this.#cancelPoll();
    for (const { cancelRetry } of this.#workers.values()) cancelRetry?.();
    const cancel = this.#options.clock.after(STOP_MS, () => this.#abort.abort());
    await Promise.all(this.#running);
    cancel();
    this.#workers.clear();
  }

  /** Other instances store events, and change hooks, without telling this one. */
  #pollLater(): void {
    const { clock, log } = this.#options;
    this.#cancelPoll = clock.after(POLL_MS, () => {
      const polled = this.reload()
        .catch((error) => log.error("cannot read webhooks", error))
        .then(() => {
          if (!this.#isStopping) this.#pollLater();
        });
      this.#track(polled);
    });
  }

  #look(worker: HookWorker, room: number | null): void {
    if (room === null) worker.rooms = null;
    else worker.rooms?.add(room);
    if (worker.isRunning || worker.cancelRetry !== null || this.#isStopping) return;
    this.#track(this.#run(worker));
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  #end(worker: HookWorker): void {
    worker.cancelRetry?.();
    this.#workers.delete(worker.hook.id);
  }

  #isActive(worker: HookWorker): boolean {
    return !this.#isStopping && this.#workers.get(worker.hook.id) === worker;
  }

  /** Delivers until there is nothing left, or an attempt fails. */
  async #run(worker: HookWorker): Promise<void> {
    const { store, log } = this.#options;
    const { id } = worker.hook;
    worker.isRunning = true;
    try {
      while (this.#isActive(worker)) {
        if (worker.rooms?.size === 0) {
          await store.releaseHook(id);
          // Nothing may be awaited between the last look and the end.
          if (worker.rooms.size === 0) return;
        }
        // While another instance delivers, the next poll looks again.
        if (!await store.holdHook(id, HOLD_MS)) return;
        const rooms = worker.rooms === null ? null : [...worker.rooms];
        worker.rooms = new Set();
        const news = await store.hookNews(id, rooms);
        for (const position of news) {
          if (await this.#deliverRoom(worker, position)) continue;
          worker.rooms = null;
          return;
        }
      }
    } catch (error) {
      log.error("cannot deliver webhooks", error);
      worker.rooms = null;
      this.#retryLater(worker, FIRST_RETRY_MS);
    } finally {
      worker.isRunning = false;
      // Another instance can go on at once.
      if (this.#isStopping) await store.releaseHook(id).catch(() => {});
    }
  }

  /** Delivers the next events of a room. @returns `false` if an attempt failed. */
  async #deliverRoom(worker: HookWorker, { room, seq }: HookPosition): Promise<boolean> {
    const { store } = this.#options;
    const { hook } = worker;
    const end = Math.min(room.seq, seq + BATCH.limit);
    const events = await store.replay(room.id, seq, end, BATCH) ??
      await store.replay(room.id, seq, seq + 1, { limit: 1, maxLength: Infinity }) ?? [];
    let done = seq;
    for (const event of events) {
      if (!this.#isActive(worker)) return false;
      const frame = wireEvent(room, event);
      if (hook.events === null || hook.events.includes(frame.type)) {
        if (!await this.#deliver(worker, room.publicId, frame, event)) return false;
        await store.advanceHook(hook.id, room.id, event.seq);
      }
      done = event.seq;
    }
    if (done > seq) await store.advanceHook(hook.id, room.id, done);
    // Other rooms are next; this one has more.
    if (done > seq && done < room.seq) worker.rooms?.add(room.id);
    return true;
  }

  async #deliver(
    worker: HookWorker,
    roomId: string,
    frame: object,
    { seq }: StoredEvent,
  ): Promise<boolean> {
    const { store, clock, send, agent } = this.#options;
    const { hook } = worker;
    // Reserved again before each attempt: together they can take longer than one reservation.
    if (!await store.holdHook(hook.id, HOLD_MS)) {
      this.#retryLater(worker, POLL_MS);
      return false;
    }
    const { epoch } = store;
    const id = `${roomId}.${seq}.${epoch}`;
    const body = JSON.stringify({ ...frame, epoch });
    const seconds = Math.floor(clock.now() / 1_000);
    const headers = {
      "content-type": "application/json",
      "content-length": `${new TextEncoder().encode(body).byteLength}`,
      "user-agent": agent,
      ...signedHeaders({ id, seconds, body }, hook.secret),
    };
    const sent = await send(hook.url, headers, body, this.#abort.signal);
    if (!this.#isActive(worker)) return isAccepted(sent);
    if (!isAccepted(sent)) {
      await this.#failed(worker, sent);
      return false;
    }
    worker.failures = 0;
    if (worker.failingSince !== null) {
      worker.failingSince = null;
      await store.setHookState(hook.id, { failingSince: null, pausedAt: null });
    }
    return true;
  }

  async #failed(worker: HookWorker, sent: SendResult): Promise<void> {
    const { store, clock, log, onPaused, random = Math.random } = this.#options;
    const { hook } = worker;
    const now = clock.now();
    const reason = "error" in sent ? sent.error : `the receiver answers with ${sent.status}`;
    log.warn("cannot deliver to webhook", { hook: hook.id, reason });
    const failingSince = worker.failingSince ??= now;
    worker.failures += 1;
    const isGone = "status" in sent && sent.status === GONE;
    if (isGone || now - failingSince >= PAUSE_AFTER_MS) {
      const isNew = await store.setHookState(hook.id, { failingSince, pausedAt: now });
      this.#end(worker);
      if (isNew) onPaused(hook, reason);
      return;
    }
    await store.setHookState(hook.id, { failingSince, pausedAt: null });
    const wait = Math.min(FIRST_RETRY_MS * 2 ** (worker.failures - 1), MAX_RETRY_MS);
    const asked = "status" in sent ? sent.retryAfter ?? 0 : 0;
    this.#retryLater(worker, Math.max(wait * (1 + random()) / 2, asked));
  }

  #retryLater(worker: HookWorker, ms: number): void {
    if (!this.#isActive(worker)) return;
    worker.cancelRetry?.();
    worker.cancelRetry = this.#options.clock.after(ms, () => {
      worker.cancelRetry = null;
      this.#look(worker, null);
    });
  }
}

function newWorker(hook: OutgoingHook): HookWorker {
  return {
    hook,
    rooms: null,
    failingSince: hook.failingSince,
    failures: 0,
    cancelRetry: null,
    isRunning: false,
  };
}

function isAccepted(sent: SendResult): boolean {
  return "status" in sent && sent.status >= 200 && sent.status < 300;
}
