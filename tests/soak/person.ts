import type { ClientFrame, RoomMessage, ServerFrame } from "../../lib/protocol.ts";
import type { Random } from "../support/random.ts";
import type { Ledger } from "./ledger.ts";

/** How many messages somebody has on their way at once. */
const WINDOW = 10;

/** How long somebody thinks before the next message, in ms, at the longest. */
const THINKING = 250;

/** How long somebody waits before coming back, in ms, at the longest. */
const PAUSE = 150;

/** How long somebody waits before saying again what could not be stored just then, in ms. */
const AGAIN = 100;

/** What a server may say when it ends a connection, and 1005 and 1006: that nothing was said. */
const FAIR_CLOSES: ReadonlySet<number> = new Set([0, 1000, 1001, 1005, 1006, 1011, 4008]);

/** How somebody is made. */
export interface PersonOptions {
  readonly name: string;
  readonly token: string;
  /** The rooms that they follow and talk in. */
  readonly rooms: readonly string[];
  /** A room that they must not come to know of, and a word that is only said there. */
  readonly hidden?: { readonly room: string; readonly word: string };
  readonly ledger: Ledger;
  readonly random: Random;
  /** Where a server is to be found, at this moment. */
  readonly address: () => string;
}

/** What one connection has of a room and has said on it; it ends with the connection. */
interface Stay {
  readonly socket: WebSocket;
  readonly joined: Set<string>;
  /** What was said again on it: its answer comes apart from the order of things. */
  readonly repeated: Set<string>;
}

/** Somebody who talks and listens, comes back whenever the line is lost, and trusts nothing. */
export class Person {
  readonly name: string;
  /** What they went through. */
  readonly figures = { connections: 0, failed: 0, frames: 0, truncated: 0, refused: 0, early: 0 };
  readonly #options: PersonOptions;
  /** The `seq` that they have, by room. */
  readonly #have = new Map<string, number>();
  /** What is not acknowledged, by key. */
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

  /** Lives until `leave`. */
  async live(): Promise<void> {
    const talking = this.#talk();
    while (!this.#gone) {
      await this.#visit();
      await pause(this.#options.random.between(1, PAUSE));
    }
    await talking;
  }

  /** Says nothing new from now on. */
  hush(): void {
    this.#silent = true;
  }

  /** Drops their own line, as a laptop does whose lid is closed. */
  drop(): void {
    this.#stay?.socket.close();
  }

  /** Whether everything is acknowledged, and seen up to where the rooms go. */
  get settled(): boolean {
    const { rooms, ledger } = this.#options;
    return this.#waiting.size === 0 && rooms.every((room) => this.#at(room) >= ledger.end(room));
  }

  /** What is missing, for whoever waits in vain. */
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
        this.figures[isOpen ? "connections" : "failed"] += 1;
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
      this.figures.frames += 1;
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
    // Too much was missed: the latest page stands for it, and that is said.
    if (truncated) {
      this.figures.truncated += 1;
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
      // The first answer to what one says again: it may be older than what one has, or, where
      // another instance has stored it, newer than what has come from there.
      if (seq > this.#at(room)) this.figures.early += 1;
      this.#acknowledge(message);
      return;
    }
    this.#take(message);
  }

  /** What comes in the order of things: the next one, always. */
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
      this.figures.refused += 1;
      if (key.startsWith("join")) return stay.socket.close();
      stay.repeated.add(key);
      setTimeout(() => this.#say(stay, key), AGAIN);
    }
  }

  #say(stay: Stay, key: string): void {
    const said = this.#waiting.get(key);
    if (said !== undefined) this.#send(stay, { type: "room_message", ...said, key });
  }

  /** Tries whether anything can be had of a room that is not there for them. */
  #pry(stay: Stay, { room, word }: { room: string; word: string }): void {
    this.#send(stay, { type: "history", room, key: "pry" });
    this.#send(stay, { type: "room_message", room, message: "let me in", key: "pry" });
    // The answer says the query again: half of the word does, and would find it.
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
