/**
 * The search index holds the terms that Hubbub computes, in the order of time. Frozen:
 * `tests/store/migrations_test.ts` holds its hash.
 *
 * @module
 */

/** Replaces the search index. The server fills the new one when it starts: see `word_index.ts`. */
export const SEARCH_BY_TIME = `
-- The tables search_N of the old index are dropped at the next start, one by one.
DROP TABLE search;
DROP VIEW searchable;

-- The place of each indexed message in the order of time: newer messages have higher keys.
CREATE TABLE search_places (
  id INTEGER PRIMARY KEY,
  key INTEGER NOT NULL UNIQUE
) STRICT;

-- The index stores no text of its own, and splits none: terms come ready from the server, with a
-- space in between. Words that begin with _ are tags: the room, the sender, what the message has.
CREATE VIRTUAL TABLE search_index USING fts5 (
  terms, content = '', columnsize = 0, tokenize = "ascii tokenchars '_'"
);
INSERT INTO search_index (search_index, rank) VALUES ('secure-delete', 1);
-- search_index has the newest messages; a full part is named after the last key that it covers.
CREATE TABLE search_index_parts (last INTEGER PRIMARY KEY) STRICT;
INSERT INTO meta (name, value) VALUES ('part_rows', '0');

-- Messages that are to be indexed, beside those that are newer than meta.indexed.
CREATE TABLE search_queue (
  at INTEGER NOT NULL,
  id INTEGER NOT NULL,
  PRIMARY KEY (at, id)
) STRICT, WITHOUT ROWID;
INSERT INTO search_queue (at, id)
  SELECT at, id FROM events WHERE kind = 'message' AND deleted = 0;
UPDATE meta SET value = (SELECT ifnull(max(id), 0) FROM events) WHERE name = 'indexed';
`;
