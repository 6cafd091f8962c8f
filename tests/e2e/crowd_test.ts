/** Large servers in a real browser: more users than have their presence broadcast, and many rooms. */
import { assertEquals, assertLess } from "@std/assert";
import type { Page, Response } from "playwright-core";
import { LIMITS } from "../../lib/protocol/limits.ts";
import { writeCity, type WrittenCity } from "../support/city.ts";
import type { Peer } from "../support/peer.ts";
import { startServer } from "../support/server.ts";
import { isForEveryone } from "./support/axe.ts";
import { becomes, browserTest, ignore, shoot, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

browserTest(
  "on a large server the page shows the presence of the users in view",
  async (server) => {
    const crowd: Peer[] = [];
    while (crowd.length < LIMITS.listed_people) {
      const names = Array.from({ length: 20 }, (_, i) => `Guest ${crowd.length + i}`);
      crowd.push(...await Promise.all(names.map((name) => server.guest(name))));
    }
    const anna = await Visitor.at(server.url, "Anna");
    const { page } = anna;
    const list = page.getByRole("navigation");
    await list.getByText("101 online").waitFor();

    // Bob connects when the list is full: his presence is not broadcast.
    const token = await server.signIn("Bob");
    const bob = await server.member(token);
    await anna.button("Show members").click();
    const members = page.getByRole("complementary", { name: "Members" });
    await members.getByRole("button", { name: /Bob.*online/ }).waitFor();
    await bob.close();
    await members.getByRole("button", { name: /Bob.*offline/ }).waitFor();
    const again = await server.member(token);
    await members.getByRole("button", { name: /Bob.*online/ }).waitFor();

    // A conversation shows the other user's presence everywhere.
    await page.getByTitle("About Bob").first().click();
    await anna.button("Send a direct message").click();
    await anna.say("Are you there?");
    const conversation = list.getByRole("button", { name: /Bob/ }).first();
    await conversation.getByText("online:").waitFor({ state: "attached" });
    await again.close();
    await conversation.getByText("offline:").waitFor({ state: "attached" });

    // The list shows the server's online count.
    await Promise.all(crowd.slice(50).map((peer) => peer.close()));
    // Each answer carries the count, and showing others causes one.
    await anna.meet("Guest 0");
    await list.getByText(/^\d+ online$/).waitFor({ state: "detached" });
    await Promise.all(crowd.slice(0, 50).map((peer) => peer.close()));
    return [anna];
  },
);

Deno.test({
  name: "with 2,000 rooms and conversations the page holds few of them, and leads to all",
  ignore,
  async fn() {
    await using cleanup = new AsyncDisposableStack();
    const size = { people: 1_000, rooms: 1_000, conversations: 1_000, messages: 2 };
    const { server, alice } = await enterCity(cleanup, size);
    const { page } = alice;
    const followed = page.waitForResponse(isLastOfRooms, { timeout: 60_000 });
    await page.goto(server.url, { timeout: 30_000 });
    await alice.isIn();
    const list = page.getByRole("navigation");
    const rooms = list.locator("section", { has: page.getByRole("heading", { name: "Rooms" }) });
    // Most of the rooms are in gaps, in which the browser still finds their names.
    await rooms.locator(".gap", { hasText: "room-950" }).waitFor({ state: "attached" });
    assertLess(await page.locator("*").count(), 1_500);
    assertLess(await page.evaluate(nodes), 3_000);
    await shoot(page, "many-rooms");

    // The page follows the other rooms; the server answers in the order of the requests.
    await followed;
    await alice.say("Here I am.");
    // What the user types changes nothing outside the composer.
    await alice.composer.click();
    await page.evaluate(watchChanges);
    await alice.composer.pressSequentially("hello");
    assertEquals(await page.evaluate(`globalThis.changes`), []);
    await alice.composer.fill("");

    // A message in another room changes a few entries, whatever their number.
    await rooms.locator("[aria-current]").scrollIntoViewIfNeeded();
    const olga = await server.guest("Olga");
    await olga.ask({ type: "join", room: "room-990" });
    olga.send({ type: "room_message", room: "room-990", message: "one" });
    await rooms.getByRole("button", { name: /room-990.*3 unread/ }).waitFor();
    await page.evaluate(watchChanges);
    olga.send({ type: "room_message", room: "room-990", message: "two" });
    await rooms.getByRole("button", { name: /room-990.*4 unread/ }).waitFor();
    const changes = await page.evaluate(`globalThis.changes`) as string[];
    assertLess(changes.length, 40, changes.join("\n"));
    await olga.close();

    // By the keys: one stop for Tab, and from one end to the other.
    const setSize = await rooms.locator("li[aria-setsize]").first().getAttribute("aria-setsize");
    await rooms.locator("[aria-current]").focus();
    const focused = () => document.activeElement?.parentElement?.ariaPosInSet;
    await page.keyboard.press("Home");
    await becomes(page, focused, "1");
    for (const _ of Array(25)) await page.keyboard.press("ArrowDown");
    await becomes(page, focused, "26");
    await page.keyboard.press("End");
    await becomes(page, focused, setSize);
    assertEquals(await rooms.locator("button[tabindex='0']").count(), 1);

    // By the filter, which asks the server for what the page does not hold.
    const filter = list.getByRole("searchbox");
    await filter.fill("room-12");
    await list.getByRole("button", { name: "room-123", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "room-123" }).waitFor();
    await filter.fill("Citizen 77");
    await list.getByRole("button", { name: /Citizen 777/ }).click();
    await page.getByRole("heading", { level: 1, name: "Citizen 777" }).waitFor();
    await filter.fill("");

    // And by the switcher.
    await page.keyboard.press("Control+k");
    await page.keyboard.type("room-45");
    await page.getByRole("option", { name: "room-456" }).click();
    await page.getByRole("heading", { level: 1, name: "room-456" }).waitFor();
    await alice.say("I was here.");
    assertEquals(alice.complaints, []);
    await alice.context.close();
  },
});

Deno.test({
  name: "members and rooms are loaded in pages, reachable by scrolling, filter and keyboard",
  ignore,
  async fn() {
    await using cleanup = new AsyncDisposableStack();
    const size = { people: 450, rooms: 350, conversations: 1, messages: 2 };
    const { server, alice } = await enterCity(cleanup, size);
    const { page } = alice;
    await page.goto(server.url, { timeout: 30_000 });
    await alice.isIn();
    // A message in a room that `welcome` does not list reaches the page, and so does the mention.
    const olga = await server.guest("Olga");
    await olga.ask({ type: "join", room: "room-5" });
    const list = page.getByRole("navigation");
    await list.getByText("You're in more rooms than are listed here.").waitFor();
    olga.send({ type: "room_message", room: "room-5", message: "Where are you, @Alice?" });
    await list.getByRole("searchbox").fill("room-5");
    await list.getByRole("button", { name: /room-5.*1 mention/ }).waitFor();
    await list.getByRole("searchbox").fill("");
    await list.getByText("You're in more rooms than are listed here.").scrollIntoViewIfNeeded();
    await shoot(page, "more-rooms");
    await olga.close();

    const pagesOf = (path: string) => {
      let pages = 0;
      page.on("response", (response) => pages += response.url().includes(path) ? 1 : 0);
      return () => pages;
    };

    const memberPages = pagesOf("/members?");
    await alice.button("Show members").click();
    const panel = page.getByRole("complementary", { name: "Members" });
    const members = panel.getByRole("listitem");
    await panel.getByRole("button", { name: /Citizen 1 / }).waitFor();
    assertEquals(await members.first().getAttribute("aria-setsize"), "451");
    // Some are in the document, and few are loaded; the others follow as the user scrolls.
    assertLess(await members.count(), 80);
    assertLess(memberPages(), 3);
    assertEquals(await panel.locator("button.place[tabindex='0']").count(), 1);
    await isForEveryone(page, "members in pages");
    await shoot(page, "members-in-pages");
    await members.first().getByRole("button").focus();
    await untilAt(page, 451);
    await panel.getByRole("button", { name: /Citizen 99 / }).waitFor();
    assertLess(await members.count(), 80);
    // The server finds what the page does not hold.
    const filter = panel.getByRole("searchbox");
    await filter.fill("citizen 44");
    await panel.getByRole("button", { name: /Citizen 449/ }).waitFor();
    assertEquals(await members.count(), 11);
    await filter.fill("nobody");
    await panel.getByText("No matches").waitFor();
    // A member who leaves is not listed any more.
    await filter.fill("Visitor");
    const visitor = await server.guest("Visitor");
    await visitor.ask({ type: "join", room: "general" });
    await panel.getByRole("button", { name: /Visitor/ }).waitFor();
    await visitor.close();
    await panel.getByRole("button", { name: /Visitor/ }).waitFor({ state: "detached" });

    const roomPages = pagesOf("/api/rooms?");
    await alice.button("Browse public rooms").click();
    const dialog = page.getByRole("dialog");
    const rooms = dialog.getByRole("listitem");
    await dialog.getByRole("button", { name: "Open general" }).waitFor();
    assertEquals(await rooms.first().getAttribute("aria-setsize"), "-1");
    assertLess(await rooms.count(), 60);
    assertLess(roomPages(), 3);
    assertEquals(await dialog.locator("li > button[tabindex='0']").count(), 1);
    await isForEveryone(page, "rooms in pages");
    await shoot(page, "rooms-in-pages");
    await dialog.getByRole("searchbox").fill("room-34");
    await dialog.getByRole("button", { name: "Open room-349" }).waitFor();
    assertEquals(await rooms.count(), 11);
    await dialog.getByRole("searchbox").fill("");
    await dialog.getByRole("button", { name: "Open general" }).focus();
    await untilAt(page, 351);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "room-99" }).waitFor();
    assertEquals(alice.complaints, []);
    await alice.context.close();
  },
});

Deno.test({
  name: "what the page does not hold is completed, linked to and forwarded to",
  ignore,
  async fn() {
    await using cleanup = new AsyncDisposableStack();
    const size = { people: 450, rooms: 350, conversations: 1, messages: 2 };
    const { server, alice } = await enterCity(cleanup, size);
    const { page } = alice;
    const listed: URL[] = [];
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.pathname === "/api/rooms") listed.push(url);
    });
    await page.goto(server.url, { timeout: 30_000 });
    await alice.isIn();
    // A name in a message is a link once the server has said that there is such a room.
    await alice.say("See #room-7 and #nowhere.");
    const message = alice.messages("See #room-7").last();
    await message.getByRole("link", { name: "#room-7" }).waitFor();
    assertEquals(await message.getByRole("link").count(), 1);
    assertEquals(listed.map(({ search }) => search), ["?names=room-7&names=nowhere"]);

    await alice.composer.pressSequentially("#room-1");
    await page.getByRole("option", { name: "room-1", exact: true }).waitFor();
    await alice.composer.pressSequentially("23");
    await page.getByRole("option", { name: "room-123" }).waitFor();
    assertEquals(await page.getByRole("option").count(), 1);
    await page.keyboard.press("Tab");
    assertEquals(await alice.composer.inputValue(), "#room-123 ");
    // Of a long list only pages were asked for, none of them after another.
    assertLess(listed.length, 6);
    assertEquals(listed.filter(({ searchParams }) => searchParams.has("after")), []);
    await alice.composer.fill("");

    await alice.act("See #room-7", "Forward");
    const dialog = page.getByRole("dialog", { name: "Forward message" });
    for (const place of ["room-12", "Citizen 321"]) {
      await dialog.getByLabel("To", { exact: true }).fill(place);
      await dialog.getByRole("checkbox", { name: place, exact: true }).check();
    }
    await shoot(page, "forward-far");
    await dialog.getByRole("button", { name: "Forward to 2 places" }).click();
    await page.getByText("Forwarded to 2 places.").waitFor();
    const bob = await server.member(await server.signIn("Bob"));
    const room = await bob.ask({ type: "join", room: "room-12" });
    const forwarded = JSON.stringify(room.type === "joined" && room.messages.at(-1));
    assertEquals(forwarded.includes("See #room-7"), true, forwarded);

    // A link by id leads to a room of the user at once, and offers another one.
    const seen = alice.page.locator("article[data-seq]");
    const { room_id } = await bob.ask({ type: "join", room: "room-33" }) as { room_id: string };
    await page.evaluate((id) => location.hash = `#id:${id}`, room_id);
    await page.getByRole("heading", { level: 1, name: "room-33" }).waitFor();
    await seen.first().waitFor();
    const made = await bob.ask({ type: "create_room", room: "elsewhere", kind: "public" });
    await page.evaluate((id) => location.hash = `#id:${id}`, (made as { room_id: string }).room_id);
    await page.getByRole("status").getByText("elsewhere").waitFor();
    assertLess(listed.length, 10);
    await bob.close();
    assertEquals(alice.complaints, []);
    await alice.context.close();
  },
});

Deno.test({
  name: "threads and saved messages are loaded in pages as the user scrolls",
  ignore,
  async fn() {
    await using cleanup = new AsyncDisposableStack();
    const size = { people: 20, rooms: 130, conversations: 1, messages: 2 };
    const { server, alice, token } = await enterCity(cleanup, size);
    const { page } = alice;
    const device = await server.member(token);
    for (let n = 0; n < size.rooms; n++) {
      const room = `room-${n}`;
      await device.ask({ type: "room_message", room, message: `Reply ${n}`, thread: 1 });
      await device.ask({ type: "save_message", room, seq: 3, on: true });
    }
    await page.goto(server.url, { timeout: 30_000 });
    await alice.isIn();
    await alice.button("Threads").click();
    const panel = page.getByRole("complementary", { name: "Threads" });
    const threads = panel.getByRole("listitem");
    await panel.getByRole("button", { name: /room-129/ }).waitFor();
    assertLess(await threads.count(), 60);
    await isForEveryone(page, "threads in pages");
    await shoot(page, "threads-in-pages");
    await threads.first().getByRole("button").focus();
    await untilAt(page, size.rooms);
    await panel.getByRole("button", { name: /room-0 / }).waitFor();
    assertLess(await threads.count(), 60);

    await page.getByRole("button", { name: /your account/ }).click();
    await page.getByRole("tab", { name: "Saved and scheduled" }).click();
    const saved = page.getByRole("dialog").locator(".saved > li[aria-posinset]");
    await saved.filter({ hasText: "Reply 129" }).waitFor();
    assertLess(await saved.count(), 60);
    await isForEveryone(page, "saved messages in pages");
    await shoot(page, "saved-in-pages");
    await saved.first().getByRole("button", { name: "Remove" }).focus();
    await untilAt(page, size.rooms);
    const last = saved.filter({ hasText: /Reply 0/ });
    await last.getByRole("button", { name: "Remove" }).click();
    await last.waitFor({ state: "detached" });
    await saved.filter({ hasText: /Reply 1(?!\d)/ }).waitFor();
    await device.close();
    assertEquals(alice.complaints, []);
    await alice.context.close();
  },
});

/** Starts a server with a city, and a browser that is signed in as Alice but has not opened it. */
async function enterCity(cleanup: AsyncDisposableStack, size: WrittenCity) {
  const directory = await Deno.makeTempDir();
  cleanup.defer(() => Deno.remove(directory, { recursive: true }));
  const data = `${directory}/chat.db`;
  const token = await writeCity(data, size);
  const server = cleanup.use(await startServer({ data }));
  const alice = await Visitor.open("about:blank");
  const cookie = { name: "hubbub_session", value: token, url: server.url };
  await alice.context.addCookies([cookie]);
  return { server, alice, token };
}

/** Whether a response is the last page of the user's rooms. */
async function isLastOfRooms(response: Response): Promise<boolean> {
  return response.url().includes("/api/memberships") && !(await response.json()).more;
}

/** Goes to the end of a list until it is the entry with this number. */
async function untilAt(page: Page, end: number): Promise<void> {
  const position = () => Number(document.activeElement?.parentElement?.ariaPosInSet);
  while (await page.evaluate(position) !== end) await page.keyboard.press("End");
}

/** Runs in the page: counts everything in the document, texts as well. */
function nodes(): number {
  const walker = document.createTreeWalker(document);
  let count = 0;
  while (walker.nextNode() !== null) count += 1;
  return count;
}

/** Runs in the page: notes what changes outside the composer. */
function watchChanges(): void {
  const changes: string[] = [];
  new MutationObserver((records) => {
    for (const { target, type } of records) {
      const element = target instanceof Element ? target : target.parentElement;
      if (element?.closest(".composer") === null) changes.push(`${type} in ${element.className}`);
    }
  }).observe(document.body, {
    ...{ attributes: true, characterData: true, childList: true, subtree: true },
  });
  Object.assign(globalThis, { changes });
}
