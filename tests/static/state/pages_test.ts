/** Long lists that are loaded in pages. */
import { assertEquals } from "@std/assert";
import { NO_PAGES, type Pages, withPage } from "../../../static/state/pages.ts";

const keyOf = (name: string) => name;

/** A list of which some pages are loaded, as the server has sent them. */
function loaded(...pages: readonly { entries: string; after?: string; next?: string }[]) {
  return pages.reduce(
    (held: Pages<string>, page) => plus(held, "", page),
    NO_PAGES,
  );
}

function plus(
  pages: Pages<string>,
  query: string,
  { entries, ...page }: { entries: string; after?: string; next?: string },
): Pages<string> {
  return withPage(pages, { query, entries: [...entries], ...page }, keyOf);
}

const two = loaded({ entries: "abc", next: "c" }, { entries: "def", after: "c", next: "f" });

const shown = ({ entries, next }: Pages<string>) => [entries.join(""), next];

Deno.test("each page follows the one before, and the last one ends the list", () => {
  assertEquals(NO_PAGES.isLoaded, false);
  assertEquals(shown(two), ["abcdef", "f"]);
  assertEquals(shown(plus(two, "", { entries: "g", after: "f" })), ["abcdefg", undefined]);
  assertEquals(plus(NO_PAGES, "", { entries: "" }).isLoaded, true);
});

Deno.test("a page that is loaded again replaces what it was", () => {
  // Who has left is gone, who has come is there, and what follows stays.
  assertEquals(shown(plus(two, "", { entries: "aBc", next: "c" })), ["aBcdef", "f"]);
  const again = plus(two, "", { entries: "cd", after: "a", next: "d" });
  assertEquals(shown(again), ["acdef", "f"]);
  // It ends at an entry that is new: what follows is loaded anew.
  assertEquals(shown(plus(two, "", { entries: "bB", after: "a", next: "B" })), ["abB", "B"]);
  // It is the last page by now.
  assertEquals(shown(plus(two, "", { entries: "bc", after: "a" })), ["abc", undefined]);
});

Deno.test("a page has no place after an entry that is not there any more", () => {
  assertEquals(plus(two, "", { entries: "yz", after: "x" }), two);
});

Deno.test("a page of another query replaces everything", () => {
  const other = plus(two, "b", { entries: "bc", next: "c" });
  assertEquals([other.query, ...shown(other)], ["b", "bc", "c"]);
});
