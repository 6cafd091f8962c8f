/** Adds the server's own emoji. @module */

/** The migration. */
export const EMOJI = `
-- The server's own emoji. emoji is the text that stands for it, with its colons; picture is the id of
-- its picture. creator is NULL once that account is gone.
CREATE TABLE custom_emoji (
  emoji TEXT PRIMARY KEY,
  picture TEXT NOT NULL UNIQUE,
  creator INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
  created_at INTEGER NOT NULL,
  type TEXT NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
CREATE INDEX custom_emoji_by_creator ON custom_emoji (creator, emoji);

CREATE TRIGGER creator_of_emoji_gone AFTER UPDATE OF folded ON accounts
WHEN new.folded IS NULL AND old.folded IS NOT NULL BEGIN
  UPDATE custom_emoji SET creator = NULL WHERE creator = new.id;
END;
`;
