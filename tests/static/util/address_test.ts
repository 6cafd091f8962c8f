import { assertEquals } from "@std/assert";
import { hashOf, linkTargetOf, linkTargetOnPage } from "../../../static/util/address.ts";
import { initialState } from "../../../static/state/reducer.ts";
import { joined, said, summary, TestPage, welcome } from "../support.ts";

Deno.test("a place maps to its address and back", () => {
  for (const place of [{ room: "lobby" }, { room: "@Änne B" }, { room: "lobby", seq: 42 }]) {
    assertEquals(linkTargetOf(hashOf(place)), place);
  }
  assertEquals(hashOf({ room: "@Bob", seq: 7 }), "#/%40Bob/7");
});

Deno.test("a hash that names no place is ignored", () => {
  for (const hash of ["", "#", "#/", "#/a/b", "#/a/0", "#/%", "#invite=abc", "#/a/1/2"]) {
    assertEquals(linkTargetOf(hash), undefined, hash);
  }
  // As older links have it.
  assertEquals(linkTargetOf("#lobby"), { room: "lobby" });
});

Deno.test("only links to this page lead to places on it", () => {
  const here = "https://chat.example/#/lobby";
  assertEquals(linkTargetOnPage("https://chat.example/#/den/3", here), { room: "den", seq: 3 });
  for (
    const href of [
      "https://chat.example/",
      "https://other.example/#/den",
      "http://chat.example/#/den",
      "https://chat.example/api#/den",
      "https://chat.example/#invite=abc",
      "nonsense",
    ]
  ) {
    assertEquals(linkTargetOnPage(href, here), undefined, href);
  }
});

Deno.test("a page opened at a message jumps to it once its room is loaded", () => {
  const page = new TestPage();
  page.state = initialState({ room: "Lobby", seq: 2 });
  page.connect(welcome({ rooms: [summary({ seq: 9, read: 9 })] }));
  const messages = [said(8), said(9)];
  const key = page.joinKey("lobby");
  const sent = page.get(joined({ seq: 9, read: 9, messages, more: true, key }));
  assertEquals(page.state.current, "lobby");
  assertEquals(sent.map(({ type }) => type), ["history"]);
  assertEquals(page.state.jump, { room: "lobby", seq: 2 });
});
