import type { DatabaseSync } from "node:sqlite";
import { type ErasureStep, FOUND_A_STEP, type LogPlace, STEP_MS } from "../erasures.ts";
import type { Revoked } from "../people.ts";
import type { Account } from "../records.ts";
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
import type { Revocations } from "./revocations.ts";
import type { Transaction } from "./transaction.ts";

/** The logs that a step searches. */
const RANGE: LogRange = { after: [":room", ":seq"], upTo: [":lastRoom", ":lastSeq"] };

/** What is deleted of an account at once. */
const TRACES: readonly string[] = [
  "DELETE FROM sessions WHERE account = :account",
  "DELETE FROM passkeys WHERE account = :account",
  "DELETE FROM provider_accounts WHERE account = :account",
  "DELETE FROM members WHERE account = :account",
  "DELETE FROM blocks WHERE account = :account OR other = :account",
  "DELETE FROM invitations WHERE account = :account OR inviter = :account",
  "DELETE FROM expulsions WHERE account = :account",
  "DELETE FROM group_members WHERE account = :account",
  "DELETE FROM thread_followers WHERE account = :account",
  "DELETE FROM mentions WHERE account = :account",
  "DELETE FROM account_names WHERE account = :account",
  "DELETE FROM bans WHERE account = :account AND address IS NULL",
  "UPDATE bans SET account = NULL, reason = '' WHERE account = :account",
  "UPDATE rooms SET creator = NULL WHERE creator = :account",
  // Files that no message has are the only ones with an end.
  "UPDATE files SET expires_at = 0 WHERE uploader = :account AND expires_at IS NOT NULL",
];

/** Erases accounts. */
export class SqliteErasures {
  readonly #transaction: Transaction;
  readonly #revocations: Revocations;
  readonly #account;
  readonly #traces;
  readonly #rename;
  readonly #renameModerator;
  readonly #renameSubject;
  readonly #begin;
  readonly #claim;
  readonly #messages;
  readonly #searched;
  readonly #reactions;
  readonly #votes;
  readonly #renameForwarded;
  readonly #startedAt;
  readonly #advance;
  readonly #end;

  constructor(db: DatabaseSync, transaction: Transaction, revocations: Revocations) {
    this.#transaction = transaction;
    this.#revocations = revocations;
    this.#account = db.prepare(`SELECT ${accountColumns("a")} FROM accounts a WHERE a.id = ?`);
    this.#traces = TRACES.map((sql) => db.prepare(sql));
    this.#rename = db.prepare(
      `UPDATE accounts SET name = ?, folded = NULL, skeleton = NULL, password = NULL,
         muted_until = NULL, quiet_until = NULL, quiet_weekly = NULL, deactivated_at = NULL
       WHERE id = ?`,
    );
    this.#renameModerator = db.prepare("UPDATE moderation SET by = ? WHERE by_id = ?");
    this.#renameSubject = db.prepare(
      `UPDATE moderation SET subject = ?, detail = iif(action = 'rename', NULL, detail)
       WHERE subject_id = ?`,
    );
    this.#begin = db.prepare(
      `INSERT INTO erasures (account, started_at) VALUES (?, ?)
       ON CONFLICT DO UPDATE SET since = NULL, room = 0, seq = 0, due_at = 0,
         started_at = excluded.started_at WHERE since IS NOT NULL`,
    );
    this.#claim = db.prepare(
      `UPDATE erasures SET due_at = ? WHERE account = (
         SELECT account FROM erasures WHERE due_at <= ? ORDER BY due_at LIMIT 1
       ) RETURNING account, room, seq, since, started_at`,
    );
    const next = messagesAfter(":room", ":seq");
    this.#messages = db.prepare(
      `SELECT room, seq FROM (${next}) n WHERE sender = :account AND deleted = 0
         AND ${within(":since", ":startedAt")} ORDER BY room, seq LIMIT ${FOUND_A_STEP + 1}`,
    );
    this.#searched = db.prepare(
      `SELECT room, seq FROM (${next}) ORDER BY room DESC, seq DESC LIMIT 1`,
    );
    this.#reactions = db.prepare(reactionsIn(RANGE, ":account"));
    this.#votes = db.prepare(votesIn(RANGE, ":account"));
    this.#renameForwarded = db.prepare(
      `UPDATE events SET payload = json_set(payload, '$.forwarded.sender', :name)
       WHERE ${forwardedIn(RANGE)} AND payload ->> '$.forwarded.sender_id' = :publicId`,
    );
    this.#startedAt = db.prepare("SELECT started_at FROM erasures WHERE account = ?");
    this.#advance = db.prepare(
      "UPDATE erasures SET room = ?, seq = ?, due_at = ? WHERE account = ?",
    );
    this.#end = db.prepare("DELETE FROM erasures WHERE account = ?");
  }

  erase(account: number, tombstone: string, at: number): Revoked | "last_owner" {
    return this.#transaction(() => {
      const before = this.#find(account);
      const revoked = this.#revocations.ban(account);
      if (revoked === "last_owner") return revoked;
      for (const statement of this.#traces) statement.run({ account });
      const name = encodeText(tombstone);
      this.#rename.run(name, account);
      this.#renameModerator.run(name, before.publicId);
      this.#renameSubject.run(name, before.publicId);
      this.#begin.run(account, at);
      return revoked;
    });
  }

  next(at: number): ErasureStep | null {
    const claimed = this.#claim.get(at + STEP_MS, at);
    if (claimed === undefined) return null;
    const account = int(claimed, "account");
    const from = { room: int(claimed, "room"), seq: int(claimed, "seq") };
    const searched = this.#searchedAfter(from);
    if (searched === null) return toStep(this.#find(account), null, [], [], []);
    const since = intOrNull(claimed, "since");
    const startedAt = int(claimed, "started_at");
    const messages = this.#messages.all({ ...from, account, since, startedAt });
    if (since !== null) return toStep(this.#find(account), searched, messages, [], []);
    const range = { ...from, lastRoom: searched.room, lastSeq: searched.seq };
    const reactions = this.#reactions.all({ ...range, account });
    const votes = this.#votes.all({ ...range, account });
    const { name, publicId } = this.#find(account);
    this.#renameForwarded.run({ ...range, name: encodeText(name), publicId: encodeText(publicId) });
    return toStep(this.#find(account), searched, messages, reactions, votes);
  }

  messagesOf(
    id: number,
    { room, seq }: LogPlace,
  ): Pick<ErasureStep, "messages" | "votes" | "next"> {
    const searched = this.#searchedAfter({ room, seq });
    if (searched === null) return toStep({ id }, null, [], [], []);
    const found = this.#messages.all({ room, seq, account: id, since: null, startedAt: null });
    const range = { room, seq, lastRoom: searched.room, lastSeq: searched.seq };
    return toStep({ id }, searched, found, [], this.#votes.all({ ...range, account: id }));
  }

  #searchedAfter({ room, seq }: LogPlace): LogPlace | null {
    const last = this.#searched.get({ room, seq });
    return last === undefined ? null : { room: int(last, "room"), seq: int(last, "seq") };
  }

  endStep(account: number, next: LogPlace | null, at: number): void {
    if (next !== null) return void this.#advance.run(next.room, next.seq, at, account);
    const row = this.#startedAt.get(account);
    const again = row === undefined ? null : searchesAgainAt(int(row, "started_at"), at);
    if (again === null) this.#end.run(account);
    else this.#advance.run(0, 0, again, account);
  }

  #find(account: number): Account {
    return toAccount(this.#account.get(account) ?? {});
  }
}
