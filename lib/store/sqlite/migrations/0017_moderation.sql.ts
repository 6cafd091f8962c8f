/** Looking through the moderation log, and deleting what a banned user wrote. @module */

/** The migration. */
export const MODERATION = `
-- The moderation log is also read by its newest entries about one room.
CREATE INDEX moderation_by_room ON moderation (room_id, id);

-- since: only messages from this moment until the beginning are deleted, and the account stays.
-- NULL: everything that the account did, because it was erased.
ALTER TABLE erasures ADD COLUMN since INTEGER;

-- Who was removed from a room, and until when they come back only by an invitation.
CREATE TABLE expulsions (
  room INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  until INTEGER NOT NULL,
  PRIMARY KEY (room, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX expulsions_by_account ON expulsions (account);
CREATE INDEX expulsions_by_end ON expulsions (until);
CREATE TRIGGER expulsion_over AFTER INSERT ON members BEGIN
  DELETE FROM expulsions WHERE room = new.room AND account = new.account;
END;
`;
