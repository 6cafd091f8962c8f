// A store whose names an earlier version folded, by another rule.
import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { NAMES_VERSION } from "../../lib/protocol/names.ts";
import { openPostgres } from "../../lib/store/postgres/store.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import type { Store } from "../../lib/store/store.ts";
import { needs } from "../support/permissions.ts";
import { ignore, usePostgres } from "../support/postgres.ts";
import { inDirectory } from "../support/temporary_directory.ts";
import { AT, guest, message, newAccount, person, room } from "./contract/fixture.ts";

/** A store that is closed, and changed by hand. */
interface Place {
  open(onNotice: (notice: string) => void): Promise<Store>;
  run(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** Names as they were once stored, by the names that the store is given at first. */
const ACCOUNTS: Readonly<Record<string, readonly [name: string, folded: string]>> = {
  "one": ["Strauß", "strauß"],
  "two": ["Strauss", "strauss"],
  "three": ["Strauss 2", "strauss 2"],
  "four": ["Γιώργος", "γιώργος"],
  "five": ["Kal", "kal"],
  "six": ["KaI", "kai"],
  "eight": ["Zoë", "zoë"],
};

const ROOMS = {
  ...{ "r-one": "weiß", "r-two": "weiss" },
  ...{ "r-three": "Maß", "r-four": "mass" },
  ...{ "r-five": "Fuß", "r-six": "fuss" },
};

/** Writes names as the version before wrote them. */
async function age({ run }: Place): Promise<void> {
  for (const [given, [name, folded]] of Object.entries(ACCOUNTS)) {
    await run(
      `UPDATE accounts SET name = '${name}', folded = '${folded}', skeleton = 'old ${given}'
       WHERE folded = '${given}'`,
    );
  }
  for (const [given, name] of Object.entries(ROOMS)) {
    const folded = name.toLowerCase();
    await run(`UPDATE rooms SET name = '${name}', folded = '${folded}' WHERE folded = '${given}'`);
    await run(`UPDATE members SET folded = '${folded}' WHERE folded = '${given}'`);
  }
  await run("UPDATE user_groups SET name = 'Maß', folded = 'maß' WHERE folded = 'g-one'");
  await run("UPDATE user_groups SET name = 'Mass', folded = 'mass' WHERE folded = 'g-two'");
  await run("UPDATE guest_names SET folded = 'weiß' WHERE folded = 'w-one'");
  await run("UPDATE guest_names SET folded = 'weiss' WHERE folded = 'w-two'");
  await run("DELETE FROM meta WHERE name = 'names'");
}

async function prove(place: Place): Promise<void> {
  const { open, run } = place;
  const notices: string[] = [];
  const onNotice = (notice: string) => void notices.push(notice);

  let store = await open(onNotice);
  const version = "SELECT value FROM meta WHERE name = 'names'";
  for (const given of [...Object.keys(ACCOUNTS), "seven"]) await person(store, given);
  const [one, two, seven] = await Promise.all(
    ["one", "two", "seven"].map((name) => store.findAccount(name)),
  );
  assert(one && two && seven);
  const white = await room(store, "r-one", one);
  await room(store, "r-two", two);
  await room(store, "r-three", one, "private");
  await room(store, "r-four", two, "private");
  // Who is in these two is in one of them by its name.
  await room(store, "r-five", seven, "private");
  await room(store, "r-six", seven, "private");
  await store.putGroup({ publicId: null, name: "g-one", members: [one.id], at: AT });
  await store.putGroup({ publicId: null, name: "g-two", members: [two.id], at: AT });
  for (const name of ["w-one", "w-two"]) {
    const visitor = await guest(store, name);
    await store.append([message(white, visitor, `by ${name}`, { key: "k" })]);
    await store.retireGuest(visitor.id);
  }
  await store.close();
  assertEquals((await run(version)).map(({ value }) => value), [NAMES_VERSION]);
  assertEquals(notices, []);

  await age(place);
  store = await open(onNotice);
  const idOf = async (name: string) => (await store.findAccount(name))?.id;
  assertEquals(
    await Promise.all(["STRAUSS", "strauß", "strauss 2", "strauss 3", "ΓΙΏΡΓΟΣ"].map(idOf)),
    [one.id, one.id, one.id + 2, two.id, one.id + 3],
  );
  assertEquals((await store.accountById(two.id))?.name, "Strauss 3");
  assertEquals((await store.accountById(one.id))?.name, "Strauß");
  assertEquals((await store.findRoom("WEISS", 0))?.id, white.id);
  assertEquals((await store.findRoom("weiss-2", two.id))?.name, "weiss-2");
  // Nobody is in both private rooms: both keep their names.
  assertEquals((await store.findRoom("mass", one.id))?.name, "Maß");
  assertEquals((await store.findRoom("maß", two.id))?.name, "mass");
  assertEquals((await store.findRoom("fuß", seven.id))?.name, "Fuß");
  assertEquals((await store.findRoom("fuss-2", seven.id))?.name, "fuss-2");
  assertEquals((await store.groups()).map(({ name }) => name), ["Maß", "Mass 2"]);
  assertEquals(notices.map((notice) => notice.match(/"[^"]+"/g)), [
    ['"Strauss"', '"Strauss 3"'],
    ['"weiss"', '"weiss-2"'],
    ['"fuss"', '"fuss-2"'],
    ['"Mass"', '"Mass 2"'],
  ]);
  // Lookalikes that exist stay; a new one is refused.
  assertEquals([await idOf("kal"), await idOf("kai")], [one.id + 4, one.id + 5]);
  assertEquals(await store.createAccount(newAccount("kA1", { skeleton: "kal" })), "name_taken");
  const visitor = await guest(store, "Weiß");
  const [again] = await store.append([message(white, visitor, "again", { key: "k" })]);
  assert(again && "event" in again && again.repeated, "guests of the first name keep their keys");
  await store.close();

  const folded = "SELECT id, name, folded, skeleton FROM accounts ORDER BY id";
  const before = await run(folded);
  await (await open(onNotice)).close();
  assertEquals([await run(folded), notices.length], [before, 4]);
}

Deno.test({
  name: "sqlite: names that an earlier version folded are folded again, once",
  ...needs("read", "write"),
  fn: () =>
    inDirectory((directory) => {
      const path = `${directory}/hubbub.db`;
      return prove({
        open: (onNotice) => openSqlite({ path, durability: "process", onNotice }),
        run(sql) {
          using db = new DatabaseSync(path);
          return Promise.resolve(db.prepare(sql).all().map((row) => ({ ...row })));
        },
      });
    }),
});

const cluster = usePostgres();

Deno.test({
  name: "postgres: names that an earlier version folded are folded again, once",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const database = await cluster.make();
    await prove({
      open: (onNotice) => openPostgres({ url: cluster.url(database), onNotice }),
      async run(sql) {
        const rows = await cluster.run(database, `SET search_path = hubbub; ${sql}`);
        // The answers to both statements.
        return ((rows.at(-1) ?? []) as unknown as readonly Record<string, unknown>[])
          .map((row) => ({ ...row }));
      },
    });
    await cluster.drop(database);
  },
});

Deno.test({
  name: "postgres: of instances that start together, one folds the names",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const database = await cluster.make();
    const url = cluster.url(database);
    const store = await openPostgres({ url });
    for (const given of ["one", "two"]) await person(store, given);
    await store.close();
    await cluster.run(
      database,
      `UPDATE hubbub.accounts SET name = 'Strauß', folded = 'strauß' WHERE folded = 'one';
       UPDATE hubbub.accounts SET name = 'Strauss', folded = 'strauss' WHERE folded = 'two';
       DELETE FROM hubbub.meta WHERE name = 'names'`,
    );
    const notices: string[] = [];
    const onNotice = (notice: string) => void notices.push(notice);
    const stores = await Promise.all([1, 2, 3].map(() => openPostgres({ url, onNotice })));
    assertEquals(notices.length, 1);
    assertEquals((await stores[2]!.findAccount("STRAUSS 2"))?.name, "Strauss 2");
    for (const store of stores) await store.close();
    await cluster.drop(database);
  },
});
