import { assert, assertEquals } from "@std/assert";
import { MAX_DRAFTS } from "../../../lib/store/personal.ts";
import type { Store } from "../../../lib/store/store.ts";
import type { Account } from "../../../lib/store/records.ts";
import { AT, type Contract, guest, message, remove, room, store as put } from "./fixture.ts";

const HOUR = 3_600_000;

async function saved(store: Store, { id }: Account): Promise<readonly string[]> {
  return (await store.savedMessages(id, null, 9)).map(({ room, seq }) => `${room.name} ${seq}`);
}

/** What users keep for themselves. */
export const personal: Contract = {
  "messages are saved once, the last one first": async (
    { store, team, alice, bob, carol, succeed },
  ) => {
    const den = await room(store, "Den", alice);
    await put(
      store,
      message(team, bob, "one"),
      message(team, bob, "two"),
      message(den, alice, "x"),
    );
    const places = [[team.id, 1], [den.id, 1], [team.id, 2]] as const;
    for (const [room, seq] of places) await store.saveMessage(alice.id, { room, seq }, AT);
    await store.saveMessage(alice.id, { room: team.id, seq: 1 }, AT + 9);
    await store.saveMessage(bob.id, { room: team.id, seq: 2 }, AT);
    assertEquals(await saved(store, alice), ["Team 2", "Den 1", "Team 1"]);
    assertEquals(await saved(store, bob), ["Team 2"]);
    assertEquals(await saved(store, carol), []);
    assertEquals(await store.held("saved", alice.id, 2), 2);
    const [first] = await store.savedMessages(alice.id, null, 1);
    assert(first !== undefined);
    const rest = await store.savedMessages(alice.id, first.at, 9);
    assertEquals(rest.map(({ seq }) => seq), [1, 1]);
    const again = await succeed();
    await again.unsaveMessage(alice.id, { room: team.id, seq: 2 });
    assertEquals(await saved(again, alice), ["Den 1", "Team 1"]);
    const found = await again.messagesAt([{ room: team.id, seq: 1 }, { room: den.id, seq: 1 }]);
    assertEquals(found.map(({ text }) => text).toSorted(), ["one", "x"]);
    assertEquals(await again.messagesAt([]), []);
    assertEquals(await again.messagesAt([{ room: team.id, seq: 9 }]), []);
  },

  "what was deleted, and what is in other rooms, is not among the saved messages": async (
    { store, team, alice, bob },
  ) => {
    await put(store, message(team, bob, "one"), message(team, bob, "two"));
    for (const seq of [1, 2]) {
      await store.saveMessage(alice.id, { room: team.id, seq }, AT);
      await store.setReminder(alice.id, { room: team.id, seq }, AT);
    }
    await put(store, remove(team, bob, 1));
    assertEquals(await saved(store, alice), ["Team 2"]);
    assertEquals((await store.remindersOf(alice.id, false)).map(({ seq }) => seq), [2]);
    await store.removeMember(team.id, alice.id);
    assertEquals(await saved(store, alice), []);
    assertEquals(await store.claimReminders(AT, AT + 1, 9), []);
    await store.addMember(team.id, alice.id, AT);
    assertEquals(await saved(store, alice), ["Team 2"]);
    assertEquals(await store.remindersOf(alice.id, false), [], "they were due meanwhile");
    await store.deleteRoom(team.id, AT);
    assertEquals(await store.held("saved", alice.id, 9), 0);
  },

  "a search among saved messages": async ({ store, team, alice, bob }) => {
    await put(
      store,
      ...["red fish", "blue fish", "red hat"].map((text) => message(team, bob, text)),
    );
    for (const seq of [1, 2]) await store.saveMessage(alice.id, { room: team.id, seq }, AT);
    const search = async (query: string | null, rest: object = {}) => {
      const asked = { account: alice.id, query, room: null, before: null, limit: 9, saved: true };
      return (await store.search({ ...asked, ...rest })).hits.map(({ message: { text } }) => text);
    };
    assertEquals((await search("fish ")).toSorted(), ["blue fish", "red fish"]);
    assertEquals(await search("red"), ["red fish"]);
    assertEquals((await search(null)).length, 2);
    assertEquals(await search(null, { sender: alice.id }), []);
    const page = { account: alice.id, query: null, room: null, limit: 1, saved: true };
    const first = await store.search({ ...page, before: null });
    const second = await store.search({ ...page, before: first.next });
    assertEquals([first.hits.length, second.hits.length, second.next], [1, 1, null]);
    assertEquals(await search("fish ", { account: bob.id }), []);
  },

  "a scheduled message is stored once, and claimed by one": async (
    { store, team, alice, bob, succeed },
  ) => {
    const base = { account: alice.id, room: team.id, createdAt: AT };
    const content = { message: "später \0", reply_to: 3 };
    const later = await store.schedule({ ...base, id: "a", key: "k1", content, at: AT + HOUR });
    assert(later !== null);
    assertEquals([later.id, later.key, later.content, later.failed], ["a", "k1", content, null]);
    assertEquals([later.account, later.room.id, later.at], [alice, team.id, AT + HOUR]);
    const repeated = await store.schedule({ ...base, id: "b", key: "k1", content, at: AT });
    assertEquals(repeated, later);
    await store.schedule({ ...base, id: "c", key: "k2", content, at: AT });
    assertEquals(await store.nextDue("scheduled"), AT);
    assertEquals((await store.scheduledOf(alice.id)).map(({ id }) => id), ["c", "a"]);
    assertEquals(await store.scheduledOf(bob.id), []);
    assertEquals(await store.claimScheduled(AT - 1, AT + 9, 9), []);
    const claims = [store.claimScheduled(AT, AT + 10, 9), store.claimScheduled(AT, AT + 10, 9)];
    const claimed = (await Promise.all(claims)).flat();
    assertEquals(claimed.map(({ id }) => id), ["c"]);
    assertEquals(await store.cancelScheduled(alice.id, "c"), false, "it is being sent");
    const again = await succeed();
    // The instance that claimed it has ended.
    assertEquals(await again.nextDue("scheduled"), AT + 10);
    assertEquals((await again.claimScheduled(AT + 10, AT + 20, 9)).map(({ id }) => id), ["c"]);
    await again.postponeScheduled("c", AT + 30);
    assertEquals(await again.claimScheduled(AT + 29, AT + 40, 9), []);
    assertEquals((await again.claimScheduled(AT + 30, AT + 40, 9)).length, 1);
    await again.finishScheduled("c", "muted");
    assertEquals(await again.claimScheduled(AT + 50, AT + 60, 9), []);
    assertEquals((await again.scheduledOf(alice.id)).map(({ failed }) => failed), ["muted", null]);
    assertEquals(await again.cancelScheduled(bob.id, "c"), false);
    assertEquals(await again.cancelScheduled(alice.id, "c"), true);
    assertEquals((await again.claimScheduled(AT + HOUR, AT + HOUR, 9)).length, 1);
    await again.finishScheduled("a", null);
    assertEquals(await again.scheduledOf(alice.id), []);
    assertEquals(await again.nextDue("scheduled"), null);
  },

  "a reminder is due until it is told, and told until it is removed": async (
    { store, team, alice, bob, succeed },
  ) => {
    await put(store, message(team, bob, "one"));
    const place = { room: team.id, seq: 1 };
    await store.setReminder(alice.id, place, AT + HOUR);
    await store.setReminder(alice.id, place, AT);
    assertEquals(await store.nextDue("reminders"), AT);
    assertEquals(await store.remindersOf(alice.id, true), []);
    const [claimed, ...none] = await store.claimReminders(AT, AT + 10, 9);
    assert(claimed !== undefined && none.length === 0);
    assertEquals([claimed.account, claimed.room.id, claimed.seq], [alice, team.id, 1]);
    assertEquals(await store.claimReminders(AT, AT + 10, 9), []);
    await store.finishReminder(claimed);
    assertEquals(await store.nextDue("reminders"), null);
    const again = await succeed();
    assertEquals((await again.remindersOf(alice.id, true)).map(({ due }) => due), [true]);
    // Set anew while it is told.
    await again.setReminder(alice.id, place, AT + 20);
    await again.finishReminder(claimed);
    assertEquals(await again.nextDue("reminders"), AT + 20);
    await again.removeReminder(alice.id, place);
    assertEquals(await again.remindersOf(alice.id, false), []);
  },

  "what a member wants of a room changes by itself": async ({ store, team, alice, carol }) => {
    const of = () => store.roomPrefs(team.id, alice.id);
    const none = { level: "mentions", favourite: false, section: null, introduced: false } as const;
    assertEquals(await of(), none);
    const set = (prefs: object) => store.setRoomPrefs(team.id, alice.id, prefs, AT);
    assertEquals(await set({ favourite: true }), { ...none, favourite: true });
    assertEquals(await set({ section: "Work" }), { ...none, favourite: true, section: "Work" });
    assertEquals(await set({ introduced: true }), {
      ...none,
      ...{ favourite: true, section: "Work", introduced: true },
    });
    assertEquals(await set({ level: "all", introduced: false }), {
      ...none,
      ...{ level: "all", favourite: true, section: "Work" },
    });
    const [joined] = await store.roomsOf(alice.id);
    assertEquals([joined?.level, joined?.favourite, joined?.section], ["all", true, "Work"]);
    assertEquals(await set({ section: null, favourite: false }), { ...none, level: "all" });
    assertEquals(await store.setRoomPrefs(team.id, carol.id, { favourite: true }, AT), null);
    assertEquals(await store.roomPrefs(team.id, carol.id), null);
  },

  "of the drafts of one place the one that was changed last counts": async (
    { store, team, alice, bob, succeed },
  ) => {
    const place = { room: team.id, thread: 0 };
    const draft = { message: "almost\0", reply_to: 3, edit: { seq: 1, message: "bett" } };
    assertEquals(await store.draftAt(alice.id, place), null);
    assert(await store.setDraft(alice.id, place, draft, AT));
    await store.setDraft(alice.id, { ...place, thread: 2 }, { message: "in a thread" }, AT);
    await store.setDraft(bob.id, place, { message: "of Bob" }, AT);
    await store.setDraft(alice.id, place, { message: "earlier" }, AT - 1);
    const first = await store.draftAt(alice.id, place);
    assertEquals([first?.room.id, first?.content, first?.at], [team.id, draft, AT]);
    const again = await succeed();
    await again.setDraft(alice.id, place, null, AT + 1);
    await again.setDraft(alice.id, place, { message: "from a device that was offline" }, AT);
    const drafts = async (account: Account) => {
      const page = await again.draftsOf(account.id, { room: "", thread: 0 }, 9);
      return page.map(({ thread, content }) => [thread, content?.message]);
    };
    assertEquals(await drafts(alice), [[0, undefined], [2, "in a thread"]]);
    assertEquals(await drafts(bob), [[0, "of Bob"]]);
    await again.removeMember(team.id, bob.id);
    assertEquals(await drafts(bob), []);
    assertEquals(await again.draftAt(bob.id, place), null);
  },

  "a user has at most so many drafts, listed in pages": async ({ store, team, alice }) => {
    const set = (thread: number, message: string) =>
      store.setDraft(alice.id, { room: team.id, thread }, message === "" ? null : { message }, AT);
    for (let thread = 0; thread < MAX_DRAFTS; thread++) assert(await set(thread, `${thread}`));
    assertEquals(await set(MAX_DRAFTS, "too many"), false);
    assert(await store.setDraft(alice.id, { room: team.id, thread: 7 }, null, AT + 1));
    assert(await set(MAX_DRAFTS, "in its place"));
    const threads: number[] = [];
    for (let after = { room: "", thread: 0 };;) {
      const page = await store.draftsOf(alice.id, after, 90);
      threads.push(...page.map(({ thread }) => thread));
      if (page.length < 90) break;
      after = { room: team.publicId, thread: threads.at(-1)! };
    }
    const all = Array.from({ length: MAX_DRAFTS + 1 }, (_, thread) => thread);
    assertEquals(threads, all.filter((thread) => thread !== 7));
  },

  "drafts end with their account and their room": async ({ store, team, alice, bob }) => {
    const den = await room(store, "Den", alice);
    for (const { id } of [team, den]) {
      await store.setDraft(alice.id, { room: id, thread: 0 }, { message: "almost" }, AT);
    }
    const count = async ({ id }: Account) =>
      (await store.draftsOf(id, { room: "", thread: 0 }, 9)).length;
    await store.deleteRoom(den.id, AT);
    assertEquals(await count(alice), 1);
    const eve = await guest(store, "Eve");
    const direct = await store.directRoom(eve, bob, AT);
    await store.setDraft(eve.id, { room: direct.id, thread: 0 }, { message: "psst" }, AT);
    await store.retireGuest(eve.id, { at: AT, traces: 1 });
    assertEquals(await count(eve), 0);
  },

  "a guest who leaves takes everything along": async ({ store, team, alice, bob }) => {
    const eve = await guest(store, "Eve");
    const direct = await store.directRoom(eve, bob, AT);
    await put(store, message(team, alice, "one"), message(direct, eve, "hi"));
    await store.saveMessage(eve.id, { room: team.id, seq: 1 }, AT);
    await store.setReminder(eve.id, { room: direct.id, seq: 1 }, AT);
    const base = { id: "e", account: eve.id, room: direct.id, key: "k", createdAt: AT };
    await store.schedule({ ...base, content: { message: "x" }, at: AT });
    await store.retireGuest(eve.id, { at: AT, traces: 1 });
    const held = ["saved", "scheduled", "reminders"] as const;
    for (const what of held) assertEquals(await store.held(what, eve.id, 9), 0, what);
    assertEquals(await store.nextDue("scheduled"), null);
    // The conversation ends with the guest, and so does what the other user has kept of it.
    await store.saveMessage(bob.id, { room: direct.id, seq: 1 }, AT);
    // SQLite keeps the newest room.
    await room(store, "Later", alice);
    while (await store.sweepGuests(AT + 9 * HOUR, 1));
    while (await store.sweepGuests(AT + 99 * HOUR, 1));
    assertEquals(await saved(store, bob), []);
  },
};
