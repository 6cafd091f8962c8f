import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  ConfigError,
  environmentName,
  helpText,
  readConfig,
  SETTINGS,
} from "../../lib/config/config.ts";
import { flagOf, type QuotaName, QUOTAS } from "../../lib/auth/quotas.ts";

type Environment = Readonly<Record<string, string>>;

function read(args: readonly string[], environment: Environment = {}) {
  return readConfig(args, (name) => environment[name]);
}

Deno.test("without flags and variables every setting has its default", () => {
  assertEquals(read([]), {
    "port": 8000,
    "host": "127.0.0.1",
    "domain": null,
    "http-port": 80,
    "acme-directory": "https://acme-v02.api.letsencrypt.org/directory",
    "acme-email": null,
    "data": "data/hubbub.db",
    "database": null,
    "bus": null,
    "durability": "process",
    "damaged": "refuse",
    "name": "Hubbub",
    "default-room": "general",
    "open-rooms": true,
    "sign-up": "open",
    "url": null,
    "proxies": [],
    "connections": 500,
    "sessions": 50,
    "moderator-sign-in-links": false,
    "providers": [],
    "sign-in": "any",
    "session-days": 90,
    "origins": [],
    "push-services": [
      "fcm.googleapis.com",
      "*.push.services.mozilla.com",
      "*.push.apple.com",
      "*.notify.windows.com",
    ],
    "hook-networks": [],
    "link-previews": [],
    "rate": 50,
    "burst": 500,
    "address-rate": 50,
    "address-burst": 500,
    "kick-minutes": 60,
    "guest-days": 30,
    "retention-days": 0,
    "accounts-per-day": 2_000,
    "rooms-per-user": 100,
    "rooms-per-day": 50,
    "memberships-per-user": 1_000,
    "conversations-per-day": 200,
    "invitations-per-user": 100,
    "invitations-per-day": 200,
    "blocks-per-user": 1_000,
    "links-per-user": 1_000,
    "saved-per-user": 10_000,
    "scheduled-per-user": 100,
    "reminders-per-user": 100,
    "text-per-day": 268_435_456,
    "files-per-user": 1_073_741_824,
    "file-bytes": 26_214_400,
    "files-total": 5_368_709_120,
    "file-rate": 30,
    "queue-bytes": 1_048_576,
    "idle-timeout": 30,
    "away-after": 300,
    "grace": 5,
    "metrics-token": "",
    hosted: false,
    "log-level": "info",
  });
});

Deno.test("a flag wins over the environment, and that over the default", () => {
  const environment = { HUBBUB_PORT: "9001", HUBBUB_LOG_LEVEL: "debug", HUBBUB_NAME: "" };
  const config = read(["--port", "9002", "--grace=0"], environment);
  assertEquals(config.port, 9002);
  assertEquals(config["log-level"], "debug");
  assertEquals(config.grace, 0);
  // An empty variable is how people switch one off.
  assertEquals(config.name, "Hubbub");
});

Deno.test("a flag may be empty where that means something", () => {
  assertEquals(read(["--default-room="])["default-room"], "");
  assertEquals(read(["--default-room", ""])["default-room"], "");
  assertEquals(read(["--origins="], { HUBBUB_ORIGINS: "https://a.example" }).origins, []);
  assertEquals(read(["--proxies="], { HUBBUB_PROXIES: "10.0.0.1" }).proxies, []);
  assertEquals(read(["--url="], { HUBBUB_URL: "https://a.example" }).url, null);
});

const DATABASE = "postgres://me:secret@db.example/chat?sslmode=require";

const GOOD: readonly (readonly [arg: string, name: keyof typeof SETTINGS, value: unknown])[] = [
  ["--port=0", "port", 0],
  ["--port=65535", "port", 65_535],
  ["--host=::", "host", "::"],
  ["--data=:memory:", "data", ":memory:"],
  ["--database=postgres://me:secret@db.example/chat?sslmode=require", "database", DATABASE],
  ["--durability=power", "durability", "power"],
  ["--name=Käse & Co", "name", "Käse & Co"],
  ["--name=007", "name", "007"],
  ["--default-room=Büro_1", "default-room", "Büro_1"],
  ["--open-rooms=no", "open-rooms", false],
  ["--hook-networks=10.0.0.0/8, ::1", "hook-networks", ["10.0.0.0/8", "::1"]],
  ["--hook-networks=none", "hook-networks", null],
  ["--link-previews=10.0.0.0/8", "link-previews", ["10.0.0.0/8"]],
  ["--link-previews=none", "link-previews", null],
  ["--origins=https://a.example, http://b.example:81", "origins", [
    "https://a.example",
    "http://b.example:81",
  ]],
  ["--sign-up=invite", "sign-up", "invite"],
  ["--url=https://chat.example.org", "url", "https://chat.example.org"],
  ["--url=http://localhost:8000", "url", "http://localhost:8000"],
  ["--proxies=10.0.0.1, ::1", "proxies", ["10.0.0.1", "::1"]],
  ["--proxies=10.0.0.0/8,fd00::/8", "proxies", ["10.0.0.0/8", "fd00::/8"]],
  ["--connections=1", "connections", 1],
  ["--rate=0", "rate", 0],
  ["--idle-timeout=2", "idle-timeout", 2],
  ["--log-level=silent", "log-level", "silent"],
];

for (const [arg, name, value] of GOOD) {
  Deno.test(`${arg} is understood`, () => {
    assertEquals(read([arg])[name], value);
    const [flag = "", ...rest] = arg.slice(2).split("=");
    assertEquals(read([], { [environmentName(flag)]: rest.join("=") })[name], value);
  });
}

const WHOLE = "a whole number from";
const ORIGIN = "an origin such as https://chat.example.org, without a path";
const NATS = "an address such as nats://user:password@host:4222, or several with commas";
const POSTGRES = "an address such as postgres://user:password@host:5432/database";
const PROXY_LIST = "a list of IP addresses or networks such as 10.0.0.1, 10.1.0.0/16";

const PROVIDERS = 'a JSON list such as [{"id":"company","name":"Our company",' +
  '"issuer":"https://id.example.org","client_id":"hubbub","client_secret":"..."}]';

const DOMAIN = "a domain such as chat.example.org";
const DIRECTORY = "an https address such as https://acme.example.org/directory";
const EMAIL = "an e-mail address such as admin@example.org";
const BAD: readonly (readonly [name: keyof typeof SETTINGS, value: string, expected: string])[] = [
  ["port", "65536", `${WHOLE} 0 to 65535`],
  ["port", "-1", `${WHOLE} 0 to 65535`],
  ["port", "80.5", `${WHOLE} 0 to 65535`],
  ["port", "0x50", `${WHOLE} 0 to 65535`],
  ["port", "1e3", `${WHOLE} 0 to 65535`],
  ["port", "http", `${WHOLE} 0 to 65535`],
  ["port", " 80", `${WHOLE} 0 to 65535`],
  ["host", "a".repeat(256), "a text of 1 to 255 characters"],
  ["domain", "https://chat.example.org", DOMAIN],
  ["domain", "chat.example.org/", DOMAIN],
  ["domain", "chat.example.org:443", DOMAIN],
  ["domain", "a@chat.example.org", DOMAIN],
  ["domain", "192.0.2.1", DOMAIN],
  ["domain", "[2001:db8::1]", DOMAIN],
  ["domain", "*.example.org", DOMAIN],
  ["domain", "chat.example.org.", DOMAIN],
  ["domain", "chat..example.org", DOMAIN],
  ["domain", `${"a".repeat(64)}.org`, DOMAIN],
  ["domain", "a.".repeat(126) + "org", DOMAIN],
  ["http-port", "65536", `${WHOLE} 0 to 65535`],
  ["acme-directory", "http://acme.example.org/directory", DIRECTORY],
  ["acme-directory", "acme.example.org", DIRECTORY],
  ["acme-email", "admin", EMAIL],
  ["acme-email", "a@example.org,b@example.org", EMAIL],
  ["data", "a".repeat(4_097), "a text of 1 to 4096 characters"],
  ["bus", "nats.example:4222", NATS],
  ["bus", "nats://nats.example,redis://other.example", NATS],
  ["database", "db.example/chat", POSTGRES],
  ["database", "mysql://db.example/chat", POSTGRES],
  ["database", "postgres://db.example/chat", POSTGRES],
  ["durability", "forever", "one of process, power"],
  ["name", "a".repeat(65), "a text of 1 to 64 characters"],
  ["default-room", "no spaces", "empty, or a room's name of up to 64 letters, digits, - or _"],
  ["default-room", "a".repeat(65), "empty, or a room's name of up to 64 letters, digits, - or _"],
  ["open-rooms", "true", "one of yes, no"],
  ["sign-in", "password", "one of any, providers"],
  ["providers", "company", PROVIDERS],
  ["moderator-sign-in-links", "all", "one of yes, no"],
  ["origins", "chat.example.org", "a list of origins such as https://chat.example.org"],
  ["origins", "https://a.example/", "a list of origins such as https://chat.example.org"],
  ["origins", "https://a.example,*", "a list of origins such as https://chat.example.org"],
  ["origins", "ftp://a.example", "a list of origins such as https://chat.example.org"],
  ["sign-up", "closed", "one of open, invite"],
  ["damaged", "repair", "one of refuse, keep-going"],
  ["url", "chat.example.org", ORIGIN],
  ["url", "https://chat.example.org/", ORIGIN],
  ["url", "https://chat.example.org/chat", ORIGIN],
  ["url", "ftp://chat.example.org", ORIGIN],
  ["url", "https://a.example,https://b.example", ORIGIN],
  ["proxies", "localhost", PROXY_LIST],
  ["proxies", "10.0.0.0/33", PROXY_LIST],
  ["proxies", "fd00::/129", PROXY_LIST],
  ["proxies", "10.0.0.0/8/8", PROXY_LIST],
  ["proxies", "10.0.0.0/", PROXY_LIST],
  ["proxies", "10.0.0.300", PROXY_LIST],
  ["proxies", "1.2.3", PROXY_LIST],
  ["proxies", "10.0.0.1,*", PROXY_LIST],
  ["connections", "0", `${WHOLE} 1 to 1000000`],
  ["sessions", "0", `${WHOLE} 1 to 10000`],
  ["session-days", "401", `${WHOLE} 0 to 400`],
  ["link-previews", "off", "a list of IP addresses or networks such as 10.0.0.1, 10.1.0.0/16"],
  ["hook-networks", "all", "a list of IP addresses or networks such as 10.0.0.1, 10.1.0.0/16"],
  ["push-services", "push", "a list of hosts or origins such as *.push.apple.com"],
  ["push-services", "https://a.example/x", "a list of hosts or origins such as *.push.apple.com"],
  ["rate", "1000001", `${WHOLE} 0 to 1000000`],
  ["burst", "0", `${WHOLE} 1 to 1000000`],
  ["address-rate", "-1", `${WHOLE} 0 to 1000000`],
  ["address-burst", "0", `${WHOLE} 1 to 1000000`],
  ["kick-minutes", "-1", `${WHOLE} 0 to 525600`],
  ["guest-days", "36501", `${WHOLE} 0 to 36500`],
  ["retention-days", "36501", `${WHOLE} 0 to 36500`],
  ...Object.keys(QUOTAS).map((name) =>
    [flagOf(name as QuotaName), "-1", `${WHOLE} 0 to 1000000000000000`] as const
  ),
  ["file-bytes", "1073741825", `${WHOLE} 0 to 1073741824`],
  ["files-total", "10G", `${WHOLE} 0 to 1000000000000000`],
  ["file-rate", "-1", `${WHOLE} 0 to 1000000`],
  ["queue-bytes", "65535", `${WHOLE} 65536 to 1073741824`],
  ["idle-timeout", "1", `${WHOLE} 2 to 3600`],
  ["away-after", "0", `${WHOLE} 1 to 86400`],
  ["grace", "forever", `${WHOLE} 0 to 3600`],
  [
    "metrics-token",
    "short",
    "empty, or 16 to 256 ASCII letters, digits and punctuation marks without a space",
  ],
  ["log-level", "loud", "one of debug, info, warn, error, silent"],
];

for (const [name, value, expected] of BAD) {
  Deno.test(`${name} cannot be "${value.slice(0, 20)}": the message says what it must be`, () => {
    const sentence = (shown: string) =>
      `Cannot use ${shown}: it must be ${expected}, received "${value}"`;
    const flag = assertThrows(() => read([`--${name}=${value}`]), ConfigError);
    assertEquals(flag.message, sentence(`--${name}`));
    const variable = environmentName(name);
    const inEnvironment = assertThrows(() => read([], { [variable]: value }), ConfigError);
    assertEquals(inEnvironment.message, sentence(variable));
  });
}

Deno.test("a domain is where the server listens for everyone, and its public address", () => {
  const { domain, host, port, url } = read(["--domain=Chat.Example.org"]);
  assertEquals([domain, host, port, url], [
    "chat.example.org",
    "0.0.0.0",
    443,
    "https://chat.example.org",
  ]);
  const behind = read(["--host=10.0.0.1", "--url=https://example.org:8443"], {
    HUBBUB_DOMAIN: "bücher.example",
    HUBBUB_PORT: "8443",
  });
  assertEquals([behind.domain, behind.host, behind.port, behind.url], [
    "xn--bcher-kva.example",
    "10.0.0.1",
    8443,
    "https://example.org:8443",
  ]);
  const hosted = { DENO_DEPLOYMENT_ID: "1", DATABASE_URL: "postgres://u:p@db.example/x" };
  const error = assertThrows(() => read(["--domain=chat.example.org"], hosted), ConfigError);
  assertStringIncludes(error.message, "Cannot use --domain on Deno Deploy");
});

Deno.test("a database's password is in no message", () => {
  const url = "postgresq://me:secret@db.example/chat";
  const error = assertThrows(() => read([], { DATABASE_URL: url }), ConfigError);
  assertStringIncludes(error.message, "Cannot use DATABASE_URL: ");
  assertStringIncludes(error.message, 'received "postgresq://…@db.example/chat"');
});

Deno.test("of a list of providers, the message says where the fault is", () => {
  const good = { id: "a", name: "A", issuer: "https://id.example.org", client_id: "hubbub" };
  assertEquals(read([`--providers=${JSON.stringify([good])}`]).providers, [
    { ...good, scope: "profile", sign_up: true, claim: "groups" },
  ]);
  const faults = [
    [[good, good], "1"],
    [[{ ...good, issuer: "http://id.example.org" }], "0.issuer"],
    [[{ ...good, id: "A b" }], "0.id"],
    [[{ ...good, secret: "typed wrong" }], "0.secret"],
    [[{ ...good, roles: { admins: "king" } }], "0.roles.admins"],
  ] as const;
  for (const [list, place] of faults) {
    const error = assertThrows(() => read([`--providers=${JSON.stringify(list)}`]), ConfigError);
    assertStringIncludes(error.message, `: look at ${place}, `);
  }
});

Deno.test("every setting has a value that it refuses", () => {
  const refused = new Set(BAD.map(([name]) => name));
  assertEquals(Object.keys(SETTINGS).filter((name) => !refused.has(name as never)), []);
});

for (const arg of ["--prot=80", "-p", "serve", "--no-port", "--"]) {
  Deno.test(`the argument ${arg} is unknown, and the message says where to look`, () => {
    const error = assertThrows(() => read([arg, "80"]), ConfigError);
    assertStringIncludes(error.message, "see --help for the settings");
  });
}

Deno.test("a flag without a value is refused, whatever comes after it", () => {
  for (const name of Object.keys(SETTINGS)) {
    const message = `Cannot use --${name}: it needs a value`;
    assertThrows(() => read([`--${name}`]), ConfigError, message);
    assertThrows(() => read([`--${name}`, "--rate=1"]), ConfigError, message);
  }
});

Deno.test("Deno Deploy says where to listen, and everybody may reach it", () => {
  const deploy = { DENO_DEPLOYMENT_ID: "d1", DATABASE_URL: "postgres://me@db/chat" };
  const place = ({ hosted, host, port }: ReturnType<typeof read>) => [hosted, host, port];
  assertEquals(place(read([], deploy)), [true, "0.0.0.0", 8000]);
  assertEquals(place(read([], { ...deploy, PORT: "8081" })), [true, "0.0.0.0", 8081]);
  assertEquals(place(read([], { ...deploy, PORT: "8081", HUBBUB_PORT: "9000" })), [
    true,
    "0.0.0.0",
    9000,
  ]);
  assertEquals(place(read(["--port=1", "--host=::"], { ...deploy, PORT: "8081" })), [
    true,
    "::",
    1,
  ]);
  assertEquals(place(read([], { PORT: "8081" })), [false, "127.0.0.1", 8000]);
});

Deno.test("a bus connects instances with one database", () => {
  const bus = "--bus=nats://nats.example:4222";
  const error = assertThrows(() => read([bus]), ConfigError);
  assertStringIncludes(error.message, "instances can share a PostgreSQL database");
  const database = "--database=postgres://me@db.example/chat";
  assertEquals(read([bus, database]).bus, "nats://nats.example:4222");
});

Deno.test("on Deno Deploy nothing is kept but in a database", () => {
  for (const data of [{}, { HUBBUB_DATA: "/tmp/chat.db" }, { HUBBUB_DATA: ":memory:" }]) {
    const error = assertThrows(() => read([], { DENO_DEPLOYMENT_ID: "d1", ...data }), ConfigError);
    assertStringIncludes(error.message, "assign a PostgreSQL database to this app");
  }
});

Deno.test("of a flag that is given twice the last one counts", () => {
  assertEquals(read(["--port=1", "--port", "2"]).port, 2);
});

Deno.test("the help names every setting with its default", () => {
  for (const [name, { default: fallback }] of Object.entries(SETTINGS)) {
    assertStringIncludes(helpText(), `--${name} `);
    assertStringIncludes(helpText(), `(${fallback === "" ? "none" : fallback})`);
  }
});
