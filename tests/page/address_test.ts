import { assertEquals } from "@std/assert";
import { hashOf, placeIn, placeOnPage } from "../../static/address.ts";
import { initialState } from "../../static/state.ts";
import { joined, said, summary, TestPage, welcome } from "./support.ts";

Deno.test("a place and its address lead to each other", () => {
  for (const place of [{ room: "lobby" }, { room: "@Änne B" }, { room: "lobby", seq: 42 }]) {
    assertEquals(placeIn(hashOf(place)), place);
  }
  assertEquals(hashOf({ room: "@Bob", seq: 7 }), "#/%40Bob/7");
});

Deno.test("what names no place is none", () => {
  for (const hash of ["", "#", "#/", "#/a/b", "#/a/0", "#/%", "#invite=abc", "#/a/1/2"]) {
    assertEquals(placeIn(hash), undefined, hash);
  }
  // As older links have it.
  assertEquals(placeIn("#lobby"), { room: "lobby" });
});

Deno.test("only links to this very page lead to places on it", () => {
  const here = "https://chat.example/#/lobby";
  assertEquals(placeOnPage("https://chat.example/#/den/3", here), { room: "den", seq: 3 });
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
    assertEquals(placeOnPage(href, here), undefined, href);
  }
});

Deno.test("a page that is opened at a message goes to it as soon as its room is there", () => {
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
