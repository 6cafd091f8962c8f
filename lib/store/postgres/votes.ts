import type { StoredMessage } from "../records.ts";
import { withOwnVotes, withVotes } from "../sql/votes.ts";
import { arrayOf, type Database } from "./database.ts";

const OWN = `SELECT v.room, v.target, v.options
  FROM unnest($1::bigint[], $2::bigint[]) AS m (room, seq)
  JOIN votes v ON v.room = m.room AND v.target = m.seq AND v.account = $3`;

/** Adds to messages what an account has voted for, with one read. @param viewer 0 for none. */
export async function fillVotes(
  db: Database,
  messages: readonly StoredMessage[],
  viewer: number,
): Promise<readonly StoredMessage[]> {
  const voted = withVotes(messages);
  if (viewer === 0 || voted.length === 0) return messages;
  const rooms = arrayOf(voted.map(({ room }) => room));
  const seqs = arrayOf(voted.map(({ seq }) => seq));
  return withOwnVotes(messages, await db.run(OWN, [rooms, seqs, viewer]));
}
