/** Adds the unsent texts of users. @module */

/** The migration. */
export const DRAFTS = `
-- The unsent texts of users: of a room, or of a thread in it, whose root is then not 0. content is a
-- JSON object, and empty once there is no such text any more: then at keeps older texts from it.
CREATE TABLE drafts (
  account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  room INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  root INTEGER NOT NULL,
  content TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (account, room, root)
) STRICT, WITHOUT ROWID;
CREATE INDEX drafts_by_room ON drafts (room);

CREATE TRIGGER drafts_of_account_gone AFTER UPDATE OF folded ON accounts
WHEN new.folded IS NULL AND old.folded IS NOT NULL BEGIN
  DELETE FROM drafts WHERE account = new.id;
END;
CREATE TRIGGER drafts_of_room_gone AFTER UPDATE OF deleted_at ON rooms
WHEN new.deleted_at IS NOT NULL BEGIN
  DELETE FROM drafts WHERE room = new.id;
END;
CREATE TRIGGER drafts_of_conversation_gone AFTER DELETE ON rooms BEGIN
  DELETE FROM drafts WHERE room = old.id;
END;
`;
