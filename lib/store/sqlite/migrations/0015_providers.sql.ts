/** Accounts at OpenID providers. @module */

/** The migration. */
export const PROVIDERS = `
CREATE TABLE provider_accounts (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  account INTEGER NOT NULL REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX provider_accounts_by_account ON provider_accounts (account);
-- The provider at which a session began, and the session there.
ALTER TABLE sessions ADD COLUMN issuer TEXT;
ALTER TABLE sessions ADD COLUMN sid TEXT;
CREATE INDEX sessions_by_sid ON sessions (issuer, sid) WHERE sid IS NOT NULL;
`;
