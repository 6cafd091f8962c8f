/**
 * A server, put together: the store, the hub, what people may ask for, the routes, and the port on
 * which it listens. The only file that calls `Deno.serve`.
 *
 * @module
 */
import { Clients } from "./clients.ts";
import { Hub } from "./hub.ts";
import { Accounts, type Entry } from "./lib/accounts.ts";
import { Doorkeeper, isLoopback } from "./lib/addresses.ts";
import { createPage, type PageFile } from "./lib/assets.ts";
import { type Clock, systemClock } from "./lib/clock.ts";
import { Cluster } from "./lib/cluster/cluster.ts";
import { Commands } from "./lib/commands.ts";
import type { Config } from "./lib/config.ts";
import { Effects } from "./lib/effects.ts";
import { Files } from "./lib/files.ts";
import type { OriginRules } from "./lib/handshake.ts";
import { HttpServer } from "./lib/http.ts";
import type { Log } from "./lib/log.ts";
import { measureEdge, measureInstances, measureProcess } from "./lib/measures.ts";
import { withServerName } from "./lib/manifest.ts";
import { Metrics } from "./lib/metrics.ts";
import { Moderation } from "./lib/moderation.ts";
import { buildPage } from "./lib/page.ts";
import { Passkeys } from "./lib/passkeys.ts";
import { Pusher } from "./lib/push.ts";
import { LIMITS } from "./lib/protocol.ts";
import { fileRoutes } from "./lib/routes/files.ts";
import { inviteRoutes, inviteUrl } from "./lib/routes/invites.ts";
import { messageRoutes } from "./lib/routes/messages.ts";
import { operatorRoutes } from "./lib/routes/operator.ts";
import { pushRoutes } from "./lib/routes/push.ts";
import type { Route } from "./lib/routes/route.ts";
import { sessionRoutes } from "./lib/routes/session.ts";
import { Sessions } from "./lib/sessions.ts";
import { openSqlite } from "./lib/store/sqlite.ts";
import type { Store } from "./lib/store/store.ts";
import { createDeliver, vapidKeys, type WebPushOptions } from "./lib/web_push.ts";
import manifest from "./deno.json" with { type: "json" };

/** A server that runs. */
export interface Server {
  /** Where it is, as people type it. */
  readonly url: string;
  /** The link that makes whoever opens it the owner, where there is no owner yet. */
  readonly ownerUrl: string | null;
  /**
   * Resolves when the page is there as well: chatting needs none, so that nobody waits for it but
   * who asks for it. Rejects when it cannot be made.
   */
  readonly page: Promise<unknown>;
  /** Stops it: no newcomers, everything stored, everybody told with 1001. */
  stop(): Promise<void>;
}

/** How long peers may take to answer a goodbye. */
const GOODBYE_MS = 1_500;

/** A host gives a server a name without telling it. */
const HOSTED_URL = "https://the-address-of-this-app";

/** Where the page comes from: it is made at start, or was when the server was built. */
export type PageSource = () => Promise<readonly PageFile[]>;

/** Makes the page from `static/`. */
export const fromSource: PageSource = () => buildPage(new URL("./static/", import.meta.url));

/**
 * Starts a server.
 *
 * @throws {StoreError} When the data file cannot be used.
 */
export async function start(
  config: Config,
  log: Log,
  clock: Clock = systemClock,
  pageSource: PageSource = fromSource,
): Promise<Server> {
  const page = pageSource().then((files) => createPage(withServerName(files, config.name)));
  // Whoever asks for it hears of that, and whoever waits for it.
  page.catch(() => {});
  const store = await openStore(config, "server");
  await prepare(store, config, clock);
  const metrics = new Metrics();
  const graceMs = config.grace * 1_000;
  measureProcess(metrics, clock.now());
  const hub = new Hub({
    store,
    clock,
    log,
    metrics,
    server: { name: config.name, version: manifest.version },
    limits: { ...LIMITS, file_bytes: config["file-bytes"] },
    graceMs,
    awayMs: config["away-after"] * 1_000,
    queueBytes: config["queue-bytes"],
  });
  const moderation = await Moderation.load(store, clock);
  const effects = new Effects({ hub, store, moderation, voice: hub.voice, clock, log });
  const cluster = await Cluster.join({ hub, store, effects, moderation, clock, log, graceMs });
  measureInstances(metrics, () => 1 + (cluster?.size ?? 0));
  const push = await createPush(store, config);
  const pusher = new Pusher({
    store,
    clock,
    deliver: createDeliver(push),
    isHere: (account) => hub.presence.stateOf(account) === "online",
    isBlocked: (by, sender) => moderation.blockedBy(by).includes(sender),
    onError: (error) => log.error("cannot push", error),
  });
  const commands = new Commands({
    hub,
    store,
    clock,
    moderation,
    effects,
    onSaid: (room, event) => {
      if (push.services.length > 0) pusher.note(room, event);
    },
    openRooms: config["open-rooms"],
    rate: { perSecond: config.rate, burst: config.burst },
    onRefused(code, type) {
      edge.refusals.add(1, code);
      log.debug("refused", { code, type });
    },
  });
  const sessions = new Sessions(store, clock);
  const accounts = new Accounts({ store, clock, sessions, signUp: config["sign-up"] });
  const files = new Files({
    store,
    clock,
    log,
    maxBytes: config["file-bytes"],
    totalBytes: config["files-total"],
    perMinute: config["file-rate"],
  });
  let draining = false;
  const ready = () => !draining && hub.healthy && cluster?.listening !== false;
  // Where there is no other instance to go to, whoever comes can read, also from a full disk.
  const welcoming = () => cluster ? ready() : !draining;
  const clients = new Clients({
    hub,
    handle: (connection, decoded) => commands.handle(connection, decoded),
    clock,
    log,
    queueBytes: config["queue-bytes"],
  });
  const edge = measureEdge(metrics, () => clients.queuedBytes);
  const http = new HttpServer({
    accounts,
    sessions,
    doorkeeper: new Doorkeeper(config.connections, clock),
    routes: [
      ...sessionRoutes({
        accounts,
        sessions,
        passkeys: new Passkeys(store, clock),
        name: config.name,
        signUp: config["sign-up"],
        onEntered: (entry) => showAround(entry, { effects, commands, store, config }),
        onSignedOut: (account, session) => effects.emit({ type: "signed_out", account, session }),
      }),
      ...inviteRoutes({
        accounts,
        commands,
        store,
        now: () => clock.now(),
        onRetired: (account) => effects.emit({ type: "retired", account }),
      }),
      ...messageRoutes(commands, store),
      ...pushRoutes({ store, clock, services: push.services, publicKey: push.keys.publicKey }),
      ...fileRoutes(commands, files),
      ...operatorRoutes({
        metrics,
        metricsToken: config["metrics-token"],
        trustsLoopback: !config.hosted,
        version: manifest.version,
        ready,
      }),
    ] satisfies readonly Route[],
    page,
    log,
    clock,
    publicOrigin: config.url,
    secure: config.hosted || config.url?.startsWith("https:") === true,
    origins: originRules(config),
    proxies: config.proxies,
    idleTimeout: config["idle-timeout"],
    count: (account) => commands.count(account),
    welcoming,
    onGuestLeft: (account) => effects.emit({ type: "retired", account }),
    onAnswered(answer) {
      edge.answered(answer);
      log.debug("answered", { ...answer });
    },
    onSocket: (upgraded) => clients.add(upgraded),
  });
  const listener = Deno.serve(
    { port: config.port, hostname: config.host, onListen() {} },
    (request, { remoteAddr }) => http.handle(request, remoteAddr.hostname),
  );
  const url = config.url ?? (config.hosted ? HOSTED_URL : addressOf(listener.addr));
  return {
    url,
    ownerUrl: await firstOwnerUrl(store, accounts, url),
    page,
    async stop() {
      draining = true;
      await hub.close();
      cluster?.close();
      pusher.close();
      // A peer that does not read never answers: it must not keep the others from going home.
      await within(clients.ended(), GOODBYE_MS, clock);
      await within(listener.shutdown(), GOODBYE_MS, clock);
      await files.close();
      await store.close();
      await page.catch(() => {});
    },
  };
}

async function prepare(store: Store, config: Config, clock: Clock): Promise<void> {
  await store.retireGuests();
  const name = config["default-room"];
  if (name === "") return;
  const room = { name, kind: "public", title: null, creator: null, at: clock.now() } as const;
  await store.createRoom(room);
}

/** What people are told with while their page is closed. */
async function createPush(store: Store, config: Config): Promise<WebPushOptions> {
  return {
    keys: vapidKeys(await store.secret("vapid")),
    // Some push services take nobody without an address; only a server that has one can be reached.
    subject: config.url?.startsWith("https:") ? config.url : "mailto:nobody@example.org",
    services: config["push-services"],
  };
}

function originRules({ origins, url, host }: Config): OriginRules {
  const allowed = url === null ? origins : [...origins, url];
  return { allowed, loopbackOnly: isLoopback(host) || host === "localhost" };
}

/** Takes newcomers to the room for everybody, and whoever was invited to theirs. */
async function showAround(
  { account, isNew, isPromoted, room }: Entry,
  { effects, commands, store, config }: {
    effects: Effects;
    commands: Commands;
    store: Store;
    config: Config;
  },
): Promise<void> {
  if (isPromoted) effects.emit({ type: "role_changed", account });
  const everybody = config["default-room"];
  if (isNew && everybody !== "") await commands.admit(account, everybody);
  if (room !== null) await commands.admitTo(account, await store.roomById(room));
}

/** The owner's link, where it was never made. It is kept as a hash: it cannot be shown again. */
async function firstOwnerUrl(
  store: Store,
  accounts: Accounts,
  url: string,
): Promise<string | null> {
  if (await store.hasOwner() || await store.hasOwnerInvite()) return null;
  return await ownerUrl(accounts, url);
}

/** Makes a new owner's link. The last one is void. */
export async function ownerUrl(accounts: Accounts, url: string): Promise<string> {
  const { token } = await accounts.invite({ creator: null, role: "owner", uses: 1 });
  return inviteUrl(url, token);
}

function addressOf({ hostname, port }: Pick<Deno.NetAddr, "hostname" | "port">): string {
  const everywhere = hostname === "0.0.0.0" || hostname === "::";
  const host = everywhere || hostname === "127.0.0.1" ? "localhost" : hostname;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Waits for something, and no longer than `ms`. */
export async function within(work: Promise<unknown>, ms: number, clock: Clock): Promise<void> {
  const late = Promise.withResolvers<void>();
  const cancel = clock.after(ms, late.resolve);
  await Promise.race([work, late.promise]);
  cancel();
}

/** Opens the store, or for a tool what there is of it, beside the servers that run. */
export async function openStore(
  { data: path, durability, database: url }: Config,
  opener: "server" | "tool",
): Promise<Store> {
  if (url === null) return await openSqlite({ path, durability, exclusive: opener === "server" });
  // Most servers have no use for it, and start sooner without.
  const { openPostgres } = await import("./lib/store/postgres.ts");
  return await openPostgres({ url, serving: opener === "server" });
}

/** Where people find the server, as far as the settings tell. */
export function originOf(config: Config): string {
  return config.url ?? addressOf({ ...config, hostname: config.host });
}
