/** What a room lets its members do. @module */

/** The migration. */
export const ROOM_RIGHTS = `
-- Who may post, invite and pin: 'everyone' or 'hosts'; NULL: what holds by default.
ALTER TABLE rooms ADD COLUMN may_post TEXT;
ALTER TABLE rooms ADD COLUMN may_invite TEXT;
ALTER TABLE rooms ADD COLUMN may_pin TEXT;
`;
