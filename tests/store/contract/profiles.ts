import { assert, assertEquals } from "@std/assert";
import { AT, type Contract, guest, message, store as put } from "./fixture.ts";

const STATUS = { emoji: "🌴", text: "am Meer \0", until: AT };
const NOTHING = { displayName: null, status: null, avatar: null };

/** What users say about themselves, and reports. */
export const profiles: Contract = {
  "a profile changes part by part": async ({ store, alice, bob, succeed }) => {
    assertEquals(await store.profileOf(alice.id), NOTHING);
    assertEquals(await store.profilesNamed(["alice", "nobody"]), []);
    const displayName = { name: "Alice A.", skeleton: "alice a." };
    assert(await store.setProfile(alice.id, { displayName }));
    assert(await store.setProfile(alice.id, { status: STATUS }));
    const bytes = new Uint8Array([0, 1, 255]);
    for (const id of ["one", "two"]) {
      assert(await store.setProfile(alice.id, { avatar: { id, type: "image/png", bytes } }));
    }
    const profile = { displayName: "Alice A.", status: STATUS, avatar: "two" };
    const again = await succeed();
    assertEquals(await again.profileOf(alice.id), profile);
    assertEquals(await again.profilesNamed(["alice", "bob"]), [{ account: alice, profile }]);
    assertEquals(await again.avatar("two"), { type: "image/png", bytes });
    assertEquals(await again.avatar("one"), null);
    const none = { displayName: null, status: null, avatar: null };
    assert(await again.setProfile(alice.id, none));
    assertEquals(await again.profileOf(alice.id), NOTHING);
    assertEquals(await again.avatar("two"), null);
    assertEquals(await again.profileOf(bob.id), NOTHING);
  },

  "nobody takes the look of another name, or of what staff is called": async (
    { store, alice, bob, carol },
  ) => {
    const called = (name: string) => ({ displayName: { name, skeleton: name.toLowerCase() } });
    assertEquals(await store.setProfile(alice.id, called("BOB")), false);
    assert(await store.setProfile(alice.id, called("Alice")), "one's own");
    assert(await store.setProfile(alice.id, called("Same")));
    assert(await store.setProfile(bob.id, called("Same")));
    assertEquals(await store.isDisplayNameOfStaff("same"), false);
    await store.setRole(alice.id, "moderator");
    assertEquals(await store.isDisplayNameOfStaff("same"), true);
    assertEquals(await store.setProfile(carol.id, called("Same")), false);
    assertEquals(await store.profileOf(carol.id), NOTHING);
  },

  "an account that is gone has no profile": async ({ store }) => {
    const eve = await guest(store, "Eve");
    const avatar = { id: "x", type: "image/png", bytes: new Uint8Array([1]) };
    await store.setProfile(eve.id, { status: STATUS, avatar });
    await store.retireGuest(eve.id);
    assertEquals(await store.profileOf(eve.id), NOTHING);
    assertEquals(await store.avatar("x"), null);
  },

  "reports wait until they are resolved, those of one message together": async (
    { store, team, alice, bob, succeed },
  ) => {
    await put(store, message(team, bob, "spam"), message(team, bob, "more"));
    const report = (id: string, seq: number, by: typeof alice) =>
      store.addReport({
        ...{ id, room: team.id, seq, by: by.name, byId: by.publicId, reason: `ü\0`, at: AT },
      });
    assert(await report("a", 1, alice));
    assertEquals(await report("b", 1, alice), false);
    assert(await report("c", 1, bob));
    assert(await report("d", 2, alice));
    const ids = async (resolved: boolean, before: number | null = null) =>
      (await again.reports(resolved, before, 9)).map(({ id }) => id);
    const again = await succeed();
    assertEquals(await ids(false), ["d", "c", "a"]);
    const [newest] = await again.reports(false, null, 1);
    assert(newest !== undefined);
    assertEquals(await ids(false, newest.number), ["c", "a"]);
    const note = { by: "Mo", byId: "mo", at: AT + 1, note: "deleted" };
    assert(await again.resolveReports("a", note));
    assertEquals(await again.resolveReports("a", note), false);
    assertEquals([await ids(false), await ids(true)], [["d"], ["c", "a"]]);
    const found = await again.reportById("c");
    assertEquals([found?.reason, found?.by, found?.room.id], ["ü\0", "Bob", team.id]);
    assertEquals(found?.resolution, note);
    assertEquals(await again.reportById("none"), null);
    await again.deleteRoom(team.id, AT);
    assertEquals(await ids(false), []);
  },
};
