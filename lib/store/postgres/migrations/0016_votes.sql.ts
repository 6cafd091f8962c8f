/** Polls. @module */

/** The migration. */
export const VOTES = `
-- What each user has voted for in the poll of a message: a JSON array of the options' numbers. How
-- many have voted for each option is in the message's payload.
CREATE TABLE votes (
  room bigint NOT NULL,
  target bigint NOT NULL,
  account bigint NOT NULL,
  options text NOT NULL,
  PRIMARY KEY (room, target, account)
);
`;
