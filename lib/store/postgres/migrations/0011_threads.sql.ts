/** Threads. @module */

/** The migration. */
export const THREADS = `
-- Replies in threads: the seq of the root. Their state says whether they are in the room, too.
ALTER TABLE events ADD COLUMN thread bigint;
CREATE INDEX thread_replies ON events (room, thread, seq, sender, deleted)
  WHERE thread IS NOT NULL;
-- With thread and state, the index alone counts unread messages.
DROP INDEX messages_by_seq;
CREATE INDEX messages_by_seq ON events (room, seq, sender, deleted, thread, state)
  WHERE kind = 'message';
-- Whether replies can be put into threads; NULL: yes.
ALTER TABLE rooms ADD COLUMN threads boolean;

-- What the root of a thread says of its replies, without reading them: see threads.sql.ts. people is
-- a JSON array of the accounts that wrote last, the latest first.
CREATE TABLE threads (
  room bigint NOT NULL,
  root bigint NOT NULL,
  replies bigint NOT NULL,
  last_seq bigint,
  last_at bigint,
  people text NOT NULL,
  PRIMARY KEY (room, root)
);

-- Who follows a thread, and up to where they have read it. Without follows: who does not want to,
-- although they are mentioned there or wrote its root.
CREATE TABLE thread_followers (
  room bigint NOT NULL,
  root bigint NOT NULL,
  account bigint NOT NULL,
  follows boolean NOT NULL,
  read bigint NOT NULL,
  PRIMARY KEY (room, root, account)
);
CREATE INDEX thread_followers_by_account ON thread_followers (account) WHERE follows;

CREATE FUNCTION drop_thread_followers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM thread_followers WHERE account = old.id;
  RETURN NULL;
END $$;
CREATE TRIGGER account_threads_gone AFTER DELETE ON accounts FOR EACH ROW
  EXECUTE FUNCTION drop_thread_followers();
`;
