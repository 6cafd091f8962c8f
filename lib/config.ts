/**
 * Every setting, once: its name, its default, what it must be and what it is for. The flag, the
 * environment variable, the check, `--help` and the README's table follow from this.
 *
 * @module
 */
import { isAddress } from "./addresses.ts";
import { LOG_LEVELS, type LogLevel } from "./log.ts";

/** Reads a value from its text. Throws `RangeError` with what was expected. */
type Parse<T> = (text: string) => T;

interface Setting<T> {
  readonly parse: Parse<T>;
  readonly default: string;
  /** Stands for the value in `--help`. */
  readonly value: string;
  readonly help: string;
}

function setting<T>(value: string, fallback: string, parse: Parse<T>, help: string): Setting<T> {
  return { value, default: fallback, parse, help };
}

/** The settings, by the name of their flag; `--log-level` is `HUBBUB_LOG_LEVEL`. */
export const SETTINGS = {
  "port": setting("PORT", "8000", integer(0, 65_535), "TCP port to listen on; 0 picks a free one"),
  "host": setting(
    "ADDRESS",
    "127.0.0.1",
    text(1, 255),
    "address to listen on; 0.0.0.0 lets other machines in",
  ),
  "data": setting(
    "FILE",
    "data/hubbub.db",
    text(1, 4_096),
    "the data file, made when it is missing; :memory: keeps nothing",
  ),
  "database": setting(
    "URL",
    "",
    databaseOrNone,
    "a PostgreSQL database in place of the data file, which many instances may share",
  ),
  "durability": setting(
    "LEVEL",
    "process",
    oneOf("process", "power"),
    "what an acknowledged message survives: the death of the process, or a power cut too (slower)",
  ),
  "name": setting("NAME", "Hubbub", text(1, 64), "what this server calls itself"),
  "default-room": setting(
    "ROOM",
    "general",
    roomOrNone,
    "the room that new people find themselves in; empty for none",
  ),
  "open-rooms": setting(
    "YES|NO",
    "yes",
    yesOrNo,
    "whether joining a room that does not exist makes it",
  ),
  "sign-up": setting(
    "WHO",
    "open",
    oneOf("open", "invite"),
    "who gets in: everybody who can reach the server, also as a guest; or only who was invited",
  ),
  "url": setting(
    "URL",
    "",
    originOrNone,
    "where people find the server, if it is behind a proxy: https://chat.example.org",
  ),
  "proxies": setting(
    "LIST",
    "",
    addresses,
    "addresses of proxies whose X-Forwarded-For counts, separated by commas",
  ),
  "connections": setting(
    "NUMBER",
    "500",
    integer(1, 1_000_000),
    "how many connections one address may hold; this machine's own are not counted",
  ),
  "origins": setting(
    "LIST",
    "",
    origins,
    "other sites whose pages may connect, separated by commas: https://chat.example.org",
  ),
  "push-services": setting(
    "LIST",
    "fcm.googleapis.com,*.push.services.mozilla.com,*.push.apple.com,*.notify.windows.com",
    pushServices,
    "push services of browsers through which people are told of messages; empty for none",
  ),
  "rate": setting(
    "NUMBER",
    "50",
    integer(0, 1_000_000),
    "how many frames a second one person may send for long; 0 for no limit",
  ),
  "burst": setting(
    "NUMBER",
    "500",
    integer(1, 1_000_000),
    "how many frames one person may send at once after a rest",
  ),
  "file-bytes": setting(
    "BYTES",
    "26214400",
    integer(0, 1_073_741_824),
    "how large a file under a message may be; 0 for no files",
  ),
  "files-total": setting(
    "BYTES",
    "5368709120",
    integer(0, 1_000_000_000_000_000),
    "how much all files together may take",
  ),
  "file-rate": setting(
    "NUMBER",
    "30",
    integer(0, 1_000_000),
    "how many files one person may upload a minute; 0 for no limit",
  ),
  "queue-bytes": setting(
    "BYTES",
    "1048576",
    integer(65_536, 1_073_741_824),
    "how far a reader may fall behind before it is closed with 4008",
  ),
  "idle-timeout": setting(
    "SECONDS",
    "30",
    integer(2, 3_600),
    "after how long without a sign of life a connection is dead; it is pinged at half of it",
  ),
  "away-after": setting(
    "SECONDS",
    "300",
    integer(1, 86_400),
    "after how long without a sign of somebody they are shown as away",
  ),
  "grace": setting(
    "SECONDS",
    "5",
    integer(0, 3_600),
    "how long somebody who lost the connection is still shown as online",
  ),
  "metrics-token": setting(
    "TOKEN",
    "",
    tokenOrNone,
    "lets programs elsewhere read /metrics, as a bearer token; this machine and owners need none",
  ),
  "log-level": setting(
    LOG_LEVELS.join("|"),
    "info",
    oneOf(...LOG_LEVELS) as Parse<LogLevel>,
    "how much is logged, as JSON lines on standard error",
  ),
} as const;

type SettingName = keyof typeof SETTINGS;

/** The values of all settings, by name. */
export type Config =
  & {
    readonly [N in SettingName]: (typeof SETTINGS)[N] extends Setting<infer T> ? T : never;
  }
  & {
    /**
     * Whether Deno Deploy runs the server: https ends there, what is written to its disk is lost,
     * and whoever comes from its own machine may be anybody.
     */
    readonly hosted: boolean;
  };

const NAMES = Object.keys(SETTINGS) as SettingName[];

/** The environment variable of a setting. */
export function environmentName(name: string): string {
  // Hosts that come with a database tell its address by this name.
  if (name === "database") return "DATABASE_URL";
  return `HUBBUB_${name.replaceAll("-", "_").toUpperCase()}`;
}

/** A setting that is not what it must be; the message says what was expected. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Reads the settings: a flag wins over the environment, and that over the default.
 *
 * @param args The command line's arguments: `--port 80` or `--port=80`.
 * @param environment Looks up a variable; `undefined` or empty text is none.
 * @throws {ConfigError} When a flag is unknown or a value is not what it must be, and where there is
 * nothing to keep messages in.
 */
export function readConfig(
  args: readonly string[],
  environment: (name: string) => string | undefined,
): Config {
  const flags = readFlags(args);
  const hosted = Boolean(environment("DENO_DEPLOYMENT_ID"));
  const defaults = hosted ? hostedDefaults(environment) : {};
  const values = NAMES.map((name) => {
    const flag = flags.get(name);
    const variable = environmentName(name);
    if (flag !== undefined) return [name, parse(name, flag, `--${name}`)];
    const value = environment(variable) || (defaults[name] ?? SETTINGS[name].default);
    return [name, parse(name, value, variable)];
  });
  const config: Config = { ...Object.fromEntries(values), hosted };
  if (hosted && config.database === null) throw new ConfigError(NEEDS_DATABASE);
  return config;
}

/** What would be kept there in a file would be gone with the instance, and no other would see it. */
const NEEDS_DATABASE = "Cannot keep anything on Deno Deploy without a database: assign a " +
  "PostgreSQL database to this app, which sets DATABASE_URL, and deploy again";

/** Where Deno Deploy runs the server, it says where to listen, and everybody comes from outside. */
function hostedDefaults(
  environment: (name: string) => string | undefined,
): Partial<Record<SettingName, string>> {
  const port = environment("PORT");
  return { host: "0.0.0.0", ...(port ? { port } : {}) };
}

/** The values of flags by name. A value may be empty, and the last one counts. */
function readFlags(args: readonly string[]): ReadonlyMap<string, string> {
  const flags = new Map<string, string>();
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, name = "", given] = /^--([a-z-]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (!Object.hasOwn(SETTINGS, name)) {
      throw new ConfigError(`Unknown argument "${arg}": see --help for the settings`);
    }
    // The next flag is no value: who forgot one should hear of it.
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
  return ["| flag | variable | default | what it is |", "| --- | --- | --- | --- |", ...rows]
    .join("\n");
}

function parse(name: SettingName, value: string, shown: string): unknown {
  try {
    return SETTINGS[name].parse(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // Not what may be a password, for all to read in a log.
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
  if (/^[\p{L}\p{M}\p{N}_-]{0,64}$/u.test(value)) return value;
  throw new RangeError("empty or a room's name: up to 64 letters, digits, - or _");
}

function tokenOrNone(value: string): string {
  if (/^(|[\x21-\x7e]{16,256})$/.test(value)) return value;
  throw new RangeError("empty or 16 to 256 letters, digits and signs without a space");
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
  // Without a name the driver would ask the system for ours, which a server may not do.
  if (known && url.hostname !== "" && url.username !== "") return value;
  throw new RangeError("an address such as postgres://user:password@host:5432/database");
}

function addresses(value: string): readonly string[] {
  const parts = list(value);
  if (parts.every(isAddress)) return parts;
  throw new RangeError("a list of IP addresses such as 10.0.0.1, 10.0.0.2");
}
