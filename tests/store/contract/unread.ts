import { assertEquals } from "@std/assert";
import type { Store } from "../../../lib/store/store.ts";
import type { Account, Append } from "../../../lib/store/records.ts";
import {
  AT,
  type Contract,
  edit,
  log,
  message,
  messageAt,
  react,
  remove,
  ROOMY,
  store as put,
} from "./fixture.ts";

type Place = { readonly id: number };

/** A message with mentions, as the server computes them. */
function naming(room: Place, sender: Account, ...mentions: readonly string[]): Append {
  const said = message(room, sender, mentions.join(" "));
  return { ...said, mentions, mentionNames: mentions.map((_, n) => `name ${n}`) } as Append;
}

/** An edit that changes whom a message mentions. */
function renaming(room: Place, sender: Account, target: number, ...mentions: string[]): Append {
  const changed = edit(room, sender, target, "changed");
  return mentions.length === 0 ? changed : { ...changed, mentions, mentionNames: [] } as Append;
}

/** What an account has read, and what not: the same in both ways of asking. */
async function state(store: Store, room: Place, account: Account): Promise<readonly number[]> {
  const { read, unread, mentions } = await store.readState(
    room.id,
    account.id,
    Number.MAX_SAFE_INTEGER,
  );
  const listed = (await store.roomsOf(account.id)).find((one) => one.room.id === room.id);
  if (listed !== undefined) {
    assertEquals([listed.read, listed.unread, listed.mentions], [read, unread, mentions]);
  }
  return [read, unread, mentions];
}

/** Unread messages, mentions, and read marks that move back. */
export const unread: Contract = {
  "only messages of others that are still there are unread": async (
    { store, team, alice, bob },
  ) => {
    await put(
      store,
      message(team, alice, "one"),
      message(team, bob, "own"),
      message(team, alice, "gone"),
      message(team, alice, "four"),
    );
    await put(store, react(team, alice, 1, "👍"), edit(team, alice, 4, "changed"));
    assertEquals(await state(store, team, bob), [0, 3, 0]);
    await put(store, remove(team, alice, 3));
    assertEquals(await state(store, team, bob), [0, 2, 0]);
    await store.markRead(team.id, bob.id, 1);
    assertEquals(await state(store, team, bob), [1, 1, 0]);
    await put(store, remove(team, alice, 4));
    assertEquals(await state(store, team, bob), [1, 0, 0]);
    assertEquals(await state(store, team, alice), [0, 1, 0]);
  },

  "messages after a position are not counted": async ({ store, team, alice, bob }) => {
    await put(store, naming(team, alice, "room"), naming(team, alice, bob.publicId));
    await put(store, naming(team, alice, "room"), message(team, alice, "plain"));
    for (const upTo of [0, 1, 2, 3, 4]) {
      const { unread, mentions, counted } = await store.readState(team.id, bob.id, upTo);
      assertEquals([unread, mentions, counted], [upTo, Math.min(upTo, 3), upTo]);
    }
    const states = await store.readStates([team.id], bob.id);
    assertEquals(states.get(team.id)?.counted, 4);
  },

  "mentions of the user and of the whole room are counted, each message once": async (
    { store, team, alice, bob, carol },
  ) => {
    const [a, b] = [alice.publicId, bob.publicId];
    await put(store, naming(team, alice, b), naming(team, alice, "room", b, "here"));
    await put(store, naming(team, alice, "here"), naming(team, alice, "group:g", a));
    await put(store, naming(team, bob, b, "room"), message(team, alice, "plain"));
    assertEquals(await state(store, team, bob), [0, 5, 2]);
    assertEquals(await state(store, team, alice), [0, 1, 1]);
    assertEquals(await state(store, team, carol), [0, 0, 0]);
    await store.markRead(team.id, bob.id, 1);
    assertEquals(await state(store, team, bob), [1, 4, 1]);
    await put(store, remove(team, alice, 2));
    assertEquals(await state(store, team, bob), [1, 3, 0]);
  },

  "an edit changes whom its message mentions, and a deletion takes it back": async (
    { store, team, alice, bob },
  ) => {
    const b = bob.publicId;
    await put(store, naming(team, alice, b), message(team, alice, "two"));
    await put(store, renaming(team, alice, 1), renaming(team, alice, 2, b, "room"));
    assertEquals(await state(store, team, bob), [0, 2, 1]);
    assertEquals((await messageAt(store, team, 1)).mentions, undefined);
    assertEquals((await messageAt(store, team, 2)).mentions, [b, "room"]);
    const edits = (await log(store, team)).filter(({ kind }) => kind === "edit");
    assertEquals(edits.map((one) => "mentions" in one ? one.mentions : null), [null, [b, "room"]]);
    await put(store, { ...pin(team, alice, 2), asModerator: true });
    assertEquals(await state(store, team, bob), [0, 2, 1]);
    await put(store, remove(team, alice, 2));
    const gone = await messageAt(store, team, 2);
    assertEquals([gone.mentions, gone.mentionNames, gone.state], [undefined, undefined, undefined]);
  },

  "mentions are stored with the message, and read with it": async (
    { store, team, alice, bob, succeed },
  ) => {
    const [event] = await put(store, naming(team, alice, bob.publicId, "room"));
    const mentions = [bob.publicId, "room"];
    const names = ["name 0", "name 1"];
    const again = await succeed();
    for (const found of [event, await messageAt(again, team, 1), (await log(again, team))[0]]) {
      assertEquals(found?.kind === "message" && [found.mentions, found.mentionNames], [
        ...[mentions, names],
      ]);
    }
    assertEquals(await state(again, team, bob), [0, 1, 1]);
  },

  "messages are found by a property, however many mention someone": async (
    { store, team, alice, bob },
  ) => {
    await put(store, naming(team, alice, bob.publicId), naming(team, alice, "room"));
    await put(store, { ...pin(team, alice, 2), asModerator: true });
    const { messages } = await store.pageWith(team.id, "pinned", 9, ROOMY);
    assertEquals(messages.map(({ seq, mentions, state }) => [seq, mentions, state]), [
      [2, ["room"], { pinned: true }],
    ]);
  },

  "counting ends at 100 mentions, and looks at the newest messages": async (
    { store, team, alice, bob },
  ) => {
    await put(store, message(team, alice, "the oldest"));
    await put(store, ...Array.from({ length: 120 }, () => naming(team, alice, "room")));
    assertEquals(await state(store, team, bob), [0, 100, 100]);
    // A member who only writes is behind by much, of which little is looked at.
    await put(store, ...Array.from({ length: 1_000 }, () => message(team, bob, "own")));
    assertEquals((await store.readState(team.id, bob.id, Number.MAX_SAFE_INTEGER)).unread, 0);
  },

  "a read mark moves back to make messages unread, and never forward by that": async (
    { store, team, alice, bob, carol, succeed },
  ) => {
    const back = (seq: number) => store.markUnread(team.id, bob.id, seq);
    await put(store, ...Array.from({ length: 4 }, () => message(team, alice, "hey")));
    await store.markRead(team.id, bob.id, 4);
    assertEquals(await back(3), 2);
    assertEquals(await state(store, team, bob), [2, 2, 0]);
    assertEquals(await back(4), 2, "it is unread already");
    assertEquals(await back(1), 0);
    assertEquals(await store.markRead(team.id, bob.id, 2), 2);
    assertEquals(await store.markUnread(team.id, carol.id, 1), 0);
    const again = await succeed();
    assertEquals(await state(again, team, bob), [2, 2, 0]);
    assertEquals(await again.markRead(team.id, bob.id, 3), 3);
  },
};

function pin({ id }: Place, sender: Account, target: number): Append {
  return { kind: "message_pinned", room: id, sender, at: AT, key: null, target, on: true };
}
