/** Adds webhooks. @module */

/** The migration. */
export const WEBHOOKS = `
-- An incoming hook posts to room as bot; hash is the hash of its token. An outgoing hook sends events
-- to url, signed with secret; events is a JSON array of their types, NULL for all. everywhere: of every
-- public room. failing_since: since when every attempt has failed. bot reports that it was paused.
CREATE TABLE hooks (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('incoming', 'outgoing')),
  creator INTEGER NOT NULL REFERENCES accounts (id),
  bot INTEGER NOT NULL REFERENCES accounts (id),
  room INTEGER REFERENCES rooms (id) ON DELETE CASCADE,
  hash TEXT UNIQUE,
  url TEXT,
  secret TEXT,
  events TEXT,
  everywhere INTEGER NOT NULL,
  failing_since INTEGER,
  paused_at INTEGER,
  created_at INTEGER NOT NULL,
  CHECK (kind <> 'incoming' OR room IS NOT NULL AND hash IS NOT NULL),
  CHECK (kind <> 'outgoing' OR url IS NOT NULL AND secret IS NOT NULL)
) STRICT;
CREATE INDEX hooks_by_room ON hooks (room) WHERE room IS NOT NULL;

-- An outgoing hook has delivered the events of a room up to seq.
CREATE TABLE hook_rooms (
  hook TEXT NOT NULL REFERENCES hooks (id) ON DELETE CASCADE,
  room INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  PRIMARY KEY (hook, room)
) STRICT, WITHOUT ROWID;
CREATE INDEX hook_rooms_by_room ON hook_rooms (room);
`;
