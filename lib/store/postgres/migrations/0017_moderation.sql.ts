/** Looking through the moderation log, and deleting what a banned user wrote. @module */

/** The migration. */
export const MODERATION = `
-- The moderation log is also read by its newest entries about one room.
CREATE INDEX moderation_by_room ON moderation (room_id, id);

-- since: only messages from this moment until the beginning are deleted, and the account stays.
-- NULL: everything that the account did, because it was erased.
ALTER TABLE erasures ADD COLUMN since bigint;
`;
