import type { RoomMessage, ServerFrame } from "../../lib/protocol.ts";
import type { Peer } from "./peer.ts";
import type { ServerProcess } from "./server.ts";

/** How many messages a sender has on their way at once. */
const WINDOW = 25;

/** How long somebody waits, in ms, before they say again what a server could not store just then. */
const AGAIN_MS = 100;

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

/** A message as a page of history has it. */
export interface Posted {
  readonly seq: number;
  readonly sender: string;
  readonly message: string;
  readonly key: string;
}

/** Everything that the log of the room for everybody holds. */
export async function wholeLog(server: ServerProcess, token: string): Promise<Posted[]> {
  const log: Posted[] = [];
  for (let more = true; more;) {
    const query = `after=${log.length}&limit=100`;
    const response = await server.request(`/api/rooms/general/messages?${query}`, { token });
    const page = await response.json();
    log.push(...page.messages);
    more = page.more;
  }
  return log;
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
  /** How often it came to a server, how often it was sent away, how often it had to say it again. */
  readonly trouble = { stays: 0, goodbyes: 0, refusals: 0 };
  readonly #place: number;
  #peer: Peer | undefined;
  #said = 0;

  /** @param place Which of the servers that are up it comes to. */
  constructor(flock: Flock, name: string, token: string, place: number, toSay: number) {
    this.#flock = flock;
    this.name = name;
    this.#token = token;
    this.#place = place;
    this.#protocols = [[], ["chat.batch.v1"], ["chat.batch.v2"]][place % 3] ?? [];
    this.#toSay = toSay;
  }

  /** Stays until everything is said and seen. */
  async live(total: number): Promise<void> {
    while (this.seen.length < total) {
      const server = await this.#flock.server(this.#place);
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
    this.trouble.stays += 1;
    void peer.closed.then(({ code }) => this.trouble.goodbyes += code === 1001 ? 1 : 0);
    const joined = await this.#join(peer);
    if (joined.truncated) throw new Error(`${this.name} was not told everything`);
    this.#flock.epochs.add(joined.epoch);
    for (const message of joined.messages) this.#hear(message);
    // What was not acknowledged is said again under the same key.
    for (let i = 0; i < this.#said; i++) if (!this.acknowledged.has(`k${i}`)) this.#say(peer, i);
    while (this.seen.length < total) {
      while (this.#said < this.#toSay && this.#said - this.acknowledged.size < WINDOW) {
        this.#say(peer, this.#said++);
      }
      const frame = await peer.next((frame) => isMessage(frame) || frame.type === "error");
      if (frame.type === "error") this.#sayAgain(peer, frame);
      else this.#hear(frame);
    }
  }

  /** Asks to be let in until that happens: a store that is away for a moment refuses. */
  async #join(peer: Peer) {
    for (;;) {
      peer.send({ type: "join", room: "general", after: this.seen.length });
      const frame = await peer.next(({ type }) => type === "joined" || type === "error");
      if (frame.type === "joined") return frame;
      if (frame.type !== "error" || frame.code !== "try_again") {
        throw new Error(`${this.name} was not let in: ${JSON.stringify(frame)}`);
      }
    }
  }

  #sayAgain(peer: Peer, { code, key }: { code: string; key?: string }): void {
    if (code !== "try_again" || key === undefined) throw new Error(`${this.name} was told ${code}`);
    this.trouble.refusals += 1;
    this.#flock.onRefused();
    setTimeout(() => {
      if (peer.socket.readyState === WebSocket.OPEN) this.#say(peer, Number(key.slice(1)));
    }, AGAIN_MS);
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
  readonly #servers: ServerProcess[];
  #up = Promise.withResolvers<void>();
  #total = 0;
  #lives: Promise<unknown> = Promise.resolve();
  #progress: () => void = () => {};
  #refused = Promise.withResolvers<void>();

  private constructor(servers: readonly ServerProcess[]) {
    this.#servers = [...servers];
    this.#up.resolve();
  }

  /**
   * @param servers The servers that they come to, all of one store.
   * @param size How many, and how many messages each sender has to say.
   */
  static async gather(
    servers: readonly [ServerProcess, ...ServerProcess[]],
    size: { senders: number; followers: number; each: number },
  ): Promise<Flock> {
    const flock = new Flock(servers);
    flock.#total = size.senders * size.each;
    for (let i = 0; i < size.senders + size.followers; i++) {
      const isSender = i < size.senders;
      const name = `${isSender ? "Sender" : "Follower"} ${i}`;
      flock.token = await servers[0].signIn(name);
      const bird = new Bird(flock, name, flock.token, i, isSender ? size.each : 0);
      (isSender ? flock.senders : flock.followers).push(bird);
    }
    flock.#lives = Promise.all(flock.birds.map((bird) => bird.live(flock.#total)));
    // A fault is told where somebody waits, and not before.
    flock.#lives.catch(() => {});
    return flock;
  }

  /** All of them. */
  get birds(): readonly Bird[] {
    return [...this.senders, ...this.followers];
  }

  /** A server that is up, once there is one. */
  async server(place: number): Promise<ServerProcess> {
    for (;;) {
      const server = this.#servers[place % this.#servers.length];
      if (server !== undefined) return server;
      await this.#up.promise;
    }
  }

  /** Whether a server has been taken down. */
  isDown(server: ServerProcess): boolean {
    return !this.#servers.includes(server);
  }

  serverIsDown(server: ServerProcess): void {
    this.#servers.splice(this.#servers.indexOf(server), 1);
    if (this.#servers.length === 0) this.#up = Promise.withResolvers();
  }

  serverIsUp(server: ServerProcess): void {
    this.#servers.push(server);
    this.#up.resolve();
  }

  /** Called for everything that a server could not store just then. */
  onRefused(): void {
    this.#refused.resolve();
    this.#refused = Promise.withResolvers();
  }

  /** Resolves when the next message is refused. */
  async refused(): Promise<void> {
    await Promise.race([this.#refused.promise, this.#lives]);
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
    await Promise.all(this.birds.map((bird) => bird.leave()));
  }
}

function isMessage(frame: ServerFrame): frame is RoomMessage {
  return frame.type === "room_message";
}
