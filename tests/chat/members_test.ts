import { assert, assertEquals } from "@std/assert";
import { Members } from "../../lib/chat/members.ts";
import type { IdPage } from "../../lib/store/records.ts";
import { ALL } from "../../lib/store/records.ts";
import { accountOf } from "../support/records.ts";

const ALL_NAMES = { begins: "", after: "", limit: 9 };

function namesOf(members: Members): readonly string[] {
  return members.page(ALL_NAMES).values.map(({ name }) => name);
}

Deno.test("members are found by id and by name, after each change", () => {
  const [alice, bob, carol] = [accountOf(3, "Alice"), accountOf(1, "Bob"), accountOf(2, "Carol")];
  const members = new Members([bob, alice]);
  members.set(carol);
  assertEquals([members.named("bob"), members.named("nobody")], [bob, undefined]);
  assertEquals(namesOf(members), ["Alice", "Bob", "Carol"]);

  const renamed = { ...bob, name: "Zoe" };
  members.set(renamed);
  assertEquals([members.get(1), members.named("bob"), members.size], [renamed, undefined, 3]);
  assertEquals(namesOf(members), ["Alice", "Carol", "Zoe"]);

  members.delete(carol);
  members.delete(carol);
  assertEquals(namesOf(members), ["Alice", "Zoe"]);
  assertEquals([members.has(carol), members.has(alice)], [false, true]);
});

Deno.test("members are listed by name, regardless of case", () => {
  const names = ["zed", "Yan", "anton", "Bob", "Alice"];
  const members = new Members(names.map((name, n) => accountOf(n + 1, name)));
  assertEquals(namesOf(members), ["Alice", "anton", "Bob", "Yan", "zed"]);
});

Deno.test("a name that passed on to another member stays with that one", () => {
  const members = new Members([accountOf(1, "Ann")]);
  assertEquals(namesOf(members), ["Ann"]);
  const second = accountOf(2, "Ann");
  members.set(second);
  members.set(accountOf(1, "Anna"));
  assertEquals(members.named("ann"), second);
  members.delete(accountOf(1, "Anna"));
  assertEquals(namesOf(members), ["Ann"]);
});

Deno.test("a room of thousands is read in pages, with a turn of the event loop after each", async () => {
  const accounts = Array.from({ length: 4_500 }, (_, n) => accountOf(n + 1, `User-${n}`));
  let turns = 0;
  const pages: { turns: number; after: number }[] = [];
  const store = {
    membersOf(_room: number, { after, limit }: IdPage = ALL) {
      pages.push({ turns, after });
      return Promise.resolve(accounts.filter(({ id }) => id > after).slice(0, limit));
    },
  };
  const clock = {
    after(_ms: number, run: () => void) {
      turns += 1;
      run();
      return () => {};
    },
  };
  const members = await Members.read(store, clock, 7);
  assertEquals(members.size, accounts.length);
  assertEquals(pages, [1, 2, 3].map((n) => ({ turns: n - 1, after: (n - 1) * 2_000 })));
  assert(accounts.every((account) => members.named(account.name.toLowerCase()) === account));
});
