/** Counts beside long lists: how many users have reacted to a message with each emoji. @module */

/** The migration. */
export const COUNTS = `
-- A user counts once, also where an older version kept one emoji in two forms.
DELETE FROM reactions WHERE (room, target, emoji, account) IN (
  SELECT room, target, emoji, account FROM (
    SELECT room, target, emoji, account, row_number() OVER (
      PARTITION BY room, target, account,
        replace(replace(emoji, char(65039), ''), char(65038), '')
      ORDER BY seq
    ) AS number FROM reactions
  ) WHERE number > 1
);

-- The first users who reacted with an emoji, and pages of all of them.
CREATE INDEX reactions_in_order ON reactions (room, target, emoji, seq);

-- How many users have reacted to a message with each emoji; triggers keep it.
CREATE TABLE reaction_counts (
  room INTEGER NOT NULL,
  target INTEGER NOT NULL,
  emoji TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (room, target, emoji)
) STRICT, WITHOUT ROWID;
INSERT INTO reaction_counts (room, target, emoji, count)
SELECT room, target, emoji, count(*) FROM reactions GROUP BY room, target, emoji;
CREATE TRIGGER reaction_counted AFTER INSERT ON reactions BEGIN
  INSERT INTO reaction_counts (room, target, emoji, count)
  VALUES (new.room, new.target, new.emoji, 1)
  ON CONFLICT (room, target, emoji) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER reaction_taken AFTER DELETE ON reactions BEGIN
  DELETE FROM reaction_counts
  WHERE room = old.room AND target = old.target AND emoji = old.emoji AND count <= 1;
  UPDATE reaction_counts SET count = count - 1
  WHERE room = old.room AND target = old.target AND emoji = old.emoji;
END;
`;
