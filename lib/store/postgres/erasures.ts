import { type ErasureStep, FOUND_A_STEP, type LogPlace, STEP_MS } from "../erasures.ts";
import type { Revoked } from "../people.ts";
import {
  forwardedIn,
  type LogRange,
  messagesAfter,
  reactionsIn,
  searchesAgainAt,
  toStep,
  votesIn,
  within,
} from "../sql/erasures.ts";
import { accountColumns, int, intOrNull, toAccount } from "../sql/rows.ts";
import { encodeText } from "../sql/text.ts";
import type { PostgresAccounts } from "./accounts.ts";
import type { Database } from "./database.ts";
import { demotion, REVOKED, toRevoked } from "./revocations.ts";

/** The account is no owner any more: it loses the grants that a guest could not make. */
const ERASE = `WITH revoked AS (
    SELECT d.*, a.public_id FROM accounts a JOIN LATERAL ${
  demotion({ account: "a.id", next: "a.role", standing: "'guest'", falls: "true" })
} d ON true WHERE a.id = $1 AND a.folded IS NOT NULL AND a.role <> 'owner'
  ), gone AS (
    SELECT DISTINCT public_id FROM revoked
  ), of_sessions AS (DELETE FROM sessions USING gone WHERE account = $1),
    of_passkeys AS (DELETE FROM passkeys USING gone WHERE account = $1),
    of_links AS (DELETE FROM provider_accounts USING gone WHERE account = $1),
    of_rooms AS (DELETE FROM members USING gone WHERE account = $1),
    of_blocks AS (DELETE FROM blocks USING gone WHERE account = $1 OR other = $1),
    of_invitations AS (DELETE FROM invitations USING gone WHERE account = $1 OR inviter = $1),
    of_removals AS (DELETE FROM expulsions USING gone WHERE account = $1),
    of_groups AS (DELETE FROM group_members USING gone WHERE account = $1),
    of_threads AS (DELETE FROM thread_followers USING gone WHERE account = $1),
    of_mentions AS (DELETE FROM mentions USING gone WHERE account = $1),
    of_names AS (DELETE FROM account_names USING gone WHERE account = $1),
    of_bans AS (DELETE FROM bans USING gone WHERE account = $1 AND address IS NULL),
    of_addresses AS (
      UPDATE bans SET account = NULL, reason = '' FROM gone WHERE account = $1 AND address IS NOT NULL
    ), of_files AS (
      UPDATE files SET expires_at = 0 FROM gone WHERE uploader = $1 AND expires_at IS NOT NULL
    ), of_moderator AS (
      UPDATE moderation SET by = $2 FROM gone WHERE by_id = gone.public_id AND subject_id IS DISTINCT FROM by_id
    ), of_subject AS (
      UPDATE moderation SET subject = $2, detail = CASE action WHEN 'rename' THEN NULL ELSE detail END,
        by = CASE WHEN by_id = subject_id THEN $2 ELSE by END
      FROM gone WHERE subject_id = gone.public_id
    ), renamed AS (
      UPDATE accounts a SET name = $2, folded = NULL, skeleton = NULL, password = NULL,
        muted_until = NULL, quiet_until = NULL, quiet_weekly = NULL, deactivated_at = NULL
      FROM gone WHERE a.id = $1
    ), begun AS (
      INSERT INTO erasures AS e (account, started_at) SELECT $1, $3 FROM gone
      ON CONFLICT (account) DO UPDATE SET since = NULL, room = 0, seq = 0, due_at = 0,
        started_at = excluded.started_at WHERE e.since IS NOT NULL
    )
  SELECT ${REVOKED} FROM revoked d LEFT JOIN accounts bot ON bot.id = d.bot`;

const CLAIM = `UPDATE erasures e SET due_at = $2 FROM accounts a
  WHERE a.id = e.account AND e.account = (
    SELECT account FROM erasures WHERE due_at <= $1 ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
  )
  RETURNING e.room, e.seq, e.since, e.started_at, ${accountColumns("a")}`;

const NEXT = messagesAfter("$1::bigint", "$2::bigint");

const SEARCHED = `SELECT room, seq FROM (${NEXT}) n ORDER BY room DESC, seq DESC LIMIT 1`;

const MESSAGES = `SELECT room, seq FROM (${NEXT}) n WHERE sender = $3 AND NOT deleted
  AND ${within("$4::bigint", "$5::bigint")} ORDER BY room, seq LIMIT ${FOUND_A_STEP + 1}`;

/** The logs that a step searches. */
const RANGE: LogRange = {
  after: ["$1::bigint", "$2::bigint"],
  upTo: ["$3::bigint", "$4::bigint"],
};

const REACTIONS = reactionsIn(RANGE, "$5::bigint");
const VOTES = votesIn(RANGE, "$5::bigint");

const RENAME_FORWARDED = `UPDATE events SET
    payload = jsonb_set(payload::jsonb, '{forwarded,sender}', to_jsonb($5::text))::text
  WHERE ${forwardedIn(RANGE)} AND payload::jsonb #>> '{forwarded,sender_id}' = $6`;

/** Erases accounts. */
export class PostgresErasures {
  readonly #db: Database;
  readonly #accounts: PostgresAccounts;

  constructor(db: Database, accounts: PostgresAccounts) {
    this.#db = db;
    this.#accounts = accounts;
  }

  async erase(account: number, tombstone: string, at: number): Promise<Revoked | "last_owner"> {
    const before = await this.#accounts.byId(account);
    // Apart: one statement cannot change the row twice.
    const demoted = before?.role === "owner"
      ? await this.#accounts.setRole(account, "member")
      : { bots: [] };
    if (demoted === "last_owner") return demoted;
    const revoked = toRevoked(await this.#db.run(ERASE, [account, encodeText(tombstone), at]));
    return revoked === "last_owner" ? revoked : { bots: [...demoted.bots, ...revoked.bots] };
  }

  async next(at: number): Promise<ErasureStep | null> {
    const [claimed] = await this.#db.run(CLAIM, [at, at + STEP_MS]);
    if (claimed === undefined) return null;
    const account = toAccount(claimed);
    const from = [int(claimed, "room"), int(claimed, "seq")];
    const [last] = await this.#db.run(SEARCHED, from);
    if (last === undefined) return toStep(account, null, [], [], []);
    const searched = { room: int(last, "room"), seq: int(last, "seq") };
    const [since, startedAt] = [intOrNull(claimed, "since"), int(claimed, "started_at")];
    const messages = await this.#db.run(MESSAGES, [...from, account.id, since, startedAt]);
    if (since !== null) return toStep(account, searched, messages, [], []);
    const range = [...from, searched.room, searched.seq];
    const reactions = await this.#db.run(REACTIONS, [...range, account.id]);
    const votes = await this.#db.run(VOTES, [...range, account.id]);
    const names = [encodeText(account.name), encodeText(account.publicId)];
    await this.#db.run(RENAME_FORWARDED, [...range, ...names]);
    return toStep(account, searched, messages, reactions, votes);
  }

  async messagesOf(
    id: number,
    { room, seq }: LogPlace,
  ): Promise<Pick<ErasureStep, "messages" | "votes" | "next">> {
    const [last] = await this.#db.run(SEARCHED, [room, seq]);
    if (last === undefined) return toStep({ id }, null, [], [], []);
    const searched = { room: int(last, "room"), seq: int(last, "seq") };
    const found = await this.#db.run(MESSAGES, [room, seq, id, null, null]);
    const votes = await this.#db.run(VOTES, [room, seq, searched.room, searched.seq, id]);
    return toStep({ id }, searched, found, [], votes);
  }

  async endStep(account: number, next: LogPlace | null, at: number): Promise<void> {
    const advance = "UPDATE erasures SET room = $2, seq = $3, due_at = $4 WHERE account = $1";
    if (next !== null) return void await this.#db.run(advance, [account, next.room, next.seq, at]);
    const [row] = await this.#db.run("SELECT started_at FROM erasures WHERE account = $1", [
      account,
    ]);
    const again = row === undefined ? null : searchesAgainAt(int(row, "started_at"), at);
    if (again !== null) return void await this.#db.run(advance, [account, 0, 0, again]);
    await this.#db.run("DELETE FROM erasures WHERE account = $1", [account]);
  }
}
