/**
 * Folds the names in a store again, as the present version folds them. The stores keep names in the
 * form in which they are compared; when that form changes, two names can become one. Then the later
 * of the two gets a number.
 *
 * @module
 */
import { LIMITS } from "../../protocol/limits.ts";
import { foldName, NAMES_VERSION } from "../../protocol/names.ts";
import { skeletonOf } from "../../util/confusables.ts";
import { int, type Row, storedText, text } from "./rows.ts";
import { withoutName } from "./room_names.ts";
import { encodeFolded, encodeText } from "./text.ts";

/** The row of `meta` with the version that folded the names; no row before the second version. */
export const NAMES = "names";

/** A statement with the parameters `$1`, `$2`, …, which every backend understands. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** A name that had to change. */
export interface Renamed {
  readonly what: "user" | "room" | "group";
  readonly before: string;
  readonly after: string;
}

/** Statements to run, one after the other: each is given the rows that it returned. */
export type Steps<T> = Generator<Statement, T, readonly Row[]>;

/** Whether the names of a store are folded as the present version folds them. */
export function* isFolded(): Steps<boolean> {
  const [row] = yield ask("SELECT value FROM meta WHERE name = $1", NAMES);
  return row !== undefined && storedText(row, "value") === NAMES_VERSION;
}

/**
 * Folds all names of a store, if another version folded them. In one transaction, while nothing else
 * writes.
 *
 * @returns The names that had to change.
 */
export function* refold(): Steps<readonly Renamed[]> {
  if (yield* isFolded()) return [];
  const renamed = [...yield* refoldAccounts(), ...yield* refoldRooms(), ...yield* refoldGroups()];
  yield* refoldGuestNames();
  yield* refoldEarlierNames("room_names", "room");
  yield* refoldEarlierNames("account_names", "account");
  yield ask("DELETE FROM meta WHERE name = $1", NAMES);
  yield ask("INSERT INTO meta (name, value) VALUES ($1, $2)", NAMES, NAMES_VERSION);
  return renamed;
}

/** What the operator reads about a name that had to change. */
export function noticeOf({ what, before, after }: Renamed): string {
  return `Two names of ${what}s are one name now: the ${what} ${
    JSON.stringify(before)
  } is called ` +
    `${JSON.stringify(after)} from now on.`;
}

function ask(sql: string, ...values: readonly (string | number)[]): Statement {
  return { sql, values };
}

/** A form that no name has, for a row that waits for its own: these columns are unique. */
function unlike(id: number): string {
  return `#${id}`;
}

function* refoldAccounts(): Steps<readonly Renamed[]> {
  const rows = yield ask(
    "SELECT id, name, folded, skeleton FROM accounts WHERE folded IS NOT NULL ORDER BY id",
  );
  const free = new FreeNames(rows, " ", LIMITS.name_length);
  const looks = new Set<string>();
  const changed: (Statement & { readonly id: number })[] = [];
  const renamed: Renamed[] = [];
  for (const row of rows) {
    const [id, before] = [int(row, "id"), text(row, "name")];
    const name = free.take(before);
    if (name !== before) renamed.push({ what: "user", before, after: name });
    const look = encodeText(skeletonOf(name));
    const [folded, skeleton] = [encodeFolded(name), looks.has(look) ? look + unlike(id) : look];
    looks.add(skeleton);
    if (folded === row.folded && skeleton === row.skeleton) continue;
    const sql = "UPDATE accounts SET name = $2, folded = $3, skeleton = $4 WHERE id = $1";
    changed.push({ id, ...ask(sql, id, encodeText(name), folded, skeleton) });
  }
  for (const { id } of changed) {
    yield ask("UPDATE accounts SET folded = $2, skeleton = $2 WHERE id = $1", id, unlike(id));
  }
  yield* changed;
  return renamed;
}

function* refoldGroups(): Steps<readonly Renamed[]> {
  const rows = yield ask("SELECT id, name, folded FROM user_groups ORDER BY id");
  const free = new FreeNames(rows, " ", LIMITS.name_length);
  const changed = rows.flatMap((row) => {
    const [id, before] = [int(row, "id"), text(row, "name")];
    const after = free.take(before);
    return encodeFolded(after) === row.folded ? [] : [{ id, before, after }];
  });
  for (const { id } of changed) {
    yield ask("UPDATE user_groups SET folded = $2 WHERE id = $1", id, unlike(id));
  }
  for (const { id, after } of changed) {
    const names = [encodeText(after), encodeFolded(after)];
    yield ask("UPDATE user_groups SET name = $2, folded = $3 WHERE id = $1", id, ...names);
  }
  return changed.filter(({ before, after }) => before !== after)
    .map(({ before, after }) => ({ what: "group", before, after }));
}

/** Folds names that were given up. They are not kept as they were written, so their looks stay. */
function* refoldEarlierNames(
  table: "room_names" | "account_names",
  key: "room" | "account",
): Steps<void> {
  for (const row of yield ask(`SELECT ${key}, folded, at FROM ${table} ORDER BY at`)) {
    const [id, before, folded] = [
      int(row, key),
      storedText(row, "folded"),
      encodeFolded(text(row, "folded")),
    ];
    if (folded === before) continue;
    // The later of two names that are one now counts.
    yield ask(`DELETE FROM ${table} WHERE ${key} = $1 AND folded = $2`, id, folded);
    const sql = `UPDATE ${table} SET folded = $3 WHERE ${key} = $1 AND folded = $2`;
    yield ask(sql, id, before, folded);
  }
}

/** Guests of what are two names no more share the key space of the first one from now on. */
function* refoldGuestNames(): Steps<void> {
  const rows = yield ask("SELECT id, folded FROM guest_names ORDER BY id");
  const taken = new Set<string>();
  const changed: (readonly [id: number, folded: string])[] = [];
  for (const row of rows) {
    const [id, wanted] = [int(row, "id"), encodeFolded(text(row, "folded"))];
    const folded = taken.has(wanted) ? wanted + unlike(id) : wanted;
    taken.add(folded);
    if (folded !== row.folded) changed.push([id, folded]);
  }
  const sql = "UPDATE guest_names SET folded = $2 WHERE id = $1";
  for (const [id] of changed) yield ask(sql, id, unlike(id));
  for (const [id, folded] of changed) yield ask(sql, id, folded);
}

function* refoldRooms(): Steps<readonly Renamed[]> {
  const rows = yield ask(
    `SELECT id, kind, name, folded FROM rooms
     WHERE folded IS NOT NULL AND deleted_at IS NULL ORDER BY id`,
  );
  const free = new FreeNames(rows, "-", LIMITS.room_name_length);
  const changed: { readonly id: number; readonly before: string; readonly after: string }[] = [];
  for (const [folded, namesakes] of Map.groupBy(rows, (row) => encodeFolded(text(row, "name")))) {
    if (namesakes.every((row) => row.folded === folded)) continue;
    const conflicts = yield* conflictsAmong(namesakes);
    for (const row of namesakes) {
      const [id, before] = [int(row, "id"), text(row, "name")];
      const after = conflicts.has(id) ? free.numbered(before) : before;
      if (encodeFolded(after) !== row.folded) changed.push({ id, before, after });
    }
  }
  for (const { id } of changed) yield* foldRoomAs(id, unlike(id));
  for (const { id, after } of changed) {
    yield* foldRoomAs(id, encodeFolded(after));
    yield ask("UPDATE rooms SET name = $2 WHERE id = $1", id, encodeText(after));
  }
  return changed.filter(({ before, after }) => before !== after)
    .map(({ before, after }) => ({ what: "room", before, after }));
}

/** The members of a room who find it by its name. */
const HAS_NAME = `folded <> ${withoutName("room")}`;

function* foldRoomAs(id: number, folded: string): Steps<void> {
  yield ask("UPDATE rooms SET folded = $2 WHERE id = $1", id, folded);
  yield ask(`UPDATE members SET folded = $2 WHERE room = $1 AND ${HAS_NAME}`, id, folded);
}

/**
 * Which of several rooms cannot have the name of those before: there is one public room of a name, and
 * a user is in one room of a name.
 */
function* conflictsAmong(rooms: readonly Row[]): Steps<ReadonlySet<number>> {
  const conflicts = new Set<number>();
  if (rooms.length === 1) return conflicts;
  const people = new Set<number>();
  let isPublicTaken = false;
  for (const room of rooms) {
    const id = int(room, "id");
    const members = (yield ask(`SELECT account FROM members WHERE room = $1 AND ${HAS_NAME}`, id))
      .map((row) => int(row, "account"));
    const isPublic = room.kind === "public";
    if (isPublic && isPublicTaken || members.some((account) => people.has(account))) {
      conflicts.add(id);
      continue;
    }
    isPublicTaken ||= isPublic;
    for (const account of members) people.add(account);
  }
  return conflicts;
}

/** Numbers names that are taken. */
class FreeNames {
  readonly #wanted: ReadonlySet<string>;
  readonly #taken = new Set<string>();
  readonly #joiner: string;
  readonly #max: number;

  /** @param rows All rows with a name: no number makes one name another one's. */
  constructor(rows: readonly Row[], joiner: string, max: number) {
    this.#wanted = new Set(rows.map((row) => foldName(text(row, "name"))));
    this.#joiner = joiner;
    this.#max = max;
  }

  /** The name if it is free, else the first free one with a number. */
  take(name: string): string {
    const folded = foldName(name);
    if (this.#taken.has(folded)) return this.numbered(name);
    this.#taken.add(folded);
    return name;
  }

  /** The first free name with a number. */
  numbered(name: string): string {
    for (let n = 2;; n++) {
      const suffix = `${this.#joiner}${n}`;
      const stem = name.slice(0, this.#max - suffix.length).replace(/[\ud800-\udbff]$/, "");
      const folded = foldName(stem + suffix);
      if (this.#taken.has(folded) || this.#wanted.has(folded)) continue;
      this.#taken.add(folded);
      return stem + suffix;
    }
  }
}
