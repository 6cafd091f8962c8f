import { assertEquals } from "@std/assert";
import type { Account, RoomRecord } from "../../../lib/store/records.ts";
import type { Store } from "../../../lib/store/store.ts";
import { AT, type Contract, outcomes, remove, ROOMY, store as put } from "./fixture.ts";

const POLL = {
  question: "Where to?",
  options: ["Beach", "Hills", "Home"],
  multiple: true,
} as const;

function poll({ id }: RoomRecord, sender: Account) {
  const said = { text: POLL.question, poll: POLL, replyTo: null };
  return { kind: "message", room: id, sender, at: AT, key: null, ...said } as const;
}

function vote(room: RoomRecord, sender: Account, options: readonly number[], key?: string) {
  const at = { room: room.id, sender, at: AT, key: key ?? null };
  return { kind: "poll_voted", ...at, target: 1, options } as const;
}

/** The message with the poll, as a user reads it. */
async function votesFor(store: Store, room: RoomRecord, viewer: Account) {
  const { messages } = await store.pageBefore(room.id, 100, ROOMY, viewer.id);
  return messages[0]?.state?.votes;
}

/** Polls: every user has one vote, whatever restarts in between. */
export const polls: Contract = {
  "each user has one vote, also after a restart": async ({ store, team, alice, bob, succeed }) => {
    await put(store, poll(team, alice));
    assertEquals(
      await outcomes(
        store,
        vote(team, alice, [0, 2], "a"),
        vote(team, bob, [2], "b"),
        vote(team, bob, [1], "c"),
        vote(team, bob, [2], "b"),
      ),
      [2, 3, 4, "again 3"],
    );
    assertEquals(await votesFor(store, team, bob), { counts: [1, 1, 1], voters: 2, mine: [1] });
    const next = await succeed();
    assertEquals(await votesFor(next, team, alice), { counts: [1, 1, 1], voters: 2, mine: [0, 2] });
    assertEquals(await outcomes(next, vote(team, bob, [], "d"), vote(team, alice, [0, 2], "a")), [
      5,
      "again 2",
    ]);
    assertEquals(await votesFor(next, team, bob), { counts: [1, 0, 1], voters: 1 });
  },

  "the votes in a poll are listed in pages": async ({ store, team, alice, bob, carol }) => {
    await put(store, poll(team, alice));
    const list = (after = "") => store.votesIn({ room: team.id, target: 1, after, limit: 2 });
    assertEquals(await list(), { entries: [], more: false });
    await put(store, vote(team, carol, [1]), vote(team, alice, [2, 0]), vote(team, bob, [0]));
    await put(store, vote(team, bob, [2]));
    const first = await list();
    const second = await list(first.entries.at(-1)?.id);
    assertEquals([first.more, second.more], [true, false]);
    const votes = [...first.entries, ...second.entries].map(({ name, id, options }) =>
      [name, id, options] as const
    );
    assertEquals(votes.toSorted(), [
      ["Alice", alice.publicId, [2, 0]],
      ["Bob", bob.publicId, [2]],
      ["Carol", carol.publicId, [1]],
    ]);
    assertEquals(await store.votesIn({ room: team.id, target: 2, after: "", limit: 2 }), {
      entries: [],
      more: false,
    });
    await put(store, remove(team, alice, 1));
    assertEquals(await list(), { entries: [], more: false });
  },
};
