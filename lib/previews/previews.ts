/**
 * Adds previews to messages with links. A message is stored and shown first; its link is looked up
 * later, and what was found is an event in the name of the author. A job in the store outlives a
 * crash, and of several instances one does it.
 *
 * @module
 */
import { Alarm } from "../chat/alarm.ts";
import type { HubApi } from "../chat/hub_api.ts";
import type { Room } from "../chat/room.ts";
import type { Preview } from "../chat/events/preview.ts";
import type { Commands } from "../commands/dispatch.ts";
import type { Files } from "../files/files.ts";
import type { Log } from "../observability/log.ts";
import { firstLink, mayLink } from "../protocol/text/links.ts";
import type { PreviewJob } from "../store/previews.ts";
import type { Account, StoredEvent, StoredMessage } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "../util/clock.ts";
import { type Rate, RateLimiter } from "../util/rate_limit.ts";
import { createPublicId } from "../util/secrets.ts";
import { isWebAddress } from "./fetch_page.ts";
import type { LinkContent, LookUp } from "./look_up.ts";

/** The dependencies of `Previews`. */
export interface PreviewOptions {
  readonly store: Store;
  readonly hub: Pick<HubApi, "rooms">;
  readonly commands: Pick<Commands, "appendAs" | "refusesFile">;
  readonly files: Pick<Files, "receive">;
  readonly clock: Clock;
  readonly log: Log;
  readonly lookUp: LookUp;
  /** The origins of this server: its own pages need no preview. */
  readonly ownOrigins: readonly string[];
}

/** How many links are looked up at the same time. */
const MAX_ACTIVE = 6;

/** How long an instance reserves a job, in ms: several times as long as it may take. */
const HOLD_MS = 60_000;

/** How many links of one user are looked up: further ones get no preview. */
const EACH: Rate = { perSecond: 10 / 60, burst: 10 };

/** The name of the file that holds a picture. */
const IMAGE_NAME = "preview";

/** Looks up the links in messages. */
export class Previews {
  readonly #options: PreviewOptions;
  readonly #rate: RateLimiter<number>;
  readonly #alarm: Alarm;
  readonly #active = new Set<Promise<void>>();
  readonly #abort = new AbortController();

  constructor(options: PreviewOptions) {
    this.#options = options;
    const { store, clock, log } = options;
    this.#rate = new RateLimiter(EACH, clock);
    this.#alarm = new Alarm({
      what: "look up links",
      next: async () => this.#isFull ? null : await store.nextPreviewJob(),
      run: () => this.#begin(),
      clock,
      log,
    });
  }

  get #isFull(): boolean {
    return this.#active.size >= MAX_ACTIVE;
  }

  /** Begins with what was left to do. */
  start(): void {
    this.#alarm.start();
  }

  /** Takes note of an event that was stored: a message with a link, or an edit of one. */
  add({ id, record }: Room, event: StoredEvent): void {
    if (event.kind !== "message" && event.kind !== "edit") return;
    // A link that an edit takes away takes its preview with it.
    const isOpen = event.kind === "edit" || record.previews && mayLink(event.text);
    if (!isOpen) return;
    const { store, clock, log } = this.#options;
    const now = clock.now();
    const seq = event.kind === "edit" ? event.target : event.seq;
    store.addPreviewJob({ room: id, seq, id: createPublicId() }, now)
      .then(() => this.#alarm.set(now))
      .catch((error) => log.error("cannot store the link of a message", error));
  }

  /** Stops. What is not done is done after the next start, or by another instance. */
  async close(): Promise<void> {
    this.#abort.abort();
    await this.#alarm.close();
    await Promise.all(this.#active);
  }

  async #begin(): Promise<void> {
    const { store, clock, log } = this.#options;
    const now = clock.now();
    const jobs = await store.claimPreviewJobs(now, now + HOLD_MS, MAX_ACTIVE - this.#active.size);
    for (const job of jobs) {
      const done = this.#do(job)
        .catch((error) => log.error("cannot look up a link", error, { room: job.room }))
        .finally(() => {
          this.#active.delete(done);
          this.#alarm.set(clock.now());
        });
      this.#active.add(done);
    }
  }

  async #do(job: PreviewJob): Promise<void> {
    const { store, hub } = this.#options;
    const room = await hub.rooms.load({ id: job.room });
    const message = await this.#messageOf(job);
    const author = message && await store.accountByPublicId(message.senderId);
    if (message && author && room.has(author)) await this.#update(job, room, message, author);
    if (!this.#abort.signal.aborted) await store.finishPreviewJob(job, this.#options.clock.now());
  }

  /** Gives a message the preview that its present text asks for. */
  async #update(
    job: PreviewJob,
    room: Room,
    message: StoredMessage,
    author: Account,
  ): Promise<void> {
    const { commands } = this.#options;
    const link = firstLink(message.text);
    const before = previewOf(message)?.url;
    if (link !== null && link === before) return;
    const isWanted = link !== null && room.record.previews && !message.state?.no_preview &&
      this.#isForeign(link) && this.#rate.take(author.id) === 0;
    const found = isWanted ? await this.#options.lookUp(link, this.#abort.signal) : null;
    if (this.#abort.signal.aborted) return;
    const now = await this.#messageOf(job);
    // An edit meanwhile is another job.
    if (now === null || now.text !== message.text || now.state?.no_preview) return;
    if (found !== null && link !== null) {
      return await this.#add(job, room, author, link, found);
    }
    if (before === undefined) return;
    const event = { kind: "preview_removed", target: job.seq, edited: true } as const;
    await commands.appendAs(author, room, { ...event, key: `preview ${job.id}` });
  }

  async #add(
    { seq, id }: PreviewJob,
    room: Room,
    author: Account,
    url: string,
    { title, description, image: bytes }: LinkContent,
  ): Promise<void> {
    const { commands, store } = this.#options;
    const file = bytes === null ? null : await this.#keep(author, room, bytes);
    const preview: Preview = {
      ...{ url, title },
      ...(description === null ? {} : { description }),
      ...(file === null ? {} : { image: file }),
    };
    const event = { kind: "preview_added", target: seq, preview } as const;
    const files = file === null ? {} : { files: [file.id] };
    const outcome = await commands.appendAs(author, room, {
      ...event,
      ...files,
      key: `preview ${id}`,
    });
    const isNew = "event" in outcome && !outcome.repeated;
    if (!isNew && file !== null) await store.dropFile(file.id);
  }

  /** Stores a picture as a file of the author's, within the author's quotas. */
  async #keep(
    author: Account,
    room: Room,
    bytes: Uint8Array,
  ): Promise<{ id: string; width: number; height: number } | null> {
    const { commands, files, store } = this.#options;
    const body = ReadableStream.from([new Uint8Array(bytes)]);
    const authorize = () => Promise.resolve(commands.refusesFile(author, room));
    const stored = await files.receive(
      author,
      room,
      { name: IMAGE_NAME },
      body,
      authorize,
      bytes.byteLength,
    );
    if ("code" in stored) return null;
    const { id, width, height } = stored;
    if (width !== null && height !== null) return { id, width, height };
    await store.dropFile(id);
    return null;
  }

  async #messageOf({ room, seq }: PreviewJob): Promise<StoredMessage | null> {
    const bounds = { limit: 1, maxLength: 0 };
    const { messages: [message] } = await this.#options.store.pageAfter(room, seq - 1, bounds);
    return message?.seq === seq && !message.deleted ? message : null;
  }

  #isForeign(link: string): boolean {
    const url = URL.parse(link);
    return url !== null && isWebAddress(url) && !this.#options.ownOrigins.includes(url.origin);
  }
}

function previewOf({ state }: StoredMessage): Preview | undefined {
  return state?.preview as Preview | undefined;
}
