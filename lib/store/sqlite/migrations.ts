/**
 * The versions of the SQLite schema, and how a file gets from one to the next.
 *
 * `PRAGMA user_version` is the version of a file's schema. A migration is frozen as soon as it is
 * merged: later changes are a further migration in a file of its own. A migration is literal SQL
 * without constants of the program, so that a later change of a constant cannot change it.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { INITIAL } from "./migrations/0001_initial.sql.ts";
import { SEARCH_BY_TIME } from "./migrations/0002_search_by_time.sql.ts";
import { MEDIA } from "./migrations/0022_media.sql.ts";
import { MENTIONS } from "./migrations/0003_mentions.sql.ts";
import { WEBHOOKS } from "./migrations/0004_webhooks.sql.ts";
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
import { EMOJI } from "./migrations/0026_emoji.sql.ts";
import { transactions } from "./transaction.ts";

/** "Hubb", where the header of a SQLite file names the application that it belongs to. */
export const APPLICATION_ID = 0x48756262;

/** Every migration, in order. */
export const MIGRATIONS: readonly string[] = [
  INITIAL,
  SEARCH_BY_TIME,
  MENTIONS,
  WEBHOOKS,
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
  PREVIEWS,
  MEDIA,
  ROOM_RIGHTS,
  EMOJI,
  INTRODUCED,
];

/**
 * The schema versions up to this one are from before the first release. They were squashed into the
 * first migration, so this version cannot bring such a file up to date.
 */
export const UNRELEASED_VERSION = 100;

/** The schema version that this version of Hubbub writes. */
export const SCHEMA_VERSION = UNRELEASED_VERSION + MIGRATIONS.length;

/** The schema version of a file; 0 for an empty one. */
export function schemaVersion(db: DatabaseSync): number {
  return Number(db.prepare("PRAGMA user_version").get()?.user_version);
}

/** Whether a schema version is from before the first release. */
export function isUnreleased(version: number): boolean {
  return version > 0 && version <= UNRELEASED_VERSION;
}

/**
 * Brings a file up to date: applies each migration that it lacks, in a transaction of its own. The
 * caller has refused files with a newer or an unreleased schema.
 */
export function migrate(db: DatabaseSync, migrations: readonly string[] = MIGRATIONS): void {
  const before = schemaVersion(db);
  for (const [index, sql] of migrations.entries()) {
    const version = UNRELEASED_VERSION + index + 1;
    if (version > before) apply(db, sql, version);
  }
}

function apply(db: DatabaseSync, sql: string, version: number): void {
  transactions(db)(() => {
    db.exec(sql);
    db.exec(`PRAGMA user_version = ${version}`);
  });
}
