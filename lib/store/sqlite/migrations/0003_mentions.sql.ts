/**
 * Mentions, groups and quiet hours. Frozen: `tests/store/migrations_test.ts` holds its hash.
 *
 * @module
 */

/** Makes the tables of mentions and groups, and the indexes for counting unread messages. */
export const MENTIONS = `
-- Which unread messages mention an account, without reading the messages. Account 0 stands for every
-- member of the room. The payload of a message says whom it mentions: see messages.ts. There is no
-- trigger on new events: it would make the search index write after each of them.
CREATE TABLE mentions (
  account INTEGER NOT NULL,
  room INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (account, room, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_by_message ON mentions (room, seq);

CREATE TRIGGER message_mentions_gone AFTER DELETE ON events
WHEN old.kind = 'message' AND old.payload IS NOT NULL BEGIN
  DELETE FROM mentions WHERE room = old.room AND seq = old.seq;
END;
CREATE TRIGGER account_mentions_gone AFTER DELETE ON accounts BEGIN
  DELETE FROM mentions WHERE account = old.id;
END;

-- With the sender and the deletion, the index alone counts unread messages.
DROP INDEX messages_by_seq;
CREATE INDEX messages_by_seq ON events (room, seq, sender, deleted) WHERE kind = 'message';
-- Messages that have another property than mentions, which many have.
DROP INDEX messages_with_payload;
CREATE INDEX messages_with_state ON events (room, seq)
  WHERE kind = 'message' AND json_remove(payload, '$.mentions', '$.mention_names') <> '{}';

-- When an account wants no notifications: until a moment, and each week (a JSON object).
ALTER TABLE accounts ADD COLUMN quiet_until INTEGER;
ALTER TABLE accounts ADD COLUMN quiet_weekly TEXT;

CREATE TABLE user_groups (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  public_id TEXT NOT NULL UNIQUE DEFAULT (lower(hex(randomblob(6)))),
  name TEXT NOT NULL,
  folded TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE group_members (
  user_group INTEGER NOT NULL REFERENCES user_groups (id) ON DELETE CASCADE,
  account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  PRIMARY KEY (user_group, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_members_by_account ON group_members (account);
`;
