import { assertEquals, assertRejects } from "@std/assert";
import { SharedStatement } from "../../lib/store/postgres/shared_statement.ts";

/** Calls whose statements the test ends, one after the other. */
function setUp() {
  const statements: (readonly number[])[] = [];
  const ends: (() => void)[] = [];
  const shared = new SharedStatement<number, string>(async (items) => {
    statements.push(items);
    await new Promise<void>((resolve) => ends.push(resolve));
    if (items.includes(0)) throw new Error("refused");
    return items.map((item) => `${item} done`);
  });
  /** Ends the statement that runs, and those that follow it. */
  const endAll = async () => {
    while (ends.length > 0) {
      ends.shift()!();
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    }
  };
  return { statements, shared, endAll };
}

Deno.test("calls that come during a statement share the next one, and each gets its result", async () => {
  const { statements, shared, endAll } = setUp();
  const calls = [1, 2, 3].map((item) => shared.call(item));
  await endAll();
  assertEquals(await Promise.all(calls), ["1 done", "2 done", "3 done"]);
  assertEquals(statements.splice(0), [[1], [2, 3]]);
  const later = shared.call(4);
  await endAll();
  assertEquals(await later, "4 done");
  assertEquals(statements, [[4]]);
});

Deno.test("a statement carries a bounded number of calls", async () => {
  const { statements, shared, endAll } = setUp();
  const calls = Array.from({ length: 251 }, (_, n) => shared.call(n + 1));
  await endAll();
  assertEquals((await Promise.all(calls)).at(-1), "251 done");
  assertEquals(statements.map(({ length }) => length), [1, 100, 100, 50]);
});

Deno.test("a call that the database refuses fails alone", async () => {
  const { shared, endAll } = setUp();
  const calls = [1, 2, 0, 3].map((item) => shared.call(item));
  const refused = assertRejects(() => calls[2]!, Error, "refused");
  await endAll();
  await refused;
  assertEquals(await Promise.all([calls[0], calls[1], calls[3]]), ["1 done", "2 done", "3 done"]);
});
