/**
 * Detects a pooler between the server and PostgreSQL that shares connections between its clients.
 * Instances notify each other by LISTEN, which belongs to one connection.
 *
 * @module
 */
import { systemClock } from "../../util/clock.ts";
import { StoreError } from "../error.ts";
import { createToken } from "../../util/secrets.ts";
import type { Database } from "./database.ts";

/**
 * How long a notification may take. Between two connections to one server it takes 1 ms, and seconds
 * on a machine that is overloaded.
 */
const NOTIFY_MS = 10_000;

/** The advice to the operator. */
export const IS_POOLER = "notifications do not arrive: there is a pooler in transaction mode in " +
  "between. Use PostgreSQL's own address, or the pooler's session mode, in DATABASE_URL";

/** Sends itself a notification. @throws {StoreError} If it does not arrive. */
export async function checkNotifications(db: Database): Promise<void> {
  const channel = `hubbub_check_${createToken().replaceAll("-", "_").toLowerCase()}`;
  const arrived = Promise.withResolvers<boolean>();
  const give = () => arrived.resolve(false);
  const line = db.listen({ onNotify: () => arrived.resolve(true), onClose: give });
  const cancel = systemClock.after(NOTIFY_MS, give);
  try {
    await line.run(`LISTEN "${channel}"`);
    await db.run("SELECT pg_notify($1, '')", [channel]);
    if (!await arrived.promise) throw new StoreError(IS_POOLER);
  } finally {
    cancel();
    await line.close();
  }
}
