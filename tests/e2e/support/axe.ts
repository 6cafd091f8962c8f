/**
 * Automated accessibility checks with axe.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";

/** WCAG 2.2 levels A and AA, and axe's best practices. */
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** An element that violates a rule, as axe reports it. */
interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly unknown[]; readonly html: string }[];
}

/** The part of axe that is used here; it runs in the page. */
interface Axe {
  run(root: Document, options: unknown): Promise<{ violations: readonly Violation[] }>;
}

/**
 * Checks the page in light and in dark.
 *
 * @param view The view on the screen, for the message.
 * @throws {AssertionError} If a rule is violated; the message names the rule and the elements.
 */
export async function isForEveryone(page: Page, view: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    assertEquals(await violations(page), [], `${view}, ${colorScheme}`);
  }
}

async function violations(page: Page): Promise<string[]> {
  const there = await page.evaluate(() => "axe" in globalThis);
  // Imported lazily: it is large, and expects a page when it loads.
  if (!there) await page.evaluate((await import("axe-core")).default.source);
  const found = await page.evaluate(async (tags) => {
    const { axe } = globalThis as unknown as { axe: Axe };
    const { violations } = await axe.run(document, { runOnly: tags });
    // The log is one stop for Tab: what scrolls in a message can be reached once its message has the
    // focus, as keyboard_test.ts checks.
    const isInOther = (target: readonly unknown[]) =>
      document.querySelector(String(target[0]))?.closest("article:not(.active)");
    return violations.map(({ id, nodes }) => ({
      id,
      nodes: nodes.filter(({ target }) =>
        id !== "scrollable-region-focusable" || !isInOther(target)
      ),
    }));
  }, tags);
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, html }) => `${id}: ${target.join(" ")} ${html.slice(0, 200)}`)
  );
}
