/**
 * How rooms are changed and deleted, in the database.
 *
 * `change_room` changes a room whose row the caller has locked. The result is false, without effect,
 * if the room cannot have the name. It has the rule of `Store.createRoom`; the time for which a
 * name stays reserved comes with the change.
 *
 * `delete_room` has a row for each bot of the room's incoming webhooks, and one without a bot; no
 * row at all if the room was deleted before. It waits for appends under way, and appends wait for it.
 *
 * `conversation_of` finds the conversation without a name of these people, or creates it. Two calls
 * for the same people wait for each other.
 *
 * `sweep_room` deletes the oldest events of one deleted room. The result is the number of rooms: 0 or
 * 1.
 *
 * @module
 */
import { selectConversation } from "../sql/people.ts";
import { roomsThatHad, withoutName } from "../sql/room_names.ts";

/** Defines the functions. */
export const ROOM_ROUTINES = `
CREATE OR REPLACE FUNCTION change_room(
  this_room bigint, actor bigint, moment bigint, change jsonb
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  old record;
  new_name text;
  new_folded text;
  new_kind text;
  names boolean;
BEGIN
  SELECT r.name, r.folded, r.kind, r.people INTO old FROM rooms r WHERE r.id = this_room;
  new_name := coalesce(change ->> 'name', old.name);
  new_folded := coalesce(change ->> 'folded', old.folded);
  new_kind := coalesce(change ->> 'kind', old.kind);
  IF new_folded <> old.folded OR new_kind = 'public' AND old.kind <> 'public' THEN
    IF EXISTS (
      SELECT 1 FROM rooms r WHERE r.kind = 'public' AND r.folded = new_folded AND r.id <> this_room
    ) OR EXISTS (
      SELECT 1 FROM members m WHERE m.account = actor AND m.folded = new_folded
        AND m.room <> this_room
    ) OR EXISTS (
      SELECT 1 FROM (${
  roomsThatHad("new_folded", "actor", "moment - (change ->> 'reserved_ms')::bigint")
}) AS h WHERE h.room <> this_room
    ) THEN
      RETURN false;
    END IF;
  END IF;
  IF new_folded <> old.folded THEN
    INSERT INTO room_names (room, folded, is_public, at)
    VALUES (this_room, old.folded, old.kind = 'public', moment)
    ON CONFLICT (room, folded) DO UPDATE SET is_public = excluded.is_public, at = excluded.at;
    DELETE FROM room_names n WHERE n.room = this_room AND n.folded = new_folded;
    -- A member who is in another room of the name finds that one by it, as before.
    UPDATE members m SET folded = CASE WHEN EXISTS (
      SELECT 1 FROM members o
      WHERE o.account = m.account AND o.folded = new_folded AND o.room <> this_room
    ) THEN ${withoutName("this_room")} ELSE new_folded END WHERE m.room = this_room;
  END IF;
  names := old.people IS NOT NULL AND change ? 'name';
  IF names THEN
    -- They went on getting every message.
    UPDATE members m SET level = 'all' WHERE m.room = this_room AND m.level IS NULL;
  END IF;
  -- A conversation that gets a name has a host from then on: the member who gave it the name.
  -- A room that becomes private gets the member of longest standing as its host, if it has none.
  UPDATE rooms r SET
    name = new_name, folded = new_folded, kind = new_kind,
    title = CASE WHEN change ? 'title' THEN nullif(change ->> 'title', '') ELSE r.title END,
    archived_at = CASE (change ->> 'archived')::boolean
      WHEN true THEN coalesce(r.archived_at, moment) WHEN false THEN NULL ELSE r.archived_at END,
    locked = coalesce((change ->> 'locked')::boolean, r.locked),
    slow_ms = coalesce((change ->> 'slow_ms')::bigint, r.slow_ms),
    threads = coalesce((change ->> 'threads')::boolean, r.threads),
    retention_days = CASE WHEN change ? 'retention_days'
      THEN nullif((change ->> 'retention_days')::bigint, 0) ELSE r.retention_days END,
    expiry_due = CASE WHEN change ? 'retention_days' THEN 0 ELSE r.expiry_due END,
    may_post = coalesce(change ->> 'may_post', r.may_post),
    may_invite = coalesce(change ->> 'may_invite', r.may_invite),
    may_pin = coalesce(change ->> 'may_pin', r.may_pin),
    previews = coalesce((change ->> 'previews')::boolean, r.previews),
    people = CASE WHEN names THEN NULL ELSE r.people END,
    host = CASE WHEN names THEN actor
      WHEN new_kind = 'private' AND r.host IS NULL AND r.people IS NULL THEN (
      SELECT m.account FROM members m JOIN accounts a ON a.id = m.account
      WHERE m.room = r.id AND a.role <> 'guest' ORDER BY m.joined_at, m.account LIMIT 1
    ) ELSE r.host END,
    version = r.version + 1
  WHERE r.id = this_room;
  RETURN true;
EXCEPTION WHEN unique_violation THEN
  -- Another room took the name at the same time, or a member of this one came into one of the name.
  RETURN false;
END $$;

CREATE OR REPLACE FUNCTION delete_room(this_room bigint, moment bigint)
RETURNS TABLE (bot bigint) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM r.id FROM rooms r WHERE r.id = this_room AND r.deleted_at IS NULL FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  RETURN QUERY SELECT NULL::bigint UNION ALL
    SELECT h.bot FROM hooks h WHERE h.room = this_room;
  DELETE FROM members WHERE room = this_room;
  DELETE FROM invitations WHERE room = this_room;
  DELETE FROM invites WHERE room = this_room;
  DELETE FROM room_names WHERE room = this_room;
  DELETE FROM hook_rooms WHERE room = this_room;
  DELETE FROM hooks WHERE room = this_room;
  UPDATE files SET expires_at = 0 WHERE room = this_room AND seq IS NULL AND type IS NOT NULL;
  UPDATE rooms SET name = '', folded = ${withoutName("id")}, title = NULL, creator = NULL,
    host = NULL, people = NULL, deleted_at = moment, version = version + 1 WHERE id = this_room;
END $$;

CREATE OR REPLACE FUNCTION conversation_of(
  these_people text, actor bigint, new_name text, new_folded text, moment bigint
) RETURNS TABLE (room bigint, is_new boolean) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(these_people, 20));
  room := (${selectConversation("these_people", "actor")});
  is_new := room IS NULL;
  IF is_new THEN
    INSERT INTO rooms AS r (kind, name, folded, created_at, people)
    VALUES ('private', new_name, new_folded, moment, these_people) RETURNING r.id INTO room;
    INSERT INTO members (room, account, folded, joined_at)
    VALUES (conversation_of.room, actor, new_folded, moment);
  END IF;
  RETURN NEXT;
END $$;

CREATE OR REPLACE FUNCTION sweep_room(events_a_step bigint)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  room_id bigint;
  gone bigint[];
BEGIN
  SELECT r.id INTO room_id FROM rooms r WHERE r.deleted_at IS NOT NULL
    AND EXISTS (SELECT 1 FROM events e WHERE e.room = r.id)
  LIMIT 1 FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  SELECT array_agg(e.seq) INTO gone FROM (
    SELECT seq FROM events WHERE room = room_id ORDER BY seq LIMIT events_a_step
  ) e;
  PERFORM remove_events(room_id, gone);
  RETURN 1;
END $$;

CREATE OR REPLACE FUNCTION remove_events(room_id bigint, gone bigint[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM reactions WHERE room = room_id AND target = ANY (gone);
  DELETE FROM votes WHERE room = room_id AND target = ANY (gone);
  UPDATE files SET seq = NULL, place = NULL, expires_at = 0 WHERE room = room_id AND seq = ANY (gone);
  DELETE FROM threads WHERE room = room_id AND root = ANY (gone);
  DELETE FROM thread_followers WHERE room = room_id AND root = ANY (gone);
  WITH ended AS (
    DELETE FROM events WHERE room = room_id AND seq = ANY (gone) RETURNING id
  ), unqueued AS (
    DELETE FROM search_queue q USING ended WHERE q.id = ended.id
  ) DELETE FROM search_entries s USING ended WHERE s.id = ended.id;
END $$;
`;
