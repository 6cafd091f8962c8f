/**
 * How a batch is appended: in the database, so that it takes one statement. What is one statement
 * is one transaction, takes one round trip, and holds the rooms' locks for no moment longer than
 * the work takes; a line that is lost in between leaves nothing half done and nothing locked.
 *
 * `batch` is a JSON array. The result has one row for each item, by its number: the `seq` of its
 * event (`repeated`, where the key had been used before), or why it was `refused`.
 *
 * Room by room, in the order of their numbers: of two that append to the same rooms the second
 * waits for the first, and never each for the other. From then on nobody else appends to the room,
 * and every statement sees what was committed before.
 *
 * A keyring holds every key that was used by one person: an account's has the account's number,
 * that of all guests of one name a number below zero, which accounts have not.
 */
export const APPEND = `
CREATE FUNCTION append(instance text, batch jsonb)
RETURNS TABLE (number bigint, seq bigint, repeated boolean, refused text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  item record;
  about record;
  this_room bigint;
  head bigint;
  first bigint;
  ids bigint[];
  grown bigint[] := '{}';
  heads bigint[] := '{}';
  attachable bigint;
BEGIN
  -- In the order of the batch, across its rooms: hits of a search are listed by it.
  ids := ARRAY (SELECT nextval('events_id_seq') FROM generate_series(1, jsonb_array_length(batch)));
  FOR item IN
    SELECT b.*, a.id AS author, coalesce(a.keyring, a.id) AS keyring
    FROM ROWS FROM (jsonb_to_recordset(batch) AS (
      room bigint, sender bigint, at bigint, key text, kind text, text text, words text,
      reply_to bigint, target bigint, as_moderator boolean, emoji text, state boolean, files jsonb
    )) WITH ORDINALITY AS b (
      room, sender, at, key, kind, text, words,
      reply_to, target, as_moderator, emoji, state, files, number
    ) LEFT JOIN accounts a ON a.id = b.sender
    ORDER BY b.room, b.number
  LOOP
    IF this_room IS DISTINCT FROM item.room THEN
      this_room := item.room;
      SELECT r.seq INTO head FROM rooms r WHERE r.id = this_room FOR NO KEY UPDATE;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'Cannot append: there is no room with id %', this_room;
      END IF;
    END IF;

    -- The key comes first: what was stored once stays so, whatever became of its target.
    IF item.key IS NOT NULL THEN
      SELECT e.seq INTO first FROM events e
      WHERE e.key = item.key AND e.room = this_room AND e.keyring = item.keyring;
      IF FOUND THEN
        RETURN QUERY SELECT item.number, first, true, NULL::text;
        CONTINUE;
      END IF;
    END IF;

    -- Texts are their author's alone, but that a moderator may delete them; all may answer and react.
    IF item.kind <> 'message' OR item.reply_to IS NOT NULL THEN
      SELECT e.id, e.seq, e.sender INTO about FROM events e
      WHERE e.room = this_room AND e.seq = coalesce(item.target, item.reply_to)
        AND e.kind = 'message' AND NOT e.deleted;
      IF NOT FOUND THEN
        RETURN QUERY SELECT item.number, NULL::bigint, false, 'no_such_message';
        CONTINUE;
      END IF;
      IF about.sender <> item.author
        AND (item.kind = 'edit' OR item.kind = 'delete' AND NOT item.as_moderator)
      THEN
        RETURN QUERY SELECT item.number, NULL::bigint, false, 'forbidden';
        CONTINUE;
      END IF;
    END IF;

    IF item.files IS NOT NULL THEN
      PERFORM FROM files f
      WHERE f.id IN (SELECT jsonb_array_elements_text(item.files))
        AND f.room = this_room AND f.uploader = item.author
        AND f.type IS NOT NULL AND f.seq IS NULL AND f.expires_at > item.at
      FOR UPDATE;
      GET DIAGNOSTICS attachable = ROW_COUNT;
      IF attachable < jsonb_array_length(item.files) THEN
        RETURN QUERY SELECT item.number, NULL::bigint, false, 'no_such_file';
        CONTINUE;
      END IF;
    END IF;

    head := head + 1;
    INSERT INTO events (
      id, room, seq, sender, at, keyring, key, kind, reply_to, target, emoji, state, text, words
    ) OVERRIDING SYSTEM VALUE VALUES (
      ids[item.number], this_room, head, item.author, item.at,
      CASE WHEN item.key IS NOT NULL THEN item.keyring END, item.key, item.kind,
      item.reply_to, item.target, item.emoji, item.state,
      CASE item.kind WHEN 'message' THEN item.text END,
      CASE item.kind WHEN 'message' THEN word_vector(ids[item.number], this_room, item.author, item.words) END
    );
    IF item.files IS NOT NULL THEN
      UPDATE files f SET seq = head, place = i.place, expires_at = NULL
      FROM jsonb_array_elements_text(item.files) WITH ORDINALITY AS i (id, place)
      WHERE f.id = i.id;
    END IF;
    IF item.kind = 'edit' THEN
      UPDATE events SET text = item.text, edited_at = item.at,
        words = word_vector(about.id, this_room, item.author, item.words)
      WHERE room = this_room AND seq = about.seq;
    ELSIF item.kind = 'delete' THEN
      UPDATE events SET text = '', deleted = true, words = NULL
      WHERE room = this_room AND seq = about.seq;
      DELETE FROM reactions WHERE room = this_room AND target = about.seq;
      UPDATE files SET seq = NULL, expires_at = 0 WHERE room = this_room AND seq = about.seq;
    ELSIF item.kind = 'reaction' AND item.state THEN
      -- Put on twice, a reaction keeps its first place in the order.
      INSERT INTO reactions (room, target, emoji, account, seq)
      VALUES (this_room, about.seq, item.emoji, item.author, head) ON CONFLICT DO NOTHING;
    ELSIF item.kind = 'reaction' THEN
      DELETE FROM reactions
      WHERE room = this_room AND target = about.seq AND emoji = item.emoji AND account = item.author;
    END IF;
    grown := grown || this_room;
    heads := heads || head;
    RETURN QUERY SELECT item.number, head, false, NULL::text;
  END LOOP;

  -- The others hear of it by the commit itself, some rooms at a time: a payload is short.
  WITH ahead AS (
    SELECT g.room, max(g.seq) AS seq FROM unnest(grown, heads) AS g (room, seq) GROUP BY g.room
  ), moved AS (
    UPDATE rooms r SET seq = a.seq FROM ahead a WHERE r.id = a.room
    RETURNING r.id, r.seq, r.low, r.high
  ), numbered AS (
    SELECT m.*, row_number() OVER () AS number FROM moved m
  ), told AS (
    SELECT instance || ' grown ' || json_agg(json_build_object(
      'room', n.id, 'seq', n.seq, 'low', n.low, 'high', n.high
    )) AS payload
    FROM numbered n GROUP BY n.number / 50
  )
  SELECT count(pg_notify('hubbub', t.payload)) INTO head FROM told t;
END $$;

-- A message's words, and three more that nobody can write: its room, its sender, and its block of
-- the log. With those a search goes by the index alone (see search.ts).
CREATE FUNCTION word_vector(id bigint, room bigint, sender bigint, words text) RETURNS tsvector
LANGUAGE sql IMMUTABLE AS $$
  SELECT array_to_tsvector(
    string_to_array(words, ' ') || ARRAY['r:' || room, 's:' || sender, 'b:' || (id >> 13)]
  )
$$;;

-- The id of the first event that was sent at a moment or later. Ids grow with time, so that it is
-- found by halving: a few dozen reads, and no index that every append would have to keep.
CREATE FUNCTION first_since(moment bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  low bigint := 1;
  high bigint;
  middle bigint;
BEGIN
  SELECT coalesce(max(e.id), 0) + 1 INTO high FROM events e;
  WHILE low < high LOOP
    middle := (low + high) / 2;
    IF (SELECT e.at FROM events e WHERE e.id >= middle ORDER BY e.id LIMIT 1) < moment THEN
      low := middle + 1;
    ELSE
      high := middle;
    END IF;
  END LOOP;
  RETURN low;
END $$;
`;
