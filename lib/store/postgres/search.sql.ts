/** Messages in a block of the index, a power of two. */
export const BLOCK_MESSAGES = 2 ** 18;

/**
 * How many messages are read at a time before the index is asked. With one hit among them or more,
 * reading on is faster.
 */
const WALKED = 512;

/** How many messages tell which of the words is the rarest. */
const SAMPLED = 128;

/** By how many ms a message of a block may be sent before or after it: longer than any append takes. */
const SLACK_MS = 60_000;

/**
 * The words of a message in the index, as an expression: PostgreSQL would plan a function anew for
 * each message.
 */
export function searchWords(block: string, terms: string): string {
  return `array_to_tsvector(
    string_to_array(${block} || ':' || replace(${terms}, ' ', ' ' || ${block} || ':'), ' ')
  )`;
}

/**
 * Defines the functions of the search index. Terms have no space, no quote and no `#`, and a message
 * has at least one: its room.
 */
export const SEARCH = `
-- The block that takes new messages.
CREATE OR REPLACE FUNCTION open_search_block() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT max(b.block) FROM search_blocks b WHERE b.last_at IS NULL
$$;

-- Begins the next block, where ids say that the present one is full, and closes those before it.
-- Appends that run at the same time may still put messages there, sent at nearly the same time.
CREATE OR REPLACE FUNCTION begin_search_block(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  begun bigint;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM unnest(ids) i WHERE i % ${BLOCK_MESSAGES} = 0) THEN
    RETURN;
  END IF;
  INSERT INTO search_blocks DEFAULT VALUES RETURNING block INTO begun;
  UPDATE search_blocks b SET
    first_at = least(b.first_at, c.first_at - ${SLACK_MS}), last_at = c.last_at + ${SLACK_MS}
  FROM (
    SELECT o.block, (SELECT min(e.at) FROM search_entries e WHERE e.block = o.block) AS first_at,
      (SELECT max(e.at) FROM search_entries e WHERE e.block = o.block) AS last_at
    FROM search_blocks o WHERE o.last_at IS NULL AND o.block < begun
  ) c WHERE b.block = c.block AND c.last_at IS NOT NULL;
END $$;

-- Takes a message out of the index, to be indexed again as it will be then.
CREATE OR REPLACE FUNCTION reindex_message(message bigint, sent bigint) RETURNS void LANGUAGE sql AS $$
  WITH was AS (DELETE FROM search_entries e WHERE e.id = message RETURNING e.block)
  INSERT INTO search_queue (at, id, block) VALUES (sent, message, (SELECT block FROM was))
  ON CONFLICT DO NOTHING
$$;

-- Indexes messages of the queue in the block that they had, or else in the given one. Each has
-- its terms, and the version of its row that they were read from: if that has changed, the message
-- stays in the queue.
CREATE OR REPLACE FUNCTION index_queue(batch jsonb, into_block bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  -- In one statement: a batch is a thousand messages.
  WITH items AS (
    SELECT e.id, e.at, e.room, i.terms
    FROM jsonb_to_recordset(batch) AS i (id bigint, version text, terms text)
    JOIN events e ON e.id = i.id AND e.xmin::text = i.version
    ORDER BY e.at, e.id
    FOR UPDATE OF e
  ), taken AS (
    DELETE FROM search_queue q USING items i WHERE q.id = i.id
    RETURNING i.id, i.at, i.room, i.terms, coalesce(q.block, into_block) AS block
  )
  INSERT INTO search_entries (id, at, room, block, words)
  SELECT t.id, t.at, t.room, t.block, ${searchWords("t.block", "t.terms")} FROM taken t
  ORDER BY t.at, t.id
  ON CONFLICT DO NOTHING;
  DELETE FROM search_queue b USING jsonb_to_recordset(batch) AS i (id bigint)
  WHERE b.id = i.id AND NOT EXISTS (
    SELECT 1 FROM events e WHERE e.id = b.id AND e.kind = 'message' AND NOT e.deleted
  );
  UPDATE search_blocks b SET
    first_at = least(b.first_at, c.first_at),
    last_at = CASE WHEN b.last_at IS NOT NULL THEN greatest(b.last_at, c.last_at) END
  FROM (
    SELECT min(e.at) AS first_at, max(e.at) AS last_at FROM search_entries e
    JOIN jsonb_to_recordset(batch) AS i (id bigint) ON i.id = e.id AND e.block = into_block
  ) c WHERE b.block = into_block AND c.last_at IS NOT NULL
    AND (b.first_at IS NULL OR b.first_at > c.first_at OR b.last_at < c.last_at);
END $$;

-- The newest messages in some rooms (NULL for any) that match, before a position, in a period. The
-- query has # for the block; so has the part of it that the index is asked for. The blocks are searched
-- newest first, until the others have no newer message than those that were found. In a block, messages
-- are read from the newest back as long as some of them match: the index would name all that have a
-- frequent word before the first is known. It is asked for the rest of the block: first for the words
-- that are rare among the newest messages, since it looks the others up only where the first two meet.
CREATE OR REPLACE FUNCTION newest_matches(
  query text, indexed text, rooms bigint[], since bigint, until bigint,
  before_at bigint, before_id bigint, wanted bigint
) RETURNS TABLE (found_id bigint, found_at bigint)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan
-- A connection keeps the plan that it made while there were few messages: it reads a block in order,
-- rather than all of it.
SET enable_sort = off
AS $$
DECLARE
  b record;
  step record;
  terms tsquery;
  parts text[];
  from_at bigint;
  from_id bigint;
  missing bigint;
  ids bigint[] := '{}';
  ats bigint[] := '{}';
BEGIN
  IF until <= before_at THEN
    before_at := until;
    before_id := 0;
  END IF;
  FOR b IN
    SELECT s.block, s.last_at FROM search_blocks s
    WHERE s.last_at IS NULL OR s.last_at >= since AND s.first_at <= before_at
    ORDER BY s.last_at DESC NULLS FIRST, s.block DESC
  LOOP
    EXIT WHEN cardinality(ids) >= wanted
      AND (SELECT count(*) FROM unnest(ats) a WHERE a > b.last_at) >= wanted;
    terms := replace(query, '#', b.block::text)::tsquery;
    from_at := before_at;
    from_id := before_id;
    missing := wanted;
    LOOP
      SELECT count(*) AS seen, (array_agg(w.at))[count(*)] AS at, (array_agg(w.id))[count(*)] AS id,
        coalesce(array_agg(w.id) FILTER (WHERE w.matches), '{}') AS ids,
        coalesce(array_agg(w.at) FILTER (WHERE w.matches), '{}') AS ats
      INTO step FROM (
        SELECT e.id, e.at, e.words @@ terms AND (rooms IS NULL OR e.room = ANY (rooms)) AS matches
        FROM search_entries e
        WHERE e.block = b.block AND e.at >= since AND (e.at, e.id) < (from_at, from_id)
        ORDER BY e.at DESC, e.id DESC LIMIT ${WALKED}
      ) w;
      ids := ids || step.ids;
      ats := ats || step.ats;
      missing := missing - cardinality(step.ids);
      EXIT WHEN missing <= 0 OR step.seen < ${WALKED};
      from_at := step.at;
      from_id := step.id;
      CONTINUE WHEN cardinality(step.ids) > 0;
      IF parts IS NULL THEN
        parts := ARRAY (
          WITH sample AS MATERIALIZED (
            SELECT e.words FROM search_entries e
            WHERE e.block = b.block AND (e.at, e.id) < (from_at, from_id)
            ORDER BY e.at DESC, e.id DESC LIMIT ${SAMPLED}
          )
          SELECT p FROM unnest(string_to_array(indexed, ' & ')) p ORDER BY (
            SELECT count(*) FROM sample WHERE words @@ replace(p, '#', b.block::text)::tsquery
          )
        );
        -- Three conditions in any case: one that is there twice costs nothing.
        parts := ARRAY [
          parts[1], coalesce(parts[2], parts[1]),
          coalesce(nullif(array_to_string(parts[3:], ' & '), ''), parts[1])
        ];
      END IF;
      SELECT coalesce(array_agg(r.id), '{}') AS ids, coalesce(array_agg(r.at), '{}') AS ats
      INTO step FROM (
        SELECT e.id, e.at FROM search_entries e
        WHERE e.words @@ replace(parts[1], '#', b.block::text)::tsquery
          AND e.words @@ replace(parts[2], '#', b.block::text)::tsquery
          AND e.words @@ replace(parts[3], '#', b.block::text)::tsquery
          AND e.at >= since AND (e.at, e.id) < (from_at, from_id)
          -- Not a condition of the index.
          AND (e.words @@ terms) IS TRUE
          AND (rooms IS NULL OR e.room = ANY (rooms))
        ORDER BY e.at DESC, e.id DESC LIMIT missing
      ) r;
      ids := ids || step.ids;
      ats := ats || step.ats;
      EXIT;
    END LOOP;
  END LOOP;
  RETURN QUERY SELECT f.id, f.at FROM unnest(ids, ats) AS f (id, at)
    ORDER BY f.at DESC, f.id DESC LIMIT wanted;
END $$;
`;
