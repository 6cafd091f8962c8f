import type { RoomMessage, ServerFrame } from "../../lib/protocol/frames.ts";
import type { Peer } from "./peer.ts";
import type { ServerProcess } from "./server.ts";

/** The maximum number of unacknowledged messages of a sender. */
const WINDOW = 25;

/** The delay before a message that the server could not store is resent, in ms. */
const AGAIN_MS = 100;

/**
 * Returns a free port below the range of ephemeral ports: a restarted server finds it free again.
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

/** A message in a page of history. */
export interface Posted {
  readonly seq: number;
  readonly sender: string;
  readonly message: string;
  readonly key: string;
}

/** The whole log of the default room. */
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

/** A client that reconnects whenever the server is back, and resumes. */
class Bird {
  readonly name: string;
  /** Every message received, in order. */
  readonly seen: RoomMessage[] = [];
  /** The `seq` of the client's own messages by key: what the server has acknowledged. */
  readonly acknowledged = new Map<string, number>();
  readonly #swarm: ClientSwarm;
  readonly #token: string;
  readonly #protocols: string[];
  readonly #toSay: number;
  /** The number of connects, refused connects and resends. */
  readonly trouble = { stays: 0, goodbyes: 0, refusals: 0 };
  readonly #place: number;
  #peer: Peer | undefined;
  #said = 0;

  /** @param place The index of the server to connect to, among those that run. */
  constructor(swarm: ClientSwarm, name: string, token: string, place: number, toSay: number) {
    this.#swarm = swarm;
    this.name = name;
    this.#token = token;
    this.#place = place;
    this.#protocols = [[], ["chat.batch.v1"], ["chat.batch.v2"]][place % 3] ?? [];
    this.#toSay = toSay;
  }

  /** Runs until every message is acknowledged and received. */
  async live(total: number): Promise<void> {
    while (this.seen.length < total) {
      const server = await this.#swarm.server(this.#place);
      try {
        await this.#stay(server, total);
      } catch (error) {
        // A killed server sends no close code; a live one must.
        if (!this.#swarm.isDown(server)) throw error;
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
    this.#swarm.epochs.add(joined.epoch);
    for (const message of joined.messages) this.#hear(message);
    // Unacknowledged messages are resent with the same key.
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

  /** Connects, retrying while the store is unavailable. */
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
    this.#swarm.onRefused();
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
      this.#swarm.onAcknowledged();
    }
    // The reply to a resent message arrives out of order; no other event does.
    const isRepeated = event.sender === this.name && event.seq <= this.seen.length;
    if (!isRepeated) this.seen.push(event);
  }
}

/** Clients that send and receive while their servers come and go. */
export class ClientSwarm {
  readonly senders: Bird[] = [];
  readonly followers: Bird[] = [];
  readonly epochs = new Set<string>();
  /** A session that can read the room. */
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
   * @param servers The servers of one store.
   * @param size The number of clients, and of messages that each sender sends.
   */
  static async gather(
    servers: readonly [ServerProcess, ...ServerProcess[]],
    size: { senders: number; followers: number; each: number },
  ): Promise<ClientSwarm> {
    const swarm = new ClientSwarm(servers);
    swarm.#total = size.senders * size.each;
    for (let i = 0; i < size.senders + size.followers; i++) {
      const isSender = i < size.senders;
      const name = `${isSender ? "Sender" : "Follower"} ${i}`;
      swarm.token = await servers[0].signIn(name);
      const bird = new Bird(swarm, name, swarm.token, i, isSender ? size.each : 0);
      (isSender ? swarm.senders : swarm.followers).push(bird);
    }
    swarm.#lives = Promise.all(swarm.birds.map((bird) => bird.live(swarm.#total)));
    // A failure is thrown where a caller waits for it, and not before.
    swarm.#lives.catch(() => {});
    return swarm;
  }

  /** All clients. */
  get birds(): readonly Bird[] {
    return [...this.senders, ...this.followers];
  }

  /** Resolves with a running server, once there is one. */
  async server(place: number): Promise<ServerProcess> {
    for (;;) {
      const server = this.#servers[place % this.#servers.length];
      if (server !== undefined) return server;
      await this.#up.promise;
    }
  }

  /** Whether a server has been stopped. */
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

  /** Called for each message that a server could not store. */
  onRefused(): void {
    this.#refused.resolve();
    this.#refused = Promise.withResolvers();
  }

  /** Resolves when the next message is refused. */
  async refused(): Promise<void> {
    await Promise.race([this.#refused.promise, this.#lives]);
  }

  /** Called for each acknowledgement. */
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

  /** Resolves when every message is acknowledged, and received by all clients. */
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
