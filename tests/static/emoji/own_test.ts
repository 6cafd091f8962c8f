import { assertEquals } from "@std/assert";
import { changeOwnEmoji, ownEmoji, setOwnEmoji } from "../../../static/emoji/own.ts";
import { pageIn, welcome } from "../support.ts";

/** The frame that says what has become of an emoji. */
function changed(emoji: string, picture?: string) {
  return { type: "emoji_changed", emoji, ...(picture === undefined ? {} : { picture }) };
}

Deno.test("every change of the server's emoji is applied, however many come at once", () => {
  const page = pageIn(0);
  setOwnEmoji([{ emoji: ":old:", picture: "o" }], page.state.changedEmoji);
  page.get(changed(":party:", "p"), changed(":wave:", "w"), changed(":old:"));
  changeOwnEmoji(page.state.changedEmoji);
  assertEquals([...ownEmoji()], [[":party:", "p"], [":wave:", "w"]]);
});

Deno.test("a change that comes while the list is read outlasts the pages read before it", () => {
  const page = pageIn(0);
  const pages = [{ emoji: ":gone:", picture: "g" }, { emoji: ":other:", picture: "o" }];
  page.get(changed(":gone:"), changed(":other:", "new"));
  setOwnEmoji(pages, page.state.changedEmoji);
  assertEquals([...ownEmoji()], [[":other:", "new"]]);
  // The list that the next connection reads has every change.
  page.lose();
  page.connect(welcome());
  setOwnEmoji(pages, page.state.changedEmoji);
  assertEquals([...ownEmoji()], [[":gone:", "g"], [":other:", "o"]]);
});
