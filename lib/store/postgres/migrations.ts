/**
 * The PostgreSQL schema, as the steps that lead to it. All of it is in a schema of its own,
 * `hubbub`, beside whatever else the database has; the table `migrations` says which steps it has
 * taken. A step that was released is never changed: what comes later is a further step, and such
 * that an instance of the version before can go on until it is replaced.
 *
 * @module
 */
import { StoreError } from "../error.ts";
import { APPEND } from "./append.sql.ts";
import type { Connection } from "./database.ts";
import { int } from "../rows.ts";

/** The lock that those who change the schema hold: "Hubb", as SQLite's files begin. */
const LOCK = 0x48756262;

const MIGRATIONS: readonly string[] = [
  `
CREATE TABLE meta (
  name text PRIMARY KEY,
  value text NOT NULL
);

-- The instances of the server, and when they last gave a sign of life.
CREATE TABLE instances (
  id text PRIMARY KEY,
  seen_at timestamptz NOT NULL
);

-- The name is in the form in which people see it, folded and skeleton are what must be its owner's
-- alone: how it is compared, and what it looks like. A guest who left and a bot that is no more
-- have given both back, but what they said still says who it was.
CREATE TABLE accounts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL,
  folded text COLLATE "C" UNIQUE,
  skeleton text COLLATE "C" UNIQUE,
  role text NOT NULL,
  password text,
  -- A guest: the keys that they share with the guests of that name before and after them, and the
  -- instance that they came to.
  keyring bigint,
  instance text,
  muted_until bigint,
  created_at bigint NOT NULL,
  CHECK ((folded IS NULL) = (skeleton IS NULL)),
  CHECK ((role = 'guest') = (keyring IS NOT NULL)),
  CHECK ((role = 'guest') = (instance IS NOT NULL))
);
CREATE INDEX accounts_by_role ON accounts (role, folded) WHERE folded IS NOT NULL;
CREATE INDEX accounts_by_mute ON accounts (muted_until) WHERE muted_until IS NOT NULL;

-- Every name that a guest ever wanted.
CREATE TABLE guest_names (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  folded text COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE sessions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hash text NOT NULL UNIQUE,
  account bigint NOT NULL REFERENCES accounts (id),
  label text NOT NULL,
  created_at bigint NOT NULL,
  seen_at bigint NOT NULL
);
CREATE INDEX sessions_by_account ON sessions (account, seen_at);

-- Where a device can be told something while its page is closed.
CREATE TABLE pushes (
  session text PRIMARY KEY REFERENCES sessions (hash) ON DELETE CASCADE,
  account bigint NOT NULL REFERENCES accounts (id),
  endpoint text NOT NULL UNIQUE,
  p256dh text NOT NULL,
  auth text NOT NULL,
  created_at bigint NOT NULL
);
CREATE INDEX pushes_by_account ON pushes (account);

CREATE TABLE passkeys (
  id text PRIMARY KEY,
  number bigint GENERATED ALWAYS AS IDENTITY,
  account bigint NOT NULL REFERENCES accounts (id),
  public_key bytea NOT NULL,
  counter bigint NOT NULL,
  -- A JSON array.
  transports text NOT NULL,
  label text NOT NULL,
  created_at bigint NOT NULL
);
CREATE INDEX passkeys_by_account ON passkeys (account, created_at, number);

CREATE TABLE tickets (
  hash text PRIMARY KEY,
  kind text NOT NULL,
  account bigint REFERENCES accounts (id),
  data text NOT NULL,
  expires_at bigint NOT NULL
);
CREATE INDEX tickets_by_end ON tickets (expires_at);

-- A room has a name, a direct conversation has the pair of its people, the lower id first. Public
-- rooms alone have names of their own: who makes a private one learns of no other.
CREATE TABLE rooms (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('public', 'private', 'direct')),
  name text COLLATE "C" NOT NULL,
  folded text COLLATE "C",
  title text,
  low bigint REFERENCES accounts (id),
  high bigint REFERENCES accounts (id),
  seq bigint NOT NULL DEFAULT 0,
  members bigint NOT NULL DEFAULT 0,
  -- Counts up with every change of members or rules.
  version bigint NOT NULL DEFAULT 0,
  locked boolean NOT NULL DEFAULT false,
  slow_ms bigint NOT NULL DEFAULT 0,
  created_at bigint NOT NULL,
  CHECK (CASE kind WHEN 'direct' THEN folded IS NULL AND low <= high
    ELSE folded IS NOT NULL AND low IS NULL END)
  -- Half empty pages: a row that changes with each append finds its place beside itself.
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX public_rooms ON rooms (folded) WHERE kind = 'public';
CREATE UNIQUE INDEX direct_rooms ON rooms (low, high) WHERE kind = 'direct';
CREATE INDEX direct_rooms_by_high ON rooms (high) WHERE kind = 'direct';

-- With the room's folded name in it, the index is also what keeps people from being in two rooms of
-- one name, and finds the room that somebody means. Direct conversations have none: no two NULLs
-- are the same.
CREATE TABLE members (
  room bigint NOT NULL REFERENCES rooms (id),
  account bigint NOT NULL REFERENCES accounts (id),
  folded text COLLATE "C",
  read bigint NOT NULL DEFAULT 0,
  -- What they want to be told of the room; NULL for what is usual.
  level text CHECK (level IN ('all', 'mentions', 'none')),
  joined_at bigint NOT NULL,
  PRIMARY KEY (room, account)
);
CREATE UNIQUE INDEX members_by_account ON members (account, folded);

-- Counted as they come and go, so that a list of rooms need not visit every member.
CREATE FUNCTION count_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF tg_op = 'INSERT' THEN
    UPDATE rooms SET members = members + 1, version = version + 1 WHERE id = new.room;
  ELSE
    UPDATE rooms SET members = members - 1, version = version + 1 WHERE id = old.room;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER members_counted AFTER INSERT OR DELETE ON members
  FOR EACH ROW EXECUTE FUNCTION count_members();

-- The log. There are no foreign keys on it, which would be looked up for each row: append() takes
-- the room and the sender from their tables, and neither is ever deleted.
CREATE TABLE events (
  -- In the order in which they came, in whichever room: hits of a search are listed by it.
  id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  room bigint NOT NULL,
  seq bigint NOT NULL,
  sender bigint NOT NULL,
  at bigint NOT NULL,
  -- Whose keys these are (see append), and the key; neither where there is none.
  keyring bigint,
  -- A message: what it answers, and what became of it.
  reply_to bigint,
  edited_at bigint,
  -- Any other kind: the seq of the message it changes.
  target bigint,
  deleted boolean NOT NULL DEFAULT false,
  -- A reaction: on or off.
  state boolean,
  kind text NOT NULL CHECK (kind IN ('message', 'edit', 'delete', 'reaction')),
  key text COLLATE "C",
  emoji text,
  -- A message: its present text, empty once it is deleted. Other kinds have none.
  text text,
  -- A message: the words by which it is found (see words.ts); none once it is deleted.
  words tsvector,
  PRIMARY KEY (room, seq)
);
-- The key comes first: where clients count or begin with the time, new ones then lie together on a
-- few pages instead of one page for each person in each room.
CREATE UNIQUE INDEX events_by_key ON events (key, room, keyring) WHERE key IS NOT NULL;
-- Pages of messages step over everything else; with the sender in it, it counts the unread alone.
CREATE INDEX messages_by_seq ON events (room, seq, sender) WHERE kind = 'message';
CREATE INDEX messages_by_word ON events USING gin (words) WHERE words IS NOT NULL;

-- The reactions that are there now; seq is that of the event which put them there.
CREATE TABLE reactions (
  room bigint NOT NULL,
  target bigint NOT NULL,
  emoji text COLLATE "C" NOT NULL,
  account bigint NOT NULL,
  seq bigint NOT NULL,
  PRIMARY KEY (room, target, emoji, account)
);

-- Files. One is whole once it has a type, and under a message once it has a seq; what is under none
-- has an end. Their bytes are in a table of their own, which nothing else reads or writes.
CREATE TABLE files (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE,
  room bigint NOT NULL REFERENCES rooms (id),
  uploader bigint NOT NULL REFERENCES accounts (id),
  name text NOT NULL,
  type text,
  size bigint NOT NULL DEFAULT 0,
  parts bigint NOT NULL DEFAULT 0,
  width bigint,
  height bigint,
  seq bigint,
  place bigint,
  expires_at bigint,
  CHECK ((seq IS NULL) = (expires_at IS NOT NULL))
);
CREATE INDEX files_by_message ON files (room, seq, place) WHERE seq IS NOT NULL;
CREATE INDEX files_by_end ON files (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE file_parts (
  file bigint NOT NULL REFERENCES files (number) ON DELETE CASCADE,
  place bigint NOT NULL,
  -- Stored as they are: most are of pictures, which cannot be made any smaller.
  bytes bytea NOT NULL,
  PRIMARY KEY (file, place)
);
ALTER TABLE file_parts ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- How many bytes all parts have, counted as they come and go.
CREATE TABLE file_usage (
  bytes bigint NOT NULL
);
INSERT INTO file_usage (bytes) VALUES (0);

CREATE FUNCTION add_file_part(file text, part bytea, total bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  grown record;
BEGIN
  UPDATE file_usage SET bytes = bytes + length(part) WHERE bytes + length(part) <= total;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE files f SET size = f.size + length(part), parts = f.parts + 1
  WHERE f.id = file AND f.type IS NULL RETURNING f.number, f.parts INTO grown;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'Cannot add part: there is no such file under way';
  END IF;
  INSERT INTO file_parts (file, place, bytes) VALUES (grown.number, grown.parts - 1, part);
  RETURN true;
END $$;

-- One that is used up is gone.
CREATE TABLE invites (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hash text NOT NULL UNIQUE,
  role text NOT NULL CHECK (role IN ('owner', 'member')),
  room bigint REFERENCES rooms (id),
  creator bigint REFERENCES accounts (id),
  created_at bigint NOT NULL,
  expires_at bigint,
  uses_left bigint CHECK (uses_left >= 0)
);
CREATE INDEX invites_by_role ON invites (role);
CREATE INDEX invites_by_end ON invites (expires_at) WHERE expires_at IS NOT NULL;
CREATE FUNCTION drop_used_invite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM invites WHERE id = new.id;
  RETURN NULL;
END $$;
CREATE TRIGGER invite_used_up AFTER UPDATE OF uses_left ON invites
  FOR EACH ROW WHEN (new.uses_left = 0) EXECUTE FUNCTION drop_used_invite();

CREATE TABLE bans (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account bigint REFERENCES accounts (id),
  address text,
  reason text NOT NULL,
  at bigint NOT NULL,
  CHECK (account IS NOT NULL OR address IS NOT NULL)
);
CREATE INDEX bans_by_account ON bans (account);
CREATE INDEX bans_by_address ON bans (address);

CREATE TABLE blocks (
  account bigint NOT NULL REFERENCES accounts (id),
  other bigint NOT NULL REFERENCES accounts (id),
  PRIMARY KEY (account, other)
);
CREATE INDEX blocks_by_other ON blocks (other);

CREATE TABLE moderation (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at bigint NOT NULL,
  by text NOT NULL,
  action text NOT NULL,
  subject text,
  room text,
  detail text
);
${APPEND}`,
];

/** The schema that this version writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Takes the steps that a database has not taken yet, each in its own transaction. Of several
 * instances that start together one takes each step, and the others wait until it is done.
 *
 * @throws {StoreError} If the database was written by a newer version.
 */
export async function migrate(
  connection: Connection,
  steps: readonly string[] = MIGRATIONS,
): Promise<void> {
  for (;;) {
    const version = await schemaVersion(connection);
    if (version > steps.length) throw new StoreError(newer(version, steps.length));
    if (version === steps.length) return;
    await takeStep(connection, version, steps[version] ?? "");
  }
}

/** How many steps a database has taken. */
export async function schemaVersion(connection: Connection): Promise<number> {
  // The table cannot be named where it may not exist.
  const [there] = await connection.run("SELECT to_regclass('hubbub.migrations') AS name");
  if (there === undefined || there.name === null) return 0;
  const [row] = await connection.run("SELECT count(*) AS version FROM migrations");
  return int(row ?? {}, "version");
}

/** Statements that are sent as one text are one transaction. */
async function takeStep(connection: Connection, version: number, step: string): Promise<void> {
  const begin = version > 0 ? "" : `CREATE SCHEMA hubbub;
    CREATE TABLE hubbub.migrations (version bigint PRIMARY KEY);`;
  await connection.runScript(`
    SELECT pg_advisory_lock(${LOCK});
  `);
  try {
    if (await schemaVersion(connection) !== version) return;
    await connection.runScript(
      `${begin} INSERT INTO migrations (version) VALUES (${version + 1}); ${step}`,
    );
  } finally {
    await connection.runScript(`SELECT pg_advisory_unlock(${LOCK})`);
  }
}

function newer(version: number, known: number): string {
  return "it was written by a newer version of Hubbub (its schema is " +
    `${version}, this version knows ${known}); nothing was changed. Run the newer version, or ` +
    "restore a backup";
}
