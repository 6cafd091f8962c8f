/** Rooms that are renamed, archived and deleted. @module */

/** The migration. */
export const ROOMS = `
ALTER TABLE rooms ADD COLUMN archived_at INTEGER;
-- Of a deleted room the row stays, so that no other room ever has its ids. It has no name, and its
-- folded is no name of a room.
ALTER TABLE rooms ADD COLUMN deleted_at INTEGER;
CREATE INDEX rooms_deleted ON rooms (id) WHERE deleted_at IS NOT NULL;
-- The directory of rooms.
CREATE INDEX listed_rooms ON rooms (folded)
  WHERE kind = 'public' AND archived_at IS NULL AND deleted_at IS NULL;
DROP INDEX rooms_without_members;
CREATE INDEX rooms_without_members ON rooms (id)
  WHERE kind = 'private' AND members = 0 AND deleted_at IS NULL;
CREATE INDEX invites_by_room ON invites (room) WHERE room IS NOT NULL;

-- The earlier names of rooms, which lead to them. is_public: the room was public under that name.
CREATE TABLE room_names (
  room INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  folded TEXT NOT NULL,
  is_public INTEGER NOT NULL,
  -- Until when the room had the name.
  at INTEGER NOT NULL,
  PRIMARY KEY (room, folded)
) STRICT, WITHOUT ROWID;
CREATE INDEX room_names_by_name ON room_names (folded);
`;
