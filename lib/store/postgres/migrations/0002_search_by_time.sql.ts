/**
 * The search index is a table of its own, in blocks of messages that were sent around the same time.
 * Frozen: `tests/store/migrations_test.ts` holds its hash.
 *
 * @module
 */

/** Replaces the search index. The first instance that starts fills the new one: see `search_index.ts`. */
export const SEARCH_BY_TIME = `
-- The index that searches used before. events.words stays, unused, for instances of the version
-- before: they go on until they are replaced, and their searches find nothing new.
DROP INDEX messages_by_word;

-- The blocks of the index: messages that were sent from first_at to last_at, give or take some time.
-- last_at is NULL in the block that takes new messages.
CREATE TABLE search_blocks (
  block bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  first_at bigint,
  last_at bigint
);
CREATE INDEX search_blocks_by_time ON search_blocks (last_at DESC NULLS FIRST, block DESC);
CREATE INDEX search_blocks_open ON search_blocks (block) WHERE last_at IS NULL;
INSERT INTO search_blocks DEFAULT VALUES;

-- A message in the index. words has its terms, each with its block in front: 12:hello. A search reads
-- the index block by block, so that no step of it grows with the log.
CREATE TABLE search_entries (
  id bigint PRIMARY KEY,
  at bigint NOT NULL,
  room bigint NOT NULL,
  block bigint NOT NULL,
  words tsvector NOT NULL
);
-- A small list of pending entries: every search reads all of it.
CREATE INDEX search_entries_by_word ON search_entries USING gin (words)
  WITH (gin_pending_list_limit = 256);

-- Messages that are to be indexed, oldest first. block is the one that a message had before it was
-- edited.
CREATE TABLE search_queue (
  at bigint NOT NULL,
  id bigint NOT NULL,
  block bigint,
  PRIMARY KEY (at, id)
);
CREATE UNIQUE INDEX search_queue_by_id ON search_queue (id);
INSERT INTO search_queue (at, id)
  SELECT at, id FROM events WHERE kind = 'message' AND NOT deleted;
`;
