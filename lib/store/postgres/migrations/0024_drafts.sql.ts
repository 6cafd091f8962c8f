/** Adds the unsent texts of users. @module */

/** The migration. */
export const DRAFTS = `
-- The unsent texts of users: of a room, or of a thread in it, whose root is then not 0. content is a
-- JSON object, and empty once there is no such text any more: then at keeps older texts from it.
CREATE TABLE drafts (
  account bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  room bigint NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  root bigint NOT NULL,
  content text NOT NULL,
  at bigint NOT NULL,
  PRIMARY KEY (account, room, root)
);
CREATE INDEX drafts_by_room ON drafts (room);

CREATE FUNCTION drafts_of_account_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM drafts WHERE account = new.id;
  RETURN NULL;
END $$;
CREATE TRIGGER drafts_of_account_gone AFTER UPDATE OF folded ON accounts FOR EACH ROW
  WHEN (new.folded IS NULL AND old.folded IS NOT NULL) EXECUTE FUNCTION drafts_of_account_gone();
CREATE FUNCTION drafts_of_room_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM drafts WHERE room = new.id;
  RETURN NULL;
END $$;
CREATE TRIGGER drafts_of_room_gone AFTER UPDATE OF deleted_at ON rooms FOR EACH ROW
  WHEN (new.deleted_at IS NOT NULL) EXECUTE FUNCTION drafts_of_room_gone();
`;
