/** Conversations of several people, without a name. @module */

/** The migration. */
export const CONVERSATIONS = `
-- Set for a conversation without a name: the ids of the accounts that its members have chosen, in
-- order and with commas between them. It finds the conversation of the same people. Those who were
-- asked in are among them, members or not.
ALTER TABLE rooms ADD COLUMN people text;
CREATE INDEX rooms_by_people ON rooms (people) WHERE people IS NOT NULL;

CREATE FUNCTION keep_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF tg_op = 'INSERT' THEN
    UPDATE rooms SET people = (
      SELECT string_agg(p.id::text, ',' ORDER BY p.id) FROM (
        SELECT unnest(string_to_array(people, ',')::bigint[]) AS id UNION SELECT new.account
      ) AS p
    ) WHERE id = new.room AND people IS NOT NULL;
  ELSE
    UPDATE rooms SET people = (
      SELECT coalesce(string_agg(p.id::text, ',' ORDER BY p.id), '')
      FROM unnest(string_to_array(people, ',')::bigint[]) AS p (id) WHERE p.id <> old.account
    ) WHERE id = old.room AND people IS NOT NULL;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER people_kept AFTER INSERT OR DELETE ON members
  FOR EACH ROW EXECUTE FUNCTION keep_people();
`;
