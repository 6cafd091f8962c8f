/**
 * The chat servers that the benchmark measures: how each is installed, set up and started. What is
 * not in a configuration here has its default.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { hubbubCommand } from "../servers.ts";

/** Where a server keeps its data, and what it listens on. */
export interface Place {
  readonly directory: string;
  readonly port: number;
  /** The address of an empty database, for a server that needs one; otherwise empty. */
  readonly database: string;
}

/** A chat server to measure. */
export interface ChatServer {
  readonly name: string;
  /** The protocol that the driver uses. */
  readonly protocol: "hubbub" | "centrifugo" | "ejabberd" | "prosody";
  /** What acknowledged messages are stored to survive. */
  readonly survives: "nothing" | "kill -9" | "power cut";
  readonly needsDatabase: boolean;
  /** A program that must be there, and the command that installs it. */
  readonly program: string;
  readonly install: string;
  /** Returns the statements that set up its database, if it does not do so by itself. */
  schema?(): Promise<string>;
  /** The name and the text of its configuration file. */
  configuration?(place: Place): readonly [name: string, text: string];
  /** The command that starts it in the foreground. */
  command(place: Place): readonly string[];
  readonly env?: (place: Place) => Readonly<Record<string, string>>;
}

const APT_EJABBERD = "apt install ejabberd erlang-p1-pgsql";
const APT_PROSODY = "apt install prosody lua-dbi-sqlite3";
const GO_CENTRIFUGO = "go install github.com/centrifugal/centrifugo/v6@v6.9.1";

function hubbub(
  name: string,
  main: string,
  survives: ChatServer["survives"],
  needsDatabase = false,
): ChatServer {
  return {
    name,
    protocol: "hubbub",
    survives,
    needsDatabase,
    program: Deno.execPath(),
    install: "",
    command: ({ directory, port, database }) => [
      ...hubbubCommand(main),
      `--port=${port}`,
      ...(needsDatabase ? [`--database=${database}`] : [`--data=${directory}/hubbub.db`]),
      ...(!needsDatabase && survives === "power cut" ? ["--durability=power"] : []),
    ],
  };
}

function centrifugo(name: string, survives: ChatServer["survives"]): ChatServer {
  const needsDatabase = survives !== "nothing";
  return {
    name,
    protocol: "centrifugo",
    survives,
    needsDatabase,
    program: "centrifugo",
    install: GO_CENTRIFUGO,
    configuration: ({ port, database }) => {
      const storage = needsDatabase
        ? {
          broker: {
            enabled: true,
            type: "postgres",
            postgres: { dsn: `${database}?sslmode=disable` },
          },
        }
        : { engine: { type: "memory" } };
      const settings = {
        http_server: { address: "127.0.0.1", port },
        log: { level: "warn" },
        client: { insecure: true, allowed_origins: ["*"] },
        channel: {
          without_namespace: {
            history_size: 200_000,
            history_ttl: "24h",
            force_recovery: true,
            allow_subscribe_for_client: true,
            allow_publish_for_subscriber: true,
            allow_history_for_subscriber: true,
          },
        },
        usage_stats: { disabled: true },
        ...storage,
      };
      return ["centrifugo.json", JSON.stringify(settings)];
    },
    command: ({ directory }) => ["centrifugo", "-c", `${directory}/centrifugo.json`],
  };
}

/** Anonymous users, PostgreSQL for everything, an archive of every room, and no limits on rooms. */
const EJABBERD: ChatServer = {
  name: "ejabberd-postgres",
  protocol: "ejabberd",
  survives: "power cut",
  needsDatabase: true,
  program: "ejabberdctl",
  install: APT_EJABBERD,
  schema: () => Deno.readTextFile("/usr/share/ejabberd/sql/pg.sql"),
  configuration: ({ port, database }) => {
    const { hostname, port: databasePort, pathname, username } = new URL(database);
    const settings = {
      hosts: ["localhost"],
      loglevel: "warning",
      listen: [{
        port,
        ip: "127.0.0.1",
        module: "ejabberd_http",
        request_handlers: { "/ws": "ejabberd_http_ws" },
      }],
      auth_method: ["anonymous"],
      anonymous_protocol: "sasl_anon",
      allow_multiple_connections: true,
      default_db: "sql",
      sql_type: "pgsql",
      sql_server: hostname,
      sql_port: Number(databasePort),
      sql_database: pathname.slice(1),
      sql_username: username,
      sql_password: "",
      modules: {
        mod_disco: {},
        mod_ping: {},
        mod_mam: { default: "always" },
        mod_muc: {
          host: "conference.localhost",
          access: "all",
          access_create: "all",
          access_persistent: "all",
          access_mam: "all",
          max_users: 5_000,
          min_message_interval: 0,
          default_room_options: { mam: true, persistent: true, max_users: 5_000 },
        },
      },
    };
    // JSON is YAML.
    return ["ejabberd.yml", JSON.stringify(settings)];
  },
  env: ({ directory }) => ({
    HOME: directory,
    EJABBERD_CONFIG_PATH: `${directory}/ejabberd.yml`,
    EJABBERD_LOG_PATH: `${directory}/ejabberd.log`,
    ERL_LIBS: "/usr/lib/x86_64-linux-gnu",
  }),
  command: ({ directory }) => [
    ..."erl +K true +P 250000 -noinput -mnesia dir".split(" "),
    `"${directory}/spool"`,
    "-s",
    "ejabberd",
  ],
};

/** Anonymous users, and an archive in SQLite without a limit. */
const PROSODY: ChatServer = {
  name: "prosody-sqlite",
  protocol: "prosody",
  survives: "kill -9",
  needsDatabase: false,
  program: "prosody",
  install: APT_PROSODY,
  configuration: ({ directory, port }) => [
    "prosody.cfg.lua",
    `run_as_root = true
pidfile = "${directory}/prosody.pid"
data_path = "${directory}"
log = { warn = "${directory}/prosody.log" }
modules_enabled = { "saslauth", "websocket", "disco", "ping" }
modules_disabled = { "s2s" }
c2s_ports = {}
http_ports = { ${port} }
http_interfaces = { "127.0.0.1" }
https_ports = {}
consider_websocket_secure = true
storage_archive_item_limit = 10000000
storage = { muc_log = "sql" }
sql = { driver = "SQLite3", database = "prosody.sqlite" }

VirtualHost "localhost"
authentication = "anonymous"

Component "conference.localhost" "muc"
modules_enabled = { "muc_mam" }
muc_room_locking = false
muc_log_all_rooms = true
muc_room_default_persistent = true
`,
  ],
  command: ({ directory }) => ["prosody", "-F", "--config", `${directory}/prosody.cfg.lua`],
};

/** The chat servers, in the order of the table. @param main The program of Hubbub. */
export function chatServers(main = fileURLToPath(new URL("../../main.ts", import.meta.url))) {
  return [
    hubbub("hubbub", main, "kill -9"),
    hubbub("hubbub-power", main, "power cut"),
    hubbub("hubbub-postgres", main, "power cut", true),
    centrifugo("centrifugo-postgres", "power cut"),
    EJABBERD,
    PROSODY,
    centrifugo("centrifugo-memory", "nothing"),
  ] as const satisfies readonly ChatServer[];
}
