/** Threads. @module */

/** The migration. */
export const THREADS = `
-- Replies in threads: the seq of the root. Their state says whether they are in the room, too.
ALTER TABLE events ADD COLUMN thread INTEGER;
CREATE INDEX thread_replies ON events (room, thread, seq, sender, deleted)
  WHERE thread IS NOT NULL;
-- With thread and state, the index alone counts unread messages.
DROP INDEX messages_by_seq;
CREATE INDEX messages_by_seq ON events (room, seq, sender, deleted, thread, state)
  WHERE kind = 'message';
-- Whether replies can be put into threads; NULL: yes.
ALTER TABLE rooms ADD COLUMN threads INTEGER;

-- What the root of a thread says of its replies, without reading them: see threads.ts. people is a
-- JSON array of the accounts that wrote last, the latest first.
CREATE TABLE threads (
  room INTEGER NOT NULL,
  root INTEGER NOT NULL,
  replies INTEGER NOT NULL,
  last_seq INTEGER,
  last_at INTEGER,
  people TEXT NOT NULL,
  PRIMARY KEY (room, root)
) STRICT, WITHOUT ROWID;

-- Who follows a thread, and up to where they have read it. Without follows: who does not want to,
-- although they are mentioned there or wrote its root.
CREATE TABLE thread_followers (
  room INTEGER NOT NULL,
  root INTEGER NOT NULL,
  account INTEGER NOT NULL,
  follows INTEGER NOT NULL,
  read INTEGER NOT NULL,
  PRIMARY KEY (room, root, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX thread_followers_by_account ON thread_followers (account) WHERE follows;

CREATE TRIGGER account_threads_gone AFTER DELETE ON accounts BEGIN
  DELETE FROM thread_followers WHERE account = old.id;
END;
`;
