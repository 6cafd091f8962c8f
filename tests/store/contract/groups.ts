import { assert, assertEquals } from "@std/assert";
import type { Store } from "../../../lib/store/store.ts";
import { AT, type Contract, newAccount } from "./fixture.ts";

/** The groups, with the names of their members. */
async function all(store: Store): Promise<readonly string[]> {
  const groups = await store.groups();
  return groups.map(({ name, members }) => `${name}: ${members.map(({ name }) => name).join()}`);
}

const WEEK = {
  weekly: [{ days: ["mon", "sun"] as const, from: "22:00", to: "07:00" }],
  time_zone: "Europe/Berlin",
};

/** Groups of users, and quiet hours. */
export const groups: Contract = {
  "a group is created, changed and deleted": async ({ store, alice, bob, carol, succeed }) => {
    const put = (publicId: string | null, name: string, ...members: number[]) =>
      store.putGroup({ publicId, name, members, at: AT });
    const designers = await put(null, "Designers", bob.id, alice.id);
    assert(designers !== null && /^[\w-]{1,24}$/.test(designers));
    const testers = await put(null, "Testers");
    assert(testers !== null && testers !== designers);
    assertEquals(await all(store), ["Designers: Alice,Bob", "Testers: "]);
    assertEquals(await put(null, "DESIGNERS"), null, "the name is taken");
    assertEquals(await put(testers, "designers"), null, "the name is taken");
    assertEquals(await put("nobody", "Nobody"), null, "there is no such group");
    assertEquals(await put(designers, "designers", carol.id, bob.id), designers);
    assertEquals(await all(store), ["designers: Bob,Carol", "Testers: "]);
    assertEquals(await store.deleteGroup(testers), true);
    assertEquals(await store.deleteGroup(testers), false);
    const again = await succeed();
    assertEquals(await all(again), ["designers: Bob,Carol"]);
  },

  "one account comes into a group, and out of it": async ({ store, alice, bob }) => {
    const at = { members: [alice.id], at: AT };
    const group = await store.putGroup({ ...at, publicId: null, name: "Designers" });
    assert(group !== null);
    for (const _again of [1, 2]) await store.setGroupMember(group, bob.id, true);
    assertEquals(await all(store), ["Designers: Alice,Bob"]);
    for (const _again of [1, 2]) await store.setGroupMember(group, alice.id, false);
    await store.setGroupMember("nobody", alice.id, true);
    assertEquals(await all(store), ["Designers: Bob"]);
  },

  "an account that is gone is in no group": async ({ store, alice }) => {
    const bot = await store.createAccount(newAccount("Robbie", { role: "bot" }));
    assert(typeof bot === "object");
    await store.putGroup({ publicId: null, name: "All", members: [alice.id, bot.id], at: AT });
    await store.retireAccount(bot.id);
    assertEquals(await all(store), ["All: Alice"]);
  },

  "quiet hours are kept, each kind by itself": async ({ store, team, alice, bob, succeed }) => {
    assertEquals(await store.quietOf(alice.id), {});
    assertEquals(await store.setQuiet(alice.id, { until: AT }), { until: AT });
    assertEquals(await store.setQuiet(alice.id, { weekly: WEEK }), { until: AT, ...WEEK });
    await store.createSession({ hash: "phone", account: alice.id, label: "phone", at: AT });
    await store.addPush("phone", { endpoint: "https://push.example/", p256dh: "p", auth: "a" }, AT);
    assertEquals((await store.pushTargets(team.id)).map(({ quiet }) => quiet), [
      { until: AT, ...WEEK },
    ]);
    const again = await succeed();
    assertEquals(await again.setQuiet(alice.id, { until: null }), WEEK);
    assertEquals(await again.setQuiet(alice.id, {}), WEEK);
    assertEquals(await again.quietOf(alice.id), WEEK);
    assertEquals(await again.quietOf(bob.id), {});
    assertEquals(await again.setQuiet(alice.id, { weekly: null }), {});
  },
};
