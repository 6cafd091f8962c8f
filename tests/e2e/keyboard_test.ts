/** The whole application with the keyboard alone: no test here uses a mouse. */
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { becomes, browserTest, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

/** The focused element, by its role or tag and its name. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement!;
    const kind = element.getAttribute("role") ?? element.localName;
    const label = element.getAttribute("aria-label") ??
      (element as HTMLInputElement).labels?.[0]?.textContent ?? element.textContent;
    return `${kind} ${label}`;
  });
}

/** Presses a key until a matching element has the focus. */
async function until(page: Page, key: string, wanted: RegExp): Promise<void> {
  const seen: string[] = [];
  for (let presses = 0; presses < 60; presses++) {
    seen.push(await focused(page));
    if (wanted.test(seen.at(-1)!)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${key} does not reach ${wanted}: ${seen.join(" | ")}`);
}

/** Asserts that the focus is visible: an outline, or a frame around the composer. */
async function isVisible(page: Page): Promise<void> {
  const seen = await page.evaluate(() => {
    const element = document.activeElement!;
    const places = [element, element.closest(".composer-box"), element.closest(".segments label")];
    return places.some((place) => {
      if (place === null) return false;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(place);
      return (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2) || boxShadow !== "none";
    });
  });
  assert(seen, `Nothing shows that the focus is on ${await focused(page)}`);
}

browserTest("the whole application can be used with the keyboard alone", async (server) => {
  const alice = await Visitor.open(server.url);
  const { page } = alice;
  const { keyboard } = page;

  // Sign in.
  await until(page, "Tab", /^input Your name/);
  await isVisible(page);
  await keyboard.type("Alice");
  await keyboard.press("Enter");
  await alice.isIn();
  const bob = await Visitor.at(server.url, "Bob");
  await until(page, "Tab", /^textarea Message #general/);

  // Create a room and write in it.
  await until(page, "Shift+Tab", /^button Create a room/);
  await isVisible(page);
  await keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await until(page, "Tab", /^input Name/);
  await keyboard.type("garden");
  await keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "garden" }).waitFor();
  await until(page, "Tab", /^textarea Message #garden/);
  await isVisible(page);
  await keyboard.type("The beans are op");
  await keyboard.press("Enter");
  await alice.sees("The beans are op");

  // Edit the last message.
  await keyboard.press("ArrowUp");
  await page.getByText("Editing your message").waitFor();
  await keyboard.press("Backspace");
  await keyboard.press("Backspace");
  await keyboard.type("up");
  await keyboard.press("Enter");
  await alice.messages("The beans are up").getByText("(edited)").waitFor();

  // Reach it in the log; react and reply with its actions.
  await until(page, "Shift+Tab", /^log /);
  await isVisible(page);
  await keyboard.press("ArrowUp");
  await until(page, "Tab", /^button React with 👍/);
  await isVisible(page);
  await keyboard.press("Enter");
  await page.getByRole("button", { name: "👍 1 by Alice" }).waitFor();
  await until(page, "Shift+Tab", /^log /);
  await keyboard.press("ArrowUp");
  await until(page, "Tab", /^button Reply/);
  await keyboard.press("Enter");
  await page.getByText("Replying to Alice").waitFor();
  assertEquals(await focused(page), "textarea Message #garden");
  await keyboard.type("And the peas");
  await keyboard.press("Enter");
  await alice.messages("And the peas").locator(".quote").waitFor();

  // Delete a message; the focus stays at its place.
  await until(page, "Shift+Tab", /^log /);
  await keyboard.press("ArrowUp");
  await until(page, "Tab", /^button More actions/);
  await keyboard.press("Enter");
  await page.getByRole("menuitem").first().waitFor();
  await isVisible(page);
  // Up from the first one is the last one.
  await keyboard.press("ArrowUp");
  assertEquals(await focused(page), "menuitem Delete");
  await keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await until(page, "Tab", /^button Delete/);
  await keyboard.press("Enter");
  await alice.messages("This message was deleted.").waitFor();
  assert(/^article/.test(await focused(page)), await focused(page));
  await keyboard.press("ArrowUp");
  assert(/^article.*The beans are up/.test(await focused(page)), await focused(page));

  // Search finds it; the focus returns to where it was.
  await until(page, "Shift+Tab", /^button Search/);
  await keyboard.press("Enter");
  await page.locator(".panel input:focus").waitFor();
  assertEquals(await focused(page), "combobox Search messages");
  await keyboard.type("beans");
  await page.locator(".hit mark").first().waitFor();
  await until(page, "Tab", /^button Alice.*beans/);
  await keyboard.press("Escape");
  await page.locator(".panel").waitFor({ state: "detached" });
  assertEquals(await focused(page), "button Search");

  // Open another room, from the sidebar and by a shortcut.
  // The list is one stop, at the open room, before the name in the header; the arrow keys lead on.
  await until(page, "Shift+Tab", /^button garden/);
  await keyboard.press("Shift+Tab");
  await until(page, "Shift+Tab", /^button garden/);
  await until(page, "ArrowDown", /^button general/);
  await keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "general" }).waitFor();
  await keyboard.press("Alt+ArrowUp");
  await page.getByRole("heading", { level: 1, name: "garden" }).waitFor();

  // The settings: move through tabs and themes with arrow keys.
  await keyboard.press("F6");
  await until(page, "Tab", /^button.*Alice/);
  await keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await until(page, "Tab", /^tab Sign-in/);
  await until(page, "ArrowRight", /^tab Appearance/);
  await until(page, "Tab", /^input System/);
  await isVisible(page);
  await keyboard.press("ArrowRight");
  await keyboard.press("ArrowRight");
  await page.locator("html[data-theme=dark]").waitFor({ state: "attached" });
  await keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert(/^button.*Alice/.test(await focused(page)), "A dialog gives the focus back");

  // The shortcut sheet, and sign out.
  await keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await until(page, "Tab", /^button.*Alice/);
  await keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await until(page, "Tab", /^button Sign out/);
  await keyboard.press("Enter");
  await until(page, "Tab", /^button Sign out anyway/);
  await keyboard.press("Enter");
  await page.locator(".sign-in").waitFor();
  return [alice, bob];
});

browserTest("F6 cycles through the page, and a link skips the sidebar", async ({ url }) => {
  const alice = await Visitor.at(url, "Alice");
  const { page } = alice;
  await page.getByRole("button", { name: "Show members" }).click();
  await page.getByRole("complementary").waitFor();
  await page.getByRole("textbox", { name: /^Message / }).focus();
  const places: string[] = [];
  for (let turns = 0; turns < 4; turns++) {
    await page.keyboard.press("F6");
    places.push(await focused(page));
  }
  assertEquals(places, [
    "button Close",
    "button general",
    "log Messages in #general",
    "textarea Message #general",
  ]);
  await page.keyboard.press("Shift+F6");
  assertEquals(await focused(page), "log Messages in #general");

  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await until(page, "Tab", /^a Skip to messages/);
  await page.locator(".skip").waitFor();
  await page.keyboard.press("Enter");
  assertEquals(await focused(page), "log Messages in #general");
  assertEquals(new URL(page.url()).hash, "#/general");
  return [alice];
});

browserTest("the messages of a thread are reached with the arrow keys", async ({ url }) => {
  const alice = await Visitor.at(url, "Alice");
  const { page } = alice;
  const { keyboard } = page;
  await alice.say("Which way?");
  await keyboard.press("Shift+ArrowUp");
  await keyboard.press("t");
  await page.locator(".thread-log").waitFor();
  await until(page, "Tab", /^textarea Reply/);
  for (const text of ["North", "South"]) {
    await keyboard.type(text);
    await keyboard.press("Enter");
    await page.locator(".thread-log article[data-seq]", { hasText: text }).waitFor();
  }
  await until(page, "Shift+Tab", /^log Messages in the thread/);
  await isVisible(page);
  await keyboard.press("ArrowUp");
  assert(/^article.*South/.test(await focused(page)), await focused(page));
  await keyboard.press("ArrowUp");
  assert(/^article.*North/.test(await focused(page)), await focused(page));
  // Out of the thread, to where it was opened.
  await keyboard.press("Escape");
  await page.locator(".panel").waitFor({ state: "detached" });
  assert(/^article.*Which way/.test(await focused(page)), await focused(page));
  return [alice];
});

browserTest("the focus stays in the page when what has it goes away", async ({ url }) => {
  const alice = await Visitor.at(url, "Alice");
  const bob = await Visitor.at(url, "Bob");
  const { page } = alice;
  const { keyboard } = page;
  const settles = (wanted: string) =>
    becomes(
      page,
      () => {
        const { activeElement: it } = document;
        return it?.getAttribute("aria-label") ?? it?.textContent?.trim();
      },
      wanted,
    );

  // A button that asks first: the question takes its place.
  await page.getByRole("button", { name: /your account/ }).focus();
  await keyboard.press("Enter");
  await until(page, "Tab", /^tab Sign-in/);
  await until(page, "ArrowRight", /^tab Account/);
  await until(page, "Tab", /^button Delete/);
  await keyboard.press("Enter");
  await settles("Delete your account?");
  await keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });

  // A poll that is closed has no button for it any more.
  await page.getByRole("button", { name: "Create a poll" }).focus();
  await keyboard.press("Enter");
  await page.getByRole("dialog").getByLabel("Question").fill("Tea?");
  await page.getByLabel("Option 1", { exact: true }).fill("Yes");
  await page.getByLabel("Option 2", { exact: true }).fill("No");
  await keyboard.press("Tab");
  await until(page, "Tab", /^button Send poll/);
  await keyboard.press("Enter");
  await alice.sees("Tea?");
  await page.getByRole("textbox", { name: /^Message / }).focus();
  await keyboard.press("Shift+ArrowUp");
  await until(page, "Tab", /^button Close poll/);
  await keyboard.press("Enter");
  await page.locator(".poll-about", { hasText: "Closed" }).waitFor();
  assert(/^article.*Tea/.test(await focused(page)), await focused(page));

  // A room that is closed, and a notice that is answered.
  await alice.writeTo("Bob");
  await page.getByRole("button", { name: "Close conversation" }).focus();
  await keyboard.press("Enter");
  await page.locator(".notice").waitFor();
  await becomes(page, () => document.activeElement === document.body, false);
  await page.getByRole("navigation").getByRole("button", { name: "general" }).focus();
  await until(page, "F6", /^button Undo/);
  await keyboard.press("Enter");
  await page.locator(".notice").waitFor({ state: "detached" });
  await page.getByRole("heading", { level: 1, name: "Bob" }).waitFor();
  await becomes(page, () => document.activeElement === document.body, false);
  return [alice, bob];
});

browserTest("Tab reaches code that scrolls, in the message that has the focus", async ({ url }) => {
  const alice = await Visitor.at(url, "Alice");
  const { page } = alice;
  const { keyboard } = page;
  await alice.composer.fill(`\`\`\`\n${"long ".repeat(200)}\n\`\`\`\nshort`);
  await keyboard.press("Enter");
  await page.locator("article[data-seq] pre").waitFor();
  const scrolls = await page.locator("pre").evaluate((pre) => pre.scrollWidth > pre.clientWidth);
  assert(scrolls);
  await alice.say("After it");
  await keyboard.press("Shift+ArrowUp");
  await keyboard.press("ArrowUp");
  await until(page, "Tab", /^pre Code/);
  await isVisible(page);
  await keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.querySelector("pre")!.scrollLeft > 0);
  return [alice];
});

browserTest(
  "a screen reader calls nothing clickable that is not, and says no name twice",
  async ({ url }) => {
    const alice = await Visitor.at(url, "Alice");
    const { page } = alice;
    await alice.say("Hello");
    const devtools = await page.context().newCDPSession(page);
    /** The elements around another one that listen to clicks. */
    const clickable = async (selector: string) => {
      const { result } = await devtools.send("Runtime.evaluate", {
        expression: `document.querySelector(${JSON.stringify(selector)})`,
      });
      const found: string[] = [];
      for (let objectId = result.objectId; objectId !== undefined;) {
        const { listeners } = await devtools.send("DOMDebugger.getEventListeners", { objectId });
        found.push(...listeners.map(({ type }) => type).filter((type) => /click|mouse/.test(type)));
        const { result } = await devtools.send("Runtime.callFunctionOn", {
          objectId,
          functionDeclaration: "function () { return this.parentElement }",
        });
        objectId = result.objectId;
      }
      return found;
    };
    assertEquals(await clickable("article[data-seq]"), []);

    // Nor does it say a name twice: a title that is not the name of its button describes the button.
    await page.getByRole("button", { name: "Show members" }).click();
    await page.locator(".panel .place").waitFor();
    const repeated = await page.locator("button[title]").evaluateAll((buttons) =>
      buttons.map((
        button,
      ) => [button.ariaLabel ?? button.textContent!.trim(), (button as HTMLElement).title])
        .filter(([name, title]) => title !== name && title!.includes(name!))
    );
    // What has a shortcut is described by the shortcut instead.
    assertEquals(repeated.filter(([, title]) => !/\(.+\)$/.test(title!)), []);

    await page.getByRole("button", { name: "Create a room" }).click();
    assertEquals(await clickable("dialog h2"), []);
    // A click beside it closes it all the same.
    await page.mouse.click(5, 5);
    await page.getByRole("dialog").waitFor({ state: "detached" });
    return [alice];
  },
);

browserTest("forms and fields say what they are, and nothing too early", async ({ url }) => {
  const alice = await Visitor.at(url, "Alice");
  const { page } = alice;
  const { keyboard } = page;
  await alice.say("Helo");

  // The field says that it edits.
  await alice.composer.focus();
  await keyboard.press("ArrowUp");
  const describes = (text: string) =>
    becomes(page, () => document.querySelector<HTMLElement>(".composer textarea")?.title, text);
  await describes("Editing your message");
  await keyboard.press("Escape");
  await describes("Enter to send, Shift+Enter for a new line");

  // An empty field is wrong only once the user has tried.
  await page.getByRole("button", { name: "Create a room" }).click();
  const field = page.getByRole("dialog").getByLabel("Name");
  await page.locator("dialog input:focus").waitFor();
  const isInvalid = () => field.evaluate((field) => field.matches(":invalid"));
  assertEquals(await field.getAttribute("aria-required"), "true");
  assertEquals(await isInvalid(), false);
  await keyboard.press("Enter");
  assertEquals(await isInvalid(), true);
  await keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });

  // A dialog without a field has the focus itself: its title is read.
  await page.getByRole("button", { name: /your account/ }).click();
  await becomes(page, () => document.activeElement?.localName, "dialog");

  // A language on the way to another one is not chosen yet.
  await page.getByRole("tab", { name: "Appearance" }).click();
  await page.getByLabel("Language").selectOption("de");
  const reload = page.getByRole("button", { name: "Reload the page in this language" });
  await reload.waitFor();
  await page.getByLabel("Language").selectOption("");
  await reload.waitFor({ state: "detached" });
  await page.getByLabel("Language").selectOption("de");
  await reload.click();
  await page.locator("html[lang=de]").waitFor({ state: "attached" });
  return [alice];
});
