import { assertEquals } from "@std/assert";
import { NotificationTurns, type TurnLocks } from "../../../static/notifications/turns.ts";

/** The locks of one browser: exclusive ones are refused while they are held. */
class FakeLocks implements TurnLocks {
  readonly #held: string[] = [];

  async request(
    name: string,
    options: { readonly mode?: "shared"; readonly ifAvailable?: boolean },
    held: (lock: unknown) => Promise<void> | void,
  ): Promise<void> {
    if (options.mode !== "shared" && this.#held.includes(name)) return await held(null);
    this.#held.push(name);
    await held({ name });
    this.#held.splice(this.#held.indexOf(name), 1);
  }

  async query() {
    // The browser answers after what was asked of it before.
    for (let tick = 0; tick < 5; tick++) await Promise.resolve();
    return { held: this.#held.map((name) => ({ name })) };
  }
}

/** Tabs of one browser, and the timers that they have started. */
function openTabs(count: number) {
  const locks = new FakeLocks();
  const timers: (() => void)[] = [];
  const later = (_ms: number, run: () => void) => void timers.push(run);
  return {
    tabs: Array.from({ length: count }, () => new NotificationTurns(locks, later)),
    /** Lets the time pass for which messages stay taken. */
    pass: () => timers.splice(0).forEach((run) => run()),
  };
}

const taking = (tabs: readonly NotificationTurns[], room: string, seq: number) =>
  Promise.all(tabs.map((tab) => tab.take(room, seq)));

Deno.test("one of several tabs notifies of a message", async () => {
  const { tabs } = openTabs(3);
  assertEquals((await taking(tabs, "lobby", 1)).filter(Boolean).length, 1);
  assertEquals((await taking(tabs, "lobby", 2)).filter(Boolean).length, 1);
  assertEquals((await taking(tabs, "garden", 2)).filter(Boolean).length, 1);
});

Deno.test("a tab that receives the message later does not notify again", async () => {
  const { tabs: [one, two], pass } = openTabs(2);
  assertEquals(await one!.take("lobby", 1), true);
  assertEquals(await two!.take("lobby", 1), false);
  pass();
  assertEquals(await two!.take("lobby", 2), true);
});

Deno.test("no tab notifies of a message in the room that one of them shows", async () => {
  const { tabs } = openTabs(2);
  const [one, two] = tabs;
  one!.setView("lobby");
  assertEquals(await taking(tabs, "lobby", 1), [false, false]);
  assertEquals((await taking(tabs, "garden", 1)).filter(Boolean).length, 1);
  // The user goes to another room, then to another tab, then elsewhere.
  one!.setView("garden");
  assertEquals((await taking(tabs, "lobby", 2)).filter(Boolean).length, 1);
  one!.setView(undefined);
  two!.setView("garden");
  assertEquals(await taking(tabs, "garden", 2), [false, false]);
  two!.setView(undefined);
  assertEquals((await taking(tabs, "garden", 3)).filter(Boolean).length, 1);
});

Deno.test("without locks a tab knows only itself", async () => {
  const tab = new NotificationTurns(undefined, () => {});
  tab.setView("lobby");
  assertEquals(await tab.take("lobby", 1), false);
  assertEquals(await tab.take("garden", 1), true);
});
