/**
 * How power is taken away, and passwords are changed: in the database, statement by statement. Each
 * statement sees what was committed before it, also by those for whose locks the one before waited:
 * an invitation that is made while its maker is demoted is either not made or ended here.
 *
 * `demote` gives an account the role `next` and ends what it handed out and could not hand out with
 * the role `standing`. The result has a row for each bot whose tokens were revoked; `done` is false
 * where the last owner would go.
 *
 * `another_owner` says whether the server has an owner who can sign in beside an account, or without
 * need of it, and keeps it so until the transaction ends.
 *
 * `holds_power` says whether an account has one of some roles and may sign in, and holds it so
 * until the transaction ends: who takes it away waits, and then sees what was done with it.
 *
 * `change_password` has a row for each session and each passkey that ended; no row at all where the
 * session has ended or the password is another one by now.
 */
export const POWERS = `
CREATE OR REPLACE FUNCTION demote(
  account bigint, next text, standing text, inviters text[], makers text[], falls boolean
)
RETURNS TABLE (done boolean, bot bigint)
LANGUAGE plpgsql AS $$
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
    WHERE a.role = 'owner' AND a.folded IS NOT NULL AND a.deactivated_at IS NULL
      AND a.id <> demote.account
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

CREATE OR REPLACE FUNCTION another_owner(account bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  -- In the same order as in demote.
  PERFORM a.id FROM accounts a
  WHERE a.id = another_owner.account OR a.role = 'owner' AND a.folded IS NOT NULL
  ORDER BY a.id FOR UPDATE;
  RETURN EXISTS (
    SELECT 1 FROM accounts a
    WHERE a.id = another_owner.account AND a.role <> 'owner'
      OR a.id <> another_owner.account AND a.role = 'owner' AND a.folded IS NOT NULL
        AND a.deactivated_at IS NULL
  );
END $$;

CREATE OR REPLACE FUNCTION holds_power(account bigint, roles text[]) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM a.id FROM accounts a WHERE a.id = holds_power.account FOR UPDATE;
  RETURN EXISTS (
    SELECT 1 FROM accounts a WHERE a.id = holds_power.account AND a.role = ANY (roles)
      AND a.deactivated_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM bans b WHERE b.account = a.id)
  );
END $$;

CREATE OR REPLACE FUNCTION change_password(
  account bigint, password text, replaces text, session text, keep_passkey text
)
RETURNS TABLE (hash text, label text)
LANGUAGE plpgsql AS $$
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
`;
