/** The page's look and language, as set by users and their systems. */
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { browserTest, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

/** The brightness of the page's background, from 0 to 255. */
function brightness(page: Page): Promise<number> {
  return page.evaluate(() => {
    const color = getComputedStyle(document.body).backgroundColor;
    const [red = 0, green = 0, blue = 0] = color.match(/\d+/g)!.map(Number);
    return (red + green + blue) / 3;
  });
}

async function openLook({ page }: Visitor, account: RegExp, tab: string): Promise<void> {
  await page.getByRole("button", { name: account }).click();
  await page.getByRole("tab", { name: tab }).click();
}

browserTest(
  "the theme follows the system or the user's choice, also after a reload",
  async ({ url }) => {
    const alice = await Visitor.open(url, { colorScheme: "dark" });
    const { page } = alice;
    await alice.enterAs("Alice");
    assert(await brightness(page) < 64);
    await openLook(alice, /\(your account\)/, "Appearance");
    await page.getByRole("radio", { name: "Light" }).check();
    assert(await brightness(page) > 240);
    assertEquals(
      await page.locator('meta[name="theme-color"][media="all"]').getAttribute("data-theme"),
      "light",
    );
    await page.reload();
    await alice.isIn();
    assert(await brightness(page) > 240);
    await page.emulateMedia({ colorScheme: "light" });
    await openLook(alice, /\(your account\)/, "Appearance");
    await page.getByRole("radio", { name: "Dark" }).check();
    assert(await brightness(page) < 64);
    await page.getByRole("radio", { name: "System" }).check();
    assert(await brightness(page) > 240);
    return [alice];
  },
);

browserTest(
  "the page follows the browser's language until another is chosen",
  async (server) => {
    const anna = await Visitor.open(server.url, { locale: "de-DE" });
    const { page } = anna;
    await page.getByLabel("Dein Name").fill("Anna");
    await page.getByRole("button", { name: "Loslegen" }).click();
    await page.getByRole("heading", { level: 1, name: "general" }).waitFor();
    await anna.page.getByRole("textbox", { name: "Nachricht an #general" }).fill("Guten Tag");
    await page.keyboard.press("Enter");
    await anna.sees("Guten Tag");
    await page.getByText("Heute", { exact: true }).waitFor();
    assertEquals(await page.locator("html").getAttribute("lang"), "de-DE");
    const moment = await page.locator("article time").first().getAttribute("title");
    assert(
      /^\w+, \d+\. \S+ \d{4} um \d\d:\d\d:\d\d$/.test(moment ?? ""),
      `${moment} is not German`,
    );

    await openLook(anna, /\(dein Konto\)/, "Darstellung");
    await page.getByLabel("Sprache").selectOption("English");
    await page.getByRole("button", { name: "Die Seite in dieser Sprache neu laden" }).click();
    await anna.isIn();
    await page.getByText("Today", { exact: true }).waitFor();
    assertEquals(await page.locator("html").getAttribute("lang"), "en");
    return [anna];
  },
);

browserTest("nothing is wider than the narrowest screen", async (server) => {
  const alice = await Visitor.open(server.ownerUrl, {
    viewport: { width: 320, height: 568 },
    // A panel that slides in is at its place at once.
    reducedMotion: "reduce",
  });
  const { page } = alice;
  await alice.isOut("You're invited");
  const fits = async (view: string) => {
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assertEquals(width, 320, view);
    // Clipped content cannot be scrolled to either.
    const cut = await page.evaluate(() =>
      [...document.querySelectorAll("button, input, select, textarea, h1, h2")].filter(
        (element) => {
          if (element.closest("[inert], .sr-only, .tabs, .skip") !== null) return false;
          const { left, right, width } = element.getBoundingClientRect();
          return width > 0 && (left < -1 || right > 321);
        },
      ).map((element) => element.outerHTML.slice(0, 120))
    );
    assertEquals(cut, [], view);
  };
  await fits("sign-in");
  await alice.enterAs("Wolfeschlegelsteinhausenbergerdo");
  await alice.say(`${"W".repeat(300)} https://example.org/${"a".repeat(300)}`);
  await fits("a room");
  await alice.act("WWW", "Reply");
  await page.getByText("Replying to").waitFor();
  await fits("an answer");
  await page.keyboard.press("Escape");
  await alice.button("Search").click();
  await page.getByLabel("Search messages").fill("w".repeat(60));
  await fits("search");
  await page.keyboard.press("Escape");
  const dialog = page.getByRole("dialog");
  for (const tab of ["About", "Members", "Settings"] as const) {
    await alice.sheet(tab);
    await fits(`the room's sheet: ${tab}`);
    if (tab !== "Settings") await page.keyboard.press("Escape");
  }
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await alice.button("Show rooms and people").click();
  await page.locator(".drawer-open").waitFor();
  await fits("the drawer");
  for (const name of ["Create a room", "Browse public rooms", "Manage this server"]) {
    await alice.button(name).click();
    await dialog.waitFor();
    await fits(name);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  }
  await page.getByRole("button", { name: /\(your account\)/ }).click();
  await dialog.waitFor();
  // A list of pages; Back leads to the list, and from there out of the dialog.
  const names = await page.locator(".page-list button").allTextContents();
  assert(names.length > 5);
  for (const name of names) {
    await page.locator(".page-list").getByRole("button", { name, exact: true }).click();
    await page.getByRole("button", { name: "Back" }).and(page.locator(":focus")).waitFor();
    await fits(`your account, ${name}`);
    await page.goBack();
    await page.locator(".page-list").waitFor();
  }
  await page.goBack();
  await dialog.waitFor({ state: "detached" });
  return [alice];
});

browserTest(
  "right-to-left text reads correctly, in messages and in names",
  async (server) => {
    const dana = await Visitor.at(server.url, "دانا");
    const bob = await Visitor.at(server.url, "Bob");
    await dana.say("سأكون متأخرًا قليلاً (5 min)");
    await dana.say("I am late");
    const { page } = bob;
    const direction = (text: string) =>
      bob.messages(text).locator(".text p").first().evaluate((element) =>
        getComputedStyle(element).direction
      );
    await bob.sees("I am late");
    assertEquals(await direction("سأكون"), "rtl");
    assertEquals(await direction("I am late"), "ltr");
    await bob.act("I am late", "Reply");
    const answering = await page.locator(".about strong").textContent();
    assertEquals(answering, "Replying to \u2068دانا\u2069");
    return [dana, bob];
  },
);

browserTest("nothing moves if the user prefers reduced motion", async (server) => {
  const alice = await Visitor.open(server.url, {
    viewport: { width: 400, height: 700 },
    reducedMotion: "reduce",
  });
  const { page } = alice;
  await alice.enterAs("Alice");
  await alice.say("Look here");
  const moves = () =>
    page.evaluate(() => {
      const style = getComputedStyle(document.querySelector(".sidebar")!);
      return parseFloat(style.transitionDuration) > 0 || document.getAnimations().length > 0;
    });
  await alice.button("Show rooms and people").click();
  assertEquals(await moves(), false);
  await page.emulateMedia({ reducedMotion: "no-preference" });
  assertEquals(await moves(), true);
  return [alice];
});

browserTest("forced colours show which room is open", async (server) => {
  const alice = await Visitor.open(server.url, { forcedColors: "active" });
  const { page } = alice;
  await alice.enterAs("Alice");
  const colours = await page.evaluate(() => {
    const background = (selector: string) =>
      getComputedStyle(document.querySelector(selector)!).backgroundColor;
    return { open: background(".place[aria-current]"), other: background(".sidebar") };
  });
  assert(colours.open !== colours.other, JSON.stringify(colours));
  return [alice];
});

browserTest(
  "new messages are announced to screen readers once, and many together",
  async (server) => {
    const bob = await server.guest("Bob");
    bob.send({ type: "join", room: "general", key: "j" });
    await bob.take("joined");
    bob.send({ type: "room_message", room: "general", message: "From before" });
    const alice = await Visitor.at(server.url, "Alice");
    const { page } = alice;
    await alice.sees("From before");
    const region = page.locator(".announcer");
    await region.waitFor({ state: "attached" });
    await page.evaluate(() => {
      const announced: string[] = [];
      const region = document.querySelector(".announcer")!;
      new MutationObserver((changes) => {
        for (const node of changes.flatMap(({ addedNodes }) => [...addedNodes])) {
          announced.push(node.textContent ?? "");
        }
      }).observe(region, { childList: true, subtree: true });
      Object.assign(globalThis, { announced });
    });
    const announced = () =>
      page.evaluate(() => (globalThis as unknown as { announced: string[] }).announced);
    bob.send({ type: "room_message", room: "general", message: "Hello Alice" });
    await region.getByText("Bob: Hello Alice").waitFor({ state: "attached" });
    await alice.say("Hello Bob");
    for (const message of ["1", "2", "3", "4", "5"]) {
      bob.send({ type: "room_message", room: "general", message });
    }
    await region.getByText("5 new messages in #general").waitFor({ state: "attached" });
    assertEquals(await announced(), ["Bob: Hello Alice", "5 new messages in #general"]);
    assertEquals(await page.getByRole("log").getAttribute("aria-live"), "off");
    return [alice];
  },
);
