/** Accounts that are erased. @module */

/** The migration. */
export const ERASURES = `
-- The accounts that are being erased: of one, nothing is left in rooms before room, and in room up to
-- seq. due_at: when the next step is due.
CREATE TABLE erasures (
  account bigint PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  room bigint NOT NULL DEFAULT 0,
  seq bigint NOT NULL DEFAULT 0,
  started_at bigint NOT NULL,
  due_at bigint NOT NULL DEFAULT 0
);
`;
