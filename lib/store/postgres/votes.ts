import type { StoredMessage, VotePage, VoteQuery } from "../records.ts";
import { LISTED_VOTE, toVotePage, withOwnVotes, withVotes } from "../sql/votes.ts";
import { arrayOf, type Database } from "./database.ts";

const OWN = `SELECT v.room, v.target, v.options
  FROM unnest($1::bigint[], $2::bigint[]) AS m (room, seq)
  JOIN votes v ON v.room = m.room AND v.target = m.seq AND v.account = $3`;

const LIST = `SELECT ${LISTED_VOTE} FROM votes v JOIN accounts a ON a.id = v.account
  WHERE v.room = $1 AND v.target = $2
    AND v.account > coalesce((SELECT id FROM accounts WHERE public_id = $3), 0)
  ORDER BY v.account LIMIT $4::int`;

/** A page of the votes in a poll, as `Store.votesIn` specifies. */
export async function listVotes(
  db: Database,
  { room, target, after, limit }: VoteQuery,
): Promise<VotePage> {
  return toVotePage(await db.run(LIST, [room, target, after, limit + 1]), limit);
}

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
