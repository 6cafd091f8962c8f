/** An open page whose server is upgraded, and views that fail. */
import { assertEquals } from "@std/assert";
import type { WebSocketRoute } from "playwright-core";
import { browserTest, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

/** Puts a proxy in between that can send more than the real server. */
async function newerServer(visitor: Visitor) {
  let socket: WebSocketRoute | undefined;
  let change = (text: string) => text;
  let opened = 0;
  await visitor.page.routeWebSocket(/\/ws/, (route) => {
    socket = route;
    opened += 1;
    route.connectToServer().onMessage((data) => route.send(change(String(data))));
  });
  await visitor.page.reload();
  await visitor.isIn();
  return {
    /** How often the page has connected. */
    opened: () => opened,
    say: (...frames: object[]) => socket!.send(JSON.stringify(frames)),
    rewrite: (next: (text: string) => string) => void (change = next),
  };
}

/** The id of the room that is open, and the `seq` of its last message. */
async function placeOf({ page }: Visitor): Promise<{ room_id: string; seq: number }> {
  const last = page.locator("article[data-seq]").last();
  const seq = Number(await last.getAttribute("data-seq"));
  const response = await page.evaluate(
    `fetch("/api/rooms/general/messages").then((r) => r.json())`,
  );
  return { room_id: (response as { room_id: string }).room_id, seq };
}

browserTest("events and frames of unknown types leave an open page unchanged", async ({ url }) => {
  const alice = await Visitor.at(url, "Alice");
  const newer = await newerServer(alice);
  await alice.say("before");
  const { room_id, seq } = await placeOf(alice);
  const by = { room: "general", room_id, sender: "Bob", sender_id: "bob-1", at: Date.now() };
  newer.say(
    { type: "message_pinned", ...by, seq: seq + 1, target: seq, on: true },
    { type: "weather", forecast: { tomorrow: "rain" } },
    { type: "room_message", ...by, seq: seq + 2, message: "after", survey: {}, mood: null },
    { type: "presence", name: "Chen", id: "chen-1", state: "in_a_meeting", mood: null },
    { type: "role_changed", name: "Chen", id: "chen-1", role: "archivist" },
  );
  await alice.sees("after");
  await alice.sees("before");
  await alice.page.getByTitle("About Chen").waitFor();
  assertEquals([newer.opened(), alice.errors], [1, []]);
  assertEquals(await alice.page.locator(".broken").count(), 0);
  return [alice];
});

browserTest("a failing view leaves the rest intact, and can be retried", async ({ url }) => {
  const alice = await Visitor.at(url, "Alice");
  const newer = await newerServer(alice);
  await alice.say("before");
  const { room_id, seq } = await placeOf(alice);
  const by = { room: "general", room_id, sender: "Bob", sender_id: "bob-1", at: Date.now() };
  newer.say(
    { type: "room_message", ...by, seq: seq + 1, message: "broken", files: [{ name: {} }] },
    { type: "room_message", ...by, seq: seq + 2, message: "whole" },
  );
  const row = alice.page.locator(".broken", { hasText: "This message can't be shown." });
  await row.waitFor();
  await alice.sees("before");
  await alice.sees("whole");
  await row.getByRole("button", { name: "Try again" }).click();
  await row.waitFor();

  // Invalid names and times fail wherever they are rendered; the other views keep working.
  newer.say({ type: "quiet", until: Number.MAX_VALUE }, { type: "blocks", names: [7], ids: [] });
  const broken = (text: string) => alice.page.locator(".broken", { hasText: text });
  await broken("This part of the page can't be shown.").waitFor();
  await broken("This room can't be shown.").waitFor();
  await alice.composer.fill("still here");
  newer.say({ type: "quiet" }, { type: "blocks", names: [], ids: [] });
  for (const text of ["This part of the page", "This room"]) {
    await broken(text).getByRole("button", { name: "Try again" }).click();
    await broken(text).waitFor({ state: "detached" });
  }
  await alice.sees("whole");
  await alice.go(/general/);
  assertEquals(await alice.composer.inputValue(), "still here");
  return [alice];
});
