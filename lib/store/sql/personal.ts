/** The statements of `PersonalStore`, the same for every backend. @module */
import { type ErrorCode, ERRORS } from "../../protocol/errors.ts";
import {
  MAX_DRAFTS,
  type PersonalStore,
  type Reminder,
  type SavedMessage,
  SCHEDULED_FILES_MS,
  type ScheduledContent,
  type ScheduledMessage,
  type StoredDraft,
} from "../personal.ts";
import type { FileRecord } from "../files.ts";
import type { RoomPrefs } from "../records.ts";
import { FILE_COLUMNS, toFile } from "./file_rows.ts";
import {
  accountColumns,
  int,
  intOrNull,
  ROOM_COLUMNS,
  ROOM_PAIR,
  ROOM_PREFS,
  type Row,
  storedText,
  text,
  toAccount,
  toRoom,
  toRoomPrefs,
} from "./rows.ts";
import type { SqlAccess } from "./run.ts";
import { encodeText } from "./text.ts";

// The rooms and accounts of these records are always there. LEFT JOIN tells a database that has seen
// few of either to begin with the records of one account.

/**
 * The condition that a record `x` is of a message that is there, in a room its account is in. With
 * EXISTS a database that has seen few messages begins with all of them; this one is asked for each
 * record.
 */
const IS_SEEN = `coalesce((
    SELECT e.kind = 'message' AND NOT e.deleted
    FROM members m JOIN events e ON e.room = m.room AND e.seq = x.seq
    WHERE m.room = x.room AND m.account = x.account
  ), false)`;

const SAVE = `INSERT INTO saved (account, room, seq, at)
  SELECT $1, $2, $3, CASE WHEN m.at >= $4 THEN m.at + 1 ELSE $4 END
  FROM (SELECT coalesce(max(at), -1) AS at FROM saved WHERE account = $1) AS m
  WHERE true ON CONFLICT DO NOTHING`;

const SAVED = `SELECT ${ROOM_COLUMNS}, x.seq AS message, x.at AS saved_at
  FROM saved x LEFT JOIN rooms r ON r.id = x.room ${ROOM_PAIR}
  WHERE x.account = $1 AND x.at < $2 AND ${IS_SEEN} ORDER BY x.at DESC LIMIT $3`;

/** Scheduled messages, with their authors and rooms. */
function selectScheduled(from: string): string {
  return `SELECT x.id AS scheduled, x.key, x.content, x.at AS send_at, x.failed,
      ${accountColumns("a", "author_")}, ${ROOM_COLUMNS}
    FROM ${from} x LEFT JOIN accounts a ON a.id = x.account LEFT JOIN rooms r ON r.id = x.room ${ROOM_PAIR}`;
}

const SCHEDULE = `INSERT INTO scheduled (id, account, room, key, content, at, due_at, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $6, $7) ON CONFLICT DO NOTHING`;
const SCHEDULED_BY_KEY = `${selectScheduled("scheduled")}
  WHERE x.account = $1 AND x.room = $2 AND x.key = $3`;
const SCHEDULED = `${selectScheduled("scheduled")} WHERE x.account = $1 ORDER BY x.at, x.number`;

/** Keeps a file that waits. One that is under a message already was sent with a key that is known. */
const KEEP_FILE = `UPDATE files SET expires_at =
    CASE WHEN seq IS NULL AND expires_at < $5 THEN $5 ELSE expires_at END
  WHERE id = $1 AND room = $2 AND uploader = $3 AND type IS NOT NULL
    AND (seq IS NOT NULL OR expires_at > $4) RETURNING ${FILE_COLUMNS}`;
const DROP_FILE = `UPDATE files SET expires_at = 0
  WHERE id = $1 AND uploader = $2 AND seq IS NULL`;

/** Of a message that an instance is sending nobody can know whether it was sent. */
const CANCEL = `DELETE FROM scheduled WHERE account = $1 AND id = $2
  AND (attempts = 0 OR failed IS NOT NULL) RETURNING content`;

// The condition is repeated: another instance may have claimed a row while this one waited for it.
const CLAIM_SCHEDULED = `UPDATE scheduled SET due_at = $2, attempts = attempts + 1
  WHERE number IN (SELECT number FROM scheduled WHERE due_at <= $1 ORDER BY due_at LIMIT $3)
    AND due_at <= $1 RETURNING id`;
const CLAIMED = `${selectScheduled("scheduled")} WHERE x.id = $1`;
const SENT = "DELETE FROM scheduled WHERE id = $1";
const FAILED = "UPDATE scheduled SET failed = $2, due_at = NULL WHERE id = $1";
const POSTPONE = "UPDATE scheduled SET due_at = $2, attempts = 0 WHERE id = $1";

const REMIND = `INSERT INTO reminders (account, room, seq, at, due_at) VALUES ($1, $2, $3, $4, $4)
  ON CONFLICT (account, room, seq) DO UPDATE SET at = excluded.at, due_at = excluded.at`;
const FORGET = "DELETE FROM reminders WHERE account = $1 AND room = $2 AND seq = $3";

const SELECT_REMINDERS = `SELECT x.seq AS message, x.at AS remind_at, x.due_at,
    ${accountColumns("a", "author_")}, ${ROOM_COLUMNS}
  FROM reminders x LEFT JOIN accounts a ON a.id = x.account LEFT JOIN rooms r ON r.id = x.room
  ${ROOM_PAIR}`;
const REMINDERS = `${SELECT_REMINDERS} WHERE x.account = $1 AND ${IS_SEEN} ORDER BY x.at, x.seq`;
const DUE_REMINDERS = `${SELECT_REMINDERS}
  WHERE x.account = $1 AND x.due_at IS NULL AND ${IS_SEEN} ORDER BY x.at, x.seq`;

/** Reminders of nothing that their users could read. */
const DROP_VOID = `DELETE FROM reminders WHERE (account, room, seq) IN (
    SELECT x.account, x.room, x.seq FROM reminders x WHERE x.due_at <= $1 AND NOT (${IS_SEEN})
  )`;
const CLAIM_REMINDERS = `UPDATE reminders SET due_at = $2 WHERE (account, room, seq) IN (
    SELECT account, room, seq FROM reminders WHERE due_at <= $1 ORDER BY due_at LIMIT $3
  ) AND due_at <= $1 RETURNING account, room, seq`;
const CLAIMED_REMINDER = `${SELECT_REMINDERS} WHERE x.account = $1 AND x.room = $2 AND x.seq = $3`;
const FINISH = `UPDATE reminders SET due_at = NULL
  WHERE account = $1 AND room = $2 AND seq = $3 AND at = $4`;

const SET_DRAFT = `INSERT INTO drafts (account, room, root, content, at)
  VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account, room, root)
  DO UPDATE SET content = excluded.content, at = excluded.at WHERE excluded.at > drafts.at`;
const SELECT_DRAFTS = `SELECT x.root, x.content, x.at AS set_at, ${ROOM_COLUMNS}
  FROM drafts x LEFT JOIN rooms r ON r.id = x.room ${ROOM_PAIR}
  WHERE x.account = $1
    AND EXISTS (SELECT 1 FROM members m WHERE m.room = x.room AND m.account = x.account)`;
const DRAFT = `${SELECT_DRAFTS} AND x.room = $2 AND x.root = $3`;
const DRAFTS = `${SELECT_DRAFTS}
  AND (x.room, x.root) > (coalesce((SELECT id FROM rooms WHERE public_id = $2), 0), $3)
  ORDER BY x.room, x.root LIMIT $4`;
/** How many drafts an account has besides one. */
const OTHER_DRAFTS = `SELECT count(*) AS count FROM drafts
  WHERE account = $1 AND NOT (room = $2 AND root = $3)`;
const DROP_CLEARED = "DELETE FROM drafts WHERE account = $1 AND content = ''";

const SET_PREFS = `UPDATE members SET
    level = coalesce(CAST($3 AS text), level),
    favourite_at = CASE CAST($4 AS bigint) WHEN 1 THEN coalesce(favourite_at, $5)
      WHEN 0 THEN NULL ELSE favourite_at END,
    section = CASE WHEN CAST($6 AS text) IS NULL THEN section ELSE nullif($6, '') END,
    introduced_at = CASE CAST($7 AS bigint) WHEN 1 THEN coalesce(introduced_at, $5)
      WHEN 0 THEN NULL ELSE introduced_at END
  WHERE room = $1 AND account = $2`;
const PREFS = `SELECT ${ROOM_PREFS} FROM members m JOIN rooms r ON r.id = m.room
  WHERE m.room = $1 AND m.account = $2`;

/** Makes the part of a store from the access to its database. */
export function personalStore({ read, write }: SqlAccess): PersonalStore {
  const first = async (rows: Promise<readonly Row[]>) => (await rows)[0];

  async function scheduledBy(sql: string, ...values: (string | number)[]) {
    return (await read(sql, values)).map(toScheduled);
  }

  async function roomPrefs(room: number, account: number): Promise<RoomPrefs | null> {
    const row = await first(read(PREFS, [room, account]));
    return row === undefined ? null : toRoomPrefs(row);
  }

  return {
    async saveMessage(account, { room, seq }, at) {
      await write(SAVE, [account, room, seq, at]);
    },
    async unsaveMessage(account, { room, seq }) {
      await write("DELETE FROM saved WHERE account = $1 AND room = $2 AND seq = $3", [
        ...[account, room, seq],
      ]);
    },
    async savedMessages(account, before, limit) {
      const rows = await read(SAVED, [account, before ?? Number.MAX_SAFE_INTEGER, limit]);
      return rows.map(toSaved);
    },

    async schedule({ id, account, room, key, content, files: ids = [], at, createdAt }) {
      const files: FileRecord[] = [];
      for (const file of ids) {
        const until = at + SCHEDULED_FILES_MS;
        const row = await first(write(KEEP_FILE, [file, room, account, createdAt, until]));
        if (row === undefined) return null;
        files.push(toFile(row));
      }
      const json = encodeText(JSON.stringify(files.length === 0 ? content : { ...content, files }));
      const storedKey = encodeText(key);
      await write(SCHEDULE, [id, account, room, storedKey, json, at, createdAt]);
      const [stored] = await scheduledBy(SCHEDULED_BY_KEY, account, room, storedKey);
      if (stored === undefined) throw new Error("Cannot schedule message: it was not stored");
      return stored;
    },
    scheduledOf: (account) => scheduledBy(SCHEDULED, account),
    async cancelScheduled(account, id) {
      const row = await first(write(CANCEL, [account, id]));
      if (row === undefined) return false;
      const { files = [] }: ScheduledContent = JSON.parse(text(row, "content"));
      for (const file of files) await write(DROP_FILE, [file.id, account]);
      return true;
    },
    async claimScheduled(now, until, limit) {
      const claimed = await write(CLAIM_SCHEDULED, [now, until, limit]);
      const found = await Promise.all(
        claimed.map((row) => scheduledBy(CLAIMED, storedText(row, "id"))),
      );
      return found.flat().toSorted((one, other) => one.at - other.at);
    },
    async finishScheduled(id, failed) {
      if (failed === null) await write(SENT, [id]);
      else await write(FAILED, [id, failed]);
    },
    async postponeScheduled(id, until) {
      await write(POSTPONE, [id, until]);
    },

    async setReminder(account, { room, seq }, at) {
      await write(REMIND, [account, room, seq, at]);
    },
    async removeReminder(account, { room, seq }) {
      await write(FORGET, [account, room, seq]);
    },
    async remindersOf(account, due) {
      return (await read(due ? DUE_REMINDERS : REMINDERS, [account])).map(toReminder);
    },
    async claimReminders(now, until, limit) {
      await write(DROP_VOID, [now]);
      const claimed = await write(CLAIM_REMINDERS, [now, until, limit]);
      const found = await Promise.all(
        claimed.map((row) =>
          read(CLAIMED_REMINDER, ["account", "room", "seq"].map((column) => int(row, column)))
        ),
      );
      return found.flat().map(toReminder).toSorted((one, other) => one.at - other.at);
    },
    async finishReminder({ account, room, seq, at }) {
      await write(FINISH, [account.id, room.id, seq, at]);
    },

    async setDraft(account, { room, thread }, content, at) {
      const isFull = async () => {
        const [row] = await read(OTHER_DRAFTS, [account, room, thread]);
        return row !== undefined && int(row, "count") >= MAX_DRAFTS;
      };
      if (await isFull()) await write(DROP_CLEARED, [account]);
      if (await isFull()) return false;
      const json = content === null ? "" : encodeText(JSON.stringify(content));
      await write(SET_DRAFT, [account, room, thread, json, at]);
      return true;
    },
    async draftAt(account, { room, thread }) {
      const row = await first(read(DRAFT, [account, room, thread]));
      return row === undefined ? null : toDraft(row);
    },
    async draftsOf(account, { room, thread }, limit) {
      return (await read(DRAFTS, [account, room, thread, limit])).map(toDraft);
    },

    roomPrefs,
    async setRoomPrefs(room, account, { level, favourite, section, introduced }, at) {
      const flagOf = (set: boolean | undefined) => set === undefined ? null : Number(set);
      const name = section === undefined ? null : encodeText(section ?? "");
      const flags = [flagOf(favourite), at, name, flagOf(introduced)];
      await write(SET_PREFS, [room, account, level ?? null, ...flags]);
      return await roomPrefs(room, account);
    },

    async nextDue(of) {
      const [row] = await read(
        `SELECT min(due_at) AS due_at FROM ${of} WHERE due_at IS NOT NULL`,
        [],
      );
      return intOrNull(row ?? { due_at: null }, "due_at");
    },
  };
}

function toSaved(row: Row): SavedMessage {
  return { room: toRoom(row), seq: int(row, "message"), at: int(row, "saved_at") };
}

function toScheduled(row: Row): ScheduledMessage {
  return {
    id: storedText(row, "scheduled"),
    account: toAccount(row, "author_"),
    room: toRoom(row),
    key: text(row, "key"),
    content: JSON.parse(text(row, "content")),
    at: int(row, "send_at"),
    failed: row.failed === null ? null : toErrorCode(storedText(row, "failed")),
  };
}

/** A later version may know further codes. */
function toErrorCode(code: string): ErrorCode {
  return Object.hasOwn(ERRORS, code) ? code as ErrorCode : "forbidden";
}

function toDraft(row: Row): StoredDraft {
  const content = text(row, "content");
  return {
    room: toRoom(row),
    thread: int(row, "root"),
    content: content === "" ? null : JSON.parse(content),
    at: int(row, "set_at"),
  };
}

function toReminder(row: Row): Reminder {
  return {
    account: toAccount(row, "author_"),
    room: toRoom(row),
    seq: int(row, "message"),
    at: int(row, "remind_at"),
    due: row.due_at === null,
  };
}
