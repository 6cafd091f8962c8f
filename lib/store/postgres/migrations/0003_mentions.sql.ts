/**
 * Mentions, groups and quiet hours. Frozen: `tests/store/migrations_test.ts` holds its hash.
 *
 * @module
 */

/** Makes the tables of mentions and groups, and the indexes for counting unread messages. */
export const MENTIONS = `
-- Which unread messages mention an account, without reading the messages. Account 0 stands for every
-- member of the room. Triggers keep it: the payload of a message says whom it mentions.
CREATE TABLE mentions (
  account bigint NOT NULL,
  room bigint NOT NULL,
  seq bigint NOT NULL,
  PRIMARY KEY (account, room, seq)
);
CREATE INDEX mentions_by_message ON mentions (room, seq);

CREATE FUNCTION set_mentions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF tg_op <> 'INSERT' THEN
    DELETE FROM mentions WHERE room = old.room AND seq = old.seq;
  END IF;
  IF tg_op <> 'DELETE' THEN
    INSERT INTO mentions (account, room, seq)
    SELECT coalesce(a.id, 0), new.room, new.seq
    FROM json_array_elements_text(CASE json_typeof(new.payload::json -> 'mentions')
      WHEN 'array' THEN new.payload::json -> 'mentions' ELSE '[]'::json END) AS m (value)
    LEFT JOIN accounts a ON a.public_id = m.value
    WHERE NOT new.deleted AND (m.value = 'room' OR a.id <> new.sender)
    ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER message_mentions AFTER INSERT ON events FOR EACH ROW
  WHEN (new.kind = 'message' AND new.payload IS NOT NULL) EXECUTE FUNCTION set_mentions();
CREATE TRIGGER message_mentions_changed AFTER UPDATE OF payload, deleted ON events FOR EACH ROW
  WHEN (new.kind = 'message') EXECUTE FUNCTION set_mentions();
CREATE TRIGGER message_mentions_gone AFTER DELETE ON events FOR EACH ROW
  WHEN (old.kind = 'message' AND old.payload IS NOT NULL) EXECUTE FUNCTION set_mentions();

CREATE FUNCTION drop_mentions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM mentions WHERE account = old.id;
  RETURN NULL;
END $$;
CREATE TRIGGER account_mentions_gone AFTER DELETE ON accounts FOR EACH ROW
  EXECUTE FUNCTION drop_mentions();

-- With the sender and the deletion, the index alone counts unread messages.
DROP INDEX messages_by_seq;
CREATE INDEX messages_by_seq ON events (room, seq, sender, deleted) WHERE kind = 'message';
-- Messages that have another property than mentions, which many have.
DROP INDEX messages_with_payload;
CREATE INDEX messages_with_state ON events (room, seq)
  WHERE kind = 'message' AND payload::jsonb - 'mentions' - 'mention_names' <> '{}'::jsonb;

-- When an account wants no notifications: until a moment, and each week (a JSON object).
ALTER TABLE accounts ADD COLUMN quiet_until bigint;
ALTER TABLE accounts ADD COLUMN quiet_weekly text;

CREATE TABLE user_groups (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id text COLLATE "C" NOT NULL UNIQUE DEFAULT
    left(replace(gen_random_uuid()::text, '-', ''), 12),
  name text COLLATE "C" NOT NULL,
  folded text COLLATE "C" NOT NULL UNIQUE,
  created_at bigint NOT NULL
);
CREATE TABLE group_members (
  user_group bigint NOT NULL REFERENCES user_groups (id) ON DELETE CASCADE,
  account bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  PRIMARY KEY (user_group, account)
);
CREATE INDEX group_members_by_account ON group_members (account);
`;
