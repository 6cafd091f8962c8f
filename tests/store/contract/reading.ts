import { reactionOf } from "../../support/reactions.ts";
import { assertEquals } from "@std/assert";
import type { Append, Page } from "../../../lib/store/records.ts";
import {
  type Contract,
  edit,
  log,
  message,
  react,
  remove,
  room,
  ROOMY,
  store as put,
  type StoreFixture,
  upTo,
} from "./fixture.ts";

/** Ten messages, with another event between each two. */
async function tenMessages({ store, team, alice, bob }: StoreFixture): Promise<readonly number[]> {
  const batch: Append[] = [];
  for (const n of upTo(10)) {
    batch.push(
      message(team, n % 2 ? alice : bob, `message ${n}`),
      react(team, bob, 2 * n - 1, "👍"),
    );
  }
  await put(store, ...batch);
  return upTo(10).map((n) => 2 * n - 1);
}

function seqs({ messages, more }: Page): readonly [readonly number[], boolean] {
  return [messages.map(({ seq }) => seq), more];
}

/** Replays and pages. */
export const reading: Contract = {
  "a replay returns every event after one seq up to another": async ({ store, team, alice }) => {
    await put(store, ...upTo(10).map((n) => message(team, alice, `${n}`)));
    const replay = async (after: number, end: number) =>
      (await store.replay(team.id, after, end, ROOMY))?.map(({ seq }) => seq);
    assertEquals(await replay(0, 10), upTo(10));
    assertEquals(await replay(7, 10), [8, 9, 10]);
    assertEquals(await replay(3, 5), [4, 5]);
    assertEquals(await replay(9, 99), [10]);
    assertEquals(await replay(10, 10), []);
    assertEquals(await replay(99, 100), []);
    assertEquals(await store.replay(999_999, 0, 10, ROOMY), []);
  },

  "a replay that exceeds its bounds is null, never partial": async ({ store, team, alice }) => {
    await put(store, ...upTo(10).map(() => message(team, alice, "12345")));
    const count = async (limit: number, maxLength: number) =>
      (await store.replay(team.id, 0, 10, { limit, maxLength }))?.length ?? null;
    assertEquals(await count(10, 50), 10);
    assertEquals(await count(9, 50), null);
    assertEquals(await count(10, 49), null);
    const one = await store.replay(team.id, 9, 10, { limit: 1, maxLength: 1 });
    assertEquals(one?.length, 1, "one event is always returned");
  },

  "long reads are complete": async ({ store, team, alice, bob }) => {
    const count = 1_000;
    await put(store, ...upTo(count).map((n) => message(team, n % 2 ? alice : bob, `${n}`)));
    for (const length of [127, 128, 129, 255, 256, 257, count]) {
      const bounds = { limit: length, maxLength: 10_000 };
      const replay = await store.replay(team.id, 0, length, bounds);
      assertEquals(replay?.map(({ seq }) => seq), upTo(length));
      const forth = await store.pageAfter(team.id, 0, bounds);
      assertEquals(seqs(forth), [upTo(length), length < count]);
      const back = await store.pageBefore(team.id, length + 1, bounds);
      assertEquals(seqs(back), [upTo(length), false]);
    }
    assertEquals(await store.replay(team.id, 0, count, { limit: 999, maxLength: 10_000 }), null);
  },

  "a replay's length includes the edited text": async ({ store, team, alice }) => {
    await put(store, message(team, alice, "1"), edit(team, alice, 1, "x".repeat(100)));
    assertEquals(await store.replay(team.id, 0, 2, { limit: 9, maxLength: 199 }), null);
    assertEquals((await store.replay(team.id, 0, 2, { limit: 9, maxLength: 200 }))?.length, 2);
  },

  "a replay shows reactions only as events": async ({ store, team, alice, bob }) => {
    await put(store, message(team, alice, "a"), react(team, bob, 1, "👍"));
    const [first, second] = await log(store, team);
    assertEquals(first?.kind === "message" && first.reactions, []);
    assertEquals(second?.kind === "reaction" && [second.emoji, second.on], ["👍", true]);
  },

  "rooms do not read each other's logs": async ({ store, team, alice, bob }) => {
    const other = await room(store, "other", alice);
    await put(
      store,
      message(team, alice, "a"),
      message(other, alice, "b"),
      react(other, bob, 1, "👍"),
    );
    assertEquals((await log(store, team)).length, 1);
    const { messages } = await store.pageBefore(team.id, 100, ROOMY);
    assertEquals(messages.map(({ text, reactions }) => [text, reactions]), [["a", []]]);
  },

  "pages go backward through the messages": async (fixture) => {
    const { store, team } = fixture;
    const all = await tenMessages(fixture);
    const page = async (before: number, limit: number) =>
      seqs(await store.pageBefore(team.id, before, { limit, maxLength: 10_000 }));
    assertEquals(await page(Number.MAX_SAFE_INTEGER, 3), [[15, 17, 19], true]);
    assertEquals(await page(15, 3), [[9, 11, 13], true]);
    assertEquals(await page(14, 2), [[11, 13], true]);
    assertEquals(await page(7, 3), [[1, 3, 5], false]);
    assertEquals(await page(1, 3), [[], false]);
    assertEquals(await page(0, 3), [[], false]);
    assertEquals(await page(21, 10), [all, false]);
    assertEquals(await page(21, 9), [all.slice(1), true]);
  },

  "pages go forward through the messages": async (fixture) => {
    const { store, team } = fixture;
    const all = await tenMessages(fixture);
    const page = async (after: number, limit: number) =>
      seqs(await store.pageAfter(team.id, after, { limit, maxLength: 10_000 }));
    assertEquals(await page(0, 3), [[1, 3, 5], true]);
    assertEquals(await page(5, 3), [[7, 9, 11], true]);
    assertEquals(await page(13, 3), [[15, 17, 19], false]);
    assertEquals(await page(19, 3), [[], false]);
    assertEquals(await page(0, 10), [all, false]);
  },

  "consecutive pages cover every message once, in both directions": async (fixture) => {
    const { store, team } = fixture;
    const all = await tenMessages(fixture);
    const bounds = { limit: 3, maxLength: 20 };
    const forth: number[] = [];
    for (let more = true; more;) {
      const page = await store.pageAfter(team.id, forth.at(-1) ?? 0, bounds);
      forth.push(...page.messages.map(({ seq }) => seq));
      more = page.more;
    }
    const back: number[] = [];
    for (let more = true; more;) {
      const page = await store.pageBefore(team.id, back[0] ?? 1_000, bounds);
      back.unshift(...page.messages.map(({ seq }) => seq));
      more = page.more;
    }
    assertEquals([forth, back], [[...all], [...all]]);
  },

  "a page is bounded by text length, and holds at least one message": async (
    { store, team, alice },
  ) => {
    await put(store, ...upTo(5).map(() => message(team, alice, "12345")));
    const page = async (maxLength: number, limit = 5) =>
      seqs(await store.pageBefore(team.id, 100, { limit, maxLength }));
    assertEquals(await page(25), [[1, 2, 3, 4, 5], false]);
    assertEquals(await page(24), [[2, 3, 4, 5], true]);
    assertEquals(await page(10), [[4, 5], true]);
    assertEquals(await page(4), [[5], true]);
    assertEquals(await page(0), [[5], true]);
    const forward = await store.pageAfter(team.id, 0, { limit: 5, maxLength: 12 });
    assertEquals(seqs(forward), [[1, 2], true]);
  },

  "an empty room has empty pages": async ({ store, team }) => {
    assertEquals(await store.pageBefore(team.id, 100, ROOMY), { messages: [], more: false });
    assertEquals(await store.pageAfter(team.id, 0, ROOMY), { messages: [], more: false });
    assertEquals(await store.pageAfter(999_999, 0, ROOMY), { messages: [], more: false });
  },

  "pages show messages in their current state": async ({ store, team, alice, bob, carol }) => {
    await put(store, ...["a", "b", "c"].map((text) => message(team, alice, text)));
    await put(store, edit(team, alice, 1, "a!"), remove(team, alice, 2), react(team, bob, 3, "👍"));
    await put(store, react(team, carol, 3, "👍"), react(team, carol, 1, "🎉"));
    for (
      const page of [
        await store.pageBefore(team.id, 100, ROOMY),
        await store.pageAfter(team.id, 0, ROOMY),
      ]
    ) {
      assertEquals(
        page.messages.map(({ text, deleted, reactions }) => [text, deleted, reactions]),
        [
          ["a!", false, [reactionOf("🎉", carol)]],
          ["", true, []],
          ["c", false, [reactionOf("👍", bob, carol)]],
        ],
      );
    }
  },
};
