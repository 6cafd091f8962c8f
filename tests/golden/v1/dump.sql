--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: hubbub; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA hubbub;


--
-- Name: add_file_part(text, bytea, bigint); Type: FUNCTION; Schema: hubbub; Owner: -
--

CREATE FUNCTION hubbub.add_file_part(file text, part bytea, total bigint) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
DECLARE
  grown record;
BEGIN
  UPDATE file_usage SET bytes = bytes + length(part) WHERE bytes + length(part) <= total;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE files f SET size = f.size + length(part), parts = f.parts + 1
  WHERE f.id = file AND f.type IS NULL RETURNING f.number, f.parts INTO grown;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'Cannot add part: there is no such file under way';
  END IF;
  INSERT INTO file_parts (file, place, bytes) VALUES (grown.number, grown.parts - 1, part);
  RETURN true;
END $$;


--
-- Name: append(text, bigint, jsonb); Type: FUNCTION; Schema: hubbub; Owner: -
--

CREATE FUNCTION hubbub.append(instance text, first_count bigint, batch jsonb) RETURNS TABLE(number bigint, seq bigint, repeated boolean, refused text)
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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
  refusal text;
BEGIN
  -- In the order of the batch, across its rooms: hits of a search are listed by it.
  ids := ARRAY (SELECT nextval('events_id_seq') FROM generate_series(1, jsonb_array_length(batch)));
  FOR item IN
    SELECT b.*, a.id AS author, coalesce(a.key_space, a.id) AS key_space
    FROM ROWS FROM (jsonb_to_recordset(batch) AS (
      room bigint, sender bigint, at bigint, key text, kind text, text text, words text,
      reply_to bigint, target bigint, emoji text, state boolean, payload text, files jsonb,
      about bigint, verdicts jsonb, change_text text, change_edited_at bigint,
      change_deleted boolean, change_emoji text, change_on boolean, change_state text
    )) WITH ORDINALITY AS b (
      room, sender, at, key, kind, text, words,
      reply_to, target, emoji, state, payload, files,
      about, verdicts, change_text, change_edited_at,
      change_deleted, change_emoji, change_on, change_state, number
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
      WHERE e.key = item.key AND e.room = this_room AND e.key_space = item.key_space;
      IF FOUND THEN
        RETURN QUERY SELECT item.number, first, true, NULL::text;
        CONTINUE;
      END IF;
    END IF;

    -- The decision was made for each thing that the target can be.
    IF item.about IS NOT NULL THEN
      SELECT e.id, e.sender, e.deleted INTO about FROM events e
      WHERE e.room = this_room AND e.seq = item.about AND e.kind = 'message';
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
      id, room, seq, sender, at, key_space, key, kind,
      reply_to, target, emoji, state, payload, text, words
    ) OVERRIDING SYSTEM VALUE VALUES (
      ids[item.number], this_room, head, item.author, item.at,
      CASE WHEN item.key IS NOT NULL THEN item.key_space END, item.key, item.kind,
      item.reply_to, item.target, item.emoji, item.state, item.payload, item.text,
      CASE WHEN item.text IS NOT NULL THEN
        word_vector(ids[item.number], this_room, item.author, item.words)
      END
    );
    IF item.files IS NOT NULL THEN
      UPDATE files f SET seq = head, place = i.place, expires_at = NULL
      FROM jsonb_array_elements_text(item.files) WITH ORDINALITY AS i (id, place)
      WHERE f.id = i.id;
    END IF;
    IF item.change_text IS NOT NULL THEN
      UPDATE events SET text = item.change_text, edited_at = item.change_edited_at,
        words = word_vector(about.id, this_room, about.sender, item.words)
      WHERE room = this_room AND seq = item.about;
    END IF;
    IF item.change_deleted THEN
      UPDATE events SET text = '', deleted = true, words = NULL
      WHERE room = this_room AND seq = item.about;
      DELETE FROM reactions WHERE room = this_room AND target = item.about;
      UPDATE files SET seq = NULL, expires_at = 0 WHERE room = this_room AND seq = item.about;
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
    IF item.change_on THEN
      -- A reaction that is there already keeps its place in the order.
      INSERT INTO reactions (room, target, emoji, account, seq)
      VALUES (this_room, item.about, item.change_emoji, item.author, head) ON CONFLICT DO NOTHING;
    ELSIF item.change_emoji IS NOT NULL THEN
      DELETE FROM reactions WHERE room = this_room AND target = item.about
        AND emoji = item.change_emoji AND account = item.author;
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
    SELECT m.*, (row_number() OVER () - 1) / 50 AS part FROM moved m
  ), told AS (
    SELECT instance || ' ' || (first_count + n.part) AS head, 'advanced ' || json_agg(json_build_object(
      'room', n.id, 'seq', n.seq, 'low', n.low, 'high', n.high
    )) AS body
    FROM numbered n GROUP BY n.part
  ), sealed AS (
    -- HMAC-SHA-256 (RFC 2104), as seal.ts computes it.
    SELECT t.head, t.body, sha256(k.opad || sha256(
      k.ipad || convert_to('hubbub ' || t.head || ' ' || t.body, 'UTF8')
    )) AS mac FROM told t, peer_keys k WHERE k.id = 1
  )
  SELECT count(pg_notify('hubbub', s.head || ' ' || encode(s.mac, 'hex') || ' ' || s.body))
  INTO head FROM sealed s;
END $$;


--
-- Name: change_password(bigint, text, text, text, text); Type: FUNCTION; Schema: hubbub; Owner: -
--

CREATE FUNCTION hubbub.change_password(account bigint, password text, replaces text, session text, keep_passkey text) RETURNS TABLE(hash text, label text)
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_column
BEGIN
  PERFORM s.id FROM sessions s
  WHERE s.hash = change_password.session AND s.account = change_password.account FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  UPDATE accounts a SET password = change_password.password
  WHERE a.id = change_password.account
    AND a.password IS NOT DISTINCT FROM change_password.replaces;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  RETURN QUERY SELECT NULL::text, NULL::text;
  IF replaces IS NULL THEN
    RETURN;
  END IF;
  RETURN QUERY DELETE FROM sessions s
    WHERE s.account = change_password.account AND s.hash <> change_password.session
    RETURNING s.hash, NULL::text;
  DELETE FROM tickets t WHERE t.account = change_password.account;
  RETURN QUERY DELETE FROM passkeys p
    WHERE p.account = change_password.account
      AND p.id IS DISTINCT FROM change_password.keep_passkey
    RETURNING NULL::text, p.label;
END $$;


--
-- Name: count_file_part(); Type: FUNCTION; Schema: hubbub; Owner: -
--

CREATE FUNCTION hubbub.count_file_part() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  UPDATE accounts a SET file_bytes = a.file_bytes + length(new.bytes)
  FROM files f WHERE f.number = new.file AND a.id = f.uploader;
  RETURN NULL;
END $$;


--
-- Name: count_members(); Type: FUNCTION; Schema: hubbub; Owner: -
--

CREATE FUNCTION hubbub.count_members() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF tg_op = 'INSERT' THEN
    UPDATE rooms SET members = members + 1, version = version + 1 WHERE id = new.room;
  ELSE
    UPDATE rooms SET members = members - 1, version = version + 1 WHERE id = old.room;
  END IF;
  RETURN NULL;
END $$;


--
-- Name: demote(bigint, text, text, text[], text[], boolean); Type: FUNCTION; Schema: hubbub; Owner: -
--

CREATE FUNCTION hubbub.demote(account bigint, next text, standing text, inviters text[], makers text[], falls boolean) RETURNS TABLE(done boolean, bot bigint)
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_column
DECLARE
  old text;
BEGIN
  -- In the order of their numbers, so that two who demote each other do not wait for each other.
  PERFORM a.id FROM accounts a
  WHERE a.id = demote.account OR a.role = 'owner' AND a.folded IS NOT NULL
  ORDER BY a.id FOR UPDATE;
  SELECT a.role INTO old FROM accounts a WHERE a.id = demote.account;
  IF old = 'owner' AND next <> 'owner' AND NOT EXISTS (
    SELECT 1 FROM accounts a
    WHERE a.role = 'owner' AND a.folded IS NOT NULL AND a.id <> demote.account
  ) THEN
    RETURN QUERY SELECT false, NULL::bigint;
    RETURN;
  END IF;
  UPDATE accounts a SET role = next WHERE a.id = demote.account AND a.role <> next;
  RETURN QUERY SELECT true, NULL::bigint;
  IF falls THEN
    DELETE FROM tickets t WHERE t.account = demote.account;
  END IF;
  IF standing <> ALL (inviters) THEN
    DELETE FROM invites i WHERE i.creator = demote.account;
  END IF;
  IF standing <> ALL (makers) THEN
    RETURN QUERY WITH ended AS (
      DELETE FROM sessions s USING accounts a
      WHERE s.account = a.id AND a.creator = demote.account RETURNING a.id
    ) SELECT DISTINCT true, ended.id FROM ended ORDER BY 2;
  END IF;
END $$;


--
-- Name: drop_used_invite(); Type: FUNCTION; Schema: hubbub; Owner: -
--

CREATE FUNCTION hubbub.drop_used_invite() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  DELETE FROM invites WHERE id = new.id;
  RETURN NULL;
END $$;


--
-- Name: end_invites_of_member(); Type: FUNCTION; Schema: hubbub; Owner: -
--

CREATE FUNCTION hubbub.end_invites_of_member() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  DELETE FROM invites WHERE creator = old.account AND room = old.room;
  RETURN NULL;
END $$;


--
-- Name: first_since(bigint); Type: FUNCTION; Schema: hubbub; Owner: -
--

CREATE FUNCTION hubbub.first_since(moment bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE
    AS $$
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


--
-- Name: holds_power(bigint, text[]); Type: FUNCTION; Schema: hubbub; Owner: -
--

CREATE FUNCTION hubbub.holds_power(account bigint, roles text[]) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
BEGIN
  PERFORM a.id FROM accounts a WHERE a.id = holds_power.account FOR UPDATE;
  RETURN EXISTS (
    SELECT 1 FROM accounts a WHERE a.id = holds_power.account AND a.role = ANY (roles)
      AND NOT EXISTS (SELECT 1 FROM bans b WHERE b.account = a.id)
  );
END $$;


--
-- Name: inviter_banned(); Type: FUNCTION; Schema: hubbub; Owner: -
--

CREATE FUNCTION hubbub.inviter_banned() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  DELETE FROM invitations WHERE inviter = new.account;
  RETURN NULL;
END $$;


--
-- Name: inviter_blocked(); Type: FUNCTION; Schema: hubbub; Owner: -
--

CREATE FUNCTION hubbub.inviter_blocked() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  DELETE FROM invitations WHERE account = new.account AND inviter = new.other;
  RETURN NULL;
END $$;


--
-- Name: member_came(); Type: FUNCTION; Schema: hubbub; Owner: -
--

CREATE FUNCTION hubbub.member_came() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  DELETE FROM invitations WHERE account = new.account AND room = new.room;
  RETURN NULL;
END $$;


--
-- Name: member_went(); Type: FUNCTION; Schema: hubbub; Owner: -
--

CREATE FUNCTION hubbub.member_went() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  DELETE FROM invitations WHERE inviter = old.account AND room = old.room;
  UPDATE rooms SET host = CASE kind WHEN 'private' THEN (
    SELECT m.account FROM members m JOIN accounts a ON a.id = m.account
    WHERE m.room = old.room AND a.role <> 'guest' ORDER BY m.joined_at, m.account LIMIT 1
  ) END WHERE id = old.room AND host = old.account;
  RETURN NULL;
END $$;


--
-- Name: sweep_guests(bigint, bigint, bigint, bigint, bigint); Type: FUNCTION; Schema: hubbub; Owner: -
--

CREATE FUNCTION hubbub.sweep_guests(moment bigint, kept_ms bigint, again_ms bigint, rooms_a_step bigint, events_a_step bigint) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
  guest record;
  room_id bigint;
  overdue boolean;
  ends bigint;
  seen bigint := 0;
  taken bigint;
  freed boolean := false;
  gone bigint[];
BEGIN
  SELECT a.id, a.left_at, a.traces, a.key_space INTO guest FROM accounts a
  WHERE a.ends_at <= moment AND a.folded IS NULL ORDER BY a.ends_at LIMIT 1
  FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  ends := coalesce(guest.left_at, 0) + kept_ms;
  overdue := coalesce(ends <= moment, false);
  FOR room_id IN
    SELECT r.id FROM rooms r WHERE r.id IN (
      SELECT l.id FROM rooms l WHERE l.low = guest.id
      UNION SELECT h.id FROM rooms h WHERE h.high = guest.id
    ) AND (r.seq = 0 OR overdue) ORDER BY r.id LIMIT rooms_a_step
  LOOP
    seen := seen + 1;
    SELECT array_agg(e.seq) INTO gone FROM (
      SELECT seq FROM events WHERE room = room_id ORDER BY seq LIMIT events_a_step
    ) e;
    taken := coalesce(array_length(gone, 1), 0);
    DELETE FROM reactions WHERE room = room_id AND target = ANY (gone);
    UPDATE files SET seq = NULL, expires_at = 0 WHERE room = room_id AND seq = ANY (gone);
    DELETE FROM events WHERE room = room_id AND seq = ANY (gone);
    IF taken = events_a_step THEN
      RETURN 1;
    END IF;
    DELETE FROM members WHERE room = room_id;
    IF NOT EXISTS (SELECT 1 FROM files WHERE room = room_id) THEN
      DELETE FROM rooms WHERE id = room_id;
      freed := true;
    END IF;
  END LOOP;
  IF seen = rooms_a_step AND freed THEN
    RETURN 1;
  END IF;
  UPDATE rooms SET creator = NULL WHERE creator = guest.id;
  IF EXISTS (SELECT 1 FROM rooms WHERE low = guest.id)
    OR EXISTS (SELECT 1 FROM rooms WHERE high = guest.id)
    OR EXISTS (SELECT 1 FROM bans WHERE account = guest.id)
  THEN
    UPDATE accounts SET ends_at = CASE WHEN overdue THEN moment + again_ms ELSE ends END
    WHERE id = guest.id;
  ELSIF guest.traces < 2 THEN
    DELETE FROM accounts WHERE id = guest.id;
    DELETE FROM guest_names WHERE id = -guest.key_space
      AND NOT EXISTS (SELECT 1 FROM accounts WHERE key_space = guest.key_space);
  ELSE
    UPDATE accounts SET ends_at = NULL WHERE id = guest.id;
  END IF;
  RETURN 1;
END $$;


--
-- Name: word_vector(bigint, bigint, bigint, text); Type: FUNCTION; Schema: hubbub; Owner: -
--

CREATE FUNCTION hubbub.word_vector(id bigint, room bigint, sender bigint, words text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE
    AS $$
  SELECT array_to_tsvector(
    string_to_array(words, ' ') || ARRAY['r:' || room, 's:' || sender, 'b:' || (id >> 13)]
  )
$$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: accounts; Type: TABLE; Schema: hubbub; Owner: -
--

CREATE TABLE hubbub.accounts (
    id bigint NOT NULL,
    public_id text DEFAULT "left"(replace((gen_random_uuid())::text, '-'::text, ''::text), 12) NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    folded text COLLATE pg_catalog."C",
    skeleton text COLLATE pg_catalog."C",
    role text NOT NULL,
    password text,
    key_space bigint,
    instance text,
    muted_until bigint,
    created_at bigint NOT NULL,
    creator bigint,
    file_bytes bigint DEFAULT 0 NOT NULL,
    left_at bigint,
    ends_at bigint,
    traces bigint,
    CONSTRAINT accounts_check CHECK (((folded IS NULL) = (skeleton IS NULL))),
    CONSTRAINT accounts_check1 CHECK (((role = 'guest'::text) = (key_space IS NOT NULL))),
    CONSTRAINT accounts_check2 CHECK (((role = 'guest'::text) = (instance IS NOT NULL)))
);


--
-- Name: accounts_id_seq; Type: SEQUENCE; Schema: hubbub; Owner: -
--

ALTER TABLE hubbub.accounts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hubbub.accounts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: bans; Type: TABLE; Schema: hubbub; Owner: -
--

CREATE TABLE hubbub.bans (
    id bigint NOT NULL,
    account bigint,
    address text,
    reason text NOT NULL,
    at bigint NOT NULL,
    CONSTRAINT bans_check CHECK (((account IS NOT NULL) OR (address IS NOT NULL)))
);


--
-- Name: bans_id_seq; Type: SEQUENCE; Schema: hubbub; Owner: -
--

ALTER TABLE hubbub.bans ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hubbub.bans_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: blocks; Type: TABLE; Schema: hubbub; Owner: -
--

CREATE TABLE hubbub.blocks (
    account bigint NOT NULL,
    other bigint NOT NULL
);


--
-- Name: events; Type: TABLE; Schema: hubbub; Owner: -
--

CREATE TABLE hubbub.events (
    id bigint NOT NULL,
    room bigint NOT NULL,
    seq bigint NOT NULL,
    sender bigint NOT NULL,
    at bigint NOT NULL,
    key_space bigint,
    reply_to bigint,
    edited_at bigint,
    target bigint,
    deleted boolean DEFAULT false NOT NULL,
    state boolean,
    kind text NOT NULL,
    key text COLLATE pg_catalog."C",
    emoji text,
    payload text,
    text text,
    words tsvector
);


--
-- Name: events_id_seq; Type: SEQUENCE; Schema: hubbub; Owner: -
--

ALTER TABLE hubbub.events ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hubbub.events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: file_parts; Type: TABLE; Schema: hubbub; Owner: -
--

CREATE TABLE hubbub.file_parts (
    file bigint NOT NULL,
    place bigint NOT NULL,
    bytes bytea NOT NULL
);
ALTER TABLE ONLY hubbub.file_parts ALTER COLUMN bytes SET STORAGE EXTERNAL;


--
-- Name: file_usage; Type: TABLE; Schema: hubbub; Owner: -
--

CREATE TABLE hubbub.file_usage (
    bytes bigint NOT NULL
);


--
-- Name: files; Type: TABLE; Schema: hubbub; Owner: -
--

CREATE TABLE hubbub.files (
    number bigint NOT NULL,
    id text NOT NULL,
    room bigint NOT NULL,
    uploader bigint NOT NULL,
    name text NOT NULL,
    type text,
    size bigint DEFAULT 0 NOT NULL,
    parts bigint DEFAULT 0 NOT NULL,
    width bigint,
    height bigint,
    seq bigint,
    place bigint,
    expires_at bigint,
    CONSTRAINT files_check CHECK (((seq IS NULL) = (expires_at IS NOT NULL)))
);


--
-- Name: files_number_seq; Type: SEQUENCE; Schema: hubbub; Owner: -
--

ALTER TABLE hubbub.files ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hubbub.files_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: guest_names; Type: TABLE; Schema: hubbub; Owner: -
--

CREATE TABLE hubbub.guest_names (
    id bigint NOT NULL,
    folded text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: guest_names_id_seq; Type: SEQUENCE; Schema: hubbub; Owner: -
--

ALTER TABLE hubbub.guest_names ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hubbub.guest_names_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: instances; Type: TABLE; Schema: hubbub; Owner: -
--

CREATE TABLE hubbub.instances (
    id text NOT NULL,
    seen_at timestamp with time zone NOT NULL
);


--
-- Name: invitations; Type: TABLE; Schema: hubbub; Owner: -
--

CREATE TABLE hubbub.invitations (
    room bigint NOT NULL,
    account bigint NOT NULL,
    inviter bigint NOT NULL,
    at bigint NOT NULL
);


--
-- Name: invites; Type: TABLE; Schema: hubbub; Owner: -
--

CREATE TABLE hubbub.invites (
    id bigint NOT NULL,
    hash text NOT NULL,
    role text NOT NULL,
    room bigint,
    creator bigint,
    created_at bigint NOT NULL,
    expires_at bigint,
    uses_left bigint,
    CONSTRAINT invites_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'member'::text]))),
    CONSTRAINT invites_uses_left_check CHECK ((uses_left >= 0))
);


--
-- Name: invites_id_seq; Type: SEQUENCE; Schema: hubbub; Owner: -
--

ALTER TABLE hubbub.invites ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hubbub.invites_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: members; Type: TABLE; Schema: hubbub; Owner: -
--

CREATE TABLE hubbub.members (
    room bigint NOT NULL,
    account bigint NOT NULL,
    folded text COLLATE pg_catalog."C",
    read bigint DEFAULT 0 NOT NULL,
    level text,
    joined_at bigint NOT NULL,
    CONSTRAINT members_level_check CHECK ((level = ANY (ARRAY['all'::text, 'mentions'::text, 'none'::text])))
);


--
-- Name: meta; Type: TABLE; Schema: hubbub; Owner: -
--

CREATE TABLE hubbub.meta (
    name text NOT NULL,
    value text NOT NULL
);


--
-- Name: migrations; Type: TABLE; Schema: hubbub; Owner: -
--

CREATE TABLE hubbub.migrations (
    version bigint NOT NULL
);


--
-- Name: moderation; Type: TABLE; Schema: hubbub; Owner: -
--

CREATE TABLE hubbub.moderation (
    id bigint NOT NULL,
    at bigint NOT NULL,
    by text NOT NULL,
    by_id text,
    action text NOT NULL,
    subject text,
    subject_id text,
    room text,
    room_id text,
    detail text
);


--
-- Name: moderation_id_seq; Type: SEQUENCE; Schema: hubbub; Owner: -
--

ALTER TABLE hubbub.moderation ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hubbub.moderation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: passkeys; Type: TABLE; Schema: hubbub; Owner: -
--

CREATE TABLE hubbub.passkeys (
    id text NOT NULL,
    number bigint NOT NULL,
    account bigint NOT NULL,
    public_key bytea NOT NULL,
    counter bigint NOT NULL,
    transports text NOT NULL,
    label text NOT NULL,
    created_at bigint NOT NULL
);


--
-- Name: passkeys_number_seq; Type: SEQUENCE; Schema: hubbub; Owner: -
--

ALTER TABLE hubbub.passkeys ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hubbub.passkeys_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: peer_keys; Type: TABLE; Schema: hubbub; Owner: -
--

CREATE TABLE hubbub.peer_keys (
    id bigint NOT NULL,
    ipad bytea NOT NULL,
    opad bytea NOT NULL,
    CONSTRAINT peer_keys_id_check CHECK ((id = 1))
);


--
-- Name: pushes; Type: TABLE; Schema: hubbub; Owner: -
--

CREATE TABLE hubbub.pushes (
    session text NOT NULL,
    account bigint NOT NULL,
    endpoint text NOT NULL,
    p256dh text NOT NULL,
    auth text NOT NULL,
    created_at bigint NOT NULL
);


--
-- Name: reactions; Type: TABLE; Schema: hubbub; Owner: -
--

CREATE TABLE hubbub.reactions (
    room bigint NOT NULL,
    target bigint NOT NULL,
    emoji text NOT NULL COLLATE pg_catalog."C",
    account bigint NOT NULL,
    seq bigint NOT NULL
);


--
-- Name: rooms; Type: TABLE; Schema: hubbub; Owner: -
--

CREATE TABLE hubbub.rooms (
    id bigint NOT NULL,
    public_id text DEFAULT "left"(replace((gen_random_uuid())::text, '-'::text, ''::text), 12) NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    folded text COLLATE pg_catalog."C",
    title text,
    low bigint,
    high bigint,
    seq bigint DEFAULT 0 NOT NULL,
    members bigint DEFAULT 0 NOT NULL,
    version bigint DEFAULT 0 NOT NULL,
    locked boolean DEFAULT false NOT NULL,
    slow_ms bigint DEFAULT 0 NOT NULL,
    creator bigint,
    host bigint,
    created_at bigint NOT NULL,
    CONSTRAINT rooms_check CHECK (
CASE kind
    WHEN 'direct'::text THEN ((folded IS NULL) AND (low <= high))
    ELSE ((folded IS NOT NULL) AND (low IS NULL))
END),
    CONSTRAINT rooms_kind_check CHECK ((kind = ANY (ARRAY['public'::text, 'private'::text, 'direct'::text])))
)
WITH (fillfactor='50');


--
-- Name: rooms_id_seq; Type: SEQUENCE; Schema: hubbub; Owner: -
--

ALTER TABLE hubbub.rooms ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hubbub.rooms_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: routines; Type: TABLE; Schema: hubbub; Owner: -
--

CREATE TABLE hubbub.routines (
    version bigint NOT NULL,
    hash text NOT NULL
);


--
-- Name: sessions; Type: TABLE; Schema: hubbub; Owner: -
--

CREATE TABLE hubbub.sessions (
    id bigint NOT NULL,
    hash text NOT NULL,
    account bigint NOT NULL,
    label text NOT NULL,
    created_at bigint NOT NULL,
    seen_at bigint NOT NULL,
    proof text,
    confirmed_at bigint,
    passkey text
);


--
-- Name: sessions_id_seq; Type: SEQUENCE; Schema: hubbub; Owner: -
--

ALTER TABLE hubbub.sessions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hubbub.sessions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: tickets; Type: TABLE; Schema: hubbub; Owner: -
--

CREATE TABLE hubbub.tickets (
    hash text NOT NULL,
    kind text NOT NULL,
    account bigint,
    data text NOT NULL,
    expires_at bigint NOT NULL
);


--
-- Data for Name: accounts; Type: TABLE DATA; Schema: hubbub; Owner: -
--

INSERT INTO hubbub.accounts OVERRIDING SYSTEM VALUE VALUES (1, '274708f319db', 'Alice', 'alice', 'alice', 'member', NULL, NULL, NULL, NULL, 1700000000000, NULL, 0, NULL, NULL, NULL);
INSERT INTO hubbub.accounts OVERRIDING SYSTEM VALUE VALUES (3, '31e3def95f70', 'Carol', 'carol', 'carol', 'member', NULL, NULL, NULL, NULL, 1700000000000, NULL, 0, NULL, NULL, NULL);
INSERT INTO hubbub.accounts OVERRIDING SYSTEM VALUE VALUES (4, '070cecd343aa', 'Öwner', 'öwner', 'öwner', 'owner', 'scrypt$131072$8$1$ssssssssssssssssssssss$kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk', NULL, NULL, NULL, 1700000000000, NULL, 0, NULL, NULL, NULL);
INSERT INTO hubbub.accounts OVERRIDING SYSTEM VALUE VALUES (5, '9019f7cbd640', 'Bot', 'bot', 'bot', 'bot', NULL, NULL, NULL, NULL, 1700000000000, NULL, 0, NULL, NULL, NULL);
INSERT INTO hubbub.accounts OVERRIDING SYSTEM VALUE VALUES (6, '4886c3a4e9c8', 'Eve', NULL, NULL, 'guest', NULL, -1, 'none', NULL, 1700000000000, NULL, 0, NULL, NULL, NULL);
INSERT INTO hubbub.accounts OVERRIDING SYSTEM VALUE VALUES (7, '636307419703', 'Eve', 'eve', 'eve', 'guest', NULL, -1, 'none', NULL, 1700000000000, NULL, 0, NULL, NULL, NULL);
INSERT INTO hubbub.accounts OVERRIDING SYSTEM VALUE VALUES (2, 'b857ffa066b2', 'Bob', 'bob', 'bob', 'member', NULL, NULL, NULL, 1700086400000, 1700000000000, NULL, 120, NULL, NULL, NULL);


--
-- Data for Name: bans; Type: TABLE DATA; Schema: hubbub; Owner: -
--

INSERT INTO hubbub.bans OVERRIDING SYSTEM VALUE VALUES (1, 3, '192.0.2.7', 'a
reason', 1700000000000);


--
-- Data for Name: blocks; Type: TABLE DATA; Schema: hubbub; Owner: -
--

INSERT INTO hubbub.blocks VALUES (1, 2);


--
-- Data for Name: events; Type: TABLE DATA; Schema: hubbub; Owner: -
--

INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (1, 1, 1, 1, 1700000000000, 1, NULL, 1700000000001, NULL, false, NULL, 'message', 'k1', NULL, NULL, 'Crème brûlée for three', '''b:0'' ''brulee'' ''creme'' ''for'' ''p:b'' ''p:br'' ''p:c'' ''p:cr'' ''p:f'' ''p:fo'' ''p:t'' ''p:th'' ''r:1'' ''s:1'' ''three''');
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (2, 1, 2, 2, 1700000000000, 2, NULL, NULL, NULL, false, NULL, 'message', 'k1', NULL, NULL, 'a text with NUL !, marks () and an escape -', '''a'' ''an'' ''and'' ''b:0'' ''escape'' ''marks'' ''nul'' ''p:a'' ''p:an'' ''p:e'' ''p:es'' ''p:m'' ''p:ma'' ''p:n'' ''p:nu'' ''p:t'' ''p:te'' ''p:w'' ''p:wi'' ''r:1'' ''s:2'' ''text'' ''with''');
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (3, 1, 3, 2, 1700000000000, NULL, NULL, NULL, NULL, true, NULL, 'message', NULL, NULL, NULL, '', NULL);
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (4, 2, 1, 1, 1700000000000, NULL, NULL, NULL, NULL, false, NULL, 'message', NULL, NULL, NULL, '👩‍🚀 שלום
second line
	tab', '''b:0'' ''line'' ''p:l'' ''p:li'' ''p:s'' ''p:se'' ''p:t'' ''p:ta'' ''p:ש'' ''p:של'' ''r:2'' ''s:1'' ''second'' ''tab'' ''שלום''');
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (5, 3, 1, 2, 1700000000000, NULL, NULL, NULL, NULL, false, NULL, 'message', NULL, NULL, NULL, 'psst', '''b:0'' ''p:p'' ''p:ps'' ''psst'' ''r:3'' ''s:2''');
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (6, 4, 1, 3, 1700000000000, NULL, NULL, NULL, NULL, false, NULL, 'message', NULL, NULL, NULL, 'to myself', '''b:0'' ''myself'' ''p:m'' ''p:my'' ''p:t'' ''p:to'' ''r:4'' ''s:3'' ''to''');
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (7, 1, 4, 2, 1700000000000, NULL, 1, NULL, NULL, false, NULL, 'message', NULL, NULL, NULL, 'an answer', '''an'' ''answer'' ''b:0'' ''p:a'' ''p:an'' ''r:1'' ''s:2''');
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (8, 1, 5, 1, 1700000000001, NULL, NULL, NULL, 1, false, NULL, 'edit', NULL, NULL, NULL, NULL, NULL);
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (9, 1, 6, 2, 1700000000002, NULL, NULL, NULL, 3, false, NULL, 'delete', NULL, NULL, NULL, NULL, NULL);
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (10, 1, 7, 2, 1700000000003, NULL, NULL, NULL, 1, false, true, 'reaction', NULL, '👍', NULL, NULL, NULL);
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (11, 1, 8, 1, 1700000000003, NULL, NULL, NULL, 1, false, true, 'reaction', NULL, '👍', NULL, NULL, NULL);
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (12, 1, 9, 1, 1700000000003, NULL, NULL, NULL, 1, false, true, 'reaction', NULL, '🎉', NULL, NULL, NULL);
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (13, 1, 10, 1, 1700000000003, NULL, NULL, NULL, 1, false, false, 'reaction', NULL, '🎉', NULL, NULL, NULL);
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (14, 2, 2, 1, 1700000000000, 1, NULL, NULL, NULL, false, NULL, 'message', 'd1', NULL, NULL, 'line 1', '''1'' ''b:0'' ''line'' ''p:1'' ''p:l'' ''p:li'' ''r:2'' ''s:1''');
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (15, 2, 3, 1, 1700000000000, 1, NULL, NULL, NULL, false, NULL, 'message', 'd2', NULL, NULL, 'line 2', '''2'' ''b:0'' ''line'' ''p:2'' ''p:l'' ''p:li'' ''r:2'' ''s:1''');
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (16, 2, 4, 1, 1700000000000, 1, NULL, NULL, NULL, false, NULL, 'message', 'd3', NULL, NULL, 'line 3', '''3'' ''b:0'' ''line'' ''p:3'' ''p:l'' ''p:li'' ''r:2'' ''s:1''');
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (17, 2, 5, 1, 1700000000000, 1, NULL, NULL, NULL, false, NULL, 'message', 'd4', NULL, NULL, 'line 4', '''4'' ''b:0'' ''line'' ''p:4'' ''p:l'' ''p:li'' ''r:2'' ''s:1''');
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (18, 2, 6, 1, 1700000000000, 1, NULL, NULL, NULL, false, NULL, 'message', 'd5', NULL, NULL, 'line 5', '''5'' ''b:0'' ''line'' ''p:5'' ''p:l'' ''p:li'' ''r:2'' ''s:1''');
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (19, 2, 7, 1, 1700000000000, 1, NULL, NULL, NULL, false, NULL, 'message', 'd6', NULL, NULL, 'line 6', '''6'' ''b:0'' ''line'' ''p:6'' ''p:l'' ''p:li'' ''r:2'' ''s:1''');
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (20, 2, 8, 1, 1700000000000, 1, NULL, NULL, NULL, false, NULL, 'message', 'd7', NULL, NULL, 'line 7', '''7'' ''b:0'' ''line'' ''p:7'' ''p:l'' ''p:li'' ''r:2'' ''s:1''');
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (21, 2, 9, 1, 1700000000000, 1, NULL, NULL, NULL, false, NULL, 'message', 'd8', NULL, NULL, 'line 8', '''8'' ''b:0'' ''line'' ''p:8'' ''p:l'' ''p:li'' ''r:2'' ''s:1''');
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (22, 2, 10, 1, 1700000000000, 1, NULL, NULL, NULL, false, NULL, 'message', 'd9', NULL, NULL, 'line 9', '''9'' ''b:0'' ''line'' ''p:9'' ''p:l'' ''p:li'' ''r:2'' ''s:1''');
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (23, 2, 11, 1, 1700000000000, 1, NULL, NULL, NULL, false, NULL, 'message', 'd10', NULL, NULL, 'line 10', '''10'' ''b:0'' ''line'' ''p:1'' ''p:10'' ''p:l'' ''p:li'' ''r:2'' ''s:1''');
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (24, 2, 12, 1, 1700000000000, 1, NULL, NULL, NULL, false, NULL, 'message', 'd11', NULL, NULL, 'line 11', '''11'' ''b:0'' ''line'' ''p:1'' ''p:11'' ''p:l'' ''p:li'' ''r:2'' ''s:1''');
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (25, 2, 13, 1, 1700000000000, 1, NULL, NULL, NULL, false, NULL, 'message', 'd12', NULL, NULL, 'line 12', '''12'' ''b:0'' ''line'' ''p:1'' ''p:12'' ''p:l'' ''p:li'' ''r:2'' ''s:1''');
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (26, 1, 11, 6, 1700000000000, -1, NULL, NULL, NULL, false, NULL, 'message', 'g1', NULL, NULL, 'from a guest', '''a'' ''b:0'' ''from'' ''guest'' ''p:a'' ''p:f'' ''p:fr'' ''p:g'' ''p:gu'' ''r:1'' ''s:6''');
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (27, 1, 12, 7, 1700000000000, -1, NULL, NULL, NULL, false, NULL, 'message', 'g2', NULL, NULL, 'from another guest', '''another'' ''b:0'' ''from'' ''guest'' ''p:a'' ''p:an'' ''p:f'' ''p:fr'' ''p:g'' ''p:gu'' ''r:1'' ''s:7''');
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (28, 1, 13, 2, 1700000000000, NULL, NULL, NULL, NULL, false, NULL, 'message', NULL, NULL, NULL, 'a picture', '''a'' ''b:0'' ''p:a'' ''p:p'' ''p:pi'' ''picture'' ''r:1'' ''s:2''');
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (29, 1, 14, 2, 1700000000000, NULL, NULL, NULL, NULL, false, NULL, 'from_the_future', NULL, NULL, '{"what":["ever",1,null],"é":true}', NULL, NULL);
INSERT INTO hubbub.events OVERRIDING SYSTEM VALUE VALUES (30, 2, 14, 1, 1700000000000, 1, NULL, NULL, NULL, false, NULL, 'message', 'last', NULL, NULL, 'in the commit log only', '''b:0'' ''commit'' ''in'' ''log'' ''only'' ''p:c'' ''p:co'' ''p:i'' ''p:in'' ''p:l'' ''p:lo'' ''p:o'' ''p:on'' ''p:t'' ''p:th'' ''r:2'' ''s:1'' ''the''');


--
-- Data for Name: file_parts; Type: TABLE DATA; Schema: hubbub; Owner: -
--

INSERT INTO hubbub.file_parts VALUES (1, 0, '\x010101010101010101010101010101010101010101010101010101010101');
INSERT INTO hubbub.file_parts VALUES (1, 1, '\x020202020202020202020202020202020202020202020202020202020202');
INSERT INTO hubbub.file_parts VALUES (2, 0, '\x010101010101010101010101010101010101010101010101010101010101');
INSERT INTO hubbub.file_parts VALUES (3, 0, '\x010101010101010101010101010101010101010101010101010101010101');


--
-- Data for Name: file_usage; Type: TABLE DATA; Schema: hubbub; Owner: -
--

INSERT INTO hubbub.file_usage VALUES (120);


--
-- Data for Name: files; Type: TABLE DATA; Schema: hubbub; Owner: -
--

INSERT INTO hubbub.files OVERRIDING SYSTEM VALUE VALUES (1, 'whole', 1, 2, 'whole ä.png', 'image/png', 60, 2, 640, 480, 13, 0, NULL);
INSERT INTO hubbub.files OVERRIDING SYSTEM VALUE VALUES (2, 'loose', 1, 2, 'loose ä.png', 'application/octet-stream', 30, 1, NULL, NULL, NULL, NULL, 1708640000000);
INSERT INTO hubbub.files OVERRIDING SYSTEM VALUE VALUES (3, 'begun', 1, 2, 'begun ä.png', NULL, 30, 1, NULL, NULL, NULL, NULL, 1708640000000);


--
-- Data for Name: guest_names; Type: TABLE DATA; Schema: hubbub; Owner: -
--

INSERT INTO hubbub.guest_names OVERRIDING SYSTEM VALUE VALUES (1, 'eve');


--
-- Data for Name: instances; Type: TABLE DATA; Schema: hubbub; Owner: -
--



--
-- Data for Name: invitations; Type: TABLE DATA; Schema: hubbub; Owner: -
--

INSERT INTO hubbub.invitations VALUES (2, 3, 1, 1700000000000);


--
-- Data for Name: invites; Type: TABLE DATA; Schema: hubbub; Owner: -
--

INSERT INTO hubbub.invites OVERRIDING SYSTEM VALUE VALUES (1, 'i1', 'member', 1, 1, 1700000000000, 1700086400000, 3);
INSERT INTO hubbub.invites OVERRIDING SYSTEM VALUE VALUES (2, 'i2', 'member', NULL, 1, 1700000000000, NULL, NULL);


--
-- Data for Name: members; Type: TABLE DATA; Schema: hubbub; Owner: -
--

INSERT INTO hubbub.members VALUES (1, 1, 'team', 0, 'all', 1700000000000);
INSERT INTO hubbub.members VALUES (1, 2, 'team', 2, NULL, 1700000000000);
INSERT INTO hubbub.members VALUES (1, 7, 'team', 0, NULL, 1700000000001);
INSERT INTO hubbub.members VALUES (2, 1, 'den', 0, NULL, 1700000000000);
INSERT INTO hubbub.members VALUES (3, 1, NULL, 0, NULL, 1700000000000);
INSERT INTO hubbub.members VALUES (3, 2, NULL, 0, NULL, 1700000000000);
INSERT INTO hubbub.members VALUES (4, 3, NULL, 0, NULL, 1700000000000);


--
-- Data for Name: meta; Type: TABLE DATA; Schema: hubbub; Owner: -
--

INSERT INTO hubbub.meta VALUES ('secret device', 'AE1lUAO0yGkPgKNVHZo22_kePv9aCvS0Ew9B3OqzwpY');
INSERT INTO hubbub.meta VALUES ('secret vapid', '-YaGVjcKMeZpYUI-NzmU2BzCUUBDG0lQFyI8dVcdgBc');
INSERT INTO hubbub.meta VALUES ('epoch', '25e829e9-11b5-4db3-9c54-487d29770e64');
INSERT INTO hubbub.meta VALUES ('identity', '16767.16774 7713396648370508091 00000001');


--
-- Data for Name: migrations; Type: TABLE DATA; Schema: hubbub; Owner: -
--

INSERT INTO hubbub.migrations VALUES (101);


--
-- Data for Name: moderation; Type: TABLE DATA; Schema: hubbub; Owner: -
--

INSERT INTO hubbub.moderation OVERRIDING SYSTEM VALUE VALUES (1, 1700000000000, 'Alice', 'alices-id', 'mute', 'Bob', 'bobs-id', 'Team', 'teams-id', '1 s');


--
-- Data for Name: passkeys; Type: TABLE DATA; Schema: hubbub; Owner: -
--

INSERT INTO hubbub.passkeys OVERRIDING SYSTEM VALUE VALUES ('Akey', 1, 4, '\x0001ff', 3, '["usb","nfc"]', 'key', 1700000000000);
INSERT INTO hubbub.passkeys OVERRIDING SYSTEM VALUE VALUES ('zkey', 2, 4, '\x0001ff', 3, '["usb","nfc"]', 'key', 1700000000000);


--
-- Data for Name: peer_keys; Type: TABLE DATA; Schema: hubbub; Owner: -
--

INSERT INTO hubbub.peer_keys VALUES (1, '\x22ab3d103e72c63556b321e2f90ae23d3874273f1740e6b66c6f7c6a1e1adab53636363636363636363636363636363636363636363636363636363636363636', '\x48c1577a5418ac5f3cd94b8893608857521e4d557d2a8cdc060516007470b0df5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c');


--
-- Data for Name: pushes; Type: TABLE DATA; Schema: hubbub; Owner: -
--

INSERT INTO hubbub.pushes VALUES ('s1', 4, 'https://push.example/1', 'p', 'a', 1700000000000);


--
-- Data for Name: reactions; Type: TABLE DATA; Schema: hubbub; Owner: -
--

INSERT INTO hubbub.reactions VALUES (1, 1, '👍', 1, 8);
INSERT INTO hubbub.reactions VALUES (1, 1, '👍', 2, 7);


--
-- Data for Name: rooms; Type: TABLE DATA; Schema: hubbub; Owner: -
--

INSERT INTO hubbub.rooms OVERRIDING SYSTEM VALUE VALUES (1, '4002ef02393d', 'public', 'Team', 'team', NULL, NULL, NULL, 14, 3, 3, true, 5000, 1, 1, 1700000000000);
INSERT INTO hubbub.rooms OVERRIDING SYSTEM VALUE VALUES (2, '5e50b1b62cd9', 'private', 'Den', 'den', NULL, NULL, NULL, 14, 1, 1, false, 0, 1, 1, 1700000000000);
INSERT INTO hubbub.rooms OVERRIDING SYSTEM VALUE VALUES (3, '92729293965f', 'direct', '', NULL, NULL, 1, 2, 1, 2, 2, false, 0, NULL, NULL, 1700000000000);
INSERT INTO hubbub.rooms OVERRIDING SYSTEM VALUE VALUES (4, '52f0904a2641', 'direct', '', NULL, NULL, 3, 3, 1, 1, 1, false, 0, NULL, NULL, 1700000000000);


--
-- Data for Name: routines; Type: TABLE DATA; Schema: hubbub; Owner: -
--

INSERT INTO hubbub.routines VALUES (1, '298113ffd8d03ea1a5f8f1b98a0f9eea6a343cbd9af349510054afd329ffee00');


--
-- Data for Name: sessions; Type: TABLE DATA; Schema: hubbub; Owner: -
--

INSERT INTO hubbub.sessions OVERRIDING SYSTEM VALUE VALUES (1, 's1', 4, 'Firefox on Linux', 1700000000000, 1700000000000, NULL, 1700000000000, NULL);
INSERT INTO hubbub.sessions OVERRIDING SYSTEM VALUE VALUES (2, 's2', 5, 'bot', 1700000000001, 1700000000001, NULL, 1700000000001, NULL);


--
-- Data for Name: tickets; Type: TABLE DATA; Schema: hubbub; Owner: -
--

INSERT INTO hubbub.tickets VALUES ('t1', 'device', 4, 's1', 1700086400000);


--
-- Name: accounts_id_seq; Type: SEQUENCE SET; Schema: hubbub; Owner: -
--

SELECT pg_catalog.setval('hubbub.accounts_id_seq', 7, true);


--
-- Name: bans_id_seq; Type: SEQUENCE SET; Schema: hubbub; Owner: -
--

SELECT pg_catalog.setval('hubbub.bans_id_seq', 1, true);


--
-- Name: events_id_seq; Type: SEQUENCE SET; Schema: hubbub; Owner: -
--

SELECT pg_catalog.setval('hubbub.events_id_seq', 30, true);


--
-- Name: files_number_seq; Type: SEQUENCE SET; Schema: hubbub; Owner: -
--

SELECT pg_catalog.setval('hubbub.files_number_seq', 3, true);


--
-- Name: guest_names_id_seq; Type: SEQUENCE SET; Schema: hubbub; Owner: -
--

SELECT pg_catalog.setval('hubbub.guest_names_id_seq', 1, true);


--
-- Name: invites_id_seq; Type: SEQUENCE SET; Schema: hubbub; Owner: -
--

SELECT pg_catalog.setval('hubbub.invites_id_seq', 2, true);


--
-- Name: moderation_id_seq; Type: SEQUENCE SET; Schema: hubbub; Owner: -
--

SELECT pg_catalog.setval('hubbub.moderation_id_seq', 1, true);


--
-- Name: passkeys_number_seq; Type: SEQUENCE SET; Schema: hubbub; Owner: -
--

SELECT pg_catalog.setval('hubbub.passkeys_number_seq', 2, true);


--
-- Name: rooms_id_seq; Type: SEQUENCE SET; Schema: hubbub; Owner: -
--

SELECT pg_catalog.setval('hubbub.rooms_id_seq', 4, true);


--
-- Name: sessions_id_seq; Type: SEQUENCE SET; Schema: hubbub; Owner: -
--

SELECT pg_catalog.setval('hubbub.sessions_id_seq', 2, true);


--
-- Name: accounts accounts_folded_key; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.accounts
    ADD CONSTRAINT accounts_folded_key UNIQUE (folded);


--
-- Name: accounts accounts_pkey; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);


--
-- Name: accounts accounts_public_id_key; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.accounts
    ADD CONSTRAINT accounts_public_id_key UNIQUE (public_id);


--
-- Name: accounts accounts_skeleton_key; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.accounts
    ADD CONSTRAINT accounts_skeleton_key UNIQUE (skeleton);


--
-- Name: bans bans_pkey; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.bans
    ADD CONSTRAINT bans_pkey PRIMARY KEY (id);


--
-- Name: blocks blocks_pkey; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.blocks
    ADD CONSTRAINT blocks_pkey PRIMARY KEY (account, other);


--
-- Name: events events_id_key; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.events
    ADD CONSTRAINT events_id_key UNIQUE (id);


--
-- Name: events events_pkey; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (room, seq);


--
-- Name: file_parts file_parts_pkey; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.file_parts
    ADD CONSTRAINT file_parts_pkey PRIMARY KEY (file, place);


--
-- Name: files files_id_key; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.files
    ADD CONSTRAINT files_id_key UNIQUE (id);


--
-- Name: files files_pkey; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.files
    ADD CONSTRAINT files_pkey PRIMARY KEY (number);


--
-- Name: guest_names guest_names_folded_key; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.guest_names
    ADD CONSTRAINT guest_names_folded_key UNIQUE (folded);


--
-- Name: guest_names guest_names_pkey; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.guest_names
    ADD CONSTRAINT guest_names_pkey PRIMARY KEY (id);


--
-- Name: instances instances_pkey; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.instances
    ADD CONSTRAINT instances_pkey PRIMARY KEY (id);


--
-- Name: invitations invitations_pkey; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.invitations
    ADD CONSTRAINT invitations_pkey PRIMARY KEY (account, room);


--
-- Name: invites invites_hash_key; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.invites
    ADD CONSTRAINT invites_hash_key UNIQUE (hash);


--
-- Name: invites invites_pkey; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.invites
    ADD CONSTRAINT invites_pkey PRIMARY KEY (id);


--
-- Name: members members_pkey; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.members
    ADD CONSTRAINT members_pkey PRIMARY KEY (room, account);


--
-- Name: meta meta_pkey; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.meta
    ADD CONSTRAINT meta_pkey PRIMARY KEY (name);


--
-- Name: migrations migrations_pkey; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.migrations
    ADD CONSTRAINT migrations_pkey PRIMARY KEY (version);


--
-- Name: moderation moderation_pkey; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.moderation
    ADD CONSTRAINT moderation_pkey PRIMARY KEY (id);


--
-- Name: passkeys passkeys_pkey; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.passkeys
    ADD CONSTRAINT passkeys_pkey PRIMARY KEY (id);


--
-- Name: peer_keys peer_keys_pkey; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.peer_keys
    ADD CONSTRAINT peer_keys_pkey PRIMARY KEY (id);


--
-- Name: pushes pushes_endpoint_key; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.pushes
    ADD CONSTRAINT pushes_endpoint_key UNIQUE (endpoint);


--
-- Name: pushes pushes_pkey; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.pushes
    ADD CONSTRAINT pushes_pkey PRIMARY KEY (session);


--
-- Name: reactions reactions_pkey; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.reactions
    ADD CONSTRAINT reactions_pkey PRIMARY KEY (room, target, emoji, account);


--
-- Name: rooms rooms_pkey; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.rooms
    ADD CONSTRAINT rooms_pkey PRIMARY KEY (id);


--
-- Name: rooms rooms_public_id_key; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.rooms
    ADD CONSTRAINT rooms_public_id_key UNIQUE (public_id);


--
-- Name: sessions sessions_hash_key; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.sessions
    ADD CONSTRAINT sessions_hash_key UNIQUE (hash);


--
-- Name: sessions sessions_pkey; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);


--
-- Name: tickets tickets_pkey; Type: CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.tickets
    ADD CONSTRAINT tickets_pkey PRIMARY KEY (hash);


--
-- Name: accounts_by_creator; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX accounts_by_creator ON hubbub.accounts USING btree (creator) WHERE (creator IS NOT NULL);


--
-- Name: accounts_by_end; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX accounts_by_end ON hubbub.accounts USING btree (ends_at) WHERE (ends_at IS NOT NULL);


--
-- Name: accounts_by_key_space; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX accounts_by_key_space ON hubbub.accounts USING btree (key_space) WHERE (key_space IS NOT NULL);


--
-- Name: accounts_by_mute; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX accounts_by_mute ON hubbub.accounts USING btree (muted_until) WHERE (muted_until IS NOT NULL);


--
-- Name: accounts_by_role; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX accounts_by_role ON hubbub.accounts USING btree (role, folded) WHERE (folded IS NOT NULL);


--
-- Name: bans_by_account; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX bans_by_account ON hubbub.bans USING btree (account);


--
-- Name: bans_by_address; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX bans_by_address ON hubbub.bans USING btree (address);


--
-- Name: blocks_by_other; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX blocks_by_other ON hubbub.blocks USING btree (other);


--
-- Name: direct_rooms; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE UNIQUE INDEX direct_rooms ON hubbub.rooms USING btree (low, high) WHERE (kind = 'direct'::text);


--
-- Name: direct_rooms_by_high; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX direct_rooms_by_high ON hubbub.rooms USING btree (high) WHERE (kind = 'direct'::text);


--
-- Name: events_by_key; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE UNIQUE INDEX events_by_key ON hubbub.events USING btree (key, room, key_space) WHERE (key IS NOT NULL);


--
-- Name: files_by_end; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX files_by_end ON hubbub.files USING btree (expires_at) WHERE (expires_at IS NOT NULL);


--
-- Name: files_by_message; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX files_by_message ON hubbub.files USING btree (room, seq, place) WHERE (seq IS NOT NULL);


--
-- Name: files_by_room; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX files_by_room ON hubbub.files USING btree (room);


--
-- Name: files_by_uploader; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX files_by_uploader ON hubbub.files USING btree (uploader);


--
-- Name: invitations_by_inviter; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX invitations_by_inviter ON hubbub.invitations USING btree (inviter, room);


--
-- Name: invitations_by_room; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX invitations_by_room ON hubbub.invitations USING btree (room);


--
-- Name: invites_by_creator; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX invites_by_creator ON hubbub.invites USING btree (creator) WHERE (creator IS NOT NULL);


--
-- Name: invites_by_end; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX invites_by_end ON hubbub.invites USING btree (expires_at) WHERE (expires_at IS NOT NULL);


--
-- Name: invites_by_role; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX invites_by_role ON hubbub.invites USING btree (role);


--
-- Name: invites_by_room; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX invites_by_room ON hubbub.invites USING btree (room) WHERE (room IS NOT NULL);


--
-- Name: members_by_account; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE UNIQUE INDEX members_by_account ON hubbub.members USING btree (account, folded);


--
-- Name: messages_by_seq; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX messages_by_seq ON hubbub.events USING btree (room, seq, sender) WHERE (kind = 'message'::text);


--
-- Name: messages_by_word; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX messages_by_word ON hubbub.events USING gin (words) WHERE (words IS NOT NULL);


--
-- Name: messages_with_payload; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX messages_with_payload ON hubbub.events USING btree (room, seq) WHERE ((kind = 'message'::text) AND (payload IS NOT NULL));


--
-- Name: passkeys_by_account; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX passkeys_by_account ON hubbub.passkeys USING btree (account, created_at, number);


--
-- Name: public_rooms; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE UNIQUE INDEX public_rooms ON hubbub.rooms USING btree (folded) WHERE (kind = 'public'::text);


--
-- Name: pushes_by_account; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX pushes_by_account ON hubbub.pushes USING btree (account);


--
-- Name: rooms_by_creator; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX rooms_by_creator ON hubbub.rooms USING btree (creator) WHERE (creator IS NOT NULL);


--
-- Name: rooms_by_high; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX rooms_by_high ON hubbub.rooms USING btree (high) WHERE (high IS NOT NULL);


--
-- Name: rooms_by_host; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX rooms_by_host ON hubbub.rooms USING btree (host) WHERE (host IS NOT NULL);


--
-- Name: rooms_by_low; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX rooms_by_low ON hubbub.rooms USING btree (low) WHERE (low IS NOT NULL);


--
-- Name: rooms_without_members; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX rooms_without_members ON hubbub.rooms USING btree (id) WHERE ((kind = 'private'::text) AND (members = 0));


--
-- Name: sessions_by_account; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX sessions_by_account ON hubbub.sessions USING btree (account, seen_at);


--
-- Name: sessions_by_age; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX sessions_by_age ON hubbub.sessions USING btree (created_at);


--
-- Name: sessions_by_proof; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE UNIQUE INDEX sessions_by_proof ON hubbub.sessions USING btree (proof) WHERE (proof IS NOT NULL);


--
-- Name: sessions_by_use; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX sessions_by_use ON hubbub.sessions USING btree (seen_at);


--
-- Name: tickets_by_account; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX tickets_by_account ON hubbub.tickets USING btree (account) WHERE (account IS NOT NULL);


--
-- Name: tickets_by_end; Type: INDEX; Schema: hubbub; Owner: -
--

CREATE INDEX tickets_by_end ON hubbub.tickets USING btree (expires_at);


--
-- Name: file_parts file_part_counted; Type: TRIGGER; Schema: hubbub; Owner: -
--

CREATE TRIGGER file_part_counted AFTER INSERT ON hubbub.file_parts FOR EACH ROW EXECUTE FUNCTION hubbub.count_file_part();


--
-- Name: invites invite_used_up; Type: TRIGGER; Schema: hubbub; Owner: -
--

CREATE TRIGGER invite_used_up AFTER UPDATE OF uses_left ON hubbub.invites FOR EACH ROW WHEN ((new.uses_left = 0)) EXECUTE FUNCTION hubbub.drop_used_invite();


--
-- Name: bans inviter_banned; Type: TRIGGER; Schema: hubbub; Owner: -
--

CREATE TRIGGER inviter_banned AFTER INSERT ON hubbub.bans FOR EACH ROW WHEN ((new.account IS NOT NULL)) EXECUTE FUNCTION hubbub.inviter_banned();


--
-- Name: blocks inviter_blocked; Type: TRIGGER; Schema: hubbub; Owner: -
--

CREATE TRIGGER inviter_blocked AFTER INSERT ON hubbub.blocks FOR EACH ROW EXECUTE FUNCTION hubbub.inviter_blocked();


--
-- Name: members invites_of_member; Type: TRIGGER; Schema: hubbub; Owner: -
--

CREATE TRIGGER invites_of_member AFTER DELETE ON hubbub.members FOR EACH ROW EXECUTE FUNCTION hubbub.end_invites_of_member();


--
-- Name: members member_came; Type: TRIGGER; Schema: hubbub; Owner: -
--

CREATE TRIGGER member_came AFTER INSERT ON hubbub.members FOR EACH ROW EXECUTE FUNCTION hubbub.member_came();


--
-- Name: members member_went; Type: TRIGGER; Schema: hubbub; Owner: -
--

CREATE TRIGGER member_went AFTER DELETE ON hubbub.members FOR EACH ROW EXECUTE FUNCTION hubbub.member_went();


--
-- Name: members members_counted; Type: TRIGGER; Schema: hubbub; Owner: -
--

CREATE TRIGGER members_counted AFTER INSERT OR DELETE ON hubbub.members FOR EACH ROW EXECUTE FUNCTION hubbub.count_members();


--
-- Name: accounts accounts_creator_fkey; Type: FK CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.accounts
    ADD CONSTRAINT accounts_creator_fkey FOREIGN KEY (creator) REFERENCES hubbub.accounts(id);


--
-- Name: bans bans_account_fkey; Type: FK CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.bans
    ADD CONSTRAINT bans_account_fkey FOREIGN KEY (account) REFERENCES hubbub.accounts(id);


--
-- Name: blocks blocks_account_fkey; Type: FK CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.blocks
    ADD CONSTRAINT blocks_account_fkey FOREIGN KEY (account) REFERENCES hubbub.accounts(id);


--
-- Name: blocks blocks_other_fkey; Type: FK CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.blocks
    ADD CONSTRAINT blocks_other_fkey FOREIGN KEY (other) REFERENCES hubbub.accounts(id);


--
-- Name: file_parts file_parts_file_fkey; Type: FK CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.file_parts
    ADD CONSTRAINT file_parts_file_fkey FOREIGN KEY (file) REFERENCES hubbub.files(number) ON DELETE CASCADE;


--
-- Name: files files_room_fkey; Type: FK CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.files
    ADD CONSTRAINT files_room_fkey FOREIGN KEY (room) REFERENCES hubbub.rooms(id);


--
-- Name: files files_uploader_fkey; Type: FK CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.files
    ADD CONSTRAINT files_uploader_fkey FOREIGN KEY (uploader) REFERENCES hubbub.accounts(id);


--
-- Name: invitations invitations_account_fkey; Type: FK CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.invitations
    ADD CONSTRAINT invitations_account_fkey FOREIGN KEY (account) REFERENCES hubbub.accounts(id);


--
-- Name: invitations invitations_inviter_fkey; Type: FK CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.invitations
    ADD CONSTRAINT invitations_inviter_fkey FOREIGN KEY (inviter) REFERENCES hubbub.accounts(id);


--
-- Name: invitations invitations_room_fkey; Type: FK CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.invitations
    ADD CONSTRAINT invitations_room_fkey FOREIGN KEY (room) REFERENCES hubbub.rooms(id) ON DELETE CASCADE;


--
-- Name: invites invites_creator_fkey; Type: FK CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.invites
    ADD CONSTRAINT invites_creator_fkey FOREIGN KEY (creator) REFERENCES hubbub.accounts(id);


--
-- Name: invites invites_room_fkey; Type: FK CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.invites
    ADD CONSTRAINT invites_room_fkey FOREIGN KEY (room) REFERENCES hubbub.rooms(id);


--
-- Name: members members_account_fkey; Type: FK CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.members
    ADD CONSTRAINT members_account_fkey FOREIGN KEY (account) REFERENCES hubbub.accounts(id);


--
-- Name: members members_room_fkey; Type: FK CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.members
    ADD CONSTRAINT members_room_fkey FOREIGN KEY (room) REFERENCES hubbub.rooms(id);


--
-- Name: passkeys passkeys_account_fkey; Type: FK CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.passkeys
    ADD CONSTRAINT passkeys_account_fkey FOREIGN KEY (account) REFERENCES hubbub.accounts(id);


--
-- Name: pushes pushes_account_fkey; Type: FK CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.pushes
    ADD CONSTRAINT pushes_account_fkey FOREIGN KEY (account) REFERENCES hubbub.accounts(id);


--
-- Name: pushes pushes_session_fkey; Type: FK CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.pushes
    ADD CONSTRAINT pushes_session_fkey FOREIGN KEY (session) REFERENCES hubbub.sessions(hash) ON DELETE CASCADE;


--
-- Name: rooms rooms_creator_fkey; Type: FK CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.rooms
    ADD CONSTRAINT rooms_creator_fkey FOREIGN KEY (creator) REFERENCES hubbub.accounts(id);


--
-- Name: rooms rooms_high_fkey; Type: FK CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.rooms
    ADD CONSTRAINT rooms_high_fkey FOREIGN KEY (high) REFERENCES hubbub.accounts(id);


--
-- Name: rooms rooms_host_fkey; Type: FK CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.rooms
    ADD CONSTRAINT rooms_host_fkey FOREIGN KEY (host) REFERENCES hubbub.accounts(id);


--
-- Name: rooms rooms_low_fkey; Type: FK CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.rooms
    ADD CONSTRAINT rooms_low_fkey FOREIGN KEY (low) REFERENCES hubbub.accounts(id);


--
-- Name: sessions sessions_account_fkey; Type: FK CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.sessions
    ADD CONSTRAINT sessions_account_fkey FOREIGN KEY (account) REFERENCES hubbub.accounts(id);


--
-- Name: tickets tickets_account_fkey; Type: FK CONSTRAINT; Schema: hubbub; Owner: -
--

ALTER TABLE ONLY hubbub.tickets
    ADD CONSTRAINT tickets_account_fkey FOREIGN KEY (account) REFERENCES hubbub.accounts(id);


--
-- PostgreSQL database dump complete
--


