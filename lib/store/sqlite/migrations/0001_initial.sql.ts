/**
 * The schema of the first release. Frozen: `tests/store/migrations_test.ts` holds its hash.
 *
 * @module
 */

/** Makes every table, index, view and trigger. */
export const INITIAL = `
-- "Hubb", where the header of a SQLite file names the application that it belongs to.
PRAGMA application_id = 1215652450;

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- name is how the name is displayed; folded (how it is compared) and skeleton (how it looks) are
-- unique. A guest who left and a deleted bot have given both back, but the row stays: their messages
-- refer to it. AUTOINCREMENT: no id is ever used again. public_id is the id that clients know: names
-- are reassigned, it never is. Its 48 random bits do not tell how many other accounts there are.
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  public_id TEXT NOT NULL UNIQUE DEFAULT (lower(hex(randomblob(6)))),
  name TEXT NOT NULL,
  folded TEXT UNIQUE,
  skeleton TEXT UNIQUE,
  role TEXT NOT NULL,
  -- A hash.
  password TEXT,
  -- Guests: the space of idempotency keys that all guests of this name share (see guest_names).
  key_space INTEGER,
  muted_until INTEGER,
  created_at INTEGER NOT NULL,
  -- Bots: the owner who made the bot, and was shown its token.
  creator INTEGER REFERENCES accounts (id),
  -- The size of all files that the account uploaded; triggers keep it.
  file_bytes INTEGER NOT NULL DEFAULT 0,
  -- Guests who left: when, when the sweep next looks at what they left behind, and what that can be:
  -- nothing (0), events in direct conversations (1), anything (NULL).
  left_at INTEGER,
  ends_at INTEGER,
  traces INTEGER,
  CHECK ((folded IS NULL) = (skeleton IS NULL)),
  CHECK ((role = 'guest') = (key_space IS NOT NULL))
) STRICT;
CREATE INDEX accounts_by_role ON accounts (role, folded) WHERE folded IS NOT NULL;
CREATE INDEX accounts_by_mute ON accounts (muted_until) WHERE muted_until IS NOT NULL;
CREATE INDEX accounts_by_creator ON accounts (creator) WHERE creator IS NOT NULL;
CREATE INDEX accounts_by_end ON accounts (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX accounts_by_key_space ON accounts (key_space) WHERE key_space IS NOT NULL;

-- Every name that a guest ever had. -id is the key space of the guests of that name.
CREATE TABLE guest_names (
  id INTEGER PRIMARY KEY,
  folded TEXT NOT NULL UNIQUE
) STRICT;

-- hash identifies a session for as long as it lasts. proof is the hash of its current token, once
-- that is another one. confirmed_at is when the user last proved their identity (NULL: when the
-- session was made), passkey the one that proved it, if any.
CREATE TABLE sessions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash TEXT NOT NULL UNIQUE,
  account INTEGER NOT NULL REFERENCES accounts (id),
  label TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  proof TEXT,
  confirmed_at INTEGER,
  passkey TEXT
) STRICT;
CREATE INDEX sessions_by_account ON sessions (account, seen_at);
CREATE UNIQUE INDEX sessions_by_proof ON sessions (proof) WHERE proof IS NOT NULL;
CREATE INDEX sessions_by_use ON sessions (seen_at);
CREATE INDEX sessions_by_age ON sessions (created_at);

-- Push subscriptions: where a device is notified while its page is closed.
CREATE TABLE pushes (
  session TEXT PRIMARY KEY REFERENCES sessions (hash) ON DELETE CASCADE,
  account INTEGER NOT NULL REFERENCES accounts (id),
  endpoint TEXT NOT NULL UNIQUE,
  p256dh TEXT NOT NULL,
  auth TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pushes_by_account ON pushes (account);

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

-- One-time tokens.
CREATE TABLE tickets (
  hash TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  account INTEGER REFERENCES accounts (id),
  data TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tickets_by_end ON tickets (expires_at);
CREATE INDEX tickets_by_account ON tickets (account) WHERE account IS NOT NULL;

-- A room has a name; a direct conversation has its two accounts, the lower id first. Only the names
-- of public rooms are unique: a user who creates a private room must not learn of another one.
-- creator counts towards the limit on rooms per user. host moderates the room: the creator, and in a
-- private room the longest-standing member after the creator has left.
CREATE TABLE rooms (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE DEFAULT (lower(hex(randomblob(6)))),
  kind TEXT NOT NULL CHECK (kind IN ('public', 'private', 'direct')),
  name TEXT NOT NULL,
  folded TEXT,
  title TEXT,
  low INTEGER REFERENCES accounts (id),
  high INTEGER REFERENCES accounts (id),
  -- The newest event.
  seq INTEGER NOT NULL DEFAULT 0,
  -- How many members it has; triggers keep it, so that a list of rooms need not visit every member.
  members INTEGER NOT NULL DEFAULT 0,
  locked INTEGER NOT NULL DEFAULT 0,
  slow_ms INTEGER NOT NULL DEFAULT 0,
  creator INTEGER REFERENCES accounts (id),
  host INTEGER REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  UNIQUE (low, high),
  CHECK (iif(kind = 'direct', folded IS NULL AND low <= high, folded IS NOT NULL AND low IS NULL))
) STRICT;
CREATE UNIQUE INDEX public_rooms ON rooms (folded) WHERE kind = 'public';
CREATE INDEX rooms_by_creator ON rooms (creator) WHERE creator IS NOT NULL;
CREATE INDEX rooms_by_high ON rooms (high) WHERE high IS NOT NULL;
CREATE INDEX rooms_without_members ON rooms (id) WHERE kind = 'private' AND members = 0;

-- folded is the room's. It makes the second index find the room that a user means by a name, and
-- keeps a user from being in two rooms of one name. Direct conversations have none: NULLs differ.
CREATE TABLE members (
  room INTEGER NOT NULL REFERENCES rooms (id),
  account INTEGER NOT NULL REFERENCES accounts (id),
  folded TEXT,
  -- The last event that the member has read.
  read INTEGER NOT NULL DEFAULT 0,
  -- Which messages notify the member; NULL for the default.
  level TEXT CHECK (level IN ('all', 'mentions', 'none')),
  joined_at INTEGER NOT NULL,
  PRIMARY KEY (room, account)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX members_by_account ON members (account, folded);

CREATE TRIGGER member_added AFTER INSERT ON members BEGIN
  UPDATE rooms SET members = members + 1 WHERE id = new.room;
END;
CREATE TRIGGER member_removed AFTER DELETE ON members BEGIN
  UPDATE rooms SET members = members - 1 WHERE id = old.room;
END;
CREATE TRIGGER host_left AFTER DELETE ON members
WHEN old.account = (SELECT host FROM rooms WHERE id = old.room) BEGIN
  UPDATE rooms SET host = CASE kind WHEN 'private' THEN (
    SELECT m.account FROM members m JOIN accounts a ON a.id = m.account
    WHERE m.room = old.room AND a.role <> 'guest' ORDER BY m.joined_at, m.account LIMIT 1
  ) END WHERE id = old.room;
END;

-- The log. kind may be one that only a newer version knows: then it is the event's type on the wire,
-- and payload a JSON object with its other fields. text comes last: a long one spills onto overflow
-- pages, and the columns before it can be read without them.
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  room INTEGER NOT NULL REFERENCES rooms (id),
  seq INTEGER NOT NULL,
  sender INTEGER NOT NULL REFERENCES accounts (id),
  at INTEGER NOT NULL,
  -- The idempotency key of the append and its space (see idempotency_keys.ts); both NULL without.
  key_space INTEGER,
  key TEXT,
  kind TEXT NOT NULL,
  -- Messages: the seq of the message that this one replies to, and what became of it.
  reply_to INTEGER,
  edited_at INTEGER,
  deleted INTEGER NOT NULL DEFAULT 0,
  -- Edits, deletes and reactions: the seq of the message that they change.
  target INTEGER,
  -- Reactions: added (1) or removed (0).
  emoji TEXT,
  state INTEGER,
  payload TEXT,
  -- Messages: the current text, empty once deleted. NULL in other kinds.
  text TEXT
) STRICT;
CREATE UNIQUE INDEX events_by_seq ON events (room, seq);
-- The key comes first: where clients count, or begin keys with the time, new entries lie together on
-- a few pages instead of one page for each user in each room.
CREATE UNIQUE INDEX events_by_key ON events (key, room, key_space) WHERE key IS NOT NULL;
-- Pages of messages skip all other events. With the sender, the index alone counts unread messages.
CREATE INDEX messages_by_seq ON events (room, seq, sender) WHERE kind = 'message';
-- Messages that have a property without a column; most have none.
CREATE INDEX messages_with_payload ON events (room, seq)
  WHERE kind = 'message' AND payload IS NOT NULL;

-- The current reactions; seq is that of the event that added one.
CREATE TABLE reactions (
  room INTEGER NOT NULL,
  target INTEGER NOT NULL,
  emoji TEXT NOT NULL,
  account INTEGER NOT NULL REFERENCES accounts (id),
  seq INTEGER NOT NULL,
  PRIMARY KEY (room, target, emoji, account)
) STRICT, WITHOUT ROWID;

-- An upload is complete once it has a type, and attached to a message once it has a seq. Files that
-- are not attached expire.
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
CREATE INDEX files_by_room ON files (room);

CREATE TABLE file_parts (
  file INTEGER NOT NULL REFERENCES files (number) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (file, place)
) STRICT;

-- The size of all parts of all files; triggers keep it.
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
CREATE TRIGGER user_file_part_added AFTER INSERT ON file_parts BEGIN
  UPDATE accounts SET file_bytes = file_bytes + length(new.bytes)
  WHERE id = (SELECT uploader FROM files WHERE number = new.file);
END;
CREATE TRIGGER user_file_part_freed AFTER DELETE ON file_parts BEGIN
  UPDATE accounts SET file_bytes = file_bytes - length(old.bytes)
  WHERE id = (SELECT uploader FROM files WHERE number = old.file);
END;

-- Invite links. One that is used up is deleted, and so is one to a room that its maker leaves.
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
CREATE INDEX invites_by_creator ON invites (creator) WHERE creator IS NOT NULL;
CREATE TRIGGER invite_used_up AFTER UPDATE OF uses_left ON invites WHEN new.uses_left = 0 BEGIN
  DELETE FROM invites WHERE id = new.id;
END;
CREATE TRIGGER invites_of_member AFTER DELETE ON members BEGIN
  DELETE FROM invites WHERE creator = old.account AND room = old.room;
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

-- Invitations of users to a room that wait for the user's answer.
CREATE TABLE invitations (
  room INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  account INTEGER NOT NULL REFERENCES accounts (id),
  inviter INTEGER NOT NULL REFERENCES accounts (id),
  at INTEGER NOT NULL,
  PRIMARY KEY (account, room)
) STRICT, WITHOUT ROWID;
CREATE INDEX invitations_by_inviter ON invitations (inviter, room);
CREATE INDEX invitations_by_room ON invitations (room);
CREATE TRIGGER invitation_accepted AFTER INSERT ON members BEGIN
  DELETE FROM invitations WHERE account = new.account AND room = new.room;
END;
CREATE TRIGGER invitation_void AFTER DELETE ON members BEGIN
  DELETE FROM invitations WHERE inviter = old.account AND room = old.room;
END;
CREATE TRIGGER invitation_blocked AFTER INSERT ON blocks BEGIN
  DELETE FROM invitations WHERE account = new.account AND inviter = new.other;
END;
CREATE TRIGGER invitation_banned AFTER INSERT ON bans WHEN new.account IS NOT NULL BEGIN
  DELETE FROM invitations WHERE inviter = new.account;
END;

-- The moderation log. Names as they were; ids are public ids.
CREATE TABLE moderation (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  by TEXT NOT NULL,
  by_id TEXT,
  action TEXT NOT NULL,
  subject TEXT,
  subject_id TEXT,
  room TEXT,
  room_id TEXT,
  detail TEXT
) STRICT;

-- The search index stores no text of its own. A message's room ("r12") and sender ("s7") are words of
-- the index too: a search in some rooms, or for one sender, is an intersection inside the index, not
-- a walk through the matches of all others. Results are not ranked by relevance, so the lengths of
-- texts are not stored (columnsize). One- and two-letter prefixes match most, and would be slow to
-- gather: they are indexed (prefix). Deleted text leaves the index at once, not when its segments
-- happen to be merged (secure-delete).
CREATE VIEW searchable (id, tags, text) AS
  SELECT id, 'r' || room || ' s' || sender, text FROM events
  WHERE kind = 'message' AND deleted = 0;
CREATE VIRTUAL TABLE search USING fts5 (
  tags, text,
  content = 'searchable', content_rowid = 'id', columnsize = 0, prefix = '1 2',
  tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO search (search, rank) VALUES ('secure-delete', 1);
-- The last event that the index covers.
INSERT INTO meta (name, value) VALUES ('indexed', '0');
-- The index comes in parts. search has the newest messages; a full part is named after the last id
-- that it covers: search_131072.
CREATE TABLE search_parts (last INTEGER PRIMARY KEY) STRICT;
`;
