/** Whose membership has changed with each version of a room. @module */

/** The migration. */
export const MEMBER_CHANGES = `
-- An instance reads whom it has to read again. The newest thousand of a room, at least.
CREATE TABLE member_changes (
  room bigint NOT NULL,
  version bigint NOT NULL,
  account bigint NOT NULL,
  PRIMARY KEY (room, version)
);

CREATE FUNCTION record_member_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  of_room bigint;
  reached bigint;
  who bigint;
BEGIN
  IF tg_op = 'INSERT' THEN
    of_room := new.room;
    who := new.account;
  ELSE
    of_room := old.room;
    who := old.account;
  END IF;
  SELECT r.version INTO reached FROM rooms r WHERE r.id = of_room;
  INSERT INTO member_changes (room, version, account) VALUES (of_room, reached, who);
  IF reached % 100 = 0 THEN
    DELETE FROM member_changes c WHERE c.room = of_room AND c.version < reached - 1000;
  END IF;
  RETURN NULL;
END $$;
-- Triggers of one event fire in the order of their names: after members_counted.
CREATE TRIGGER members_recorded AFTER INSERT OR DELETE ON members
  FOR EACH ROW EXECUTE FUNCTION record_member_change();
`;
