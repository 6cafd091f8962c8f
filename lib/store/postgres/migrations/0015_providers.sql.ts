/** Accounts at OpenID providers. @module */

/** The migration. */
export const PROVIDERS = `
CREATE TABLE provider_accounts (
  issuer text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  account bigint NOT NULL REFERENCES accounts (id),
  created_at bigint NOT NULL,
  PRIMARY KEY (issuer, subject)
);
CREATE INDEX provider_accounts_by_account ON provider_accounts (account);
-- The provider at which a session began, and the session there.
ALTER TABLE sessions ADD COLUMN issuer text COLLATE "C";
ALTER TABLE sessions ADD COLUMN sid text COLLATE "C";
CREATE INDEX sessions_by_sid ON sessions (issuer, sid) WHERE sid IS NOT NULL;
`;
