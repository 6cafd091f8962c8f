/** Lets a search read the newest messages of a block. @module */

/** The migration. */
export const SEARCH_IN_TIME = `
-- The messages of a block in the order of time.
CREATE INDEX search_entries_by_time ON search_entries (block, at, id);

-- Its successor is newest_matches.
DROP FUNCTION IF EXISTS search_messages(text, bigint[], bigint, bigint, bigint, bigint, bigint);
`;
