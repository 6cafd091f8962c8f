import { assert, assertEquals } from "@std/assert";
import type { TestServer } from "../support/server.ts";
import { becomes, browserTest, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

/** Sends a message to a room without a page; creates the room if needed. */
async function post(server: TestServer, token: string, room: string, message: string) {
  const { request } = server;
  const peer = await server.member(token);
  await peer.ask({ type: "join", room, key: "in" });
  await peer.close();
  const path = `/api/rooms/${room}/messages`;
  const response = await request(path, { method: "POST", token, body: { message } });
  assert(response.ok, await response.text());
}

/** The names of the rooms in the sidebar, from the top. */
function listed(): string[] {
  const section = document.querySelector("nav section:has(h2, h3)");
  return [...section!.querySelectorAll(".place-name")].map(({ textContent }) => textContent ?? "");
}

browserTest(
  "a search is narrowed by chips, survives closing the panel, and leads to the message",
  async (server) => {
    const bob = await server.signIn("Bob Marley");
    const carol = await server.signIn("Carol");
    const alice = await Visitor.at(server.url, "Alice");
    await post(server, bob, "general", "tea in general, by Bob");
    await post(server, carol, "general", "tea in general, by Carol");
    await post(server, bob, "garden", "tea in the garden, by Bob");
    const { page } = alice;
    await page.getByRole("button", { name: "Browse public rooms" }).click();
    await page.getByRole("button", { name: "Join garden" }).click();
    await page.getByRole("heading", { level: 1, name: "garden" }).waitFor();

    await page.keyboard.press("Control+Shift+F");
    const field = page.getByRole("combobox", { name: "Search messages" });
    await field.and(page.locator(":focus")).waitFor();
    await page.getByText("Search messages and file names").waitFor();
    const hits = page.locator(".hits li");
    const found = async (...texts: string[]) => {
      await page.waitForFunction(
        (n) => document.querySelectorAll(".hits li").length === n,
        texts.length,
      );
      for (const text of texts) await hits.filter({ hasText: text }).waitFor();
    };
    await page.keyboard.type("tea");
    await found("tea in general, by Bob", "tea in general, by Carol", "tea in the garden, by Bob");
    // By the keyboard alone: a name with a space, chosen from the list.
    await page.keyboard.type(" from:bo");
    await page.getByRole("option", { name: /Bob Marley/, selected: true }).waitFor();
    await page.keyboard.press("Enter");
    await found("tea in general, by Bob", "tea in the garden, by Bob");
    await page.keyboard.type("in:#gen");
    await page.getByRole("option", { name: /general/ }).click();
    await found("tea in general, by Bob");
    await page.keyboard.type("before:1980-02-30 ");
    await page.getByRole("alert").getByText("isn't a date").waitFor();
    await found();
    await field.press("Home");
    await page.keyboard.press("Backspace");
    await found("tea in general, by Bob");
    await field.press("End");
    await page.keyboard.type("before:1980 ");
    await page.getByText("No results.").waitFor();
    await page.getByRole("button", { name: "Remove the filter: Before 1980" }).click();
    await found("tea in general, by Bob");
    await page.keyboard.press("Escape");
    await page.locator(".panel").waitFor({ state: "detached" });

    // On a phone the panel covers the log, and makes room for the message.
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole("button", { name: "Search", exact: true }).click();
    await found("tea in general, by Bob");
    await page.getByRole("button", { name: "Remove the filter: In #general" }).waitFor();
    await hits.getByRole("button").click();
    await page.locator(".panel").waitFor({ state: "detached" });
    await page.getByRole("heading", { level: 1, name: "general" }).waitFor();
    await alice.sees("tea in general, by Bob");
    return [alice];
  },
);

browserTest(
  "the switcher finds a room or a user by a few letters, with the keyboard alone",
  async (server) => {
    const bob = await server.signIn("Bob");
    await post(server, bob, "garden", "The beans are up");
    const alice = await Visitor.at(server.url, "Alice");
    const ben = await Visitor.at(server.url, "Ben");
    const { page } = alice;
    await page.getByRole("button", { name: "Browse public rooms" }).click();
    await page.getByRole("button", { name: "Join garden" }).click();
    await page.getByRole("heading", { level: 1, name: "garden" }).waitFor();
    const field = page.getByRole("combobox", { name: "Room or person" });

    await page.keyboard.press("Control+k");
    await field.and(page.locator(":focus")).waitFor();
    await page.keyboard.type("gen");
    await page.getByRole("option", { name: "general" }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "general" }).waitFor();

    await page.keyboard.press("Control+k");
    await field.and(page.locator(":focus")).waitFor();
    const chosen = page.getByRole("option", { selected: true });
    const first = await chosen.textContent();
    await page.keyboard.press("ArrowDown");
    assert(await chosen.textContent() !== first);
    await page.keyboard.press("ArrowUp");
    assertEquals(await chosen.textContent(), first);
    await page.keyboard.type("zzz");
    await page.getByText("No matches.").waitFor();
    await page.keyboard.press("Escape");
    await field.waitFor({ state: "hidden" });

    await page.keyboard.press("Control+k");
    await field.and(page.locator(":focus")).waitFor();
    await page.keyboard.type("@be");
    await page.getByRole("option", { name: "Ben" }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Ben" }).waitFor();
    return [alice, ben];
  },
);

browserTest("unread places are listed first, and lists can be filtered", async (server) => {
  const bob = await server.signIn("Bob");
  const alice = await Visitor.at(server.url, "Alice");
  const { page } = alice;
  for (const room of ["apples", "zebras"]) {
    await page.getByRole("button", { name: "Create a room" }).click();
    await page.getByLabel("Name", { exact: true }).fill(room);
    await page.getByRole("button", { name: "Create room" }).click();
    await page.getByRole("heading", { level: 1, name: room }).waitFor();
  }
  await alice.go(/general/);
  await becomes(page, listed, ["apples", "general", "zebras"]);
  await post(server, bob, "zebras", "first");
  await page.getByRole("button", { name: /zebras.*1 unread message/ }).waitFor();
  await becomes(page, listed, ["zebras", "apples", "general"]);
  // Long lists have a filter field.
  for (let i = 1; i <= 12; i++) {
    (await server.guest(`Guest ${i}`)).send({ type: "join", room: "general" });
  }
  await page.getByRole("searchbox", { name: "Filter rooms and people" }).fill("app");
  await becomes(page, listed, ["apples"]);
  return [alice];
});
