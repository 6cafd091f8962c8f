/**
 * The SQLite schema, as the steps that lead to it. `PRAGMA user_version` says how many of them a
 * file has taken. A step that was released is never changed: what comes later is a further step.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { transactions } from "./sqlite/transaction.ts";

/** "Hubb", at the place in the file's header where SQLite keeps whose file it is. */
export const APPLICATION_ID = 0x48756262;

const MIGRATIONS: readonly string[] = [
  `
PRAGMA application_id = ${APPLICATION_ID};

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The name is in the form in which people see it, folded and skeleton are what must be its owner's
-- alone: how it is compared, and what it looks like. A guest who left and a bot that is no more
-- have given both back, but what they said still says who it was. No number is ever used again.
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  folded TEXT UNIQUE,
  skeleton TEXT UNIQUE,
  role TEXT NOT NULL,
  password TEXT,
  -- A guest: the keys that they share with the guests of that name before and after them.
  keyring INTEGER,
  muted_until INTEGER,
  created_at INTEGER NOT NULL,
  CHECK ((folded IS NULL) = (skeleton IS NULL)),
  CHECK ((role = 'guest') = (keyring IS NOT NULL))
) STRICT;
CREATE INDEX accounts_by_role ON accounts (role, folded) WHERE folded IS NOT NULL;
CREATE INDEX accounts_by_mute ON accounts (muted_until) WHERE muted_until IS NOT NULL;

-- Every name that a guest ever had.
CREATE TABLE guest_names (
  id INTEGER PRIMARY KEY,
  folded TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE sessions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash TEXT NOT NULL UNIQUE,
  account INTEGER NOT NULL REFERENCES accounts (id),
  label TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_account ON sessions (account, seen_at);

CREATE TABLE passkeys (
  id TEXT PRIMARY KEY,
  account INTEGER NOT NULL REFERENCES accounts (id),
  public_key BLOB NOT NULL,
  counter INTEGER NOT NULL,
  -- A JSON array.
  transports TEXT NOT NULL,
  label TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX passkeys_by_account ON passkeys (account, created_at);

CREATE TABLE tickets (
  hash TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  account INTEGER REFERENCES accounts (id),
  data TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tickets_by_end ON tickets (expires_at);

-- A room has a name, a direct conversation has the pair of its people, the lower id first. Public
-- rooms alone have names of their own: who makes a private one learns of no other.
CREATE TABLE rooms (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('public', 'private', 'direct')),
  name TEXT NOT NULL,
  folded TEXT,
  title TEXT,
  low INTEGER REFERENCES accounts (id),
  high INTEGER REFERENCES accounts (id),
  seq INTEGER NOT NULL DEFAULT 0,
  members INTEGER NOT NULL DEFAULT 0,
  locked INTEGER NOT NULL DEFAULT 0,
  slow_ms INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  UNIQUE (low, high),
  CHECK (iif(kind = 'direct', folded IS NULL AND low <= high, folded IS NOT NULL AND low IS NULL))
) STRICT;
CREATE UNIQUE INDEX public_rooms ON rooms (folded) WHERE kind = 'public';

-- With the room's folded name in it, the index is also what keeps people from being in two rooms of
-- one name, and finds the room that somebody means. Direct conversations have none: no two NULLs
-- are the same.
CREATE TABLE members (
  room INTEGER NOT NULL REFERENCES rooms (id),
  account INTEGER NOT NULL REFERENCES accounts (id),
  folded TEXT,
  read INTEGER NOT NULL DEFAULT 0,
  joined_at INTEGER NOT NULL,
  PRIMARY KEY (room, account)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX members_by_account ON members (account, folded);

-- Counted as they come and go, so that a list of rooms need not visit every member.
CREATE TRIGGER member_added AFTER INSERT ON members BEGIN
  UPDATE rooms SET members = members + 1 WHERE id = new.room;
END;
CREATE TRIGGER member_removed AFTER DELETE ON members BEGIN
  UPDATE rooms SET members = members - 1 WHERE id = old.room;
END;

-- The log. The text comes last: a long one spills onto further pages, and what stands before it
-- can be read without them.
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  room INTEGER NOT NULL REFERENCES rooms (id),
  seq INTEGER NOT NULL,
  sender INTEGER NOT NULL REFERENCES accounts (id),
  at INTEGER NOT NULL,
  -- Whose keys these are (see keys.ts), and the key; neither where there is none.
  keyring INTEGER,
  key TEXT,
  kind TEXT NOT NULL CHECK (kind IN ('message', 'edit', 'delete', 'reaction')),
  -- A message: what it answers, and what became of it.
  reply_to INTEGER,
  edited_at INTEGER,
  deleted INTEGER NOT NULL DEFAULT 0,
  -- Any other kind: the seq of the message it changes.
  target INTEGER,
  -- A reaction: on (1) or off (0).
  emoji TEXT,
  state INTEGER,
  -- A message: its present text, empty once it is deleted. Other kinds have none.
  text TEXT
) STRICT;
CREATE UNIQUE INDEX events_by_seq ON events (room, seq);
-- The key comes first: where clients count or begin with the time, new ones then lie together on a
-- few pages instead of one page for each person in each room.
CREATE UNIQUE INDEX events_by_key ON events (key, room, keyring) WHERE key IS NOT NULL;
-- Pages of messages step over everything else; with the sender in it, it counts the unread alone.
CREATE INDEX messages_by_seq ON events (room, seq, sender) WHERE kind = 'message';

-- The reactions that are there now; seq is that of the event which put them there.
CREATE TABLE reactions (
  room INTEGER NOT NULL,
  target INTEGER NOT NULL,
  emoji TEXT NOT NULL,
  account INTEGER NOT NULL REFERENCES accounts (id),
  seq INTEGER NOT NULL,
  PRIMARY KEY (room, target, emoji, account)
) STRICT, WITHOUT ROWID;

-- One that is used up is gone.
CREATE TABLE invites (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK (role IN ('owner', 'member')),
  room INTEGER REFERENCES rooms (id),
  creator INTEGER REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  uses_left INTEGER CHECK (uses_left >= 0)
) STRICT;
CREATE INDEX invites_by_role ON invites (role);
CREATE INDEX invites_by_end ON invites (expires_at) WHERE expires_at IS NOT NULL;
CREATE TRIGGER invite_used_up AFTER UPDATE OF uses_left ON invites WHEN new.uses_left = 0 BEGIN
  DELETE FROM invites WHERE id = new.id;
END;

CREATE TABLE bans (
  id INTEGER PRIMARY KEY,
  account INTEGER REFERENCES accounts (id),
  address TEXT,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  CHECK (account IS NOT NULL OR address IS NOT NULL)
) STRICT;
CREATE INDEX bans_by_account ON bans (account);
CREATE INDEX bans_by_address ON bans (address);

CREATE TABLE blocks (
  account INTEGER NOT NULL REFERENCES accounts (id),
  other INTEGER NOT NULL REFERENCES accounts (id),
  PRIMARY KEY (account, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX blocks_by_other ON blocks (other);

CREATE TABLE moderation (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  by TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT,
  room TEXT,
  detail TEXT
) STRICT;

-- The search index keeps no text of its own. A room is a word too ("r12"): to search in some rooms
-- is then an intersection inside the index, not a walk through the matches of all the others.
-- Nothing is ranked by relevance, so it need not know how long the texts are (columnsize). The
-- shortest beginnings of words match most, and would be slow to gather: they are indexed (prefix).
CREATE VIEW searchable (id, room, text) AS
  SELECT id, 'r' || room, text FROM events WHERE kind = 'message' AND deleted = 0;
CREATE VIRTUAL TABLE search USING fts5 (
  room, text,
  content = 'searchable', content_rowid = 'id', columnsize = 0, prefix = '1 2',
  tokenize = 'unicode61 remove_diacritics 2'
);
`,
  `
-- What somebody wants to be told of a room; NULL for what is usual.
ALTER TABLE members ADD COLUMN level TEXT CHECK (level IN ('all', 'mentions', 'none'));

-- Where a device can be told something while its page is closed.
CREATE TABLE pushes (
  session TEXT PRIMARY KEY REFERENCES sessions (hash) ON DELETE CASCADE,
  account INTEGER NOT NULL REFERENCES accounts (id),
  endpoint TEXT NOT NULL UNIQUE,
  p256dh TEXT NOT NULL,
  auth TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pushes_by_account ON pushes (account);

-- Who wrote a message is a word of the index too ("s7"), as the room is: to search for what one
-- person said is then no walk through the matches of all the others.
DROP TABLE search;
DROP VIEW searchable;
CREATE VIEW searchable (id, tags, text) AS
  SELECT id, 'r' || room || ' s' || sender, text FROM events
  WHERE kind = 'message' AND deleted = 0;
CREATE VIRTUAL TABLE search USING fts5 (
  tags, text,
  content = 'searchable', content_rowid = 'id', columnsize = 0, prefix = '1 2',
  tokenize = 'unicode61 remove_diacritics 2'
);
-- What is deleted is taken out of the index at once, and not when its parts happen to be merged.
INSERT INTO search (search, rank) VALUES ('secure-delete', 1);
INSERT INTO search (search) VALUES ('rebuild');
INSERT INTO meta (name, value) SELECT 'indexed', ifnull(max(id), 0) FROM events WHERE true
  ON CONFLICT (name) DO UPDATE SET value = excluded.value;
`,
  `
-- Files. One is whole once it has a type, and under a message once it has a seq; what is under none
-- has an end. Their bytes are in a table of their own, which nothing else reads or writes.
CREATE TABLE files (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  room INTEGER NOT NULL REFERENCES rooms (id),
  uploader INTEGER NOT NULL REFERENCES accounts (id),
  name TEXT NOT NULL,
  type TEXT,
  size INTEGER NOT NULL DEFAULT 0,
  parts INTEGER NOT NULL DEFAULT 0,
  width INTEGER,
  height INTEGER,
  seq INTEGER,
  place INTEGER,
  expires_at INTEGER,
  CHECK ((seq IS NULL) = (expires_at IS NOT NULL))
) STRICT;
CREATE INDEX files_by_message ON files (room, seq, place) WHERE seq IS NOT NULL;
CREATE INDEX files_by_end ON files (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE file_parts (
  file INTEGER NOT NULL REFERENCES files (number) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (file, place)
) STRICT;

-- How many bytes all parts have, counted as they come and go.
CREATE TABLE file_usage (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  bytes INTEGER NOT NULL
) STRICT;
INSERT INTO file_usage (id, bytes) VALUES (1, 0);
CREATE TRIGGER file_part_added AFTER INSERT ON file_parts BEGIN
  UPDATE file_usage SET bytes = bytes + length(new.bytes) WHERE id = 1;
END;
CREATE TRIGGER file_part_freed AFTER DELETE ON file_parts BEGIN
  UPDATE file_usage SET bytes = bytes - length(old.bytes) WHERE id = 1;
END;
`,
  `
-- The index of words comes in parts. "search" has the newest messages; the parts that are full are
-- named after the last id that they know: "search_131072".
CREATE TABLE search_parts (last INTEGER PRIMARY KEY) STRICT;
`,
];

/** The schema that this version writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** How many steps a file has taken. */
export function schemaVersion(db: DatabaseSync): number {
  return Number(db.prepare("PRAGMA user_version").get()?.user_version);
}

/** Takes the steps that a file has not taken yet, each in its own transaction. */
export function migrate(db: DatabaseSync, steps: readonly string[] = MIGRATIONS): void {
  const version = schemaVersion(db);
  for (const [index, step] of steps.entries()) {
    if (index >= version) takeStep(db, step, index + 1);
  }
}

function takeStep(db: DatabaseSync, step: string, version: number): void {
  transactions(db)(() => {
    db.exec(step);
    db.exec(`PRAGMA user_version = ${version}`);
  });
}
