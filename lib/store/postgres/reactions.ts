import {
  FIRST_REACTIONS,
  formsOf,
  LISTED_REACTION,
  mineColumn,
  REACTION_COLUMNS,
  reactionCursor,
  toReactionPage,
  withReactions,
} from "../sql/reactions.ts";
import type { ReactionPage, ReactionQuery, StoredMessage } from "../records.ts";
import { arrayOf, type Database } from "./database.ts";

const OF_MESSAGES = `SELECT ${REACTION_COLUMNS}, ${mineColumn("$3::bigint")}
  FROM unnest($1::bigint[], $2::bigint[]) AS m (room, seq)
  JOIN reaction_counts c ON c.room = m.room AND c.target = m.seq
  CROSS JOIN LATERAL (${FIRST_REACTIONS}) x
  JOIN accounts a ON a.id = x.account
  ORDER BY c.room, c.target, x.seq`;

const FORMS = "SELECT emoji FROM reaction_counts WHERE room = $1 AND target = $2";

const LIST = `SELECT ${LISTED_REACTION} FROM reactions x JOIN accounts a ON a.id = x.account
  WHERE x.room = $1 AND x.target = $2 AND (x.emoji, x.seq) > ($3::text COLLATE "C", $4::bigint)
    AND ($5::text IS NULL OR x.emoji IN (SELECT jsonb_array_elements_text($5::text::jsonb)))
  ORDER BY x.emoji, x.seq LIMIT $6::int`;

/**
 * Adds their reactions to messages of any rooms, with one read.
 *
 * @param viewer The account that reads them; 0 for none.
 */
export async function fillReactions(
  db: Database,
  messages: readonly StoredMessage[],
  viewer: number,
): Promise<readonly StoredMessage[]> {
  if (messages.length === 0) return messages;
  const rooms = arrayOf(messages.map(({ room }) => room));
  const seqs = arrayOf(messages.map(({ seq }) => seq));
  return withReactions(messages, await db.run(OF_MESSAGES, [rooms, seqs, viewer]));
}

/** A page of the reactions to a message, as `Store.reactionsTo` specifies. */
export async function listReactions(
  db: Database,
  { room, target, emoji, after, limit }: ReactionQuery,
): Promise<ReactionPage> {
  const forms = emoji === null
    ? null
    : JSON.stringify(formsOf(emoji, await db.run(FORMS, [room, target])));
  const cursor = reactionCursor(after);
  const rows = await db.run(LIST, [room, target, cursor.emoji, cursor.seq, forms, limit + 1]);
  return toReactionPage(rows, limit);
}
