/**
 * Carries what belongs to users and rooms beside their logs from a merged store into the other one:
 * what users keep for themselves, profiles, blocks, reports, groups, emoji, bans and webhooks. What is there
 * already stays as it is, so that to merge the same again changes nothing.
 *
 * @module
 */
import { int, intOrNull, type Row, text, textOrNull } from "../store/sql/rows.ts";
import { decodeText, encodeText } from "../store/sql/text.ts";
import type { ScheduledContent } from "../store/personal.ts";
import type { Dump } from "./dump.ts";
import type { MergePlan, MergeReport } from "./merge.ts";
import { type Kind, KINDS } from "./records.ts";

/** How the rows of one kind are carried. Columns that are not named come as they are. */
interface Carried {
  readonly type: string;
  /** The number of a row, which the target gives. */
  readonly number?: string;
  /** Columns with accounts. The row is left out if one of them is not there, or was erased. */
  readonly accounts?: readonly string[];
  /** A column with an account, which is empty if that is not there, or was erased. */
  readonly creator?: string;
  /** Columns with public ids of users. */
  readonly people?: readonly string[];
  /** Whether it is about a room. The row is left out if the room was not merged. */
  readonly room?: true;
  /** Whether it is about a message of the room. The row is left out if the message is not there. */
  readonly seq?: true;
  /** Says what else is different here; `null` leaves the row out. */
  adjust?(row: Row, merge: Merge): Promise<Row | null>;
}

/** A merge under way. */
interface Merge {
  readonly target: Dump;
  readonly plan: MergePlan;
  readonly now: number;
  /** The groups that were added: their numbers here, by those in the source. */
  readonly groups: Map<number, number>;
  /** The ids of the webhooks that were added. */
  readonly hooks: Set<string>;
  readonly note: (text: string) => void;
}

/** In this order: a row may refer to those before it. */
const CARRIED: readonly Carried[] = [
  { type: "saved", accounts: ["account"], room: true, seq: true },
  { type: "scheduled", number: "number", accounts: ["account"], room: true, adjust: asWaiting },
  { type: "reminder", accounts: ["account"], room: true, seq: true },
  { type: "draft", accounts: ["account"], room: true },
  { type: "profile", accounts: ["account"] },
  { type: "avatar", accounts: ["account"], adjust: ofProfile },
  {
    ...{ type: "report", number: "number", people: ["by_id", "resolved_by_id"] },
    ...{ room: true, seq: true },
  },
  { type: "group", number: "id", adjust: asNewGroup },
  { type: "group_member", accounts: ["account"], adjust: ofNewGroup },
  { type: "ban", number: "id", accounts: ["account"], adjust: asNewBan },
  { type: "custom_emoji", creator: "creator" },
  { type: "block", accounts: ["account", "other"] },
  {
    ...{ type: "hook", number: "number", accounts: ["creator", "bot"], room: true },
    adjust: asPaused,
  },
  { type: "hook_room", room: true, adjust: fromNowOn },
];

/**
 * Carries what is there beside the logs, in the target's current transaction. The logs are merged.
 *
 * @param now The time, in ms since the Unix epoch.
 */
export async function mergeRecords(
  source: Dump,
  target: Dump,
  plan: MergePlan,
  report: MergeReport,
  now: number,
): Promise<void> {
  const note = (text: string) => void report.notes.push(text);
  const merge: Merge = { target, plan, now, note, groups: new Map(), hooks: new Set() };
  const gone = new Set(
    (await target.run("SELECT id FROM accounts WHERE folded IS NULL")).map((row) => int(row, "id")),
  );
  for (const carried of CARRIED) {
    const kind = KINDS.find(({ type }) => type === carried.type)!;
    for await (const row of source.rows(kind)) {
      const here = placed(row, carried, plan, gone);
      const fit = here && carried.adjust ? await carried.adjust(here, merge) : here;
      if (fit === null || !await target.add(kind, fit, carried.number)) continue;
      report.records++;
      await added(kind, row, fit, merge);
    }
  }
}

/** The row with the numbers and ids that its users, its room and its message have here. */
function placed(
  row: Row,
  { accounts = [], creator, people = [], room: hasRoom, seq: hasSeq }: Carried,
  { accounts: known, rooms, ids }: MergePlan,
  gone: ReadonlySet<number>,
): Row | null {
  const here: Record<string, Row[string]> = { ...row };
  for (const column of accounts) {
    if (row[column] === null) continue;
    const account = known.get(int(row, column));
    if (account === undefined || gone.has(account.id)) return null;
    here[column] = account.id;
  }
  if (creator !== undefined && row[creator] !== null) {
    const account = known.get(int(row, creator));
    here[creator] = account === undefined || gone.has(account.id) ? null : account.id;
  }
  for (const column of people) {
    const id = textOrNull(row, column);
    if (id !== null) here[column] = encodeText(ids.get(id) ?? id);
  }
  const there = hasRoom ? intOrNull(row, "room") : null;
  if (there === null) return here;
  const room = rooms.get(there);
  if (room === undefined) return null;
  here.room = room.id;
  if (!hasSeq) return here;
  const seq = room.seqs[int(row, "seq") - 1] ?? 0;
  return seq === 0 ? null : { ...here, seq };
}

/** Remembers what later rows refer to. */
async function added(kind: Kind, row: Row, here: Row, { target, groups, hooks }: Merge) {
  if (kind.type === "hook") hooks.add(text(row, "id"));
  if (kind.type !== "group") return;
  const [made] = await target.run("SELECT id FROM user_groups WHERE public_id = $1", [
    String(here.public_id),
  ]);
  groups.set(int(row, "id"), int(made ?? {}, "id"));
}

/** A scheduled message, which no instance is sending. What it replies to has another `seq` here. */
function asWaiting(row: Row, { plan }: Merge): Promise<Row | null> {
  const content: ScheduledContent = JSON.parse(text(row, "content"));
  const room = plan.rooms.values().find(({ id }) => id === row.room);
  const { reply_to: replyTo, thread, also_in_room, ...rest } = content;
  const target = thread ?? replyTo;
  const here = target === undefined ? 0 : room?.seqs[target - 1] ?? 0;
  const reply = thread === undefined ? { reply_to: here } : { thread: here, also_in_room };
  const moved = here === 0 ? rest : { ...rest, ...reply };
  const due = row.failed === null ? row.at ?? null : null;
  const json = encodeText(JSON.stringify(moved));
  return Promise.resolve({ ...row, content: json, attempts: 0, due_at: due });
}

/** The picture of a profile that came with it. */
async function ofProfile(row: Row, { target }: Merge): Promise<Row | null> {
  const values = [String(row.id), Number(row.account)];
  const sql = "SELECT 1 AS one FROM profiles WHERE avatar = $1 AND account = $2";
  return (await target.run(sql, values)).length > 0 ? row : null;
}

/** A group whose name means nothing else here. */
async function asNewGroup(row: Row, { target, note }: Merge): Promise<Row | null> {
  const [taken] = await target.run(
    `SELECT 1 AS one FROM accounts WHERE folded = $1
     UNION ALL SELECT 2 FROM user_groups WHERE folded = $1 OR public_id = $2`,
    [String(row.folded), String(row.public_id)],
  );
  if (taken === undefined) return row;
  if (int(taken, "one") === 1) note(`group "${text(row, "name")}" has the name of a user here`);
  return null;
}

function ofNewGroup(row: Row, { groups }: Merge): Promise<Row | null> {
  const group = groups.get(int(row, "user_group"));
  return Promise.resolve(group === undefined ? null : { ...row, user_group: group });
}

/** A ban that is none of an owner here, and is not there yet. */
async function asNewBan(row: Row, { target }: Merge): Promise<Row | null> {
  const account = intOrNull(row, "account") ?? 0;
  const found = await target.run(
    `SELECT 1 AS one FROM bans WHERE coalesce(account, 0) = $1 AND coalesce(address, '') = $2
     UNION ALL SELECT 1 FROM accounts WHERE id = $1 AND role = 'owner'`,
    [account, textOrNull(row, "address") ?? ""],
  );
  return found.length === 0 ? row : null;
}

/** A webhook. An outgoing one waits until a moderator resumes it: its creator may have no power here. */
function asPaused(row: Row, { note, now }: Merge): Promise<Row | null> {
  if (row.kind !== "outgoing") return Promise.resolve(row);
  note(`the webhook to ${decodeText(String(row.url))} is paused`);
  return Promise.resolve({ ...row, paused_at: intOrNull(row, "paused_at") ?? now });
}

/** The receiver of a webhook has what happened before. */
async function fromNowOn(row: Row, { target, hooks }: Merge): Promise<Row | null> {
  if (!hooks.has(text(row, "hook"))) return null;
  const [room] = await target.run("SELECT seq FROM rooms WHERE id = $1", [Number(row.room)]);
  return { ...row, seq: int(room ?? {}, "seq") };
}
