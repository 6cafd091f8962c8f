/** The statements of `RetentionStore`, the same for every backend. @module */
import { retentionDays } from "../../protocol/retention.ts";
import {
  EXPIRED_A_STEP,
  type ExpiredMessage,
  EXPIRY_STEP_MS,
  type ExpiryStep,
  LOOK_AGAIN_MS,
  LOOKED_AT_A_STEP,
  type RetentionStore,
} from "../retention.ts";
import { parsePayload } from "./payload.ts";
import { accountColumns, flag, int, intOrNull, type Row, textOrNull, toAccount } from "./rows.ts";
import type { SqlAccess } from "./run.ts";

const DAY_MS = 86_400_000;

/** Claims the room that has waited longest. The condition is repeated: another instance may be faster. */
function claimRoom(which: string): string {
  return `UPDATE rooms SET expiry_due = $2 WHERE id = (
      SELECT id FROM rooms WHERE ${which} AND expiry_due <= $1 ORDER BY expiry_due LIMIT 1
    ) AND expiry_due <= $1 RETURNING id, expired_seq, retention_days`;
}

const CLAIM_ANY = claimRoom("true");
const CLAIM_LIMITED = claimRoom("retention_days IS NOT NULL");

/** What decides about a message `e`, and who sent it. */
const DECIDING = `e.room, e.seq, e.at, e.deleted, e.payload,
  EXISTS (SELECT 1 FROM threads t WHERE t.room = e.room AND t.root = e.seq) AS has_replies,
  ${accountColumns("a", "sender_")}`;

const NEXT = `SELECT ${DECIDING} FROM events e JOIN accounts a ON a.id = e.sender
  WHERE e.room = $1 AND e.seq > $2 AND e.kind = 'message' ORDER BY e.seq LIMIT ${LOOKED_AT_A_STEP}`;

const KEEP = (each: SqlAccess["each"]) =>
  `INSERT INTO outliving (room, seq, due_at)
   SELECT $1, CAST(w.value AS bigint), $3 FROM (${each("$2")}) w WHERE true ON CONFLICT DO NOTHING`;

const END = `UPDATE rooms SET expired_seq = $2, expiry_due = $3 WHERE id = $1 AND expiry_due = $4`;

const CLAIM_OUTLIVING = `UPDATE outliving SET due_at = $2 WHERE (room, seq) IN (
    SELECT room, seq FROM outliving WHERE due_at <= $1 ORDER BY due_at LIMIT ${EXPIRED_A_STEP}
  ) AND due_at <= $1 RETURNING room, seq`;

/** Those that were deleted since, in this way or another. */
const DROP_GONE = `DELETE FROM outliving WHERE due_at = $1 AND NOT EXISTS (
    SELECT 1 FROM events e WHERE e.room = outliving.room AND e.seq = outliving.seq
      AND e.kind = 'message' AND NOT e.deleted
  )`;

const OUTLIVING = `SELECT ${DECIDING}, r.retention_days FROM outliving x
  JOIN events e ON e.room = x.room AND e.seq = x.seq JOIN accounts a ON a.id = e.sender
  JOIN rooms r ON r.id = x.room WHERE x.due_at = $1`;

/** Makes the part of a store from the access to its database. */
export function retentionStore({ read, write, each }: SqlAccess): RetentionStore {
  const keep = KEEP(each);

  /** Looks at the messages after those that a room was looked through for. */
  async function lookAt(claimed: Row, at: number, serverDays: number): Promise<ExpiryStep> {
    const [room, before] = [int(claimed, "id"), int(claimed, "expired_seq")];
    const ageMs = daysOf(claimed, serverDays) * DAY_MS;
    const rows = await read(NEXT, [room, before]);
    const messages: ExpiredMessage[] = [];
    const outliving: number[] = [];
    let seq = before;
    let dueAt = rows.length < LOOKED_AT_A_STEP ? at + LOOK_AGAIN_MS : at;
    for (const row of rows) {
      const expiresAt = int(row, "at") + ageMs;
      // A clock that was ahead must not keep those after it.
      const isSent = int(row, "at") <= at;
      if (!flag(row, "deleted")) {
        if (expiresAt > at && isSent || messages.length === EXPIRED_A_STEP) {
          dueAt = Math.max(at, Math.min(expiresAt, at + LOOK_AGAIN_MS));
          break;
        }
        if (expiresAt > at || stays(row)) outliving.push(int(row, "seq"));
        else messages.push(toExpired(row));
      }
      seq = int(row, "seq");
    }
    return { messages, looked: { room, seq, outliving, dueAt, claim: at + EXPIRY_STEP_MS } };
  }

  /** Looks again at messages that have stayed. */
  async function lookAgain(at: number, serverDays: number): Promise<ExpiryStep | null> {
    const due = at + LOOK_AGAIN_MS;
    if ((await write(CLAIM_OUTLIVING, [at, due])).length === 0) return null;
    await write(DROP_GONE, [due]);
    const messages = (await read(OUTLIVING, [due])).filter((row) => {
      const days = daysOf(row, serverDays);
      return days > 0 && int(row, "at") + days * DAY_MS <= at && !stays(row);
    });
    return { messages: messages.map(toExpired), looked: null };
  }

  return {
    async nextExpiry(at, serverDays) {
      const claim = serverDays > 0 ? CLAIM_ANY : CLAIM_LIMITED;
      const [claimed] = await write(claim, [at, at + EXPIRY_STEP_MS]);
      return claimed === undefined
        ? await lookAgain(at, serverDays)
        : await lookAt(claimed, at, serverDays);
    },
    async endExpiryStep({ looked }, at) {
      if (looked === null) return;
      const { room, seq, outliving, dueAt, claim } = looked;
      if (outliving.length > 0) {
        await write(keep, [room, JSON.stringify(outliving.map(String)), at + LOOK_AGAIN_MS]);
      }
      await write(END, [room, seq, dueAt, claim]);
    },
  };
}

function daysOf(row: Row, serverDays: number): number {
  return retentionDays(intOrNull(row, "retention_days") ?? 0, serverDays);
}

function stays(row: Row): boolean {
  return flag(row, "has_replies") || parsePayload(textOrNull(row, "payload")).pinned === true;
}

function toExpired(row: Row): ExpiredMessage {
  return { room: int(row, "room"), seq: int(row, "seq"), sender: toAccount(row, "sender_") };
}
