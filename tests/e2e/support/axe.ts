/**
 * Whether everybody can use what is on the screen, as far as a machine can tell.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";

/** WCAG 2.2 on the levels A and AA, and what its authors recommend besides. */
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe says of an element that breaks a rule. */
interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly unknown[]; readonly html: string }[];
}

/** The part of axe that is used here; it runs in the page. */
interface Axe {
  run(root: Document, options: unknown): Promise<{ violations: readonly Violation[] }>;
}

/**
 * Looks at the page in light and in dark.
 *
 * @param view What is on the screen, for the message.
 * @throws {AssertionError} Where a rule of WCAG is broken; the message says which, and by what.
 */
export async function isForEveryone(page: Page, view: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    assertEquals(await violations(page), [], `${view}, ${colorScheme}`);
  }
}

async function violations(page: Page): Promise<string[]> {
  const there = await page.evaluate(() => "axe" in globalThis);
  // Loaded only here: it is large, and looks for a page as soon as it is.
  if (!there) await page.evaluate((await import("axe-core")).default.source);
  const found = await page.evaluate(async (tags) => {
    const { axe } = globalThis as unknown as { axe: Axe };
    return (await axe.run(document, { runOnly: tags })).violations;
  }, tags);
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, html }) => `${id}: ${target.join(" ")} ${html.slice(0, 200)}`)
  );
}
