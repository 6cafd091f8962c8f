/** Adds what users say about themselves, and reports to the moderators. @module */

/** The migration. */
export const PROFILES = `
-- What users say about themselves. skeleton is what display_name looks like. avatar is the id of a
-- picture.
CREATE TABLE profiles (
  account INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  display_name TEXT,
  skeleton TEXT,
  status_emoji TEXT,
  status_text TEXT,
  status_until INTEGER,
  avatar TEXT UNIQUE,
  CHECK ((display_name IS NULL) = (skeleton IS NULL)),
  CHECK ((status_emoji IS NULL) = (status_text IS NULL)),
  CHECK (status_until IS NULL OR status_text IS NOT NULL)
) STRICT;
CREATE INDEX profiles_by_skeleton ON profiles (skeleton) WHERE skeleton IS NOT NULL;

CREATE TABLE avatars (
  id TEXT PRIMARY KEY,
  account INTEGER NOT NULL UNIQUE REFERENCES accounts (id) ON DELETE CASCADE,
  type TEXT NOT NULL,
  bytes BLOB NOT NULL
) STRICT;

-- Messages that users have reported to the moderators. Names as they were; ids are public ids.
CREATE TABLE reports (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  room INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  by TEXT NOT NULL,
  by_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  resolved_at INTEGER,
  resolved_by TEXT,
  resolved_by_id TEXT,
  resolution TEXT,
  UNIQUE (room, seq, by_id)
) STRICT;
CREATE INDEX open_reports ON reports (number) WHERE resolved_at IS NULL;

-- The moderation log is read by its newest entries, of one moderator, about one user, or of one kind.
CREATE INDEX moderation_by_actor ON moderation (by_id, id);
CREATE INDEX moderation_by_subject ON moderation (subject_id, id);
CREATE INDEX moderation_by_action ON moderation (action, id);

-- An account that is gone says nothing about itself, and a room that is gone has no reports.
CREATE TRIGGER account_nameless AFTER UPDATE OF folded ON accounts
WHEN new.folded IS NULL AND old.folded IS NOT NULL BEGIN
  DELETE FROM profiles WHERE account = new.id;
  DELETE FROM avatars WHERE account = new.id;
END;
CREATE TRIGGER reported_room_gone AFTER UPDATE OF deleted_at ON rooms
WHEN new.deleted_at IS NOT NULL BEGIN
  DELETE FROM reports WHERE room = new.id;
END;
CREATE TRIGGER reported_conversation_gone AFTER DELETE ON rooms BEGIN
  DELETE FROM reports WHERE room = old.id;
END;
`;
