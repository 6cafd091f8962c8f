/** Adds the server's own emoji. @module */

/** The migration. */
export const EMOJI = `
-- The server's own emoji. emoji is the text that stands for it, with its colons; picture is the id of
-- its picture. creator is NULL once that account is gone.
CREATE TABLE custom_emoji (
  emoji text COLLATE "C" PRIMARY KEY,
  picture text NOT NULL UNIQUE,
  creator bigint REFERENCES accounts (id) ON DELETE SET NULL,
  created_at bigint NOT NULL,
  type text NOT NULL,
  bytes bytea NOT NULL
);
CREATE INDEX custom_emoji_by_creator ON custom_emoji (creator, emoji);

CREATE FUNCTION creator_of_emoji_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE custom_emoji SET creator = NULL WHERE creator = new.id;
  RETURN NULL;
END $$;
CREATE TRIGGER creator_of_emoji_gone AFTER UPDATE OF folded ON accounts FOR EACH ROW
  WHEN (new.folded IS NULL AND old.folded IS NOT NULL) EXECUTE FUNCTION creator_of_emoji_gone();
`;
