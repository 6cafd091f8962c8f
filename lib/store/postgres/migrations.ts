/**
 * The versions of the PostgreSQL schema, and how a database gets from one to the next.
 *
 * Everything is in a schema of its own, `hubbub`, beside whatever else the database has. The table
 * `migrations` has a row for each migration that was applied. A migration is frozen as soon as it is
 * merged: later changes are a further migration in a file of its own. A migration is literal SQL
 * without constants of the program, and such that an instance of the version before can go on until
 * it is replaced. Functions that the server calls are not in migrations but in `routines.ts`.
 *
 * @module
 */
import { StoreError } from "../error.ts";
import { int } from "../sql/rows.ts";
import type { Connection } from "./database.ts";
import { INITIAL } from "./migrations/0001_initial.sql.ts";
import { SEARCH_BY_TIME } from "./migrations/0002_search_by_time.sql.ts";
import { MEDIA } from "./migrations/0022_media.sql.ts";
import { MENTIONS } from "./migrations/0003_mentions.sql.ts";
import { WEBHOOKS } from "./migrations/0004_webhooks.sql.ts";
import { SEARCH_IN_TIME } from "./migrations/0007_search_in_time.sql.ts";
import { ROOMS } from "./migrations/0009_rooms.sql.ts";
import { COUNTS } from "./migrations/0014_counts.sql.ts";
import { THREADS } from "./migrations/0011_threads.sql.ts";
import { RECORDS } from "./migrations/0012_records.sql.ts";
import { ERASURES } from "./migrations/0010_erasures.sql.ts";
import { PEOPLE } from "./migrations/0010_people.sql.ts";
import { MODERATION } from "./migrations/0017_moderation.sql.ts";
import { PROFILES } from "./migrations/0013_profiles.sql.ts";
import { DRAFTS } from "./migrations/0024_drafts.sql.ts";
import { INTRODUCED } from "./migrations/0032_introduced.sql.ts";
import { ERASURE_INDEXES } from "./migrations/0018_erasure_indexes.sql.ts";
import { PROVIDERS } from "./migrations/0015_providers.sql.ts";
import { RETENTION } from "./migrations/0021_retention.sql.ts";
import { PREVIEWS } from "./migrations/0023_previews.sql.ts";
import { ROOM_RIGHTS } from "./migrations/0019_room_rights.sql.ts";
import { VOTES } from "./migrations/0016_votes.sql.ts";
import { CONVERSATIONS } from "./migrations/0020_conversations.sql.ts";
import { BUSES } from "./migrations/0025_buses.sql.ts";
import { MEMBER_CHANGES } from "./migrations/0027_member_changes.sql.ts";
import { EMOJI } from "./migrations/0026_emoji.sql.ts";
import { hasRoutines, installRoutines } from "./routines.ts";

/** The advisory lock on the schema: "Hubb", as SQLite's files are marked. */
const LOCK = 0x48756262;

/** Every migration, in order. */
export const MIGRATIONS: readonly string[] = [
  INITIAL,
  SEARCH_BY_TIME,
  MENTIONS,
  WEBHOOKS,
  SEARCH_IN_TIME,
  ROOMS,
  COUNTS,
  THREADS,
  RECORDS,
  PEOPLE,
  ERASURES,
  PROFILES,
  PROVIDERS,
  ERASURE_INDEXES,
  MODERATION,
  VOTES,
  RETENTION,
  DRAFTS,
  CONVERSATIONS,
  BUSES,
  MEMBER_CHANGES,
  PREVIEWS,
  MEDIA,
  ROOM_RIGHTS,
  EMOJI,
  INTRODUCED,
];

/**
 * The schema versions up to this one are from before the first release. They were squashed into the
 * first migration, so this version cannot bring such a database up to date.
 */
export const UNRELEASED_VERSION = 100;

/** The schema version that this version of Hubbub writes. */
export const SCHEMA_VERSION = UNRELEASED_VERSION + MIGRATIONS.length;

/**
 * Brings a database up to date: applies each migration that it lacks, in a transaction of its own,
 * and installs the current routines. Of several instances that start together one does it, and the
 * others wait for it.
 *
 * @throws {StoreError} If an unreleased or a newer version wrote the database.
 */
export async function migrate(connection: Connection): Promise<void> {
  for (;;) {
    const version = await schemaVersion(connection);
    checkKnown(version);
    if (version === SCHEMA_VERSION) break;
    await locked(connection, () => applyAfter(connection, version));
  }
  if (await hasRoutines(connection)) return;
  await locked(connection, async () => {
    if (!await hasRoutines(connection)) await installRoutines(connection);
  });
}

/** The schema version of a database; 0 where there is no schema yet. */
export async function schemaVersion(connection: Connection): Promise<number> {
  // The table cannot be named where it may not exist.
  const [there] = await connection.run("SELECT to_regclass('hubbub.migrations') AS name");
  if (there === undefined || there.name === null) return 0;
  const [row] = await connection.run("SELECT coalesce(max(version), 0) AS version FROM migrations");
  return int(row ?? {}, "version");
}

/** @throws {StoreError} If a schema is one that this version can neither use nor migrate. */
export function checkKnown(version: number): void {
  if (version > 0 && version <= UNRELEASED_VERSION) throw new StoreError(unreleased(version));
  if (version > SCHEMA_VERSION) throw new StoreError(newer(version));
}

/** Runs something while no other instance changes the schema. */
export async function locked(connection: Connection, run: () => Promise<void>): Promise<void> {
  await connection.runScript(`SELECT pg_advisory_lock(${LOCK})`);
  try {
    await run();
  } finally {
    await connection.runScript(`SELECT pg_advisory_unlock(${LOCK})`);
  }
}

/** Applies the migration after a version, unless another instance has done so meanwhile. */
async function applyAfter(connection: Connection, version: number): Promise<void> {
  if (await schemaVersion(connection) !== version) return;
  const next = Math.max(version, UNRELEASED_VERSION) + 1;
  const begin = version > 0 ? "" : `CREATE SCHEMA hubbub;
    CREATE TABLE hubbub.migrations (version bigint PRIMARY KEY);`;
  // Statements that are sent as one text are one transaction.
  await connection.runScript(`${begin}
    INSERT INTO migrations (version) VALUES (${next});
    ${MIGRATIONS[next - UNRELEASED_VERSION - 1] ?? ""}`);
}

function unreleased(version: number): string {
  return "a version of Hubbub from before the first release wrote it (its schema is " +
    `${version}); nothing was changed. Export it with that version, and import the export with ` +
    "this one into an empty database";
}

function newer(version: number): string {
  return "a newer version of Hubbub wrote it (its schema is " +
    `${version}, this version knows ${SCHEMA_VERSION}); nothing was changed. Run the newer ` +
    "version, or restore a backup";
}
