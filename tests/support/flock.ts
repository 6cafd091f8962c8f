import type { RoomMessage, ServerFrame } from "../../lib/protocol.ts";
import type { Peer } from "./peer.ts";
import type { ServerProcess } from "./server.ts";

/** How many messages a sender has on their way at once. */
const WINDOW = 25;

/**
 * A port that is free, below those that systems lend to connections: a server that comes back to
 * it finds it free again.
 */
export function freePort(): number {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/** One person who comes back whenever the server does, and goes on where they were. */
class Bird {
  readonly name: string;
  /** Everything that was said, in the order in which it came. */
  readonly seen: RoomMessage[] = [];
  /** The `seq` of one's own messages by key: what the server has promised. */
  readonly acknowledged = new Map<string, number>();
  readonly #flock: Flock;
  readonly #token: string;
  readonly #protocols: string[];
  readonly #toSay: number;
  #peer: Peer | undefined;
  #said = 0;

  constructor(flock: Flock, name: string, token: string, protocols: string[], toSay: number) {
    this.#flock = flock;
    this.name = name;
    this.#token = token;
    this.#protocols = protocols;
    this.#toSay = toSay;
  }

  /** Stays until everything is said and seen. */
  async live(total: number): Promise<void> {
    while (this.seen.length < total) {
      const server = await this.#flock.server();
      try {
        await this.#stay(server, total);
      } catch (error) {
        // A server that is killed says nothing more; one that lives has to.
        if (!this.#flock.isDown(server)) throw error;
      }
    }
  }

  async leave(): Promise<void> {
    await this.#peer?.close();
  }

  async #stay(server: ServerProcess, total: number): Promise<void> {
    const peer = await server.member(this.#token, this.#protocols);
    this.#peer = peer;
    peer.send({ type: "join", room: "general", after: this.seen.length });
    const joined = await peer.take("joined");
    if (joined.truncated) throw new Error(`${this.name} was not told everything`);
    this.#flock.epochs.add(joined.epoch);
    for (const message of joined.messages) this.#hear(message);
    // What was not acknowledged is said again under the same key.
    for (let i = 0; i < this.#said; i++) if (!this.acknowledged.has(`k${i}`)) this.#say(peer, i);
    while (this.seen.length < total) {
      while (this.#said < this.#toSay && this.#said - this.acknowledged.size < WINDOW) {
        this.#say(peer, this.#said++);
      }
      this.#hear(await peer.next(isMessage));
    }
  }

  #say(peer: Peer, i: number): void {
    const message = `${this.name} says ${i}`;
    peer.send({ type: "room_message", room: "general", message, key: `k${i}` });
  }

  #hear(event: ServerFrame): void {
    if (!isMessage(event)) return;
    if (event.sender === this.name && event.key !== undefined) {
      this.acknowledged.set(event.key, event.seq);
      this.#flock.onAcknowledged();
    }
    // The answer to what one repeats comes apart from the order of things; nothing else does.
    const isRepeated = event.sender === this.name && event.seq <= this.seen.length;
    if (!isRepeated) this.seen.push(event);
  }
}

/** Many who talk and listen while their server comes and goes. */
export class Flock {
  readonly senders: Bird[] = [];
  readonly followers: Bird[] = [];
  readonly epochs = new Set<string>();
  /** A session with which the room can be read. */
  token = "";
  #server: ServerProcess;
  #up = Promise.withResolvers<void>();
  #isUp = true;
  #total = 0;
  #lives: Promise<unknown> = Promise.resolve();
  #progress: () => void = () => {};

  private constructor(server: ServerProcess) {
    this.#server = server;
    this.#up.resolve();
  }

  /** @param size How many, and how many messages each sender has to say. */
  static async gather(
    server: ServerProcess,
    size: { senders: number; followers: number; each: number },
  ): Promise<Flock> {
    const flock = new Flock(server);
    flock.#total = size.senders * size.each;
    for (let i = 0; i < size.senders + size.followers; i++) {
      const isSender = i < size.senders;
      const name = `${isSender ? "Sender" : "Follower"} ${i}`;
      flock.token = await server.signIn(name);
      const protocols = i % 2 === 0 ? [] : ["chat.batch.v1"];
      const bird = new Bird(flock, name, flock.token, protocols, isSender ? size.each : 0);
      (isSender ? flock.senders : flock.followers).push(bird);
    }
    flock.#lives = Promise.all(flock.#birds.map((bird) => bird.live(flock.#total)));
    // A fault is told where somebody waits, and not before.
    flock.#lives.catch(() => {});
    return flock;
  }

  get #birds(): Bird[] {
    return [...this.senders, ...this.followers];
  }

  /** The server, once it is up. */
  async server(): Promise<ServerProcess> {
    await this.#up.promise;
    return this.#server;
  }

  /** Whether a server has been taken down. */
  isDown(server: ServerProcess): boolean {
    return !this.#isUp || server !== this.#server;
  }

  serverIsDown(): void {
    this.#isUp = false;
    this.#up = Promise.withResolvers();
  }

  serverIsUp(server: ServerProcess): void {
    this.#server = server;
    this.#isUp = true;
    this.#up.resolve();
  }

  /** Called for every acknowledgement. */
  onAcknowledged(): void {
    this.#progress();
  }

  /** Resolves when a share of all messages is acknowledged. */
  async acknowledged(share: number): Promise<void> {
    const count = () => this.senders.reduce((sum, bird) => sum + bird.acknowledged.size, 0);
    const enough = new Promise<void>((resolve) => {
      this.#progress = () => count() >= share * this.#total && resolve();
      this.#progress();
    });
    await Promise.race([enough, this.#lives]);
  }

  /** Resolves when everything is said, and seen by everybody. */
  async done(): Promise<void> {
    await this.#lives;
  }

  async leave(): Promise<void> {
    await Promise.all(this.#birds.map((bird) => bird.leave()));
  }
}

function isMessage(frame: ServerFrame): frame is RoomMessage {
  return frame.type === "room_message";
}
