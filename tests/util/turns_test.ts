import { assertEquals, assertRejects } from "@std/assert";
import { Turns } from "../../lib/util/turns.ts";

Deno.test("jobs run a few at a time, in the order in which they came", async () => {
  const turns = new Turns(2);
  const begun: number[] = [];
  const ends = [0, 1, 2, 3].map(() => Promise.withResolvers<number>());
  const jobs = ends.map(({ promise }, n) =>
    turns.take(() => {
      begun.push(n);
      return promise;
    })
  );
  assertEquals(begun, [0, 1]);
  ends[1]!.resolve(10);
  assertEquals(await jobs[1], 10);
  await Promise.resolve();
  assertEquals(begun, [0, 1, 2]);
  // A job that fails passes its turn on as well.
  ends[2]!.reject(new Error("no"));
  await assertRejects(() => jobs[2]!, Error, "no");
  await Promise.resolve();
  assertEquals(begun, [0, 1, 2, 3]);
  for (const { resolve } of ends) resolve(0);
  await Promise.all([jobs[0], jobs[3]]);
  assertEquals(await turns.take(() => Promise.resolve("free")), "free");
});
