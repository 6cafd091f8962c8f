/** Adds what users keep for themselves: saved and scheduled messages, reminders, favourites. @module */

/** The migration. */
export const RECORDS = `
-- A favourite, since when; and the section of the sidebar in which the member keeps the room.
ALTER TABLE members ADD COLUMN favourite_at INTEGER;
ALTER TABLE members ADD COLUMN section TEXT;

-- Messages that a user keeps at hand. at orders those of one user.
CREATE TABLE saved (
  account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  room INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (account, room, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX saved_by_time ON saved (account, at);
CREATE INDEX saved_by_room ON saved (room);

-- Messages to send at a time. content is a JSON object. key is the key of the append, so that each is
-- sent once. due_at is when an instance tries to send it next: it claims a message by moving due_at, and
-- counts the attempt. failed is the code of the refusal, if it was refused; then due_at is NULL.
CREATE TABLE scheduled (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  room INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  content TEXT NOT NULL,
  at INTEGER NOT NULL,
  due_at INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  failed TEXT,
  created_at INTEGER NOT NULL,
  UNIQUE (account, room, key)
) STRICT;
CREATE INDEX scheduled_by_time ON scheduled (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX scheduled_by_room ON scheduled (room);

-- Messages of which a user is to be reminded. due_at is as in scheduled, and
-- NULL once the user was told.
CREATE TABLE reminders (
  account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  room INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  due_at INTEGER,
  PRIMARY KEY (account, room, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX reminders_by_time ON reminders (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX reminders_by_room ON reminders (room);

-- An account that is gone keeps nothing, and of a room that is gone nothing is kept.
CREATE TRIGGER account_gone AFTER UPDATE OF folded ON accounts
WHEN new.folded IS NULL AND old.folded IS NOT NULL BEGIN
  DELETE FROM saved WHERE account = new.id;
  DELETE FROM scheduled WHERE account = new.id;
  DELETE FROM reminders WHERE account = new.id;
END;
CREATE TRIGGER room_gone AFTER UPDATE OF deleted_at ON rooms WHEN new.deleted_at IS NOT NULL BEGIN
  DELETE FROM saved WHERE room = new.id;
  DELETE FROM scheduled WHERE room = new.id;
  DELETE FROM reminders WHERE room = new.id;
END;
CREATE TRIGGER conversation_gone AFTER DELETE ON rooms BEGIN
  DELETE FROM saved WHERE room = old.id;
  DELETE FROM scheduled WHERE room = old.id;
  DELETE FROM reminders WHERE room = old.id;
END;
`;
