/**
 * A client of a Hubbub server, for programs.
 *
 * @module
 */
import type {
  ClientFrame,
  CommandOf,
  CommandType,
  ErrorFrame,
  History,
  Joined,
  RoomEvent,
  ServerFrame,
  Welcome,
} from "@hubbub/protocol";
import { CLOSE_CODES, foldName, LIMITS } from "@hubbub/protocol";
import { roomFields } from "./address.ts";
import { type ConnectionClock, type ConnectionStatus, ServerConnection } from "./connection.ts";
import { deferred } from "./deferred.ts";
import { ClosedError, ConnectionLostError, RefusedError } from "./errors.ts";
import {
  EventIterator,
  type EventOptions,
  type EventSource,
  isEvent,
  RETRY_AFTER,
} from "./events.ts";
import { type KeyedCommand, SendQueue, type StoredCommand } from "./send_queue.ts";
import { type ClientCredentials, opener, type OpenSocket, openWebSocket } from "./socket.ts";
import { type ClientStore, MemoryStore } from "./store.ts";

/** The settings of a client. */
export interface HubbubClientOptions extends ClientCredentials {
  /** The address of the server: `http://localhost:8000` or `https://chat.example.org`. */
  readonly url: string;
  /** What a crash of the program must not lose; in memory by default. */
  readonly store?: ClientStore;
  /** Opens a socket, where the runtime has no `WebSocket`: Node before version 22. */
  readonly openSocket?: OpenSocket;
  /**
   * Called when the state of the connection changes; `retryAt` is when the next attempt is due, in ms
   * since 1970.
   */
  readonly onStatus?: (status: ConnectionStatus, retryAt?: number) => void;
  /** Called for every frame of the server, in order: presence, typing, notices. */
  readonly onFrame?: (frame: ServerFrame) => void;
  /**
   * Called when the server refuses a command that a previous run of the program has left in the
   * store. By default that is written to the console.
   */
  readonly onRefused?: (command: KeyedCommand, error: RefusedError) => void;
  /** Replaces the clock, for tests. */
  readonly clock?: ConnectionClock;
}

/** The type of the reply to each command that has one of its own. */
interface ReplyTypes {
  readonly join: "joined";
  readonly create_room: "joined";
  readonly leave: "left";
  readonly history: "history";
  readonly search: "search_results";
  readonly list_rooms: "rooms";
  readonly list_memberships: "memberships";
  readonly list_members: "members";
  readonly list_pins: "pins";
  readonly list_reactions: "reactions";
  readonly list_votes: "votes";
  readonly resume: "joined";
  readonly offer_commands: "commands_offered";
  readonly list_commands: "commands";
  readonly run_command: "command_sent";
  readonly answer_command: "command_answered";
  readonly add_members: "members_added";
  readonly delete_messages: "messages_deleted";
  readonly watch: "watching";
  readonly read: "read";
  readonly set_level: "level";
  readonly set_room_prefs: "room_prefs";
  readonly save_message: "saved";
  readonly list_saved: "saved";
  readonly schedule_message: "scheduled";
  readonly list_scheduled: "scheduled_list";
  readonly cancel_scheduled: "scheduled_cancelled";
  readonly set_reminder: "reminder";
  readonly list_reminders: "reminders";
  readonly set_draft: "draft";
  readonly list_drafts: "drafts";
  readonly set_profile: "profile";
  readonly set_emoji: "emoji_changed";
  readonly delete_emoji: "emoji_changed";
  readonly list_emoji: "emoji_list";
  readonly report_message: "reported";
  readonly list_reports: "reports";
  readonly resolve_report: "report_resolved";
  readonly ping: "pong";
}

/** The reply to a command. */
export type ReplyOf<T extends CommandType> = T extends keyof ReplyTypes
  ? Extract<ServerFrame, { readonly type: ReplyTypes[T] }>
  : Exclude<ServerFrame, ErrorFrame>;

/** A command without its key. */
type WithoutKey<C> = C extends unknown ? Omit<C, "key"> : never;

/** What else belongs to a message. */
export interface SendOptions {
  /**
   * The key of the message: the server stores one message under it, however often it is sent. By
   * default a random one; `keyFor` derives one from the event that the message answers.
   */
  readonly key?: string;
  /** The `seq` of the message that it replies to. */
  readonly reply_to?: number;
  /** The ids of files that were uploaded for it. */
  readonly files?: readonly string[];
}

/** A request whose answer is awaited on the present connection. */
interface Request {
  readonly onReply: (frame: ServerFrame) => void;
  readonly onRefused: (error: RefusedError) => void;
  readonly onLost: () => void;
}

/**
 * A connection to a Hubbub server that lasts: it reconnects, resumes where it was, and sends what
 * was not acknowledged again, under its key.
 *
 * ```ts
 * import { HubbubClient } from "@hubbub/client";
 *
 * const client = new HubbubClient({ url: "http://localhost:8000", name: "Echo" });
 * for await (const event of client.events("lobby")) {
 *   if (event.type !== "room_message" || !event.message.startsWith("echo ")) continue;
 *   await client.send("lobby", `You said: ${event.message}`, { key: client.keyFor(event) });
 * }
 * ```
 */
export class HubbubClient implements AsyncDisposable {
  readonly #options: HubbubClientOptions;
  readonly #connection: ServerConnection;
  readonly #queue: SendQueue;
  readonly #store: ClientStore;
  readonly #ready = deferred<Welcome>();
  readonly #closing = new AbortController();
  /** The last question whether the session has ended. */
  #asking: Promise<boolean> = Promise.resolve(false);
  readonly #iterators = new Set<EventIterator>();
  /** The log of each event that an iterator has returned. */
  readonly #epochs = new WeakMap<RoomEvent, string>();
  readonly #requests = new Map<string, Request>();
  #stored: ReadonlyMap<string, string> = new Map();
  #welcome: Welcome | undefined;
  /** Whether `welcome` has arrived on the present connection. */
  #isOnline = false;
  #onOnline: (() => void)[] = [];
  #closed: ClosedError | undefined;
  readonly #loaded: Promise<void>;
  readonly #after: (ms: number, run: () => void) => unknown;
  /** Begins the keys of requests: no other client may have sent the same. */
  readonly #prefix = crypto.randomUUID().slice(0, 13);
  #lastRequest = 0;

  /**
   * Connects at once, and stays connected until `close`.
   *
   * @throws {TypeError} If the runtime has no `WebSocket`, and the options have no `openSocket`.
   */
  constructor(options: HubbubClientOptions) {
    requireSockets(options);
    this.#options = options;
    this.#store = options.store ?? new MemoryStore();
    const { clock, onRefused = reportRefusal } = options;
    const after = (ms: number, run: () => void) =>
      clock === undefined ? setTimeout(run, ms) : clock.after(ms, run);
    this.#queue = new SendQueue({
      store: this.#store,
      transmit: (command) => this.#connection.send([command]),
      after,
      onRefused,
    });
    this.#connection = new ServerConnection({
      url: socketUrl(options.url),
      open: opener(options, options.openSocket ?? openWebSocket),
      onLine: (line, retryAt) => {
        if (line === "closed") this.#disconnected();
        options.onStatus?.(line, retryAt);
      },
      onFrames: (frames) => {
        for (const frame of frames) this.#receive(frame);
      },
      onEnd: (code) => this.#end(new ClosedError(code)),
      signedOut: () => this.#asking = isSignedOut(options, this.#closing.signal),
      ...(clock === undefined ? {} : { clock }),
    });
    this.#after = after;
    this.#ready.promise.catch(() => {});
    this.#loaded = this.#load();
    this.#loaded.then(() => {
      if (this.#closed === undefined) this.#connection.start();
    }, (error) => this.#fail(error));
  }

  /** The user as whom the client is connected, once `ready` has resolved. */
  get you(): Welcome["you"] {
    if (this.#welcome === undefined) throw new Error("The client is not connected yet.");
    return this.#welcome.you;
  }

  /**
   * Waits for the first connection.
   *
   * @returns The first frame: the user, the limits, the rooms.
   * @throws {ClosedError} If the server refuses the client for good.
   */
  ready(): Promise<Welcome> {
    return this.#ready.promise;
  }

  /**
   * Reads the events of rooms, each exactly once and in order.
   *
   * @param rooms A room or several: by name, `@Name` for the conversation with a user, or
   * `id:ROOM_ID`. None for all rooms of the user and all conversations.
   */
  events(rooms: string | readonly string[] = [], options: EventOptions = {}): EventIterator {
    const source: EventSource = {
      store: this.#store,
      // The store is read before the first connection, and only then an iterator needs it.
      stored: { get: (name) => this.#stored.get(name), has: (name) => this.#stored.has(name) },
      request: (command, onReply, onRefused) =>
        this.#request(command as WithoutKey<ClientFrame>, {
          onReply: (frame) => onReply(frame as Joined | History),
          onRefused,
          // The next connection resumes.
          onLost: () => {},
        }),
      findRooms: (onRoom) => this.#findRooms(onRoom),
      after: this.#after,
      onEnded: (events) => this.#iterators.delete(events),
      tag: (event, epoch) => this.#epochs.set(event, epoch),
    };
    const events = new EventIterator(source, [rooms].flat(), options);
    if (this.#closed !== undefined) {
      events.end(this.#closed);
      return events;
    }
    this.#iterators.add(events);
    if (this.#isOnline && this.#welcome !== undefined) events.connected(this.#welcome);
    return events;
  }

  /**
   * Becomes a member of a room; a public one that does not exist is made, where the server allows it.
   * `events` does this by itself.
   *
   * @param room The room: by name, `@Name`, or `id:ROOM_ID`.
   * @throws {RefusedError} If the server refuses it.
   * @throws {ConnectionLostError} If the connection is lost before the answer.
   * @throws {ClosedError} If the client is closed.
   */
  join(room: string): Promise<Joined> {
    return this.ask({ type: "join", ...roomFields(room) });
  }

  /**
   * Sends a message, once: over lost connections, and over crashes if the store outlives them.
   *
   * @param room The room: by name, `@Name`, or `id:ROOM_ID`.
   * @returns The message as the server has stored it.
   * @throws {RefusedError} If the server refuses it.
   * @throws {ClosedError} If the client is closed before; the message stays in the store.
   */
  send(room: string, message: string, options: SendOptions = {}): Promise<RoomEvent> {
    const { key = crypto.randomUUID(), ...rest } = options;
    return this.submit({ type: "room_message", ...roomFields(room), message, ...rest, key });
  }

  /**
   * Sends any command that appends an event to a room's log: an edit, a deletion, a reaction. It is
   * sent again until the server has answered, as in `send`.
   *
   * @returns The event.
   */
  async submit(command: StoredCommand): Promise<RoomEvent> {
    // What a previous run has left comes first.
    await this.#loaded;
    return await this.#queue.submit({ ...command, key: command.key ?? crypto.randomUUID() });
  }

  /**
   * Sends any other command, and waits for its reply.
   *
   * @throws {RefusedError} If the server refuses it.
   * @throws {ConnectionLostError} If the connection is lost before: whether the server has carried
   * the command out is not known.
   * @throws {ClosedError} If the client is closed.
   */
  async ask<T extends Exclude<CommandType, StoredCommand["type"]>>(
    command: { readonly type: T } & WithoutKey<CommandOf<T>>,
  ): Promise<ReplyOf<T>> {
    await this.#online();
    const { promise, resolve, reject } = deferred<ReplyOf<T>>();
    this.#request(command as unknown as WithoutKey<ClientFrame>, {
      onReply: (frame) => resolve(frame as ReplyOf<T>),
      onRefused: reject,
      onLost: () => reject(this.#closed ?? new ConnectionLostError("The connection was lost.")),
    });
    return await promise;
  }

  /** Sends a command that has no reply, such as `typing`. It is dropped without a connection. */
  tell(command: WithoutKey<ClientFrame>): void {
    if (this.#isOnline) this.#connection.send([command as ClientFrame]);
  }

  /**
   * Derives the key of what a program sends because of an event: the same event always gives the
   * same key, so a program that crashes after sending and before committing sends nothing twice.
   *
   * @param event An event that this client has returned.
   * @param effect Tells several messages about one event apart; up to 10 characters.
   */
  keyFor(event: RoomEvent, effect = ""): string {
    const epoch = this.#epochs.get(event) ?? this.#welcome?.epoch ?? "";
    // Another log has other events under the same numbers.
    const log = epoch.slice(0, 8);
    const key = `${event.room_id}.${event.seq}.${log}${effect === "" ? "" : `.${effect}`}`;
    if (key.length > LIMITS.key_length) throw new RangeError("The name of the effect is too long.");
    return key;
  }

  /** Disconnects for good. What was not acknowledged stays in the store. */
  async close(): Promise<void> {
    this.#connection.stop();
    this.#closing.abort();
    this.#end(new ClosedError(CLOSE_CODES.normal.code));
    await this.#asking;
    await this.#loaded.catch(() => {});
  }

  /** Closes the client. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Finds every room that the user is in, page by page, while the connection lasts. */
  #findRooms(onRoom: (room_id: string) => void, after?: string): void {
    const page = after === undefined ? {} : { after };
    this.#request({ type: "list_memberships", ...page }, {
      onReply: (frame) => {
        if (frame.type !== "memberships") return;
        for (const { room_id, kind } of frame.rooms) if (kind !== "direct") onRoom(room_id);
        if (frame.next !== undefined) this.#findRooms(onRoom, frame.next);
      },
      onRefused: ({ isTemporary, retryAfter }) => {
        if (isTemporary) {
          this.#after(retryAfter ?? RETRY_AFTER, () => this.#findRooms(onRoom, after));
        }
      },
      // The next connection asks again.
      onLost: () => {},
    });
  }

  async #load(): Promise<void> {
    this.#stored = await this.#store.load();
    this.#queue.restore(this.#stored);
  }

  #receive(frame: ServerFrame): void {
    if (frame.type === "welcome") this.#connected(frame);
    const request = this.#takeRequest(frame as { readonly key?: string });
    if (frame.type === "error") {
      if (request !== undefined) request.onRefused(new RefusedError(frame));
      else this.#queue.refuse(frame);
    } else {
      request?.onReply(frame);
      if (isEvent(frame)) this.#queue.acknowledge(frame, (event) => !this.#isOthers(event));
      for (const events of this.#iterators) events.receive(frame);
    }
    this.#options.onFrame?.(frame);
  }

  /** A guest is another user after each connection, of the same name. */
  #isOthers({ sender, sender_id, guest }: RoomEvent): boolean {
    const { id, name, role } = this.you;
    if (sender_id === id) return false;
    return !(role === "guest" && guest === true && foldName(sender) === foldName(name));
  }

  #connected(welcome: Welcome): void {
    this.#welcome = welcome;
    this.#isOnline = true;
    this.#ready.resolve(welcome);
    for (const run of this.#onOnline.splice(0)) run();
    for (const events of this.#iterators) events.connected(welcome);
    this.#queue.connected();
  }

  #disconnected(): void {
    this.#isOnline = false;
    this.#queue.disconnected();
    for (const events of this.#iterators) events.disconnected();
    const lost = [...this.#requests.values()];
    this.#requests.clear();
    for (const { onLost } of lost) onLost();
  }

  #online(): Promise<void> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    if (this.#isOnline) return Promise.resolve();
    return new Promise((resolve, reject) =>
      this.#onOnline.push(() => this.#closed === undefined ? resolve() : reject(this.#closed))
    );
  }

  #request(command: WithoutKey<ClientFrame>, request: Request): void {
    if (!this.#isOnline) return request.onLost();
    const key = `${this.#prefix}-${++this.#lastRequest}`;
    this.#requests.set(key, request);
    this.#connection.send([{ ...command, key } as ClientFrame]);
  }

  #takeRequest({ key }: { readonly key?: string }): Request | undefined {
    if (key === undefined) return undefined;
    const request = this.#requests.get(key);
    this.#requests.delete(key);
    return request;
  }

  #end(error: ClosedError): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    this.#fail(error);
  }

  #fail(error: Error): void {
    const closed = this.#closed ??= new ClosedError(CLOSE_CODES.internal_error.code);
    this.#disconnected();
    this.#ready.reject(error);
    for (const run of this.#onOnline.splice(0)) run();
    this.#queue.close(closed);
    const isWanted = closed.code === CLOSE_CODES.normal.code;
    for (const events of this.#iterators) events.end(isWanted ? undefined : error);
  }
}

function socketUrl(url: string): string {
  return new URL("/ws", url.replace(/^http/, "ws")).href;
}

function requireSockets({ openSocket }: HubbubClientOptions): void {
  if (openSocket !== undefined || typeof WebSocket !== "undefined") return;
  throw new TypeError("This runtime has no WebSocket: give the client one, as `openSocket`.");
}

/**
 * Asks whether the client can still prove who it is: a refused upgrade does not say why it was
 * refused. Who brings tickets asks for each of them, and learns it there.
 */
async function isSignedOut(
  { url, token, name, ticket }: HubbubClientOptions,
  signal: AbortSignal,
): Promise<boolean> {
  if (ticket !== undefined) return false;
  try {
    const headers: HeadersInit = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const address = new URL("/api/server", url.replace(/^ws/, "http"));
    const response = await fetch(address, { headers, signal });
    const { you, sign_up } = await response.json();
    if (!response.ok || you !== null) return false;
    // A guest has no session: what ends for a guest is that the server lets guests in.
    return token !== undefined || name === undefined || sign_up === "invite";
  } catch {
    return false;
  }
}

function reportRefusal({ type, key }: KeyedCommand, { code, message }: RefusedError): void {
  console.error(`The server refused ${type} ${key} of a previous run: ${code}: ${message}`);
}
