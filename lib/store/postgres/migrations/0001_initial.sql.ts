/**
 * The schema of the first release, without the functions that the server calls (`routines.ts`).
 * Frozen: `tests/store/migrations_test.ts` holds its hash.
 *
 * @module
 */

/** Makes every table, index and trigger. */
export const INITIAL = `
CREATE TABLE meta (
  name text PRIMARY KEY,
  value text NOT NULL
);

-- Which routines are installed: one row.
CREATE TABLE routines (
  version bigint NOT NULL,
  hash text NOT NULL
);

-- The running instances of the server, and the time of their last heartbeat.
CREATE TABLE instances (
  id text PRIMARY KEY,
  seen_at timestamptz NOT NULL
);

-- The key with which instances authenticate their notifications to each other (see seal.ts). No other
-- role of the database may read it, and no export contains it.
CREATE TABLE peer_keys (
  id bigint PRIMARY KEY CHECK (id = 1),
  ipad bytea NOT NULL,
  opad bytea NOT NULL
);
REVOKE ALL ON peer_keys FROM PUBLIC;

-- name is how the name is displayed; folded (how it is compared) and skeleton (how it looks) are
-- unique. A guest who left and a deleted bot have given both back, but the row stays: their messages
-- refer to it. public_id is the id that clients know: names are reassigned, it never is. Its random
-- bits do not tell how many other accounts there are.
CREATE TABLE accounts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id text COLLATE "C" NOT NULL UNIQUE DEFAULT
    left(replace(gen_random_uuid()::text, '-', ''), 12),
  name text COLLATE "C" NOT NULL,
  folded text COLLATE "C" UNIQUE,
  skeleton text COLLATE "C" UNIQUE,
  role text NOT NULL,
  -- A hash.
  password text,
  -- Guests: the space of idempotency keys that all guests of this name share (see guest_names), and
  -- the instance that the guest connected to.
  key_space bigint,
  instance text,
  muted_until bigint,
  created_at bigint NOT NULL,
  -- Bots: the owner who made the bot, and was shown its token.
  creator bigint REFERENCES accounts (id),
  -- The size of all files that the account uploaded. A trigger adds new parts; the sweep of files,
  -- which may delete a file with its last part in one statement, subtracts those that it deletes.
  file_bytes bigint NOT NULL DEFAULT 0,
  -- Guests who left: when, when the sweep next looks at what they left behind, and what that can be:
  -- nothing (0), events in direct conversations (1), anything (NULL).
  left_at bigint,
  ends_at bigint,
  traces bigint,
  CHECK ((folded IS NULL) = (skeleton IS NULL)),
  CHECK ((role = 'guest') = (key_space IS NOT NULL)),
  CHECK ((role = 'guest') = (instance IS NOT NULL))
);
CREATE INDEX accounts_by_role ON accounts (role, folded) WHERE folded IS NOT NULL;
CREATE INDEX accounts_by_mute ON accounts (muted_until) WHERE muted_until IS NOT NULL;
CREATE INDEX accounts_by_creator ON accounts (creator) WHERE creator IS NOT NULL;
CREATE INDEX accounts_by_end ON accounts (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX accounts_by_key_space ON accounts (key_space) WHERE key_space IS NOT NULL;

-- Every name that a guest ever asked for. -id is the key space of the guests of that name.
CREATE TABLE guest_names (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  folded text COLLATE "C" NOT NULL UNIQUE
);

-- hash identifies a session for as long as it lasts. proof is the hash of its current token, once
-- that is another one. confirmed_at is when the user last proved their identity (NULL: when the
-- session was made), passkey the one that proved it, if any.
CREATE TABLE sessions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hash text NOT NULL UNIQUE,
  account bigint NOT NULL REFERENCES accounts (id),
  label text NOT NULL,
  created_at bigint NOT NULL,
  seen_at bigint NOT NULL,
  proof text,
  confirmed_at bigint,
  passkey text
);
CREATE INDEX sessions_by_account ON sessions (account, seen_at);
CREATE UNIQUE INDEX sessions_by_proof ON sessions (proof) WHERE proof IS NOT NULL;
CREATE INDEX sessions_by_use ON sessions (seen_at);
CREATE INDEX sessions_by_age ON sessions (created_at);

-- Push subscriptions: where a device is notified while its page is closed.
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

-- One-time tokens.
CREATE TABLE tickets (
  hash text PRIMARY KEY,
  kind text NOT NULL,
  account bigint REFERENCES accounts (id),
  data text NOT NULL,
  expires_at bigint NOT NULL
);
CREATE INDEX tickets_by_end ON tickets (expires_at);
CREATE INDEX tickets_by_account ON tickets (account) WHERE account IS NOT NULL;

-- A room has a name; a direct conversation has its two accounts, the lower id first. Only the names
-- of public rooms are unique: a user who creates a private room must not learn of another one.
-- creator counts towards the limit on rooms per user. host moderates the room: the creator, and in a
-- private room the longest-standing member after the creator has left.
CREATE TABLE rooms (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id text COLLATE "C" NOT NULL UNIQUE DEFAULT
    left(replace(gen_random_uuid()::text, '-', ''), 12),
  kind text NOT NULL CHECK (kind IN ('public', 'private', 'direct')),
  name text COLLATE "C" NOT NULL,
  folded text COLLATE "C",
  title text,
  low bigint REFERENCES accounts (id),
  high bigint REFERENCES accounts (id),
  -- The newest event.
  seq bigint NOT NULL DEFAULT 0,
  -- How many members it has; a trigger keeps it, so that a list of rooms need not visit every member.
  members bigint NOT NULL DEFAULT 0,
  -- Counts up with every change of members or rules.
  version bigint NOT NULL DEFAULT 0,
  locked boolean NOT NULL DEFAULT false,
  slow_ms bigint NOT NULL DEFAULT 0,
  creator bigint REFERENCES accounts (id),
  host bigint REFERENCES accounts (id),
  created_at bigint NOT NULL,
  CHECK (CASE kind WHEN 'direct' THEN folded IS NULL AND low <= high
    ELSE folded IS NOT NULL AND low IS NULL END)
  -- Half-empty pages: each append updates the row, and the new version finds a place on its page.
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX public_rooms ON rooms (folded) WHERE kind = 'public';
CREATE UNIQUE INDEX direct_rooms ON rooms (low, high) WHERE kind = 'direct';
CREATE INDEX direct_rooms_by_high ON rooms (high) WHERE kind = 'direct';
CREATE INDEX rooms_by_creator ON rooms (creator) WHERE creator IS NOT NULL;
CREATE INDEX rooms_by_host ON rooms (host) WHERE host IS NOT NULL;
-- For the foreign keys: deleting a guest's account looks it up in every table that may refer to it.
CREATE INDEX rooms_by_low ON rooms (low) WHERE low IS NOT NULL;
CREATE INDEX rooms_by_high ON rooms (high) WHERE high IS NOT NULL;
CREATE INDEX rooms_without_members ON rooms (id) WHERE kind = 'private' AND members = 0;

-- folded is the room's. It makes the second index find the room that a user means by a name, and
-- keeps a user from being in two rooms of one name. Direct conversations have none: NULLs differ.
CREATE TABLE members (
  room bigint NOT NULL REFERENCES rooms (id),
  account bigint NOT NULL REFERENCES accounts (id),
  folded text COLLATE "C",
  -- The last event that the member has read.
  read bigint NOT NULL DEFAULT 0,
  -- Which messages notify the member; NULL for the default.
  level text CHECK (level IN ('all', 'mentions', 'none')),
  joined_at bigint NOT NULL,
  PRIMARY KEY (room, account)
);
CREATE UNIQUE INDEX members_by_account ON members (account, folded);

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

-- The log. kind may be one that only a newer version knows: then it is the event's type on the wire,
-- and payload a JSON object with its other fields. There are no foreign keys, which would be checked
-- for each row: append() takes the room and the sender from their tables, and neither is deleted
-- while an event refers to it.
CREATE TABLE events (
  -- In the order in which events arrived, in any room: search results are ordered by it.
  id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  room bigint NOT NULL,
  seq bigint NOT NULL,
  sender bigint NOT NULL,
  at bigint NOT NULL,
  -- The idempotency key of the append (key) and its space (see append); both NULL without.
  key_space bigint,
  -- Messages: the seq of the message that this one replies to, and what became of it.
  reply_to bigint,
  edited_at bigint,
  -- Edits, deletes and reactions: the seq of the message that they change.
  target bigint,
  deleted boolean NOT NULL DEFAULT false,
  -- Reactions: added or removed.
  state boolean,
  kind text NOT NULL,
  key text COLLATE "C",
  emoji text,
  payload text,
  -- Messages: the current text, empty once deleted. NULL in other kinds.
  text text,
  -- Messages: the words by which a search finds them (see lexemes.ts); NULL once deleted.
  words tsvector,
  PRIMARY KEY (room, seq)
);
-- The key comes first: where clients count, or begin keys with the time, new entries lie together on
-- a few pages instead of one page for each user in each room.
CREATE UNIQUE INDEX events_by_key ON events (key, room, key_space) WHERE key IS NOT NULL;
-- Pages of messages skip all other events. With the sender, the index alone counts unread messages.
CREATE INDEX messages_by_seq ON events (room, seq, sender) WHERE kind = 'message';
-- Messages that have a property without a column; most have none.
CREATE INDEX messages_with_payload ON events (room, seq)
  WHERE kind = 'message' AND payload IS NOT NULL;
CREATE INDEX messages_by_word ON events USING gin (words) WHERE words IS NOT NULL;

-- The current reactions; seq is that of the event that added one.
CREATE TABLE reactions (
  room bigint NOT NULL,
  target bigint NOT NULL,
  emoji text COLLATE "C" NOT NULL,
  account bigint NOT NULL,
  seq bigint NOT NULL,
  PRIMARY KEY (room, target, emoji, account)
);

-- An upload is complete once it has a type, and attached to a message once it has a seq. Files that
-- are not attached expire.
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
CREATE INDEX files_by_uploader ON files (uploader);
CREATE INDEX files_by_room ON files (room);

CREATE TABLE file_parts (
  file bigint NOT NULL REFERENCES files (number) ON DELETE CASCADE,
  place bigint NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (file, place)
);
-- Stored uncompressed: most parts are of pictures, which do not compress.
ALTER TABLE file_parts ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE FUNCTION count_file_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE accounts a SET file_bytes = a.file_bytes + length(new.bytes)
  FROM files f WHERE f.number = new.file AND a.id = f.uploader;
  RETURN NULL;
END $$;
CREATE TRIGGER file_part_counted AFTER INSERT ON file_parts
  FOR EACH ROW EXECUTE FUNCTION count_file_part();

-- The size of all parts of all files.
CREATE TABLE file_usage (
  bytes bigint NOT NULL
);
INSERT INTO file_usage (bytes) VALUES (0);

-- Invite links. One that is used up is deleted, and so is one to a room that its maker leaves.
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
CREATE INDEX invites_by_creator ON invites (creator) WHERE creator IS NOT NULL;
CREATE INDEX invites_by_room ON invites (room) WHERE room IS NOT NULL;

CREATE FUNCTION drop_used_invite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM invites WHERE id = new.id;
  RETURN NULL;
END $$;
CREATE TRIGGER invite_used_up AFTER UPDATE OF uses_left ON invites
  FOR EACH ROW WHEN (new.uses_left = 0) EXECUTE FUNCTION drop_used_invite();

CREATE FUNCTION end_invites_of_member() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM invites WHERE creator = old.account AND room = old.room;
  RETURN NULL;
END $$;
CREATE TRIGGER invites_of_member AFTER DELETE ON members
  FOR EACH ROW EXECUTE FUNCTION end_invites_of_member();

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

-- Invitations of users to a room that wait for the user's answer.
CREATE TABLE invitations (
  room bigint NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  account bigint NOT NULL REFERENCES accounts (id),
  inviter bigint NOT NULL REFERENCES accounts (id),
  at bigint NOT NULL,
  PRIMARY KEY (account, room)
);
CREATE INDEX invitations_by_inviter ON invitations (inviter, room);
CREATE INDEX invitations_by_room ON invitations (room);

CREATE FUNCTION member_came() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM invitations WHERE account = new.account AND room = new.room;
  RETURN NULL;
END $$;
CREATE TRIGGER member_came AFTER INSERT ON members
  FOR EACH ROW EXECUTE FUNCTION member_came();

CREATE FUNCTION member_went() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM invitations WHERE inviter = old.account AND room = old.room;
  UPDATE rooms SET host = CASE kind WHEN 'private' THEN (
    SELECT m.account FROM members m JOIN accounts a ON a.id = m.account
    WHERE m.room = old.room AND a.role <> 'guest' ORDER BY m.joined_at, m.account LIMIT 1
  ) END WHERE id = old.room AND host = old.account;
  RETURN NULL;
END $$;
CREATE TRIGGER member_went AFTER DELETE ON members
  FOR EACH ROW EXECUTE FUNCTION member_went();

CREATE FUNCTION inviter_blocked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM invitations WHERE account = new.account AND inviter = new.other;
  RETURN NULL;
END $$;
CREATE TRIGGER inviter_blocked AFTER INSERT ON blocks
  FOR EACH ROW EXECUTE FUNCTION inviter_blocked();

CREATE FUNCTION inviter_banned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM invitations WHERE inviter = new.account;
  RETURN NULL;
END $$;
CREATE TRIGGER inviter_banned AFTER INSERT ON bans
  FOR EACH ROW WHEN (new.account IS NOT NULL) EXECUTE FUNCTION inviter_banned();

-- The moderation log. Names as they were; ids are public ids.
CREATE TABLE moderation (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at bigint NOT NULL,
  by text NOT NULL,
  by_id text,
  action text NOT NULL,
  subject text,
  subject_id text,
  room text,
  room_id text,
  detail text
);
`;
