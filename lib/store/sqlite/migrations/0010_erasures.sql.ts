/** Accounts that are erased. @module */

/** The migration. */
export const ERASURES = `
-- The accounts that are being erased: of one, nothing is left in rooms before room, and in room up to
-- seq. due_at: when the next step is due.
CREATE TABLE erasures (
  account INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  room INTEGER NOT NULL DEFAULT 0,
  seq INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL DEFAULT 0
) STRICT;
`;
