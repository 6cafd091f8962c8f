import { assertEquals, assertLess } from "@std/assert";
import { StateFile } from "../../../packages/client/state_file.ts";
import { needs } from "../../support/permissions.ts";

const permissions = needs("read", "write");

/** Runs a test with a path for a state file. */
async function withFile(test: (path: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await test(`${directory}/bot.state`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function contents(path: string): Promise<Record<string, string>> {
  await using file = new StateFile(path);
  return Object.fromEntries(await file.load());
}

Deno.test({
  name: "a state file returns what was stored, and not what was deleted",
  ...permissions,
  fn: () =>
    withFile(async (path) => {
      assertEquals(await contents(path), {});
      {
        await using file = new StateFile(path);
        await file.load();
        await Promise.all([file.set("a", "1"), file.set("b", "ü\n2"), file.set("a", "3")]);
        await file.set("c", "4");
        await file.delete("c");
      }
      assertEquals(await contents(path), { a: "3", b: "ü\n2" });
    }),
});

Deno.test({
  name: "a crash in the middle of a write loses that write only, at every byte",
  ...permissions,
  fn: () =>
    withFile(async (path) => {
      {
        await using file = new StateFile(path);
        await file.load();
        await file.set("a", "1");
        await file.set("b", "2");
      }
      const whole = await Deno.readFile(path);
      const first = whole.indexOf(10) + 1;
      for (let length = first; length < whole.length - 1; length++) {
        await Deno.writeFile(path, whole.slice(0, length));
        assertEquals(await contents(path), { a: "1" });
        await Deno.writeFile(path, whole.slice(0, length));
        await using file = new StateFile(path);
        await file.load();
        await file.set("c", "3");
        await file.close();
        assertEquals(await contents(path), { a: "1", c: "3" });
      }
    }),
});

Deno.test({
  name: "a state file does not grow with the number of changes",
  ...permissions,
  fn: () =>
    withFile(async (path) => {
      {
        await using file = new StateFile(path);
        await file.load();
        for (let n = 0; n < 40; n++) {
          await Promise.all(Array.from({ length: 100 }, (_, i) => file.set("a", `${n} ${i}`)));
        }
      }
      const { length } = (await Deno.readTextFile(path)).split("\n");
      assertLess(length, 1_200);
      assertEquals(await contents(path), { a: "39 99" });
    }),
});
