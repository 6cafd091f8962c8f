import { withReactions } from "../sql/reactions.ts";
import type { StoredMessage } from "../records.ts";
import { arrayOf, type Database } from "./database.ts";

const OF_MESSAGES = `SELECT x.room, x.target, x.emoji, a.name, a.public_id
  FROM unnest($1::bigint[], $2::bigint[]) AS m (room, seq)
  JOIN reactions x ON x.room = m.room AND x.target = m.seq
  JOIN accounts a ON a.id = x.account
  ORDER BY x.room, x.target, x.seq`;

/** Adds their reactions to messages of any rooms, with one read. */
export async function fillReactions(
  db: Database,
  messages: readonly StoredMessage[],
): Promise<readonly StoredMessage[]> {
  if (messages.length === 0) return messages;
  const rooms = arrayOf(messages.map(({ room }) => room));
  const seqs = arrayOf(messages.map(({ seq }) => seq));
  return withReactions(messages, await db.run(OF_MESSAGES, [rooms, seqs]));
}
