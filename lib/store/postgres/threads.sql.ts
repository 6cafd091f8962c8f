/**
 * Counting the replies in threads, in the database. The caller has locked the room.
 *
 * `thread_grown` counts a reply that was just inserted, and has its author, the author of the root
 * and the accounts that it mentions follow the thread. `thread_shrunk` counts one that was deleted.
 * With the first reply the root becomes part of a thread, with the last one it ceases to be: then it
 * is indexed again.
 *
 * @module
 */
import { findNewest, lastAuthors } from "../sql/threads.ts";

const LIST = "coalesce(json_agg(p.sender ORDER BY p.latest DESC), '[]'::json)::text";

/** Assignments that find the newest replies of a thread `t` again. */
export const FIND_NEWEST = findNewest(LIST);

/** Defines the functions. */
export const THREAD_ROUTINES = `
CREATE OR REPLACE FUNCTION thread_grown(
  this_room bigint, this_root bigint, reply bigint, author bigint, moment bigint,
  root_author bigint
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM reindex_message(e.id, e.at) FROM events e
  WHERE e.room = this_room AND e.seq = this_root AND NOT EXISTS (
    SELECT 1 FROM threads t WHERE t.room = this_room AND t.root = this_root
  );
  INSERT INTO threads AS t (room, root, replies, last_seq, last_at, people)
  VALUES (this_room, this_root, 1, reply, moment, ${lastAuthors("this_room", "this_root", LIST)})
  ON CONFLICT (room, root) DO UPDATE SET replies = t.replies + 1, last_seq = excluded.last_seq,
    last_at = excluded.last_at, people = excluded.people;
  INSERT INTO thread_followers (room, root, account, follows, read)
  VALUES (this_room, this_root, author, true, reply)
  ON CONFLICT (room, root, account) DO UPDATE SET follows = true;
  INSERT INTO thread_followers (room, root, account, follows, read)
  SELECT this_room, this_root, root_author, true, this_root
  UNION ALL
  SELECT n.room, this_root, n.account, true, reply - 1 FROM mentions n
  WHERE n.room = this_room AND n.seq = reply AND n.account > 0
  ON CONFLICT DO NOTHING;
END $$;

CREATE OR REPLACE FUNCTION thread_shrunk(this_room bigint, this_root bigint)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE threads AS t SET replies = t.replies - 1, ${FIND_NEWEST}
  WHERE t.room = this_room AND t.root = this_root;
  DELETE FROM threads t WHERE t.room = this_room AND t.root = this_root AND t.replies = 0;
  IF FOUND THEN
    PERFORM reindex_message(e.id, e.at) FROM events e
    WHERE e.room = this_room AND e.seq = this_root AND NOT e.deleted;
  END IF;
END $$;
`;
