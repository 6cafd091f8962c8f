/** Indexes for the erasures of accounts. @module */

/** The migration. */
export const ERASURE_INDEXES = `
CREATE INDEX erasures_by_due ON erasures (due_at);
-- Of those who do not want to follow, too.
DROP INDEX thread_followers_by_account;
CREATE INDEX thread_followers_by_account ON thread_followers (account);
`;
