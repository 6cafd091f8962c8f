import type { ClientFrame, RoomMessage, ServerFrame } from "../../lib/protocol/frames.ts";
import type { Random } from "../support/random.ts";
import type { Ledger } from "./ledger.ts";

/** The maximum number of unacknowledged messages of a user. */
const WINDOW = 10;

/** The longest pause before the next message, in ms. */
const THINKING = 250;

/** The longest delay before a reconnect, in ms. */
const PAUSE = 150;

/** The delay before a message that could not be stored is resent, in ms. */
const AGAIN = 100;

/** The close codes that a server may send; 1005 and 1006 mean that it sent none. */
const FAIR_CLOSES: ReadonlySet<number> = new Set([0, 1000, 1001, 1005, 1006, 1011, 4008]);

/** The parameters of a user. */
export interface PersonOptions {
  readonly name: string;
  readonly token: string;
  /** The rooms that the user joins and writes to. */
  readonly rooms: readonly string[];
  /** A room that must stay hidden from the user, and a word that occurs only there. */
  readonly hidden?: { readonly room: string; readonly word: string };
  readonly ledger: Ledger;
  readonly random: Random;
  /** The current address of a server. */
  readonly address: () => string;
}

/** The state of a room on one connection; it ends with the connection. */
interface Stay {
  readonly socket: WebSocket;
  readonly joined: Set<string>;
  /** The messages resent on it: their replies arrive out of order. */
  readonly repeated: Set<string>;
}

/** A user who sends and receives, reconnects after each disconnect, and checks every frame. */
export class Person {
  readonly name: string;
  /** The number of events of each kind. */
  readonly statistics = {
    connections: 0,
    failed: 0,
    frames: 0,
    truncated: 0,
    refused: 0,
    early: 0,
  };
  readonly #options: PersonOptions;
  /** The last received `seq`, by room. */
  readonly #have = new Map<string, number>();
  /** The unacknowledged messages, by key. */
  readonly #waiting = new Map<string, { readonly room: string; readonly message: string }>();
  #epoch: string | undefined;
  #said = 0;
  #silent = false;
  #gone = false;
  #stay: Stay | undefined;

  constructor(options: PersonOptions) {
    this.#options = options;
    this.name = options.name;
    for (const room of options.rooms) this.#have.set(room, 0);
  }

  /** Runs until `leave`. */
  async live(): Promise<void> {
    const talking = this.#talk();
    while (!this.#gone) {
      await this.#visit();
      await pause(this.#options.random.between(1, PAUSE));
    }
    await talking;
  }

  /** Stops sending new messages. */
  dismiss(): void {
    this.#silent = true;
  }

  /** Drops the connection, as a closed laptop does. */
  drop(): void {
    this.#stay?.socket.close();
  }

  /** Whether every message is acknowledged, and every room received to its end. */
  get settled(): boolean {
    const { rooms, ledger } = this.#options;
    return this.#waiting.size === 0 && rooms.every((room) => this.#at(room) >= ledger.end(room));
  }

  /** What is missing, for the report of a timeout. */
  get state(): string {
    const have = [...this.#have].map(([room, seq]) => `${room} ${seq}`);
    return `${this.name}: ${this.#waiting.size} not acknowledged, has ${have.join(", ")}`;
  }

  leave(): void {
    this.#gone = true;
    this.drop();
  }

  async #talk(): Promise<void> {
    const { random, rooms } = this.#options;
    while (!this.#silent) {
      await pause(random.between(1, THINKING));
      if (this.#waiting.size >= WINDOW) continue;
      const n = ++this.#said;
      const room = random.pick(rooms);
      this.#waiting.set(`k${n}`, { room, message: `${this.name} ${n} ${this.#wordOf(room)}` });
      const stay = this.#stay;
      if (stay?.joined.has(room)) this.#say(stay, `k${n}`);
      if (this.#options.hidden && n % 5 === 0 && stay) this.#pry(stay, this.#options.hidden);
    }
  }

  #wordOf(room: string): string {
    return room === "general" ? "hello" : `secret-of-${room}`;
  }

  #visit(): Promise<void> {
    const socket = new WebSocket(this.#options.address(), {
      headers: { authorization: `Bearer ${this.#options.token}` },
    } as unknown as string[]);
    const stay: Stay = { socket, joined: new Set(), repeated: new Set() };
    this.#stay = stay;
    let isOpen = false;
    socket.onmessage = ({ data }) => {
      isOpen = true;
      this.#hear(stay, data);
    };
    return new Promise((resolve) => {
      socket.onclose = ({ code }) => {
        this.statistics[isOpen ? "connections" : "failed"] += 1;
        if (!FAIR_CLOSES.has(code)) this.#fault(`closed with ${code}`);
        resolve();
      };
    });
  }

  #hear(stay: Stay, data: string): void {
    const { hidden } = this.#options;
    if (hidden && data.includes(hidden.word)) this.#fault(`was told of ${hidden.room}: ${data}`);
    const value: ServerFrame | ServerFrame[] = JSON.parse(data);
    for (const frame of [value].flat()) {
      this.statistics.frames += 1;
      if (frame.type === "welcome") this.#arrive(stay);
      else if (frame.type === "joined") this.#catchUp(stay, frame);
      else if (frame.type === "room_message") this.#follow(stay, frame);
      else if (frame.type === "error") this.#refused(stay, frame);
    }
  }

  #arrive(stay: Stay): void {
    for (const room of this.#options.rooms) {
      const epoch = this.#epoch === undefined ? {} : { epoch: this.#epoch };
      this.#send(stay, {
        type: "join",
        room,
        after: this.#at(room),
        key: `join ${room}`,
        ...epoch,
      });
    }
  }

  #catchUp(stay: Stay, frame: Extract<ServerFrame, { type: "joined" }>): void {
    const { room, seq, truncated, messages, epoch } = frame;
    if (this.#epoch !== undefined && this.#epoch !== epoch) this.#fault("is in another log");
    this.#epoch = epoch;
    // Too many events were missed: the latest page replaces them, and the reply says so.
    if (truncated) {
      this.statistics.truncated += 1;
      this.#have.set(room, (messages[0]?.seq ?? seq + 1) - 1);
    }
    for (const message of messages) {
      if (message.type === "room_message") this.#take(message);
    }
    if (this.#at(room) !== seq) this.#fault(`is said to be at ${seq}, but has ${this.#at(room)}`);
    stay.joined.add(room);
    for (const [key, { room: where }] of this.#waiting) {
      if (where !== room) continue;
      stay.repeated.add(key);
      this.#say(stay, key);
    }
  }

  #follow(stay: Stay, message: RoomMessage): void {
    const { room, seq, sender, key = "" } = message;
    const isOwn = sender === this.name;
    if (!stay.joined.has(room)) this.#fault(`hears ${room} ${seq}, and does not follow it`);
    if (isOwn && stay.repeated.has(key) && seq !== this.#at(room) + 1) {
      // The first reply to a resent message: it may be older than the received events or, if
      // another instance stored it, newer.
      if (seq > this.#at(room)) this.statistics.early += 1;
      this.#acknowledge(message);
      return;
    }
    this.#take(message);
  }

  /** Handles an event in order: always the next seq. */
  #take(message: RoomMessage): void {
    const { room, seq, sender } = message;
    const next = this.#at(room) + 1;
    if (seq !== next) this.#fault(`gets ${room} ${seq} where ${next} is due`);
    this.#have.set(room, Math.max(seq, next - 1));
    this.#options.ledger.show(this.name, room, message);
    if (sender === this.name) this.#acknowledge(message);
  }

  #acknowledge({ room, seq, message, key = "" }: RoomMessage): void {
    this.#options.ledger.promise(message, { room, seq });
    this.#waiting.delete(key);
  }

  #refused(stay: Stay, { code, key = "" }: Extract<ServerFrame, { type: "error" }>): void {
    if (key === "pry") {
      if (code !== "no_such_room" && code !== "try_again") this.#fault(`is told ${code} of a room`);
    } else if (code !== "try_again") {
      this.#fault(`is refused with ${code}: ${key}`);
    } else {
      this.statistics.refused += 1;
      if (key.startsWith("join")) return stay.socket.close();
      stay.repeated.add(key);
      setTimeout(() => this.#say(stay, key), AGAIN);
    }
  }

  #say(stay: Stay, key: string): void {
    const said = this.#waiting.get(key);
    if (said !== undefined) this.#send(stay, { type: "room_message", ...said, key });
  }

  /** Checks that a hidden room gives nothing away. */
  #pry(stay: Stay, { room, word }: { room: string; word: string }): void {
    this.#send(stay, { type: "history", room, key: "pry" });
    this.#send(stay, { type: "room_message", room, message: "let me in", key: "pry" });
    // The reply repeats the query: half of the word would still find a message.
    this.#send(stay, { type: "search", query: word.slice(0, -1) });
  }

  #send({ socket }: Stay, frame: ClientFrame): void {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  }

  #at(room: string): number {
    return this.#have.get(room) ?? 0;
  }

  #fault(what: string): void {
    this.#options.ledger.fault(`${this.name} ${what}`);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
