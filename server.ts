/**
 * Puts a server together: the store, the hub, the commands, the routes, and the port that it listens
 * on. The only file that calls `Deno.serve`.
 *
 * @module
 */
import { Client, DEFAULT_BOUNDS } from "./client.ts";
import { Hub } from "./hub.ts";
import { Accounts, type SignInOutcome } from "./lib/auth/accounts.ts";
import { Alarm } from "./lib/chat/alarm.ts";
import { ConnectionLimiter } from "./lib/http/connection_limiter.ts";
import { isLoopback } from "./lib/util/ip_address.ts";
import { createPage, type PageAssets, type PageFile, putFile } from "./lib/http/assets.ts";
import { serverFiles } from "./lib/http/manifest.ts";
import { type Clock, systemClock } from "./lib/util/clock.ts";
import { Cluster } from "./lib/cluster/cluster.ts";
import { Commands } from "./lib/commands/dispatch.ts";
import type { Config } from "./lib/config/config.ts";
import { GuestTraces } from "./lib/chat/departures.ts";
import { Effects } from "./lib/chat/effects.ts";
import { followClaim } from "./lib/chat/claimed_groups.ts";
import { ServerProfile } from "./lib/chat/server_profile.ts";
import { Groups } from "./lib/chat/groups.ts";
import { Files } from "./lib/files/files.ts";
import type { HostRules } from "./lib/http/hosts.ts";
import { type HttpOptions, HttpServer, type Upgraded } from "./lib/http/http.ts";
import { checkPort, HttpListener } from "./lib/http/listener.ts";
import type { Log } from "./lib/observability/log.ts";
import {
  type EdgeInstruments,
  instrumentCluster,
  instrumentEdge,
  instrumentProcess,
} from "./lib/observability/instruments.ts";
import { createPlainHandler } from "./lib/http/plain.ts";
import { accountKey } from "./lib/tls/acme.ts";
import { Certificates } from "./lib/tls/certificates.ts";
import { Metrics } from "./lib/observability/metrics.ts";
import { Moderation } from "./lib/chat/moderation.ts";
import { buildPage } from "./lib/build/bundle.ts";
import { Passkeys } from "./lib/auth/passkeys.ts";
import { Passwords } from "./lib/auth/passwords.ts";
import { ReservedNames } from "./lib/auth/reserved_names.ts";
import { PushNotifier } from "./lib/push/notifier.ts";
import { LIMITS } from "./lib/protocol/limits.ts";
import { MODERATORS } from "./lib/protocol/roles.ts";
import { Quotas, quotasOf } from "./lib/auth/quotas.ts";
import { commandRoutes } from "./lib/http/routes/commands.ts";
import { descriptionRoutes } from "./lib/http/routes/descriptions.ts";
import { eventRoutes } from "./lib/http/routes/events.ts";
import { createSend } from "./lib/hooks/send.ts";
import { isAllowedUrl } from "./lib/util/reach.ts";
import type { Room } from "./lib/chat/room.ts";
import { OutgoingHooks } from "./lib/hooks/outgoing.ts";
import { fileRoutes } from "./lib/http/routes/files.ts";
import { hookRoutes } from "./lib/http/routes/hooks.ts";
import { inviteRoutes, inviteUrl } from "./lib/http/routes/invites.ts";
import { moderationLogRoutes } from "./lib/http/routes/moderation_log.ts";
import { messageRoutes } from "./lib/http/routes/messages.ts";
import { operatorRoutes } from "./lib/http/routes/operator.ts";
import { peopleRoutes } from "./lib/http/routes/people.ts";
import { profileRoutes } from "./lib/http/routes/profiles.ts";
import { pushRoutes } from "./lib/http/routes/push.ts";
import type { Route } from "./lib/http/routes/route.ts";
import { providerRoutes } from "./lib/http/routes/providers.ts";
import { OpenIdProvider } from "./lib/auth/openid.ts";
import { ProviderSignIn } from "./lib/auth/provider_sign_in.ts";
import { networkInterfaces, originForOthers, reachableOrigins } from "./lib/http/addresses.ts";
import { createFetch } from "./lib/previews/fetch_page.ts";
import { createLookUp } from "./lib/previews/look_up.ts";
import { Previews } from "./lib/previews/previews.ts";
import { sessionRoutes } from "./lib/http/routes/session.ts";
import { Sessions } from "./lib/auth/sessions.ts";
import { sweepErased } from "./lib/chat/erasure.ts";
import { sweepExpired } from "./lib/chat/retention.ts";
import { sweepGuests, sweepRooms } from "./lib/chat/sweep.ts";
import { openSqlite } from "./lib/store/sqlite/store.ts";
import type { OutgoingHook } from "./lib/store/hooks.ts";
import type { Store } from "./lib/store/store.ts";
import type { Account, StoredEvent } from "./lib/store/records.ts";
import { createDeliver, vapidKeys, type WebPushOptions } from "./lib/push/web_push.ts";
import manifest from "./deno.json" with { type: "json" };
import asyncapi from "./docs/asyncapi.json" with { type: "json" };
import openapi from "./docs/openapi.json" with { type: "json" };

/** A running server. */
export interface Server {
  /** Its address, as people type it. */
  readonly url: string;
  /** The addresses under which other machines reach it, as far as it knows them. */
  readonly reachable: readonly string[];
  /** The link that makes the user who opens it the owner; `null` when the server has an owner. */
  readonly ownerUrl: string | null;
  /**
   * Resolves when the page is built, rejects when it cannot be built. Chatting does not need the
   * page, so only requests for the page wait for it.
   */
  readonly page: Promise<unknown>;
  /** Resolves with the reason when the server stopped listening and cannot listen again. */
  readonly broken: Promise<Error>;
  /** Stops the server: accepts no connections, stores what is pending, closes clients with 1001. */
  stop(): Promise<void>;
}

const DAY_MS = 24 * 3_600_000;

/** See `ClusterOptions`. */
const COMMIT_INTERVAL_MS = { alone: 4, together: 8 } as const;

/** How long, in ms, the server waits for peers to answer the closing handshake. */
const CLOSE_MS = 1_500;

/** The name and version of the server, for the header `User-Agent`. */
const AGENT = `${manifest.name.split("/").at(-1)}/${manifest.version}`;

/** Stands for the server's address on a host that does not tell the server its name. */
const HOSTED_URL = "https://the-address-of-this-app";

/** Provides the page's files: builds them at start, or returns what an earlier build embedded. */
export type PageSource = () => Promise<readonly PageFile[]>;

/** Builds the page from `static/`. */
export const fromSource: PageSource = () => buildPage(new URL("./static/", import.meta.url));

/** What all parts of a server are made from. */
interface Base {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

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
  passwords: Passwords = new Passwords(),
): Promise<Server> {
  const { promise: pageFiles, resolve: setPageFiles } = Promise.withResolvers<
    readonly PageFile[]
  >();
  // The error reaches every caller that waits for the page; it must not be reported as unhandled.
  pageFiles.catch(() => {});
  const store = await openStore(config, "server", log);
  await prepare(store, config, clock);
  const base: Base = { config, store, clock, log, metrics: new Metrics() };
  instrumentProcess(base.metrics, clock.now());
  const chat = await createChat(base);
  const { hub, cluster } = chat;
  const page = pageFiles.then((all) => createNamedPage(all, hub.server));
  page.catch(() => {});
  const edge = instrumentEdge(base.metrics, () => hub.connections.queuedBytes);
  const push = await createPush(store, config);
  const notifier = createNotifier(base, chat, push);
  const quotas = createQuotas(base, chat);
  const traces = new GuestTraces();
  const reservedNames = new ReservedNames();
  await hub.server.follow(() => reservedNames.reserve(hub.server.name));
  const shared = { chat, quotas, traces, reservedNames };
  const hooks = createOutgoingHooks(base, (hook, reason) => {
    tellModerators(base, commands, hook, reason)
      .catch((error) => log.error("cannot report a paused webhook", error));
  });
  let previews: Previews | null = null;
  const alarms: Alarm[] = [];
  const onScheduled = (at: number) => alarms.forEach((alarm) => alarm.set(at));
  const erasures = sweepErased({ store, hub, clock, log });
  const expiries = sweepExpired({ store, hub, clock, log, days: () => hub.server.retentionDays });
  const onErasing = () => [erasures, expiries].forEach((sweep) => sweep.wake());
  const files = createFiles(base, quotas);
  const onSaid = (room: Room, event: StoredEvent) => {
    if (push.services.length > 0) notifier.add(room, event);
    hooks?.wake(room);
    previews?.add(room, event);
  };
  const parts = { ...shared, edge, onSaid, onScheduled, onErasing, files };
  const commands = createCommands(base, parts);
  previews = createPreviews(base, chat, commands, files);
  alarms.push(...createAlarms(base, commands, notifier));
  const { sessions, accounts, stopRefreshing } = createAuth(base, { ...shared, passwords });
  const sweeps = [
    erasures,
    sweepGuests({ store, clock, log, days: config["guest-days"] }),
    sweepRooms({ store, clock, log }),
    expiries,
  ];
  let draining = false;
  /** While the port is opened with another certificate. */
  let reopening = false;
  let reachable: readonly string[] = [];
  const ready = () => !draining && store.fault === null && hub.healthy && cluster?.ready !== false;
  const http = createHttp(base, {
    ...{
      chat,
      reservedNames,
      edge,
      push,
      quotas,
      commands,
      sessions,
      accounts,
      files,
      hooks,
      page,
      ready,
    },
    onErased: onErasing,
    connectionLimiter: new ConnectionLimiter(config.connections, clock),
    originForOthers: (origin) => originForOthers(origin, reachable),
    // Without another instance to go to, clients can still read, even when the disk is full.
    acceptsConnections: () => !reopening && (cluster ? ready() : !draining),
  });
  await hooks?.start();
  for (const alarm of alarms) alarm.start();
  previews?.start();
  const tls = await createTls(base, http);
  await tls?.certificates.start();
  const listener = listen(base, http, tls?.certificates);
  // Not sooner: after a crash clients want to connect at once, and most have the page already.
  setPageFiles(pageSource());
  tls?.certificates.onRenewed(async () => {
    // The port has to be closed, and sockets do not survive that: they come back and miss nothing.
    reopening = true;
    hub.dropAll("going_away", () => true);
    await within(hub.connections.ended(), CLOSE_MS, clock);
    await listener.reopen();
    reopening = false;
  });
  // With a public address the operator has said it; a host says nothing of its machines.
  reachable = config.url !== null || config.hosted
    ? []
    : reachableOrigins({ hostname: config.host, port: listener.addr.port }, networkInterfaces());
  const url = config.url ?? (config.hosted ? HOSTED_URL : addressOf(listener.addr));
  return {
    url,
    reachable,
    ownerUrl: await firstOwnerUrl(store, accounts, url),
    page,
    broken: listener.broken,
    async stop() {
      draining = true;
      stopRefreshing();
      await hooks?.close();
      await tls?.certificates.close();
      await previews?.close();
      for (const alarm of alarms) await alarm.close();
      await hub.close();
      cluster?.close();
      notifier.close();
      // A peer that does not read never answers the closing handshake: the wait is bounded.
      await within(hub.connections.ended(), CLOSE_MS, clock);
      await within(Promise.all([listener.shutdown(), tls?.plain.shutdown()]), CLOSE_MS, clock);
      await files.close();
      for (const sweep of sweeps) await sweep.close();
      await store.close();
      await page.catch(() => {});
    },
  };
}

/** Prepares the page. Its manifest and icon are the present ones of the server. */
async function createNamedPage(
  files: readonly PageFile[],
  server: ServerProfile,
): Promise<PageAssets> {
  const page = await createPage(files);
  let made: readonly PageFile[] = [];
  let put: Promise<void> = Promise.resolve();
  await server.follow(() => {
    const before = made;
    made = serverFiles(files, server);
    const [now, paths] = [made, new Set(made.map(({ path }) => path))];
    put = put.then(async () => {
      for (const { path } of before) if (!paths.has(path)) page.delete(path);
      await Promise.all(now.map((file) => putFile(page, file)));
    });
    return put;
  });
  return page;
}

// Parts ------------------------------------------------------------------------------------------

type Chat = Awaited<ReturnType<typeof createChat>>;

/** The hub, and what takes effect in it: alone, or together with other instances. */
async function createChat({ config, store, clock, log, metrics }: Base) {
  const { name, "retention-days": retentionDays } = config;
  const { version } = manifest;
  const server = await ServerProfile.load(store, { name, version, retentionDays });
  const graceMs = config.grace * 1_000;
  const hub = new Hub({
    store,
    clock,
    log,
    metrics,
    server,
    limits: {
      ...LIMITS,
      ...quotasOf(config),
      file_bytes: config["file-bytes"],
    },
    graceMs,
    awayMs: config["away-after"] * 1_000,
    queueBytes: config["queue-bytes"],
  });
  const moderation = await Moderation.load(store, clock);
  const groups = await Groups.load(store);
  const effects = new Effects({ hub, store, moderation, clock, log });
  // The gauge can be read before this instance has joined the others.
  const joined: { cluster: Cluster | null } = { cluster: null };
  const onIgnored = instrumentCluster(metrics, () => 1 + (joined.cluster?.size ?? 0));
  const joining = {
    hub,
    store,
    effects,
    moderation,
    groups,
    clock,
    log,
    graceMs,
    onIgnored,
    commitIntervalMs: COMMIT_INTERVAL_MS,
  };
  joined.cluster = await Cluster.join(joining);
  return { hub, moderation, groups, effects, cluster: joined.cluster };
}

function createNotifier(
  { store, clock, log }: Base,
  { hub, moderation }: Chat,
  push: WebPushOptions,
): PushNotifier {
  return new PushNotifier({
    store,
    clock,
    deliver: createDeliver(push),
    isOnline: (account) => hub.presence.stateOf(account) === "online",
    isConnected: (account) => hub.presence.stateOf(account) !== "offline",
    isBlocked: (by, sender) => moderation.blockedBy(by).some(({ publicId }) => publicId === sender),
    onError: (error) => log.error("cannot push", error),
  });
}

/** The outgoing webhooks; `null` if the settings switch them off. */
function createOutgoingHooks(
  { config, store, clock, log }: Base,
  onPaused: (hook: OutgoingHook, reason: string) => void,
): OutgoingHooks | null {
  const networks = config["hook-networks"];
  if (networks === null) return null;
  return new OutgoingHooks({
    store,
    clock,
    log,
    send: createSend({ networks, clock }),
    agent: AGENT,
    onPaused,
  });
}

/**
 * The previews of links; `null` if the settings switch them off, or the process may not connect to
 * every host.
 */
function createPreviews(
  { config, store, clock, log }: Base,
  { hub }: Chat,
  commands: Commands,
  files: Files,
): Previews | null {
  const networks = config["link-previews"];
  const mayConnect = Deno.permissions.querySync({ name: "net" }).state === "granted";
  if (networks === null || !mayConnect) return null;
  const fetch = createFetch({ networks, agent: `${AGENT} (link preview)` });
  const ownOrigins = config.url === null ? [] : [config.url];
  const lookUp = createLookUp(fetch, clock);
  return new Previews({ store, hub, commands, files, clock, log, lookUp, ownOrigins });
}

/** Tells the moderators that a webhook was paused: in the moderation log, and each by a message. */
async function tellModerators(
  { store, clock }: Base,
  commands: Commands,
  { bot, url, creator }: OutgoingHook,
  reason: string,
): Promise<void> {
  await store.recordModeration({
    ...{ at: clock.now(), by: bot.name, byId: bot.publicId, action: "pause_webhook" },
    ...{ subject: bot.name, subjectId: bot.publicId, detail: reason, room: null, roomId: null },
  });
  const text = `I have stopped sending events to ${url}: ${reason}. ${creator.name} made me. ` +
    "Fix the receiver, and then resume this webhook: nothing is lost.";
  const people = await Promise.all(MODERATORS.map((role) => store.accountsOf(role)));
  for (const { name } of people.flat()) {
    const event = { kind: "message", text, replyTo: null, key: null } as const;
    await commands.post(bot, { room: `@${name}` }, event);
  }
}

function createQuotas({ config, store, clock }: Base, { hub }: Chat): Quotas {
  return new Quotas({
    limits: quotasOf(config),
    store,
    clock,
    frames: { perSecond: config.rate, burst: config.burst },
    framesOfAddress: { perSecond: config["address-rate"], burst: config["address-burst"] },
    openSignUp: config["sign-up"] === "open",
    addressOf: (account) => hub.presence.connectionsOf(account)[0]?.address,
  });
}

function createCommands(
  { config, store, clock, log }: Base,
  { chat: { hub, moderation, groups, effects }, edge, ...shared }: {
    readonly chat: Chat;
    readonly edge: EdgeInstruments;
    readonly quotas: Quotas;
    readonly traces: GuestTraces;
    readonly reservedNames: ReservedNames;
    readonly onSaid: (room: Room, event: StoredEvent) => void;
    readonly onScheduled: (at: number) => void;
    readonly onErasing: () => void;
    readonly files: Files;
  },
): Commands {
  const { quotas, traces, reservedNames, onSaid, onScheduled, onErasing, files } = shared;
  return new Commands({
    hub,
    store,
    clock,
    moderation,
    groups,
    effects,
    onSaid,
    expulsionMs: config["kick-minutes"] * 60_000,
    openRooms: config["open-rooms"],
    defaultRoom: config["default-room"],
    reservedNames,
    quotas,
    onScheduled,
    onErasing,
    copyFile: (file, account, room, authorize) => files.copy(file, account, room, authorize),
    onSaying: (account, room) => traces.note(account, room),
    onRefused(code, type) {
      edge.refusals.add(1, code);
      log.debug("refused", { code, type });
    },
  });
}

/** What is done when its time has come. */
function createAlarms(
  { store, clock, log }: Base,
  commands: Commands,
  notifier: PushNotifier,
): readonly Alarm[] {
  return [
    new Alarm({
      what: "send scheduled messages",
      next: () => store.nextDue("scheduled"),
      run: () => commands.sendDue(),
      clock,
      log,
    }),
    new Alarm({
      what: "remind users",
      next: () => store.nextDue("reminders"),
      run: () => commands.remindDue((reminder) => notifier.remind(reminder)),
      clock,
      log,
    }),
  ];
}

function createAuth(
  { config, store, clock, log }: Base,
  { chat: { hub, effects }, quotas, traces, reservedNames, passwords }: {
    readonly chat: Chat;
    readonly quotas: Quotas;
    readonly traces: GuestTraces;
    readonly reservedNames: ReservedNames;
    readonly passwords: Passwords;
  },
) {
  const onEnded = (account: Account, session: string) =>
    effects.emit({ type: "signed_out", account, session });
  const sessions = new Sessions(store, clock, {
    idleMs: config["session-days"] === 0 ? Infinity : config["session-days"] * DAY_MS,
    perAccount: config.sessions,
    keepsLinks: config["sign-in"] === "providers",
    onEnded,
  });
  const stopRefreshing = sessions.sweepHourly(
    () => hub.connections.all().flatMap(({ session }) => session ?? []),
    (error) => log.error("cannot refresh sessions", error),
  );
  const accounts = new Accounts({
    ...{ store, clock, sessions, quotas, passwords, onEnded },
    reservedNames,
    signUp: config["sign-up"],
    signInBy: config["sign-in"],
    tracesOf: (guest) => traces.take(guest),
  });
  return { sessions, accounts, stopRefreshing };
}

function createFiles({ config, store, clock, log }: Base, quotas: Quotas): Files {
  return new Files({
    store,
    clock,
    log,
    maxBytes: config["file-bytes"],
    totalBytes: config["files-total"],
    perMinute: config["file-rate"],
    quotas,
  });
}

function createRoutes(
  { config, store, clock, log, metrics }: Base,
  {
    chat: { hub, effects, moderation, groups },
    accounts,
    reservedNames,
    sessions,
    commands,
    quotas,
    push,
    files,
    hooks,
    ...rest
  }: {
    readonly chat: Chat;
    readonly reservedNames: ReservedNames;
    readonly accounts: Accounts;
    readonly sessions: Sessions;
    readonly commands: Commands;
    readonly quotas: Quotas;
    readonly push: WebPushOptions;
    readonly files: Files;
    readonly connectionLimiter: ConnectionLimiter;
    readonly hooks: OutgoingHooks | null;
    readonly onErased: () => void;
    readonly ready: () => boolean;
    readonly acceptsConnections: () => boolean;
    readonly originForOthers: (origin: string) => string;
  },
): readonly Route[] {
  const { connectionLimiter, ready, acceptsConnections, originForOthers } = rest;
  const networks = config["hook-networks"];
  const onEntered = (entry: SignInOutcome) =>
    joinFirstRooms(entry, { effects, commands, store, config });
  return [
    ...sessionRoutes({
      accounts,
      sessions,
      passkeys: new Passkeys(store, clock),
      server: hub.server,
      signUp: config["sign-up"],
      providers: config.providers.map(({ id, name }) => ({ id, name })),
      onEntered,
      onSignedOut: (account, session) => effects.emit({ type: "signed_out", account, session }),
    }),
    ...providerRoutes({
      clock,
      onEntered,
      signIn: new ProviderSignIn({
        ...{ accounts, sessions, store, clock },
        providers: config.providers.map((settings) => new OpenIdProvider(settings, clock)),
        onEnded: (account, session) => effects.emit({ type: "signed_out", account, session }),
        async onRole(account, { bots }) {
          for (const bot of bots) effects.emit({ type: "signed_out", account: bot });
          effects.emit({ type: "role_changed", account });
          await store.recordModeration({
            ...{ at: clock.now(), by: "OpenID provider", byId: null, action: "set_role" },
            ...{ subject: account.name, subjectId: account.publicId, detail: account.role },
            ...{ room: null, roomId: null },
          });
        },
        onGroups: (account, claimed) =>
          followClaim(
            {
              ...{ store, groups, clock, reservedNames },
              async onChanged(group) {
                effects.emit({ type: "groups_changed" });
                await store.recordModeration({
                  ...{ at: clock.now(), by: "OpenID provider", byId: null, action: "set_group" },
                  ...{ subject: null, subjectId: null, detail: group, room: null, roomId: null },
                });
              },
              onRefused: (group, reason) =>
                log.warn("a user cannot come into a group", { user: account.name, group, reason }),
            },
            account,
            claimed,
          ),
        onError: (message, error) => log.error(message, error),
      }),
    }),
    ...inviteRoutes({
      accounts,
      commands,
      store,
      quotas,
      now: () => clock.now(),
      originForOthers,
      onRetired: (account) => effects.emit({ type: "retired", account }),
    }),
    ...messageRoutes(commands, store),
    ...commandRoutes(commands),
    ...eventRoutes({ commands, store, connectionLimiter, acceptsConnections }),
    ...peopleRoutes({
      ...{ accounts, commands, sessions, store, clock },
      moderatorsMakeLinks: config["moderator-sign-in-links"],
      stateOf: (account) => hub.presence.stateOf(account),
      onSignedOut: (account) => effects.emit({ type: "signed_out", account }),
      onErased: rest.onErased,
    }),
    ...profileRoutes({
      store,
      clock,
      moderation,
      stateOf: (account) => hub.presence.stateOf(account),
    }),
    ...moderationLogRoutes({ commands, store, clock }),
    ...pushRoutes({ store, clock, services: push.services, publicKey: push.keys.publicKey }),
    ...fileRoutes(commands, files),
    ...hookRoutes({
      accounts,
      commands,
      store,
      clock,
      allowsUrl: networks === null ? null : (url) => isAllowedUrl(url, networks),
      onChanged: async () => await hooks?.reload(),
      resume: async (id) => await hooks?.resume(id),
      onRetired: (account) => effects.emit({ type: "retired", account }),
    }),
    ...descriptionRoutes({ openapi, asyncapi }),
    ...operatorRoutes({
      metrics,
      metricsToken: config["metrics-token"],
      trustsLoopback: !config.hosted,
      version: manifest.version,
      ready,
    }),
  ];
}

function createHttp(
  base: Base,
  { edge, page, ...parts }: Parameters<typeof createRoutes>[1] & {
    readonly edge: EdgeInstruments;
    readonly page: HttpOptions["page"];
  },
): HttpServer {
  const { config, clock, log } = base;
  const { chat: { hub, effects }, accounts, sessions, commands } = parts;
  const { connectionLimiter, acceptsConnections } = parts;
  return new HttpServer({
    accounts,
    sessions,
    connectionLimiter,
    routes: createRoutes(base, parts),
    page,
    log,
    clock,
    secure: config.hosted || config.url?.startsWith("https:") === true,
    hosts: hostRules(config),
    proxies: config.proxies,
    idleTimeout: config["idle-timeout"],
    count: (account) => commands.count(account),
    acceptsConnections,
    onGuestLeft: (account) => effects.emit({ type: "retired", account }),
    onAnswered(answer) {
      edge.answered(answer);
      log.debug("answered", { ...answer });
    },
    onSocket: (upgraded) => acceptSocket(base, hub, commands, upgraded),
  });
}

/** Makes a client of an upgraded socket and tracks it until the socket is gone. */
function acceptSocket(
  { config, clock, log }: Base,
  hub: Hub,
  commands: Commands,
  { socket, onLeft, onEnded, ...identity }: Upgraded,
): void {
  const client = new Client(socket, {
    ...identity,
    hub,
    handle: (connection, decoded) => commands.handle(connection, decoded),
    clock,
    log,
    bounds: { ...DEFAULT_BOUNDS, queueBytes: config["queue-bytes"] },
  });
  hub.connections.track(client);
  void client.left.then(onLeft);
  void client.ended.then(onEnded);
}

/** Listens for everyone: with https once there is a certificate. */
function listen(
  { config, clock, log }: Base,
  http: HttpServer,
  certificates?: Certificates,
): HttpListener {
  return new HttpListener({
    ...{ hostname: config.host, port: config.port, setting: "port", clock, log },
    serve(where) {
      const certificate = certificates?.current;
      const tls = certificate ? { cert: certificate.chain, key: certificate.key } : {};
      return Deno.serve(
        { ...where, ...tls, onListen() {} },
        (request, { remoteAddr }) => http.handle(request, remoteAddr.hostname),
      );
    },
  });
}

/** The certificate of the domain, and the port on which the authority asks; `null` without a domain. */
async function createTls({ config, store, clock, log }: Base, http: HttpServer) {
  const { domain, "acme-directory": directory, "acme-email": email } = config;
  if (domain === null) return null;
  // Authorities count orders: none is made for a server that cannot start.
  checkPort({ hostname: config.host, port: config.port, setting: "port" });
  const key = accountKey(await store.secret("acme"));
  const certificates = new Certificates({
    ...{ domain, directory, email, key, store, clock, log, fetch },
  });
  const handle = createPlainHandler({ key, url: originOf(config), http });
  const plain = new HttpListener({
    ...{ hostname: config.host, port: config["http-port"], setting: "http-port", clock, log },
    serve: (where) =>
      Deno.serve(
        { ...where, onListen() {} },
        (request, { remoteAddr }) => handle(request, remoteAddr.hostname),
      ),
  });
  return { certificates, plain };
}

/** Retires the guests of the last run, and creates the room that new users join. */
async function prepare(store: Store, config: Config, clock: Clock): Promise<void> {
  await store.retireGuests();
  const name = config["default-room"];
  if (name === "") return;
  // It may have another name by now.
  if (await store.findRoom(name, 0) !== null) return;
  const room = { name, kind: "public", title: null, creator: null, at: clock.now() } as const;
  await store.createRoom(room);
}

/** The push services and keys for notifications to users whose page is closed. */
async function createPush(store: Store, config: Config): Promise<WebPushOptions> {
  return {
    keys: vapidKeys(await store.secret("vapid")),
    // Some push services require a contact; only the URL of a public server can be one.
    subject: config.url?.startsWith("https:") ? config.url : "mailto:nobody@example.org",
    services: config["push-services"],
  };
}

function hostRules({ origins, url, host }: Config): HostRules {
  return { url, origins, loopbackOnly: isLoopback(host) || host === "localhost" };
}

/** Adds a new account to the default room, and an invited one to the room of its invitation. */
async function joinFirstRooms(
  { account, isNew, isPromoted, room }: SignInOutcome,
  { effects, commands, store, config }: {
    effects: Effects;
    commands: Commands;
    store: Store;
    config: Config;
  },
): Promise<void> {
  if (isPromoted) effects.emit({ type: "role_changed", account });
  const defaultRoom = config["default-room"];
  if (isNew && defaultRoom !== "") await commands.admit(account, defaultRoom);
  if (room !== null) await commands.admitTo(account, await store.roomById(room));
}

/**
 * The owner's link, while the server has no owner. The store has only its hash, so it cannot be
 * shown again: each start makes a new link and voids the last. Of instances that share a database
 * only the first prints one: the others would void it a moment later.
 */
async function firstOwnerUrl(
  store: Store,
  accounts: Accounts,
  url: string,
): Promise<string | null> {
  if (await store.hasOwner()) return null;
  if (store.peers !== null && await store.hasOwnerInvite()) return null;
  return await ownerUrl(accounts, url);
}

/** Makes a new owner's link and voids the last. @param hours How long the link is valid. */
export async function ownerUrl(accounts: Accounts, url: string, hours?: number): Promise<string> {
  return inviteUrl(url, await accounts.inviteOwner(hours));
}

function addressOf({ hostname, port }: Pick<Deno.NetAddr, "hostname" | "port">): string {
  const everywhere = hostname === "0.0.0.0" || hostname === "::";
  const host = everywhere || hostname === "127.0.0.1" ? "localhost" : hostname;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Waits for `work`, but no longer than `ms`. */
export async function within(work: Promise<unknown>, ms: number, clock: Clock): Promise<void> {
  const timeout = Promise.withResolvers<void>();
  const cancel = clock.after(ms, timeout.resolve);
  await Promise.race([work, timeout.promise]);
  cancel();
}

/**
 * Opens the store. A tool opens it beside a running server.
 *
 * @param log Gets a warning about damaged data, and errors while the store cannot write.
 */
export async function openStore(
  { data: path, durability, damaged, database: url, bus }: Config,
  opener: "server" | "tool",
  log?: Log,
): Promise<Store> {
  const onNotice = (notice: string) => log?.warn("about the data", { notice });
  if (url === null) {
    return await openSqlite({
      path,
      durability,
      exclusive: opener === "server",
      onDamage: damaged,
      onNotice,
      onFault: (fault) =>
        fault === null ? log?.info(TABLES_RECOVERED) : log?.error(TABLES_FAILED, fault),
    });
  }
  // Loaded on demand: most servers do not use PostgreSQL, and start faster without it.
  const { openPostgres } = await import("./lib/store/postgres/store.ts");
  return await openPostgres({ url, bus, serving: opener === "server", onNotice });
}

/** Logged once when the tables take no more, and once when they do again. */
const TABLES_FAILED =
  "cannot write acknowledged messages to the data file's tables: they are kept " +
  "in the commit log beside it, and nothing more is acknowledged until it works again";
const TABLES_RECOVERED = "acknowledged messages are in the data file's tables again";

/** The server's address according to the settings. */
export function originOf(config: Config): string {
  return config.url ?? addressOf({ ...config, hostname: config.host });
}
