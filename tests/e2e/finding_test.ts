import { assert, assertEquals } from "@std/assert";
import type { TestServer } from "../support/server.ts";
import { becomes, browserTest, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

/** Says something in a room without a page. */
async function post({ request }: TestServer, token: string, room: string, message: string) {
  const path = `/api/rooms/${room}/messages`;
  const response = await request(path, { method: "POST", token, body: { message } });
  assert(response.ok, await response.text());
}

/** The names of the rooms in the sidebar, from the top. */
function listed(): string[] {
  const [section] = document.querySelectorAll("nav section");
  return [...section!.querySelectorAll(".place-name")].map(({ textContent }) => textContent ?? "");
}

browserTest(
  "a search is narrowed by room, person and date, and leads to the hit",
  async (server) => {
    const bob = await server.signIn("Bob");
    const carol = await server.signIn("Carol");
    const alice = await Visitor.at(server.url, "Alice");
    await post(server, bob, "general", "tea in general, by Bob");
    await post(server, carol, "general", "tea in general, by Carol");
    await post(server, bob, "garden", "tea in the garden, by Bob");
    const { page } = alice;
    await page.getByRole("button", { name: "Browse public rooms" }).click();
    await page.getByRole("button", { name: "Join garden" }).click();
    await page.getByRole("heading", { level: 1, name: "garden" }).waitFor();

    await page.getByRole("button", { name: "Search", exact: true }).click();
    await page.getByLabel("Search messages").fill("tea");
    const hits = page.locator(".hits li");
    const found = async (...texts: string[]) => {
      await page.waitForFunction(
        (n) => document.querySelectorAll(".hits li").length === n,
        texts.length,
      );
      for (const text of texts) await hits.filter({ hasText: text }).waitFor();
    };
    await found("tea in general, by Bob", "tea in general, by Carol", "tea in the garden, by Bob");
    await page.getByText("Filters").click();
    await page.getByLabel("Written by").fill("Bob");
    await page.getByLabel("Written by").press("Enter");
    await page.getByLabel("Written by").blur();
    await found("tea in general, by Bob", "tea in the garden, by Bob");
    await page.getByLabel("Room", { exact: true }).selectOption("general");
    await found("tea in general, by Bob");
    await page.getByLabel("To", { exact: true }).fill("2020-01-01");
    await found();
    await page.getByText("Nothing found.").waitFor();
    await page.getByLabel("To", { exact: true }).fill("");
    await page.getByLabel("From", { exact: true }).fill("2020-01-01");
    await found("tea in general, by Bob");
    await hits.getByRole("button").click();
    await page.getByRole("heading", { level: 1, name: "general" }).waitFor();
    await alice.sees("tea in general, by Bob");
    return [alice];
  },
);

browserTest("a few letters lead to a room or a person, by the keyboard alone", async (server) => {
  const bob = await server.signIn("Bob");
  await post(server, bob, "garden", "The beans are up");
  const alice = await Visitor.at(server.url, "Alice");
  const ben = await Visitor.at(server.url, "Ben");
  const { page } = alice;
  await page.getByRole("button", { name: "Browse public rooms" }).click();
  await page.getByRole("button", { name: "Join garden" }).click();
  await page.getByRole("heading", { level: 1, name: "garden" }).waitFor();
  const field = page.getByRole("combobox", { name: "A room or somebody's name" });

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
  await page.getByText("Nothing of this name.").waitFor();
  await page.keyboard.press("Escape");
  await field.waitFor({ state: "hidden" });

  await page.keyboard.press("Control+k");
  await field.and(page.locator(":focus")).waitFor();
  await page.keyboard.type("@be");
  await page.getByRole("option", { name: "Ben" }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Ben" }).waitFor();
  return [alice, ben];
});

browserTest("what is new stands first, and lists are filtered", async (server) => {
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
  // In lists that are long there is a field for it.
  for (let i = 1; i <= 12; i++) {
    (await server.guest(`Guest ${i}`)).send({ type: "join", room: "general" });
  }
  await page.getByRole("searchbox", { name: "Filter rooms and people" }).fill("app");
  await becomes(page, listed, ["apples"]);
  return [alice];
});
