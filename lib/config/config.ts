/**
 * All settings: each with its name, default, parser and help text. The flag, the environment
 * variable, the validation, `--help` and the table in the README are derived from these.
 *
 * @module
 */
import * as v from "valibot";
import { isAddressOrNetwork } from "../util/ip_address.ts";
import { type ProviderSettings, providerSettings } from "../auth/openid.ts";
import { LOG_LEVELS, type LogLevel } from "../observability/log.ts";
import { LIMITS } from "../protocol/limits.ts";
import { knownRoomName } from "../protocol/schemas/fields.ts";
import { type Flag, flagOf, type QuotaName, QUOTAS } from "../auth/quotas.ts";

/** Parses a value. Throws a `RangeError` whose message says what is expected. */
type Parse<T> = (text: string) => T;

interface Setting<T> {
  readonly parse: Parse<T>;
  readonly default: string;
  /** The placeholder for the value in `--help`. */
  readonly value: string;
  readonly help: string;
}

function setting<T>(value: string, fallback: string, parse: Parse<T>, help: string): Setting<T> {
  return { value, default: fallback, parse, help };
}

/** The settings, by the name of their flag; `--log-level` is `HUBBUB_LOG_LEVEL`. */
export const SETTINGS = {
  "port": setting(
    "PORT",
    "8000",
    integer(0, 65_535),
    "TCP port to listen on; 0 picks a free one; 443 with --domain",
  ),
  "host": setting(
    "ADDRESS",
    "127.0.0.1",
    text(1, 255),
    "address to listen on; 0.0.0.0 accepts connections from other machines, and is the default with " +
      "--domain",
  ),
  "domain": setting(
    "DOMAIN",
    "",
    domainOrNone,
    "the server's domain, chat.example.org: it gets a certificate, renews it, and answers with https",
  ),
  "http-port": setting(
    "PORT",
    "80",
    integer(0, 65_535),
    "TCP port to listen on for http, with --domain: the certificate authority asks there, and everyone " +
      "else is sent to https",
  ),
  "acme-directory": setting(
    "URL",
    "https://acme-v02.api.letsencrypt.org/directory",
    httpsUrl,
    "the certificate authority (ACME); for trials " +
      "https://acme-staging-v02.api.letsencrypt.org/directory",
  ),
  "acme-email": setting(
    "ADDRESS",
    "",
    emailOrNone,
    "where the certificate authority may write to; by giving --domain you accept its terms",
  ),
  "data": setting(
    "FILE",
    "data/hubbub.db",
    text(1, 4_096),
    "the data file, created when it is missing; :memory: stores nothing",
  ),
  "database": setting(
    "URL",
    "",
    databaseOrNone,
    "a PostgreSQL database instead of the data file; several instances can share it",
  ),
  "bus": setting(
    "URL",
    "",
    busOrNone,
    "a NATS server over which instances with one database notify each other, instead of the " +
      "database itself: nats://host:4222; see docs/scaling.md",
  ),
  "durability": setting(
    "process|power",
    "process",
    oneOf("process", "power"),
    "what an acknowledged message survives: a crash of the process, or also a power cut (slower)",
  ),
  "damaged": setting(
    "refuse|keep-going",
    "refuse",
    oneOf("refuse", "keep-going") as Parse<"refuse" | "keep-going">,
    "what to do when acknowledged messages are missing from the data: refuse to start, or continue " +
      "with the rest; damaged files are kept",
  ),
  "name": setting(
    "NAME",
    "Hubbub",
    text(1, 64),
    "the name of this server, until an owner gives it another one on the page",
  ),
  "default-room": setting(
    "ROOM",
    "general",
    roomOrNone,
    "the room that new users join; empty for none",
  ),
  "open-rooms": setting(
    "YES|NO",
    "yes",
    yesOrNo,
    "whether joining a room that does not exist creates it",
  ),
  "sign-up": setting(
    "open|invite",
    "open",
    oneOf("open", "invite"),
    "who can sign up: everyone who can reach the server, also as a guest; or only invited users",
  ),
  "providers": setting(
    "JSON",
    "",
    providers,
    "OpenID providers with which users can sign in, as a JSON list: see docs/sign-in.md",
  ),
  "sign-in": setting(
    "any|providers",
    "any",
    oneOf("any", "providers"),
    "by what users sign in: by a name, a password, a passkey, a link or a provider; or by providers " +
      "and nothing else",
  ),
  "url": setting(
    "URL",
    "",
    originOrNone,
    "the server's public address, if it is behind a proxy: https://chat.example.org",
  ),
  "proxies": setting(
    "LIST",
    "",
    addresses,
    "addresses or networks of trusted proxies, for X-Forwarded-For: 10.0.0.1, 10.1.0.0/16",
  ),
  "connections": setting(
    "NUMBER",
    "500",
    integer(1, 1_000_000),
    "how many connections one address may have; this machine's own are not counted",
  ),
  "origins": setting(
    "LIST",
    "",
    origins,
    "origins of other sites whose pages may connect, comma-separated: https://chat.example.org",
  ),
  "sessions": setting(
    "NUMBER",
    "50",
    integer(1, 10_000),
    "how many sessions one user may have; one more ends the one that was unused for longest",
  ),
  "moderator-sign-in-links": setting(
    "YES|NO",
    "no",
    yesOrNo,
    "whether moderators can make links that sign members in; owners always can",
  ),
  "session-days": setting(
    "DAYS",
    "90",
    integer(0, 400),
    "after how many days without use a session ends; 0 for 400 days after its start, used or not",
  ),
  "push-services": setting(
    "LIST",
    "fcm.googleapis.com,*.push.services.mozilla.com,*.push.apple.com,*.notify.windows.com",
    pushServices,
    "browsers' push services that may deliver notifications; empty for none",
  ),
  "hook-networks": setting(
    "LIST",
    "",
    networksOrNone,
    "private networks to which outgoing webhooks may connect: 10.0.0.0/8, 127.0.0.1; `none` switches " +
      "outgoing webhooks off",
  ),
  "link-previews": setting(
    "LIST",
    "",
    networksOrNone,
    "private networks whose pages get previews where a message links to them, beside public pages: " +
      "10.0.0.0/8; `none` switches link previews off",
  ),
  "rate": setting(
    "NUMBER",
    "50",
    integer(0, 1_000_000),
    "how many frames per second one user may send continuously; 0 for no limit",
  ),
  "burst": setting(
    "NUMBER",
    "500",
    integer(1, 1_000_000),
    "how many frames one user may send at once after a pause",
  ),
  "address-rate": setting(
    "NUMBER",
    "50",
    integer(0, 1_000_000),
    "how many frames per second all guests of one address may send continuously; 0 for no limit",
  ),
  "address-burst": setting(
    "NUMBER",
    "500",
    integer(1, 1_000_000),
    "how many frames all guests of one address may send at once after a pause",
  ),
  "kick-minutes": setting(
    "MINUTES",
    "60",
    integer(0, 525_600),
    "for how many minutes who was removed from a room needs an invitation to come back; 0 for none",
  ),
  "guest-days": setting(
    "DAYS",
    "30",
    integer(0, 36_500),
    "how many days conversations with departed guests are kept; 0 for ever",
  ),
  "retention-days": setting(
    "DAYS",
    "0",
    integer(0, LIMITS.retention_days_max),
    "after how many days messages are deleted, in all rooms, until an owner chooses another " +
      "number on the page; 0 for never. A room can have fewer days",
  ),
  ...quotaSettings(),
  "file-bytes": setting(
    "BYTES",
    "26214400",
    integer(0, 1_073_741_824),
    "the largest file that a message may have attached; 0 for no files",
  ),
  "files-total": setting(
    "BYTES",
    "5368709120",
    integer(0, 1_000_000_000_000_000),
    "how many bytes all files together may take",
  ),
  "file-rate": setting(
    "NUMBER",
    "30",
    integer(0, 1_000_000),
    "how many files one user may upload per minute; 0 for no limit",
  ),
  "queue-bytes": setting(
    "BYTES",
    "1048576",
    integer(65_536, 1_073_741_824),
    "how many bytes may wait for a slow client before it is closed with 4008",
  ),
  "idle-timeout": setting(
    "SECONDS",
    "30",
    integer(2, 3_600),
    "after how many seconds of silence a connection counts as dead; it is pinged at half of that",
  ),
  "away-after": setting(
    "SECONDS",
    "300",
    integer(1, 86_400),
    "after how many seconds of inactivity a user is shown as away",
  ),
  "grace": setting(
    "SECONDS",
    "5",
    integer(0, 3_600),
    "for how many seconds a user without connections is still shown as online",
  ),
  "metrics-token": setting(
    "TOKEN",
    "",
    tokenOrNone,
    "bearer token for reading /metrics from elsewhere; this machine and owners need none",
  ),
  "log-level": setting(
    LOG_LEVELS.join("|"),
    "info",
    oneOf(...LOG_LEVELS) as Parse<LogLevel>,
    "the lowest level that is logged, as JSON lines on standard error",
  ),
} as const;

/** The settings for the limits on what one user may store: see `quotas.ts`. */
function quotaSettings() {
  const entries = Object.entries(QUOTAS).map(([name, { help }]) => {
    const fallback = `${LIMITS[name as QuotaName]}`;
    return [flagOf(name), setting("NUMBER", fallback, integer(0, 1_000_000_000_000_000), help)];
  });
  return Object.fromEntries(entries) as Record<Flag<QuotaName>, Setting<number>>;
}

type SettingName = keyof typeof SETTINGS;

/** The values of all settings, by name. */
export type Config =
  & {
    readonly [N in SettingName]: (typeof SETTINGS)[N] extends Setting<infer T> ? T : never;
  }
  & {
    /**
     * Whether the server runs on Deno Deploy: TLS ends in front of it, files on its disk are lost,
     * and a loopback address says nothing about the client.
     */
    readonly hosted: boolean;
  };

const NAMES = Object.keys(SETTINGS) as SettingName[];

/** The environment variable of a setting. */
export function environmentName(name: string): string {
  // The name that hosting platforms with a database use.
  if (name === "database") return "DATABASE_URL";
  return `HUBBUB_${name.replaceAll("-", "_").toUpperCase()}`;
}

/** An invalid setting. The message says what is expected. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Reads the settings: a flag takes precedence over the environment, and that over the default.
 *
 * @param args The command line's arguments: `--port 80` or `--port=80`.
 * @param environment Looks up a variable; `undefined` and the empty text mean none.
 * @throws {ConfigError} When a flag is unknown or a value is invalid, and on Deno Deploy without a
 * database.
 */
export function readConfig(
  args: readonly string[],
  environment: (name: string) => string | undefined,
): Config {
  const flags = readFlags(args);
  const hosted = Boolean(environment("DENO_DEPLOYMENT_ID"));
  const given = (name: SettingName) => flags.get(name) || environment(environmentName(name));
  const defaults = {
    ...hosted ? hostedDefaults(environment) : {},
    ...given("domain") ? DOMAIN_DEFAULTS : {},
  };
  const values = NAMES.map((name) => {
    const flag = flags.get(name);
    const variable = environmentName(name);
    if (flag !== undefined) return [name, parse(name, flag, `--${name}`)];
    const value = environment(variable) || (defaults[name] ?? SETTINGS[name].default);
    return [name, parse(name, value, variable)];
  });
  const read: Config = { ...Object.fromEntries(values), hosted };
  const url = read.url ?? (read.domain === null ? null : `https://${read.domain}`);
  const config = { ...read, url };
  if (hosted && config.database === null) throw new ConfigError(NEEDS_DATABASE);
  if (hosted && config.domain !== null) throw new ConfigError(HAS_CERTIFICATE);
  if (config.bus !== null && config.database === null) throw new ConfigError(BUS_NEEDS_DATABASE);
  return config;
}

/** A bus connects the instances that share a database. */
const BUS_NEEDS_DATABASE =
  "Cannot use --bus without --database: instances can share a PostgreSQL " +
  "database, but not a data file";

/** A data file there is lost with the instance, and other instances cannot read it. */
const NEEDS_DATABASE = "Cannot store messages on Deno Deploy without a database: assign a " +
  "PostgreSQL database to this app, which sets DATABASE_URL, and deploy again";

/** The defaults with a domain: it leads to this machine, and browsers connect to the port of https. */
const DOMAIN_DEFAULTS: Partial<Record<SettingName, string>> = { host: "0.0.0.0", port: "443" };

const HAS_CERTIFICATE =
  "Cannot use --domain on Deno Deploy, which has the certificate of a domain: " +
  "add the domain to this app there, and set HUBBUB_URL";

/** The defaults on Deno Deploy: it sets the port, and all clients connect from outside. */
function hostedDefaults(
  environment: (name: string) => string | undefined,
): Partial<Record<SettingName, string>> {
  const port = environment("PORT");
  return { host: "0.0.0.0", ...(port ? { port } : {}) };
}

/** The values of the flags by name. A value may be empty; of repeated flags the last one counts. */
function readFlags(args: readonly string[]): ReadonlyMap<string, string> {
  const flags = new Map<string, string>();
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, name = "", given] = /^--([a-z-]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (!Object.hasOwn(SETTINGS, name)) {
      throw new ConfigError(`Unknown argument "${arg}": see --help for the settings`);
    }
    // The next flag is not a value: a forgotten value has to be reported.
    const value = given ?? (rest[0]?.startsWith("--") ? undefined : rest.shift());
    if (value === undefined) throw new ConfigError(`Cannot use --${name}: it needs a value`);
    flags.set(name, value);
  }
  return flags;
}

/** The settings as text for `--help`. */
export function helpText(): string {
  const rows = NAMES.map((name) => {
    const { value, help, default: fallback } = SETTINGS[name];
    return `  --${name} ${value}\n      ${help} (${fallback === "" ? "none" : fallback})`;
  });
  return `Usage: deno task start [--setting value]...\n\n${rows.join("\n")}\n
Each setting can also be an environment variable or a line of the file .env:
${environmentName("log-level")} for --log-level, and so on; ${
    environmentName("database")
  } for --database.`;
}

/** The settings as a table in Markdown, for the README. */
export function settingsTable(): string {
  const rows = NAMES.map((name) => {
    const { help, default: fallback } = SETTINGS[name];
    const shown = fallback === "" ? "" : `\`${fallback}\``;
    return `| \`--${name}\` | \`${environmentName(name)}\` | ${shown} | ${help} |`;
  });
  return ["| flag | variable | default | meaning |", "| --- | --- | --- | --- |", ...rows]
    .join("\n");
}

function parse(name: SettingName, value: string, shown: string): unknown {
  try {
    return SETTINGS[name].parse(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // The user and password of a URL must not get into a log.
    const received = value.replace(/\/\/.*@/s, "//…@");
    throw new ConfigError(
      `Cannot use ${shown}: it must be ${error.message}, received "${received}"`,
    );
  }
}

function integer(min: number, max: number): Parse<number> {
  return (value) => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= min && number <= max) return number;
    throw new RangeError(`a whole number from ${min} to ${max}`);
  };
}

function text(min: number, max: number): Parse<string> {
  return (value) => {
    if (value.length >= min && value.length <= max) return value;
    throw new RangeError(`a text of ${min} to ${max} characters`);
  };
}

function oneOf<T extends string>(...options: readonly T[]): Parse<T> {
  return (value) => {
    const found = options.find((option) => option === value);
    if (found !== undefined) return found;
    throw new RangeError(`one of ${options.join(", ")}`);
  };
}

function yesOrNo(value: string): boolean {
  return oneOf("yes", "no")(value) === "yes";
}

function roomOrNone(value: string): string {
  if (value === "") return value;
  const name = v.safeParse(knownRoomName, value);
  if (name.success) return name.output;
  throw new RangeError("empty, or a room's name of up to 64 letters, digits, - or _");
}

function tokenOrNone(value: string): string {
  if (/^(|[\x21-\x7e]{16,256})$/.test(value)) return value;
  throw new RangeError(
    "empty, or 16 to 256 ASCII letters, digits and punctuation marks without a space",
  );
}

function list(value: string): string[] {
  return value.split(",").map((part) => part.trim()).filter((part) => part !== "");
}

function isOrigin(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === value;
}

function origins(value: string): readonly string[] {
  const parts = list(value);
  if (parts.every(isOrigin)) return parts;
  throw new RangeError("a list of origins such as https://chat.example.org");
}

/** A host name; no address, because authorities certify few of them. */
function domainOrNone(value: string): string | null {
  if (value === "") return null;
  // Parsed as part of a URL, a name in other letters gets its form in ASCII.
  const host = /^[^\s/\\@?#:[\]]{1,253}$/.test(value)
    ? URL.parse(`https://${value}`)?.hostname ?? ""
    : "";
  if (host.length <= 253 && DOMAIN.test(host)) return host;
  throw new RangeError("a domain such as chat.example.org");
}

/** Labels (RFC 1035 section 2.3.1); the last one begins with a letter. */
const DOMAIN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

function httpsUrl(value: string): string {
  const url = URL.parse(value);
  if (url?.protocol === "https:" && url.username === "" && url.hash === "") return value;
  throw new RangeError("an https address such as https://acme.example.org/directory");
}

function emailOrNone(value: string): string | null {
  if (value === "") return null;
  if (/^[^\s@<>,]{1,64}@[^\s@<>,]{1,189}$/.test(value)) return value;
  throw new RangeError("an e-mail address such as admin@example.org");
}

function originOrNone(value: string): string | null {
  if (value === "") return null;
  if (isOrigin(value)) return value;
  throw new RangeError("an origin such as https://chat.example.org, without a path");
}

function pushServices(value: string): readonly string[] {
  const parts = list(value);
  const isHost = (part: string) => /^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(part);
  if (parts.every((part) => isHost(part) || isOrigin(part))) return parts;
  throw new RangeError("a list of hosts or origins such as *.push.apple.com");
}

function databaseOrNone(value: string): string | null {
  if (value === "") return null;
  const url = URL.parse(value);
  const known = url !== null && /^postgres(ql)?:$/.test(url.protocol);
  // Without a user name the driver asks the system for one, for which the server has no permission.
  if (known && url.hostname !== "" && url.username !== "") return value;
  throw new RangeError("an address such as postgres://user:password@host:5432/database");
}

function busOrNone(value: string): string | null {
  if (value === "") return null;
  const urls = value.split(",").map((one) => URL.parse(one.trim()));
  const isKnown = (url: URL | null) =>
    url !== null && /^(nats|tls):$/.test(url.protocol) && url.hostname !== "";
  if (urls.every(isKnown)) return value;
  throw new RangeError("an address such as nats://user:password@host:4222, or several with commas");
}

const providerList = v.pipe(
  v.array(providerSettings),
  v.checkItems(
    ({ id }, place, all) => all.findIndex((one) => one.id === id) === place,
    "an id of its own",
  ),
);

function providers(value: string): readonly ProviderSettings[] {
  if (value === "") return [];
  const json = parseJson(value);
  const parsed = v.safeParse(providerList, json);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const place = v.getDotPath(issue);
  throw new RangeError(
    'a JSON list such as [{"id":"company","name":"Our company","issuer":"https://id.example.org",' +
      `"client_id":"hubbub","client_secret":"..."}]${place === null ? "" : `: look at ${place}`}`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The networks, or `null` where the server shall connect to no address at all. */
function networksOrNone(value: string): readonly string[] | null {
  return value === "none" ? null : addresses(value);
}

function addresses(value: string): readonly string[] {
  const parts = list(value);
  if (parts.every(isAddressOrNetwork)) return parts;
  throw new RangeError("a list of IP addresses or networks such as 10.0.0.1, 10.1.0.0/16");
}
