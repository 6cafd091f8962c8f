/**
 * Lists in the documentation whose items begin with a bold title and link to files.
 *
 * @module
 */

/** An item of a list. */
export interface ListItem {
  /** The bold text that the item begins with; with its number in a numbered list. */
  readonly title: string;
  /** The relative links in the item, without fragments. */
  readonly links: readonly string[];
}

/**
 * Reads the items of a section, its subsections included.
 *
 * @param page The URL of the page.
 * @param section The heading of the section, without `## `.
 */
export async function itemsOf(page: URL, section: string): Promise<readonly ListItem[]> {
  const text = await Deno.readTextFile(page);
  const [, after = ""] = text.split(`\n## ${section}\n`);
  const [own = ""] = after.split(/^## /m);
  return own.split(/^(?=- \*\*|\d+\. \*\*)/m).flatMap((item) => {
    const [, mark = "", title] = /^(- |\d+\. )\*\*(.+?)\*\*/s.exec(item) ?? [];
    if (title === undefined) return [];
    const links = [...item.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link = ""]) => link);
    return [{
      title: `${mark === "- " ? "" : mark}${title.replaceAll(/\s+/g, " ")}`,
      links: links.filter((link) => !/^[a-z]+:/.test(link)),
    }];
  });
}

/** The links to files that do not exist. */
export async function missingFiles(page: URL, links: readonly string[]): Promise<string[]> {
  const missing: string[] = [];
  for (const link of links) {
    await Deno.stat(new URL(link, page)).catch(() => missing.push(link));
  }
  return missing;
}
