/** Accounts that are renamed and deactivated. @module */

/** The migration. */
export const PEOPLE = `
-- Since when nobody can sign in to the account.
ALTER TABLE accounts ADD COLUMN deactivated_at INTEGER;

-- The earlier names of accounts: for a while they lead to them, and nobody else can take them.
CREATE TABLE account_names (
  account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  folded TEXT NOT NULL,
  skeleton TEXT NOT NULL,
  -- Until when the account had the name.
  at INTEGER NOT NULL,
  PRIMARY KEY (account, folded)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_names_by_name ON account_names (folded);
CREATE INDEX account_names_by_look ON account_names (skeleton);
`;
