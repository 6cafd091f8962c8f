/** Nothing that is shown moves by itself: the layout shifts of the page are 0. */
import { assertEquals } from "@std/assert";
import type { BrowserContext, Page } from "playwright-core";
import { startSite } from "../support/site.ts";
import { browserTest, shoot, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

/** A layout shift as the browser reports it; the typings do not have it. */
interface LayoutShift extends PerformanceEntry {
  readonly value: number;
  readonly sources: readonly {
    readonly node: Node | null;
    readonly previousRect: DOMRectReadOnly;
    readonly currentRect: DOMRectReadOnly;
  }[];
}

declare global {
  var takeShifts: () => string[];
}

/** Reports the layout shifts of every page of a browser, from its first paint on. */
async function watchShifts(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const seen: string[] = [];
    const note = (entries: PerformanceEntryList) => {
      for (const { value, sources } of entries as LayoutShift[]) {
        const moved = sources.map(({ node, previousRect: from, currentRect: to }) => {
          const name = node instanceof Element ? node.outerHTML.slice(0, 80) : node?.textContent;
          return `${name} from ${from.x} ${from.y} to ${to.x} ${to.y}`;
        });
        seen.push(`${value.toFixed(5)}: ${moved.join("; ")}`);
      }
    };
    const observer = new PerformanceObserver((list) => note(list.getEntries()));
    observer.observe({ type: "layout-shift", buffered: true });
    globalThis.takeShifts = () => {
      note(observer.takeRecords());
      return seen.splice(0);
    };
  });
}

/** Waits until the page has drawn what it has, and returns the shifts since the last call. */
function shifts(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const frame = () => new Promise(requestAnimationFrame);
    await frame();
    await frame();
    // An entry is reported in a task after its frame.
    await new Promise((resolve) => setTimeout(resolve));
    return globalThis.takeShifts();
  });
}

/** Waits until everything is shown that a load shows, also what is loaded after the chat. */
async function isComplete(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Create a poll" }).waitFor();
  await page.locator(".beginning").getByText(/people are in this room|steps are left/).waitFor();
  await page.locator(".replies strong").waitFor();
  await page.locator("article li").waitFor();
}

/** Presses a button as a script does: what moves after that is not excused by the user's input. */
function press(page: Page, selector: string): Promise<void> {
  return page.locator(selector).first().evaluate((button: HTMLElement) => button.click());
}

const screens = {
  desktop: { width: 1300, height: 800 },
  phone: { width: 390, height: 844 },
};

for (const [name, viewport] of Object.entries(screens)) {
  browserTest(
    `nothing moves on a ${name}: at a first load, with the offline copy, and in a room`,
    async ({ url, ownerUrl }) => {
      const alice = await Visitor.open(ownerUrl, { viewport });
      await alice.enterAs("Alice");
      const bob = await Visitor.at(url, "Bob");
      await bob.button("Browse public rooms").click();
      await bob.page.getByRole("dialog").getByRole("button", { name: /^Join/ }).first().click();
      await bob.page.getByRole("heading", { level: 1, name: "old" }).waitFor();
      await bob.go(/general/);
      await bob.write("hello **there**\n\n- one\n\n```js\nlet a;\n```");
      await bob.sees("hello there");
      await bob.act("hello there", "Reply in thread");
      const thread = bob.page.getByRole("complementary", { name: "Thread" });
      await thread.getByRole("textbox").fill("a reply");
      await bob.page.keyboard.press("Enter");
      await alice.page.locator(".replies strong").waitFor();
      await alice.say("last");
      await bob.sees("last");

      // The owner has the checklist, Bob the line about who is here.
      for (const user of [alice, bob]) {
        const device = await Visitor.open("about:blank", { viewport });
        await watchShifts(device.context);
        await device.context.addCookies(await user.context.cookies());
        const { page } = device;
        for (const load of ["a first load", "a load with the offline copy"]) {
          await page.goto(url);
          await isComplete(page);
          assertEquals(await shifts(page), [], load);
        }
        await device.context.close();
      }

      const device = await Visitor.open("about:blank", { viewport });
      await watchShifts(device.context);
      await device.context.addCookies(await bob.context.cookies());
      const { page } = device;
      await page.goto(url);
      await isComplete(page);
      await shifts(page);

      await press(page, "nav .place:has-text('old')");
      await page.getByRole("heading", { level: 1, name: "old" }).waitFor();
      await page.locator("article", { hasText: "line 300" }).waitFor();
      assertEquals(await shifts(page), [], "a room");
      // The browser counts the user's scrolling in the same frame too, so this measures a message.
      const moved = await page.evaluate(async () => {
        const log = document.querySelector(".log")!;
        const oldest = () => log.querySelector("article")!;
        const row = oldest();
        log.scrollTop = 0;
        const { top } = row.getBoundingClientRect();
        while (oldest() === row) await new Promise(requestAnimationFrame);
        return row.getBoundingClientRect().top - top;
      });
      assertEquals(moved, 0, "older messages");
      await shifts(page);
      await press(page, "nav .place:has-text('general')");
      await isComplete(page);
      assertEquals(await shifts(page), [], "the room before");

      await press(page, ".replies");
      await page.locator(".panel article", { hasText: "a reply" }).waitFor();
      // The panel takes space from the room.
      const inPanel = (await shifts(page)).filter((shift) => shift.includes("panel"));
      assertEquals(inPanel, [], "a thread");
      await page.keyboard.press("Escape");
      await page.locator(".panel").waitFor({ state: "detached" });
      await shifts(page);

      for (
        const [button, content] of [
          [".room-name", "dialog .listing, dialog .card-section, dialog button"],
          ['[aria-label="Create a room"]', "dialog input"],
          ['[aria-label="Browse public rooms"]', "dialog .listing li"],
          [".me-open", "dialog [role=tabpanel], dialog .page-list"],
        ] as const
      ) {
        await press(page, button);
        await page.locator(content).first().waitFor();
        assertEquals(await shifts(page), [], button);
        await page.keyboard.press("Escape");
        await page.getByRole("dialog").waitFor({ state: "detached" });
        await shifts(page);
      }
      return [alice, bob, device];
    },
    {},
    { room: "old", count: 300 },
  );
}

/** Holds back what a page loads after the chat, until the function that it returns is called. */
async function holdDeferred(context: BrowserContext): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await context.route("**/deferred-*.js", async (route) => {
    await promise;
    await route.continue();
  });
  return resolve;
}

for (const [name, viewport] of Object.entries(screens)) {
  browserTest(
    `nothing moves on a ${name} when previews, polls and an invitation come`,
    async (server) => {
      await using site = startSite();
      site.page(
        "/harbour",
        `<title>How the harbour got its lighthouse</title>
        <meta property="og:description" content="Two hundred years of storms, keepers and lamps.">`,
      );
      site.page("/plain", "<title>A plain page</title>");
      const bob = await Visitor.at(server.url, "Bob", viewport);
      await bob.say("first");
      for (const page of ["harbour", "plain"]) await bob.say(`Look: ${site.url}/${page}`);
      await bob.page.locator(".link-preview").nth(1).waitFor();
      const dan = await server.member(await server.signIn("Dan"));
      await dan.ask({ type: "join", room: "general" });
      const long =
        "A walk along the harbour, and then up to the lighthouse if the weather allows it";
      for (const options of [["Beach", "Hills", "Home"], [long, "No"]]) {
        const poll = { question: "Where to?", options, multiple: options.length > 2 };
        await dan.ask({ type: "room_message", room: "general", message: "", poll } as never);
      }
      await bob.page.locator(".poll-about").nth(1).waitFor();
      await bob.say("last");
      // Carol shares no room with Bob: he is asked before he is in one of hers.
      const carol = await server.member(await server.signIn("Carol"));

      const device = await Visitor.open("about:blank", { viewport, serviceWorkers: "block" });
      await watchShifts(device.context);
      await device.context.addCookies(await bob.context.cookies());
      const go = await holdDeferred(device.context);
      const { page } = device;
      await page.goto(server.url);
      await page.locator("article", { hasText: "last" }).waitFor();
      assertEquals(await page.locator(".link-preview a").count(), 0, "not loaded yet");
      assertEquals(await shifts(page), [], "without what is loaded later");
      go();
      await page.locator(".link-preview a").nth(1).waitFor();
      await page.locator(".poll-about > span").nth(1).waitFor();
      assertEquals(await shifts(page), [], "with it");

      await page.getByTitle("About Carol").first().waitFor({ state: "attached" });
      await shifts(page);
      await carol.ask({ type: "create_room", room: "cellar", kind: "private" });
      await carol.ask({ type: "invite", room: "cellar", name: "Bob" });
      await page.getByText("You're invited to #cellar").waitFor({ state: "attached" });
      assertEquals(await shifts(page), [], "an invitation");
      // On a phone the lists are in a drawer: its button shows that there is something new.
      await page.locator(".has-news").waitFor({ state: "attached" });
      await shoot(page, `invitation-${name}`);
      return [bob, device];
    },
    { "link-previews": ["127.0.0.1"] },
  );
}
