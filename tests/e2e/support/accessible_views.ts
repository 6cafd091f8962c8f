/**
 * Checks every view of the contact sheet with axe, in light and in dark.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { isForEveryone } from "./axe.ts";
import { ignore, useBrowser, Visitor } from "./browser.ts";
import { isOn, SCREENS, startViewServers, VIEWS, type ViewServers } from "./views.ts";

/** Returns the options of lists that are written like words in a sentence. */
function wordsAsOptions(page: Page): Promise<string[]> {
  return page.locator("option").evaluateAll((options) =>
    options.map((option) => option.textContent ?? "").filter((text) => /^\p{Ll}/u.test(text))
  );
}

/** Makes a test of each view on a screen. Each screen has a file of its own: files run side by side. */
export function testViews(screen: "phone" | "desktop"): void {
  useBrowser();
  let servers: ViewServers;
  Deno.test.beforeAll(async () => {
    if (!ignore) servers = await startViewServers();
  });
  Deno.test.afterAll(async () => {
    if (!ignore) await servers[Symbol.asyncDispose]();
  });
  for (const [name, view] of Object.entries(VIEWS)) {
    if (!isOn(screen, view)) continue;
    Deno.test({
      name: `accessibility: ${name} on a ${screen}`,
      ignore,
      async fn() {
        const visitor = await Visitor.open("about:blank", {
          reducedMotion: "reduce",
          ...SCREENS[screen],
        });
        const { page } = visitor;
        await servers.enter(view.of ?? "member", page);
        await view.open(page, screen === "phone");
        assertEquals(await wordsAsOptions(page), [], "options are labels, with a capital letter");
        await isForEveryone(page, name);
        assertEquals(visitor.complaints, []);
        await visitor.context.close();
      },
    });
  }
}
