/** Adds webhooks. @module */

/** The migration. */
export const WEBHOOKS = `
-- An incoming hook posts to room as bot; hash is the hash of its token. An outgoing hook sends events
-- to url, signed with secret; events is a JSON array of their types, NULL for all. everywhere: of every
-- public room. failing_since: since when every attempt has failed. bot reports that it was paused.
-- holder is the instance that delivers, until held_until.
CREATE TABLE hooks (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE,
  kind text NOT NULL CHECK (kind IN ('incoming', 'outgoing')),
  creator bigint NOT NULL REFERENCES accounts (id),
  bot bigint NOT NULL REFERENCES accounts (id),
  room bigint REFERENCES rooms (id) ON DELETE CASCADE,
  hash text UNIQUE,
  url text,
  secret text,
  events text,
  everywhere boolean NOT NULL,
  failing_since bigint,
  paused_at bigint,
  created_at bigint NOT NULL,
  holder text,
  held_until timestamptz,
  CHECK (kind <> 'incoming' OR room IS NOT NULL AND hash IS NOT NULL),
  CHECK (kind <> 'outgoing' OR url IS NOT NULL AND secret IS NOT NULL)
);
CREATE INDEX hooks_by_room ON hooks (room) WHERE room IS NOT NULL;

-- An outgoing hook has delivered the events of a room up to seq.
CREATE TABLE hook_rooms (
  hook text COLLATE "C" NOT NULL REFERENCES hooks (id) ON DELETE CASCADE,
  room bigint NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  seq bigint NOT NULL,
  PRIMARY KEY (hook, room)
);
CREATE INDEX hook_rooms_by_room ON hook_rooms (room);
`;
