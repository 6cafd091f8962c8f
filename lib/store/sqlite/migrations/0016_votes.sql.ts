/** Polls. @module */

/** The migration. */
export const VOTES = `
-- What each user has voted for in the poll of a message: a JSON array of the options' numbers. How
-- many have voted for each option is in the message's payload.
CREATE TABLE votes (
  room INTEGER NOT NULL,
  target INTEGER NOT NULL,
  account INTEGER NOT NULL,
  options TEXT NOT NULL,
  PRIMARY KEY (room, target, account)
) STRICT, WITHOUT ROWID;
`;
