/** The whole application with the keyboard alone: no test here uses a mouse. */
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { browserTest, useBrowser, Visitor } from "./support/browser.ts";

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
  await page.getByRole("button", { name: "👍 by Alice" }).waitFor();
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
