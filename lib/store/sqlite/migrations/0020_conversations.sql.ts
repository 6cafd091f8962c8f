/** Conversations of several people, without a name. @module */

/** The migration. */
export const CONVERSATIONS = `
-- Set for a conversation without a name: the ids of the accounts that its members have chosen, in
-- order and with commas between them. It finds the conversation of the same people. Those who were
-- asked in are among them, members or not.
ALTER TABLE rooms ADD COLUMN people TEXT;
CREATE INDEX rooms_by_people ON rooms (people) WHERE people IS NOT NULL;

CREATE TRIGGER person_came AFTER INSERT ON members
WHEN (SELECT people FROM rooms WHERE id = new.room) IS NOT NULL BEGIN
  UPDATE rooms SET people = (
    SELECT group_concat(id, ',' ORDER BY id) FROM (
      SELECT value AS id FROM json_each('[' || people || ']') UNION SELECT new.account
    )
  ) WHERE id = new.room;
END;
CREATE TRIGGER person_left AFTER DELETE ON members
WHEN (SELECT people FROM rooms WHERE id = old.room) IS NOT NULL BEGIN
  UPDATE rooms SET people = (
    SELECT coalesce(group_concat(value, ',' ORDER BY value), '')
    FROM json_each('[' || people || ']') WHERE value <> old.account
  ) WHERE id = old.room;
END;
`;
