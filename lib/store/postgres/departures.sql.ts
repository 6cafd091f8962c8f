/**
 * One step of the sweep of what guests left behind, in the database: one statement, and so one
 * transaction. Instances that sweep at the same time take different guests. The log has no index by
 * sender, which every message would pay for, and no foreign key; a guest's row goes only where
 * `traces` says that no event outside of the guest's conversations names it.
 */
export const SWEEP_GUESTS = `
CREATE OR REPLACE FUNCTION sweep_guests(
  moment bigint, kept_ms bigint, again_ms bigint, rooms_a_step bigint, events_a_step bigint
) RETURNS bigint LANGUAGE plpgsql AS $$
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
    PERFORM remove_events(room_id, gone);
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
`;
