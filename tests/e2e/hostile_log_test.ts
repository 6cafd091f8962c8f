/** Messages made to be slow to parse do not slow down typing. */
import { assertEquals, assertLess } from "@std/assert";
import { LIMITS } from "../../lib/protocol/limits.ts";
import { startServer } from "../support/server.ts";
import { plainText, WORST } from "../support/worst_texts.ts";
import { browserTest, dataWith, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

/** The number of messages in the log: about one page of history. */
const count = 50;
/** How much slower a key press may be than beside plain messages. */
const RATIO = 8;

/** The median time from a key press to the frame that shows it, in ms. */
async function keyTime({ page, composer }: Visitor): Promise<number> {
  await composer.click();
  await page.evaluate(() => {
    const times: number[] = [];
    Object.assign(globalThis, { times });
    addEventListener("keydown", () => {
      const pressed = performance.now();
      requestAnimationFrame(() =>
        requestAnimationFrame(() => times.push(performance.now() - pressed))
      );
    }, { capture: true });
  });
  const typed = "what is written while it is read";
  for (const key of typed) {
    await page.keyboard.press(key);
  }
  assertEquals(await composer.inputValue(), typed);
  await page.waitForFunction(
    (n) => (globalThis as unknown as { times: number[] }).times.length === n,
    typed.length,
  );
  const times = await page.evaluate(() => (globalThis as unknown as { times: number[] }).times);
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

browserTest(
  "typing beside a log of hostile messages stays as fast as beside plain ones",
  async () => {
    await using cleanup = new AsyncDisposableStack();
    const sendable = Object.values(WORST).filter((make) => !/[^\P{Cc}\s]|\p{Cs}/u.test(make(600)));
    const step = Math.floor(sendable.length / count);
    const logs = {
      plain: () => plainText(LIMITS.message_length),
      hostile: (index: number) =>
        sendable[index * step % sendable.length]!(LIMITS.message_length).trim() || "a",
    };
    const times: Record<string, number> = {};
    const visitors: Visitor[] = [];
    for (const [what, text] of Object.entries(logs)) {
      const data = await dataWith({ room: "general", count, text }, cleanup);
      const server = cleanup.use(await startServer({ data }));
      const visitor = await Visitor.at(server.url, "Alice");
      await visitor.page.locator(`article[data-seq="${count}"]`).waitFor();
      times[what] = await keyTime(visitor);
      visitors.push(visitor);
    }
    assertLess(times.hostile! / times.plain!, RATIO, JSON.stringify(times));
    return visitors;
  },
);
