/** Text that turns the direction of writing turns nothing that stands around it. */
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { browserTest, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

/** Around a word: an override, an isolate and an embedding without an end, and ends of nothing. */
const TURNS = ["*", "\u202e*", "\u2067*", "*\u2067", "*\u202e", "*\u2069", "\u202b*\u2069\u2069"];
/** A palindrome: it is as wide in the other direction. */
const WORD = "abcba";

/** The distance of each part of a message from its left edge, in pixels. */
function placesIn(page: Page, seq: number): Promise<Record<string, number>> {
  return page.evaluate((seq) => {
    const row = document.querySelector(`article[data-seq="${seq}"]`)!;
    const left = (selector: string) =>
      Math.round(
        row.querySelector(selector)!.getBoundingClientRect().left -
          row.getBoundingClientRect().left,
      );
    return {
      sender: left(".byline strong"),
      time: left(".byline time"),
      edited: left(".edited"),
      width: Math.round(row.querySelector(".byline time")!.getBoundingClientRect().width),
      height: Math.round(row.getBoundingClientRect().height),
    };
  }, seq);
}

browserTest("a message with marks of direction moves nothing around it", async (server) => {
  const alice = await Visitor.at(server.url, "Alice");
  const peers = [];
  for (const name of ["Bob", "Bea"]) {
    peers.push(await server.member(await server.signIn(name)));
  }
  // The senders take turns: each message has its name and its time.
  for (const [index, turn] of TURNS.entries()) {
    const peer = peers[index % 2]!;
    const message = turn.replace("*", WORD);
    const said = await peer.ask({ type: "room_message", room: "general", message });
    if (said.type !== "room_message") throw new Error(JSON.stringify(said));
    await peer.ask({ type: "edit_message", room: "general", seq: said.seq, message });
  }
  const { page } = alice;
  await page.locator(".edited").nth(TURNS.length - 1).waitFor();
  const rows = await page.locator("article[data-seq]").all();
  const seqs = await Promise.all(rows.map((row) => row.getAttribute("data-seq")));
  const plain = await placesIn(page, Number(seqs[0]));
  for (const [index, turn] of TURNS.entries()) {
    const places = await placesIn(page, Number(seqs[index]));
    // The names are not equally wide.
    assertEquals({ ...places, time: 0 }, { ...plain, time: 0 }, JSON.stringify(turn));
    const time = await placesIn(page, Number(seqs[index % 2]));
    assertEquals(places.time, time.time, JSON.stringify(turn));
  }
  if (Deno.env.has("SHOT")) await page.screenshot({ path: Deno.env.get("SHOT")! });
  for (const peer of peers) await peer.close();
  return [alice];
});

browserTest("a title of a room with marks of direction moves nothing beside it", async (server) => {
  const alice = await Visitor.at(server.url, "Alice");
  const { page } = alice;
  const lefts: number[] = [];
  for (const [index, turn] of TURNS.entries()) {
    const room = `room-${index}`;
    const made = { room, kind: "public", title: turn.replace("*", WORD) };
    const status = await page.evaluate(async (made) => {
      const body = JSON.stringify(made);
      const headers = { "content-type": "application/json" };
      return (await fetch("/api/rooms", { method: "POST", body, headers })).status;
    }, made);
    assertEquals(status, 201);
    await alice.go(new RegExp(room));
    await page.getByRole("heading", { level: 1, name: room }).waitFor();
    await page.locator(".room-title p", { hasText: "1 member" }).waitFor();
    lefts.push(
      await page.evaluate(() => {
        const text = document.querySelector(".room-title p")!.firstChild as Text;
        const range = document.createRange();
        range.setStart(text, text.data.indexOf("1 "));
        range.setEnd(text, text.data.indexOf("1 ") + 1);
        return Math.round(range.getBoundingClientRect().left);
      }),
    );
  }
  assertEquals(lefts, TURNS.map(() => lefts[0]));
  return [alice];
});

browserTest("a mentioned name from right to left moves no number behind it", async (server) => {
  const alice = await Visitor.at(server.url, "Alice");
  const bob = await server.member(await server.signIn("Bob"));
  await bob.ask({ type: "create_room", room: "\u05d7\u05d3\u05e8", kind: "public" });
  await bob.ask({ type: "room_message", room: "general", message: "in #\u05d7\u05d3\u05e8 12" });
  const mention = alice.page.locator("a.mention");
  await mention.waitFor();
  const [end, number] = await mention.evaluate((link) => {
    const range = document.createRange();
    const text = link.nextSibling as Text;
    range.setStart(text, text.data.indexOf("1"));
    range.setEnd(text, text.data.length);
    return [link.getBoundingClientRect().right, range.getBoundingClientRect().left];
  });
  assert(number >= end, `${number} >= ${end}`);
  await bob.close();
  return [alice];
});
