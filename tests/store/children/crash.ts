// Writes to a store in every way, prints what was acknowledged, and ends as in a power failure.
import { openSqlite } from "../../../lib/store/sqlite/store.ts";
import { makeStoreFixture, message, react, store as put } from "../contract/fixture.ts";

const [path = "", round = ""] = Deno.args;
const store = await openSqlite({ path, durability: "process" });
if (round === "0") await makeStoreFixture(store);
const alice = await store.findAccount("Alice");
if (alice === null) throw new Error("There is no world");
const team = await store.findRoom("team", alice.id);
if (team === null) throw new Error("There is no room");
for (let n = 0; n < 20; n++) await put(store, message(team, alice, `in tables ${round} ${n}`));
// Past the commit log, after everything before it was applied.
for (const emoji of ["👍", "🎉", "👀"]) {
  await put(store, react(team, alice, team.seq + 1, emoji + round));
}
for (let n = 0; n < 40; n++) await put(store, message(team, alice, `in the log ${round} ${n}`));
Deno.kill(Deno.pid, "SIGKILL");
