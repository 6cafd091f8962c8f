/**
 * The database function that appends a batch. A function is one statement, and so one transaction
 * and one round trip: it holds the rooms' locks no longer than the work takes, and a connection
 * lost meanwhile leaves nothing half done and nothing locked.
 *
 * `batch` is a JSON array. The result has one row for each item, by its number: the `seq` of its
 * event (`repeated` where the key had been used before), or why it was `refused`.
 *
 * The function knows no rule about messages. The server sends, with an item that names a target
 * (`about`), its decision for each thing that the target can be (`verdicts`, by the names of
 * `TARGETS`), and what the event does to the target (`change_…`). Only the database can know, under
 * the room's lock, what the target is: it finds that out and acts on the decision.
 *
 * Rooms are locked in the order of their ids: of two batches with the same rooms the second waits
 * for the first, and they never wait for each other. From then on no other batch appends to the
 * room, and every statement sees what was committed before.
 *
 * A procedure, `append_and_tell`, appends and commits, and then tells the other instances, with one
 * call and so one round trip. PostgreSQL takes one lock for all transactions that notify, from before
 * they commit until they have: the second transaction writes nothing that has to be synced to the disk,
 * so that appends do not wait for each other's disk there. It is not lost if the server ends meanwhile.
 *
 * The notices that rooms grew are sealed here: the key is read in the database and never leaves it.
 * They are counted from `first_count` on. With a room's growth comes what was appended, encrypted by
 * the server (`bodies`), if everything in the batch was appended: the others need not read it.
 *
 * A key space holds every idempotency key of one sender. An account's has the account's number, that
 * of all guests of one name a number below zero, which no account has.
 *
 * @module
 */
import { PREVIEW_PLACE } from "../files.ts";
import { BLOCK_MESSAGES, searchWords } from "./search.sql.ts";

/**
 * The identity of an emoji, as `canonicalEmoji` has it: a version before stored emoji as they were
 * written.
 */
function identityOf(emoji: string): string {
  return `normalize(replace(replace(${emoji}, U&'\\FE0F', ''), U&'\\FE0E', ''), NFC)`;
}

/** Defines the functions that append a batch. */
export const APPEND = `
CREATE OR REPLACE FUNCTION append_events(batch jsonb)
RETURNS TABLE (number bigint, seq bigint, repeated boolean, refused text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  item record;
  about record;
  this_room bigint;
  head bigint;
  is_archived boolean;
  is_deleted boolean;
  first bigint;
  ids bigint[];
  grown bigint[] := '{}';
  heads bigint[] := '{}';
  attachable bigint;
  refusal text;
  forms text[];
  poll jsonb;
  votes jsonb;
  had jsonb;
  block bigint;
BEGIN
  SELECT max(b.block) INTO block FROM search_blocks b WHERE b.last_at IS NULL;
  -- In the order of the batch, across its rooms: hits of a search that were sent at the same time are
  -- listed by it.
  ids := ARRAY (SELECT nextval('events_id_seq') FROM generate_series(1, jsonb_array_length(batch)));
  FOR item IN
    SELECT b.*, a.id AS author, coalesce(a.key_space, a.id) AS key_space
    FROM ROWS FROM (jsonb_to_recordset(batch) AS (
      room bigint, sender bigint, at bigint, key text, kind text, text text, terms text,
      reply_to bigint, target bigint, emoji text, state boolean, payload text, files jsonb,
      about bigint, verdicts jsonb, change_text text, change_edited_at bigint,
      change_deleted boolean, change_emoji text, change_on boolean, change_state text,
      while_archived boolean, room_change jsonb, thread bigint, needs_poll boolean, vote jsonb,
      based_on bigint
    )) WITH ORDINALITY AS b (
      room, sender, at, key, kind, text, terms,
      reply_to, target, emoji, state, payload, files,
      about, verdicts, change_text, change_edited_at,
      change_deleted, change_emoji, change_on, change_state,
      while_archived, room_change, thread, needs_poll, vote, based_on, number
    ) LEFT JOIN accounts a ON a.id = b.sender
    ORDER BY b.room, b.number
  LOOP
    IF this_room IS DISTINCT FROM item.room THEN
      this_room := item.room;
      SELECT r.seq, r.archived_at IS NOT NULL, r.deleted_at IS NOT NULL
      INTO head, is_archived, is_deleted FROM rooms r WHERE r.id = this_room FOR NO KEY UPDATE;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'Cannot append: there is no room with id %', this_room;
      END IF;
    END IF;

    IF is_deleted THEN
      RETURN QUERY SELECT item.number, NULL::bigint, false, 'no_such_room';
      CONTINUE;
    END IF;

    -- The key comes before the rest: what was stored once stays so, whatever became of its target.
    IF item.key IS NOT NULL THEN
      SELECT e.seq INTO first FROM events e
      WHERE e.key = item.key AND e.room = this_room AND e.key_space = item.key_space;
      IF FOUND THEN
        RETURN QUERY SELECT item.number, first, true, NULL::text;
        CONTINUE;
      END IF;
    END IF;

    IF is_archived AND NOT coalesce(item.while_archived, false) THEN
      RETURN QUERY SELECT item.number, NULL::bigint, false, 'room_archived';
      CONTINUE;
    END IF;

    -- The decision was made for each thing that the target can be.
    IF item.about IS NOT NULL THEN
      -- A reply in a thread is no root of another one.
      SELECT e.id, e.sender, e.deleted, e.at, e.thread, e.payload, e.edited_at INTO about FROM events e
      WHERE e.room = this_room AND e.seq = item.about AND e.kind = 'message'
        AND (item.thread IS NULL OR e.thread IS NULL);
      refusal := item.verdicts ->> CASE
        WHEN NOT FOUND THEN 'none'
        WHEN about.deleted THEN 'deleted'
        WHEN about.sender = item.author THEN 'own'
        ELSE 'foreign'
      END;
      IF refusal IS NOT NULL THEN
        RETURN QUERY SELECT item.number, NULL::bigint, false, refusal;
        CONTINUE;
      END IF;
      IF item.based_on <> coalesce(about.edited_at, 0) THEN
        RETURN QUERY SELECT item.number, NULL::bigint, false, 'edit_conflict';
        CONTINUE;
      END IF;
      IF item.needs_poll THEN
        -- As refusesVote() in poll.ts decides.
        poll := about.payload::jsonb -> 'poll';
        refusal := CASE
          WHEN poll IS NULL THEN 'no_such_poll'
          WHEN about.payload::jsonb ? 'poll_closed' THEN 'poll_closed'
          WHEN (poll ->> 'closes_at')::bigint <= item.at THEN 'poll_closed'
        END;
        IF refusal IS NOT NULL THEN
          RETURN QUERY SELECT item.number, NULL::bigint, false, refusal;
          CONTINUE;
        END IF;
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

    IF item.room_change IS NOT NULL THEN
      IF NOT change_room(this_room, item.author, item.at, item.room_change) THEN
        RETURN QUERY SELECT item.number, NULL::bigint, false, 'room_exists';
        CONTINUE;
      END IF;
      is_archived := coalesce((item.room_change ->> 'archived')::boolean, is_archived);
    END IF;

    head := head + 1;
    IF item.change_emoji IS NOT NULL THEN
      forms := ARRAY (
        SELECT c.emoji FROM reaction_counts c WHERE c.room = this_room AND c.target = item.about
          AND ${identityOf("c.emoji")} = ${identityOf("item.change_emoji")}
      );
      IF NOT item.change_on THEN
        DELETE FROM reactions WHERE room = this_room AND target = item.about
          AND emoji = ANY (forms) AND account = item.author;
      ELSIF NOT EXISTS (
        SELECT 1 FROM reactions x WHERE x.room = this_room AND x.target = item.about
          AND x.emoji = ANY (forms) AND x.account = item.author
      ) THEN
        -- A reaction that is there already keeps its place in the order.
        INSERT INTO reactions (room, target, emoji, account, seq)
        VALUES (this_room, item.about, item.change_emoji, item.author, head);
        forms := forms || item.change_emoji;
      END IF;
      -- How many users have this reaction now is a field of the event.
      item.payload := (
        SELECT json_build_object('count', coalesce(sum(c.count), 0))::text FROM reaction_counts c
        WHERE c.room = this_room AND c.target = item.about AND c.emoji = ANY (forms)
      );
    END IF;
    IF item.vote IS NOT NULL THEN
      -- As votesAfter() in poll.ts counts.
      poll := about.payload::jsonb -> 'poll';
      votes := about.payload::jsonb -> 'votes';
      had := coalesce((
        SELECT v.options::jsonb FROM votes v
        WHERE v.room = this_room AND v.target = item.about AND v.account = item.author
      ), '[]');
      votes := jsonb_build_object('counts', (
        SELECT jsonb_agg(coalesce((votes -> 'counts' ->> o.n)::bigint, 0)
          + (item.vote @> to_jsonb(o.n))::int - (had @> to_jsonb(o.n))::int ORDER BY o.n)
        FROM generate_series(0, jsonb_array_length(poll -> 'options') - 1) AS o (n)
      ), 'voters', coalesce((votes ->> 'voters')::bigint, 0)
        + (item.vote <> '[]')::int - (had <> '[]')::int);
      IF item.vote = '[]' THEN
        DELETE FROM votes v
        WHERE v.room = this_room AND v.target = item.about AND v.account = item.author;
      ELSE
        INSERT INTO votes AS v (room, target, account, options)
        VALUES (this_room, item.about, item.author, item.vote::text)
        ON CONFLICT ON CONSTRAINT votes_pkey DO UPDATE SET options = excluded.options;
      END IF;
      item.change_state := jsonb_build_object('votes', votes)::text;
      item.payload := (item.payload::jsonb || jsonb_build_object('votes', votes))::text;
    END IF;
    INSERT INTO events (
      id, room, seq, sender, at, key_space, key, kind,
      reply_to, thread, target, emoji, state, payload, text
    ) OVERRIDING SYSTEM VALUE VALUES (
      ids[item.number], this_room, head, item.author, item.at,
      CASE WHEN item.key IS NOT NULL THEN item.key_space END, item.key, item.kind,
      item.reply_to, item.thread, item.target, item.emoji, item.state, item.payload, item.text
    );
    IF item.terms IS NOT NULL THEN
      INSERT INTO search_entries (id, at, room, block, words)
      VALUES (ids[item.number], item.at, this_room, block, ${searchWords("block", "item.terms")});
    ELSIF item.text IS NOT NULL THEN
      -- It has files, or an instance of the version before sent it.
      INSERT INTO search_queue (at, id) VALUES (item.at, ids[item.number]);
    END IF;
    IF item.change_state::jsonb ? 'preview' THEN
      -- The next preview has another picture, or none.
      UPDATE files SET seq = NULL, place = NULL, expires_at = 0
      WHERE room = this_room AND seq = item.about AND place = ${PREVIEW_PLACE};
    END IF;
    IF item.files IS NOT NULL THEN
      UPDATE files f SET expires_at = NULL,
        seq = CASE item.kind WHEN 'message' THEN head ELSE item.about END,
        place = CASE item.kind WHEN 'message' THEN i.place ELSE ${PREVIEW_PLACE} END
      FROM jsonb_array_elements_text(item.files) WITH ORDINALITY AS i (id, place)
      WHERE f.id = i.id;
    END IF;
    IF item.thread IS NOT NULL THEN
      PERFORM thread_grown(
        this_room, item.thread, head, item.author, item.at, about.sender
      );
    END IF;
    IF item.change_text IS NOT NULL THEN
      UPDATE events SET text = item.change_text, edited_at = item.change_edited_at,
        words = NULL
      WHERE room = this_room AND seq = item.about;
    END IF;
    IF item.change_deleted THEN
      UPDATE events SET text = '', deleted = true, words = NULL
      WHERE room = this_room AND seq = item.about;
      DELETE FROM reactions WHERE room = this_room AND target = item.about;
      DELETE FROM votes v WHERE v.room = this_room AND v.target = item.about;
      UPDATE files SET seq = NULL, place = NULL, expires_at = 0 WHERE room = this_room AND seq = item.about;
      DELETE FROM search_entries WHERE id = about.id;
      DELETE FROM search_queue WHERE id = about.id;
      IF about.thread IS NOT NULL THEN
        PERFORM thread_shrunk(this_room, about.thread);
      END IF;
    END IF;
    IF item.change_state IS NOT NULL THEN
      -- Properties that are null are removed.
      UPDATE events e SET payload = (
        SELECT json_object_agg(p.key, p.value)::text FROM (
          SELECT o.key, o.value FROM json_each(coalesce(e.payload, '{}')::json) o
          WHERE o.key NOT IN (SELECT json_object_keys(item.change_state::json))
          UNION ALL
          SELECT n.key, n.value FROM json_each(item.change_state::json) n
          WHERE json_typeof(n.value) <> 'null'
        ) p
      ) WHERE e.room = this_room AND e.seq = item.about;
    END IF;
    IF item.change_text IS NOT NULL OR item.change_state::jsonb ? 'pinned' THEN
      PERFORM reindex_message(about.id, about.at);
    END IF;
    grown := grown || this_room;
    heads := heads || head;
    RETURN QUERY SELECT item.number, head, false, NULL::text;
  END LOOP;

  PERFORM begin_search_block(ids);

  UPDATE rooms r SET seq = a.seq FROM (
    SELECT g.room, max(g.seq) AS seq FROM unnest(grown, heads) AS g (room, seq) GROUP BY g.room
  ) a WHERE r.id = a.room;
END $$;

-- As append_events, for messages without files, threads and the like, which is most of what is said:
-- in one statement for all of them. No key may be in the batch twice. An item is the nth of its room;
-- place is that of its room in in_rooms, which has sizes[place] items and comes in the order of ids.
-- Returns where the rooms' logs ended before. If append_events has to take the batch it returns NULL,
-- and has changed nothing.
--
-- Nothing is joined: a join might read a table, or an index, from end to end. Everything is planned
-- once a connection: to plan for each call again takes longer than to append.
CREATE OR REPLACE FUNCTION append_plain(in_rooms bigint[], sizes bigint[], batch jsonb)
RETURNS bigint[] LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  heads bigint[];
  block bigint;
  ids bigint[];
BEGIN
  heads := ARRAY (
    SELECT r.seq FROM rooms r
    WHERE r.id = ANY (in_rooms) AND r.archived_at IS NULL AND r.deleted_at IS NULL
    ORDER BY r.id FOR NO KEY UPDATE
  );
  -- A key of another sender is none, but append_events can tell.
  IF cardinality(heads) < cardinality(in_rooms) OR EXISTS (
    SELECT FROM jsonb_to_recordset(batch) AS i (room bigint, key text), LATERAL (
      SELECT FROM events e WHERE e.key = i.key AND e.room = i.room LIMIT 1
    ) had
  ) THEN
    RETURN NULL;
  END IF;
  SELECT max(b.block) INTO block FROM search_blocks b WHERE b.last_at IS NULL;
  ids := ARRAY (SELECT nextval('events_id_seq') FROM generate_series(1, jsonb_array_length(batch)));
  WITH items AS MATERIALIZED (
    SELECT i.*, ids[i.number] AS id, heads[i.place] + i.nth AS seq
    FROM ROWS FROM (jsonb_to_recordset(batch) AS (
      room bigint, place bigint, nth bigint, sender bigint, at bigint, key text, text text,
      terms text, reply_to bigint, payload text
    )) WITH ORDINALITY AS i (
      room, place, nth, sender, at, key, text, terms, reply_to, payload, number
    )
  ), stored AS (
    INSERT INTO events (
      id, room, seq, sender, at, key_space, key, kind, reply_to, payload, text
    ) OVERRIDING SYSTEM VALUE
    SELECT i.id, i.room, i.seq, i.sender, i.at,
      CASE WHEN i.key IS NOT NULL THEN (
        SELECT coalesce(a.key_space, a.id) FROM accounts a WHERE a.id = i.sender
      ) END, i.key, 'message', i.reply_to, i.payload, i.text
    FROM items i
  ), indexed AS (
    INSERT INTO search_entries (id, at, room, block, words)
    SELECT i.id, i.at, i.room, block, ${searchWords("block", "i.terms")} FROM items i
  )
  UPDATE rooms r SET seq = r.seq + sizes[array_position(in_rooms, r.id)]
  WHERE r.id = ANY (in_rooms);
  IF ids[cardinality(ids)] / ${BLOCK_MESSAGES} > (ids[1] - 1) / ${BLOCK_MESSAGES} THEN
    PERFORM begin_search_block(ids);
  END IF;
  RETURN heads;
END $$;

-- Tells the other instances which rooms grew: { room, seq, low, high, part, events }, in a notice for
-- each part.
CREATE OR REPLACE FUNCTION tell_advanced(instance text, first_count bigint, advanced jsonb) RETURNS void
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  -- HMAC-SHA-256 (RFC 2104), as seal.ts computes it.
  PERFORM pg_notify('hubbub', p.head || ' ' || encode(sha256(k.opad || sha256(
    k.ipad || convert_to('hubbub ' || p.head || ' ' || p.body, 'UTF8')
  )), 'hex') || ' ' || p.body)
  FROM (
    SELECT instance || ' ' || (first_count + (t ->> 'part')::bigint) AS head,
      'advanced ' || json_agg(t - 'part') AS body
    FROM jsonb_array_elements(advanced) t GROUP BY t ->> 'part'
  ) p, peer_keys k WHERE k.id = 1;
END $$;

-- Describes for the other instances which rooms a batch advanced: see append_and_tell.
CREATE OR REPLACE FUNCTION advanced_rooms(
  in_rooms bigint[], sizes bigint[], parts bigint[], bodies text[], batch jsonb,
  heads bigint[], results jsonb
) RETURNS jsonb LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  -- Where the log of each room ends now; NULL if nothing was appended to it.
  ends bigint[];
  complete boolean := true;
BEGIN
  IF heads IS NOT NULL THEN
    ends := ARRAY (SELECT heads[n] + sizes[n] FROM generate_subscripts(in_rooms, 1) n ORDER BY n);
  ELSE
    complete := NOT EXISTS (
      SELECT FROM jsonb_array_elements(results) g
      WHERE g ->> 'refused' IS NOT NULL OR (g ->> 'repeated')::boolean
    );
    ends := ARRAY (
      WITH grown AS MATERIALIZED (
        SELECT (batch -> (g.number - 1)::int ->> 'room')::bigint AS room, max(g.seq) AS seq
        FROM jsonb_to_recordset(results) AS g (
          number bigint, seq bigint, repeated boolean, refused text
        )
        WHERE g.refused IS NULL AND NOT g.repeated GROUP BY 1
      )
      SELECT g.seq FROM unnest(in_rooms) WITH ORDINALITY AS r (room, place)
      LEFT JOIN grown g ON g.room = r.room ORDER BY r.place
    );
  END IF;
  RETURN (
    SELECT jsonb_agg(jsonb_build_object(
      'room', r.id, 'seq', ends[array_position(in_rooms, r.id)], 'low', r.low, 'high', r.high,
      'part', parts[array_position(in_rooms, r.id)],
      'events', CASE WHEN complete THEN bodies[array_position(in_rooms, r.id)] END
    )) FROM rooms r
    WHERE r.id = ANY (in_rooms) AND ends[array_position(in_rooms, r.id)] IS NOT NULL
  );
END $$;

-- Appends a batch, commits, and tells the other instances, if there are any.
--
-- instance: who appends. has_others returns whether there is another one.
-- first_count: see tell_advanced; NULL if the others are notified in another way. Then advanced returns
-- of what.
-- plain: whether append_plain can take the batch. heads returns what it did; otherwise there are results.
-- in_rooms: its rooms in the order of their ids; for each how many items it has (sizes), the notice
-- that tells of it (parts), and what is appended to it, if the others are to get it (bodies).
CREATE OR REPLACE PROCEDURE append_and_tell(
  instance text, first_count bigint, plain boolean, in_rooms bigint[], sizes bigint[],
  parts bigint[], bodies text[], batch jsonb,
  INOUT heads bigint[], INOUT results jsonb, INOUT advanced jsonb, INOUT has_others boolean
) LANGUAGE plpgsql AS $$
BEGIN
  IF plain THEN
    heads := append_plain(in_rooms, sizes, batch);
  END IF;
  IF heads IS NULL THEN
    SELECT jsonb_agg(to_jsonb(a)) INTO results FROM append_events(batch) a;
  END IF;
  COMMIT;
  -- Looked for after the commit: an instance that is not here yet will read what was committed.
  has_others := EXISTS (SELECT FROM instances i WHERE i.id <> instance);
  IF NOT has_others THEN
    RETURN;
  END IF;
  advanced := advanced_rooms(in_rooms, sizes, parts, bodies, batch, heads, results);
  IF first_count IS NOT NULL AND advanced IS NOT NULL THEN
    PERFORM tell_advanced(instance, first_count, advanced);
    advanced := NULL;
  END IF;
END $$;

-- For instances of the version before: the same, without append_plain.
CREATE OR REPLACE PROCEDURE append_batch(
  instance text, first_count bigint, plain boolean, in_rooms bigint[], sizes bigint[],
  parts bigint[], bodies text[], batch jsonb, INOUT results jsonb, INOUT advanced jsonb
) LANGUAGE plpgsql AS $$
DECLARE
  heads bigint[];
  has_others boolean;
BEGIN
  -- That version had no instance where it notifies the others itself.
  CALL append_and_tell(
    coalesce(instance, ''), CASE WHEN instance IS NOT NULL THEN first_count END, false,
    in_rooms, sizes, parts, bodies, batch, heads, results, advanced, has_others
  );
END $$;

-- For instances of the versions before that: appends and tells the others with the same commit.
CREATE OR REPLACE FUNCTION append(instance text, first_count bigint, batch jsonb)
RETURNS TABLE (number bigint, seq bigint, repeated boolean, refused text)
LANGUAGE plpgsql
AS $$
DECLARE
  in_rooms bigint[] := ARRAY (
    SELECT DISTINCT (i ->> 'room')::bigint FROM jsonb_array_elements(batch) i ORDER BY 1
  );
  results jsonb;
  advanced jsonb;
BEGIN
  SELECT jsonb_agg(to_jsonb(a)) INTO results FROM append_events(batch) a;
  advanced := advanced_rooms(in_rooms, '{}', ARRAY (
    -- As many rooms in a notice as that version has counted.
    SELECT (n - 1) / 50 FROM generate_series(1, cardinality(in_rooms)) n
  ), '{}', batch, NULL, results);
  IF advanced IS NOT NULL THEN
    PERFORM tell_advanced(instance, first_count, advanced);
  END IF;
  RETURN QUERY SELECT r.* FROM jsonb_to_recordset(results) AS r (
    number bigint, seq bigint, repeated boolean, refused text
  );
END $$;
`;
