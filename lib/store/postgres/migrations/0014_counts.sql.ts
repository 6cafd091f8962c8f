/** Counts beside long lists: how many users have reacted to a message with each emoji. @module */

/** The migration. */
export const COUNTS = `
LOCK TABLE reactions IN SHARE ROW EXCLUSIVE MODE;
-- A user counts once, also where an older version kept one emoji in two forms.
DELETE FROM reactions x USING (
  SELECT room, target, emoji, account, row_number() OVER (
    PARTITION BY room, target, account, replace(replace(emoji, chr(65039), ''), chr(65038), '')
    ORDER BY seq
  ) AS number FROM reactions
) d WHERE d.number > 1 AND x.room = d.room AND x.target = d.target AND x.emoji = d.emoji
  AND x.account = d.account;

-- The first users who reacted with an emoji, and pages of all of them.
CREATE INDEX reactions_in_order ON reactions (room, target, emoji, seq);

-- How many users have reacted to a message with each emoji; triggers keep it.
CREATE TABLE reaction_counts (
  room bigint NOT NULL,
  target bigint NOT NULL,
  emoji text COLLATE "C" NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (room, target, emoji)
);
INSERT INTO reaction_counts (room, target, emoji, count)
SELECT room, target, emoji, count(*) FROM reactions GROUP BY room, target, emoji;

CREATE FUNCTION reactions_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO reaction_counts AS c (room, target, emoji, count)
  SELECT n.room, n.target, n.emoji, count(*) FROM changed n GROUP BY n.room, n.target, n.emoji
  ORDER BY n.room, n.target, n.emoji
  ON CONFLICT (room, target, emoji) DO UPDATE SET count = c.count + excluded.count;
  RETURN NULL;
END $$;
CREATE TRIGGER reactions_added AFTER INSERT ON reactions
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION reactions_added();

CREATE FUNCTION reactions_taken() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE reaction_counts c SET count = c.count - o.taken FROM (
    SELECT room, target, emoji, count(*) AS taken FROM changed GROUP BY room, target, emoji
  ) o WHERE c.room = o.room AND c.target = o.target AND c.emoji = o.emoji;
  DELETE FROM reaction_counts c USING (SELECT DISTINCT room, target, emoji FROM changed) o
  WHERE c.room = o.room AND c.target = o.target AND c.emoji = o.emoji AND c.count <= 0;
  RETURN NULL;
END $$;
CREATE TRIGGER reactions_taken AFTER DELETE ON reactions
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION reactions_taken();
`;
