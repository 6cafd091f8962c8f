/** Adds what users say about themselves, and reports to the moderators. @module */

/** The migration. */
export const PROFILES = `
-- What users say about themselves. skeleton is what display_name looks like. avatar is the id of a
-- picture.
CREATE TABLE profiles (
  account bigint PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  display_name text,
  skeleton text,
  status_emoji text,
  status_text text,
  status_until bigint,
  avatar text UNIQUE,
  CHECK ((display_name IS NULL) = (skeleton IS NULL)),
  CHECK ((status_emoji IS NULL) = (status_text IS NULL)),
  CHECK (status_until IS NULL OR status_text IS NOT NULL)
);
CREATE INDEX profiles_by_skeleton ON profiles (skeleton) WHERE skeleton IS NOT NULL;

CREATE TABLE avatars (
  id text PRIMARY KEY,
  account bigint NOT NULL UNIQUE REFERENCES accounts (id) ON DELETE CASCADE,
  type text NOT NULL,
  bytes bytea NOT NULL
);

-- Messages that users have reported to the moderators. Names as they were; ids are public ids.
CREATE TABLE reports (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE,
  room bigint NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  seq bigint NOT NULL,
  by text NOT NULL,
  by_id text NOT NULL,
  reason text NOT NULL,
  at bigint NOT NULL,
  resolved_at bigint,
  resolved_by text,
  resolved_by_id text,
  resolution text,
  UNIQUE (room, seq, by_id)
);
CREATE INDEX open_reports ON reports (number) WHERE resolved_at IS NULL;

-- The moderation log is read by its newest entries, of one moderator, about one user, or of one kind.
CREATE INDEX moderation_by_actor ON moderation (by_id, id);
CREATE INDEX moderation_by_subject ON moderation (subject_id, id);
CREATE INDEX moderation_by_action ON moderation (action, id);

-- An account that is gone says nothing about itself, and a room that is gone has no reports.
CREATE FUNCTION account_nameless() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM profiles WHERE account = new.id;
  DELETE FROM avatars WHERE account = new.id;
  RETURN NULL;
END $$;
CREATE TRIGGER account_nameless AFTER UPDATE OF folded ON accounts FOR EACH ROW
  WHEN (new.folded IS NULL AND old.folded IS NOT NULL) EXECUTE FUNCTION account_nameless();
CREATE FUNCTION reported_room_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM reports WHERE room = new.id;
  RETURN NULL;
END $$;
CREATE TRIGGER reported_room_gone AFTER UPDATE OF deleted_at ON rooms FOR EACH ROW
  WHEN (new.deleted_at IS NOT NULL) EXECUTE FUNCTION reported_room_gone();
`;
