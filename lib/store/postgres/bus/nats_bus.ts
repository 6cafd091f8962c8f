import { connect, type NatsConnection, type Subscription } from "@nats-io/transport-node";
import { StoreError } from "../../error.ts";
import type { PeerTopic } from "../../peers.ts";
import type { Bus, BusHandlers, BusText } from "./bus.ts";

/** Milliseconds until a connection attempt fails, and between two of them. */
const CONNECT_MS = 5_000;
const RETRY_MS = 250;

/** The bus for many instances: a NATS server, with a subject for each room and each user. */
export class NatsBus implements Bus {
  readonly name = "nats";
  /** Far below the limit of a NATS server, 1 MB. */
  readonly maxLength = 65_536;
  readonly hasTopics = true;
  readonly notifiesWithAppend = false;
  readonly #nats: NatsConnection;
  /** Distinguishes this database's instances from those of others at the server. */
  readonly #prefix: string;
  readonly #followed = new Map<PeerTopic, { subscription: Subscription; begun: Promise<void> }>();
  #handlers: BusHandlers | undefined;
  #connected = true;
  /** Resolved when the connection is lost. */
  #lost = Promise.withResolvers<void>();

  private constructor(nats: NatsConnection, prefix: string) {
    this.#nats = nats;
    this.#prefix = prefix;
  }

  /**
   * Connects.
   *
   * @param url `nats://user:password@host:port`, or `tls://…`; several separated by commas.
   * @param prefix See `#prefix`.
   * @throws {StoreError} If there is no server; the message tells the operator what to do.
   */
  static async open(url: string, prefix: string, name: string): Promise<NatsBus> {
    const urls = url.split(",").map((one) => new URL(one.trim()));
    const { username, password, protocol } = urls[0]!;
    try {
      const nats = await connect({
        servers: urls.map(({ host }) => host),
        ...credentialsOf(username, password),
        ...(protocol === "tls:" ? { tls: {} } : {}),
        name,
        noEcho: true,
        timeout: CONNECT_MS,
        maxReconnectAttempts: -1,
        reconnectTimeWait: RETRY_MS,
      });
      return new NatsBus(nats, prefix);
    } catch (cause) {
      const hosts = urls.map(({ host }) => host).join(", ");
      throw new StoreError(`Cannot use --bus: ${hosts}: ${reasonOf(cause)}.`, { cause });
    }
  }

  begin(handlers: BusHandlers): void {
    this.#handlers = handlers;
    this.#subscribe("all");
    this.#nats.flush().then(() => handlers.onConnected(), () => {});
    void this.#watch();
  }

  async ping(): Promise<void> {
    if (!this.#connected) throw new Error("The connection to NATS is lost");
    await this.#nats.flush();
  }

  reset(): void {
    // The client has its own timer for a server that is silent; this one is quicker.
    void this.#nats.reconnect().catch(() => {});
  }

  send(texts: readonly BusText[]): Promise<void> {
    // The client would keep them, and send them much later.
    if (!this.#connected) return Promise.resolve();
    try {
      for (const { topic, text } of texts) this.#nats.publish(this.#subject(topic ?? "all"), text);
    } catch {
      // It is being closed.
    }
    return Promise.resolve();
  }

  follow(topic: PeerTopic): Promise<void> {
    const known = this.#followed.get(topic);
    if (known !== undefined) return known.begun;
    if (this.#nats.isClosed()) return Promise.resolve();
    const subscription = this.#subscribe(topic);
    const begun = this.#connected
      ? Promise.race([this.#nats.flush().catch(() => {}), this.#lost.promise])
      : Promise.resolve();
    this.#followed.set(topic, { subscription, begun });
    return begun;
  }

  unfollow(topic: PeerTopic): void {
    this.#followed.get(topic)?.subscription.unsubscribe();
    this.#followed.delete(topic);
  }

  async close(): Promise<void> {
    this.#lost.resolve();
    // Not `drain`: it waits for every subscription.
    if (this.#connected) await Promise.race([this.#nats.flush().catch(() => {}), timeout()]);
    this.#connected = false;
    await this.#nats.close();
  }

  #subscribe(topic: PeerTopic | "all"): Subscription {
    return this.#nats.subscribe(this.#subject(topic), {
      callback: (error, message) => {
        if (error === null) this.#handlers?.onText(message.string());
      },
    });
  }

  #subject(topic: PeerTopic | "all"): string {
    return `hubbub.${this.#prefix}.${topic}`;
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.#nats.status()) {
      if (type === "disconnect" && this.#connected) {
        this.#connected = false;
        this.#lost.resolve();
        this.#handlers?.onLost();
      }
      if (type === "reconnect" && !this.#connected) {
        this.#connected = true;
        this.#lost = Promise.withResolvers();
        this.#handlers?.onConnected();
      }
    }
  }
}

/** In a URL a name without a password is a token. */
function credentialsOf(name: string, password: string) {
  const [user, pass] = [decodeURIComponent(name), decodeURIComponent(password)];
  if (user === "") return {};
  return pass === "" ? { token: user } : { user, pass };
}

function timeout(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 500));
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/refused|ECONN/i.test(message)) {
    return "no NATS server answers there. Start it, or correct the address";
  }
  if (/authorization|authentication/i.test(message)) {
    return "it refuses the user or the password. Correct them in the address";
  }
  if (/timeout/i.test(message)) return "it does not answer. Check the address and the network";
  return message;
}
