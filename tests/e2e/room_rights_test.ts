/** Rooms for announcements, deleting several messages at once, and hosts, in a real browser. */
import { assertEquals } from "@std/assert";
import { becomes, browserTest, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

const PHONE = { width: 390, height: 760 };

/** Saves a screenshot in light and dark, where `SHOTS` names a folder. */
async function shot({ page }: Visitor, name: string): Promise<void> {
  const folder = Deno.env.get("SHOTS");
  if (!folder) return;
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${folder}/perms-${name}-${colorScheme}.png` });
  }
  await page.emulateMedia({ colorScheme: "light" });
}

/** Makes a room by the API, and opens it. */
async function makeRoom({ page }: Visitor, url: string, room: string): Promise<void> {
  await page.evaluate(async (room) => {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ room, kind: "public" });
    await fetch("/api/rooms", { method: "POST", headers, body });
  }, room);
  await page.goto(`${url}/#${room}`);
  await page.getByRole("heading", { name: room, level: 1 }).waitFor();
}

/** Finds a public room, and joins it. */
async function join(visitor: Visitor, room: string): Promise<void> {
  const { page } = visitor;
  const browse = visitor.button("Browse public rooms");
  if (!await browse.isVisible()) await visitor.button("Show rooms and people").click();
  await browse.click();
  await visitor.button(`Join ${room}`).click();
  await page.getByRole("heading", { level: 1, name: room }).waitFor();
}

browserTest(
  "only hosts post in a room for announcements; others read and react",
  async (server) => {
    const hanna = await Visitor.at(server.url, "Hanna");
    await makeRoom(hanna, server.url, "news");
    await hanna.say("Welcome to the news");
    const bob = await Visitor.at(server.url, "Bob", PHONE);
    await join(bob, "news");
    await bob.sees("Welcome to the news");
    await bob.composer.waitFor();

    await hanna.sheet("Settings");
    const choose = (group: RegExp, who: string) =>
      hanna.page.getByRole("group", { name: group }).getByRole("radio", { name: who }).check();
    await choose(/^Who can post/, "Hosts");
    // The composer gives way to the reason at once.
    await bob.page.getByText("Only hosts can post in this room.").waitFor();
    await bob.composer.waitFor({ state: "detached" });
    await bob.page.getByText("Hanna made this a room for announcements").waitFor();
    await shot(bob, "announcements-phone");
    await choose(/^Who can pin messages/, "Everyone");
    await choose(/^Who can add people/, "Hosts");
    await shot(hanna, "settings");
    await hanna.page.keyboard.press("Escape");
    await hanna.say("The office moves");
    await shot(hanna, "announcements");

    // A member pins and reacts, and adds nobody.
    await bob.act("The office moves", "React with 👍");
    await hanna.page.locator(".reaction", { hasText: "👍" }).waitFor();
    await bob.act("The office moves", "Pin");
    await hanna.page.locator(".pinned").waitFor();
    await bob.sheet("Members");
    assertEquals(await bob.page.getByRole("form", { name: "Add a person" }).count(), 0);

    // What was refused comes back with the page as well.
    await bob.page.reload();
    await bob.page.getByText("Only hosts can post in this room.").waitFor();
    await hanna.sheet("Settings");
    await choose(/^Who can post/, "Everyone");
    await bob.composer.waitFor();
    return [hanna, bob];
  },
);

browserTest(
  "a host selects several messages and deletes them, with the keyboard",
  async (server) => {
    const hanna = await Visitor.at(server.url, "Hanna");
    await makeRoom(hanna, server.url, "lobby");
    await hanna.say("Hello");
    const bob = await Visitor.at(server.url, "Bob");
    await join(bob, "lobby");
    await bob.sees("Hello");
    for (const text of ["spam 1", "spam 2", "spam 3", "fine"]) await bob.say(text);
    await hanna.sees("fine");

    await hanna.act("spam 1", "Select messages");
    const bar = hanna.page.getByRole("toolbar", { name: "Selected messages" });
    await bar.getByText("1 message selected").waitFor();
    const box = (text: string) => hanna.page.getByRole("checkbox", { name: new RegExp(text) });
    assertEquals(await box("spam 1").isChecked(), true);
    // With Shift, all messages up to this one.
    await box("spam 3").click({ modifiers: ["Shift"] });
    await bar.getByText("3 messages selected").waitFor();
    // From the keyboard: the next message, and Space.
    await hanna.messages("spam 3").focus();
    await hanna.page.keyboard.press("ArrowDown");
    await hanna.page.keyboard.press("Space");
    await bar.getByText("4 messages selected").waitFor();
    await hanna.page.keyboard.press("Space");
    await bar.getByText("3 messages selected").waitFor();
    await shot(hanna, "selection");
    await hanna.page.keyboard.press("Delete");
    const dialog = hanna.page.getByRole("dialog", { name: "Delete 3 messages?" });
    await dialog.waitFor();
    await shot(hanna, "question");
    await dialog.getByRole("button", { name: "Delete" }).click();
    await bar.waitFor({ state: "detached" });
    const left = () =>
      [...document.querySelectorAll("article[data-seq] .text")]
        .map(({ textContent }) => textContent).filter((text) => /spam|fine|Hello/.test(text ?? ""));
    for (const visitor of [hanna, bob]) {
      await becomes(visitor.page, left, ["Hello", "fine"]);
      assertEquals(await visitor.messages("deleted").locator(".text").allTextContents(), [
        "3 messages were deleted.",
      ]);
    }

    // Escape ends it, and nothing is deleted.
    await hanna.act("fine", "Select messages");
    await bar.waitFor();
    await hanna.page.keyboard.press("Escape");
    await bar.waitFor({ state: "detached" });
    await becomes(hanna.page, left, ["Hello", "fine"]);
    return [hanna, bob];
  },
);

browserTest("on a phone, a member selects only their own messages", async (server) => {
  const hanna = await Visitor.at(server.url, "Hanna");
  await hanna.say("from Hanna");
  const bob = await Visitor.open(server.url, { viewport: PHONE, hasTouch: true });
  await bob.enterAs("Bob");
  for (const text of ["one of Bob", "two of Bob"]) {
    await bob.composer.fill(text);
    await bob.button("Send").click();
    await bob.sees(text);
  }
  // A swipe replies; a long press opens all actions, and Back closes them.
  await drag(bob, "from Hanna", 120);
  await bob.page.getByText("Replying to Hanna").waitFor();
  await bob.button("Cancel").click();
  const actions = bob.page.getByRole("dialog", { name: "Message actions" });
  await drag(bob, "from Hanna", 0, () => actions.getByRole("button", { name: "Report" }).waitFor());
  await shot(bob, "actions-phone");
  await bob.page.goBack();
  await actions.waitFor({ state: "detached" });
  await drag(bob, "one of Bob", 0, () => actions.waitFor());
  await actions.getByRole("button", { name: "Select messages" }).click();
  const bar = bob.page.getByRole("toolbar", { name: "Selected messages" });
  await bar.getByText("1 message selected").waitFor();
  assertEquals(await bob.page.getByRole("checkbox", { name: /from Hanna/ }).count(), 0);
  // A touch anywhere on a message selects it.
  await bob.messages("two of Bob").tap();
  await bar.getByText("2 messages selected").waitFor();
  await shot(bob, "selection-phone");
  await bar.getByRole("button", { name: "Delete" }).click();
  await bob.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await hanna.messages("of Bob").first().waitFor({ state: "detached" });
  assertEquals(await hanna.messages("from Hanna").count(), 1);
  return [hanna, bob];
});

browserTest("a host removes a member from the room by the member's card", async (server) => {
  const hanna = await Visitor.at(server.url, "Hanna");
  await makeRoom(hanna, server.url, "club");
  const bob = await Visitor.at(server.url, "Bob");
  await join(bob, "club");
  await bob.say("Hi");
  await hanna.sees("Hi");
  // Bob does not moderate.
  await bob.messages("Hi").getByRole("button", { name: /Bob/ }).first().waitFor();
  await hanna.messages("Hi").getByText("Bob").click();
  await hanna.page.getByRole("dialog", { name: "Bob" }).waitFor();
  await shot(hanna, "card");
  await hanna.button("Remove from #club…").click();
  await hanna.page.getByText("They stay in all other rooms").waitFor();
  await hanna.button("Remove").click();
  await bob.page.getByRole("heading", { name: "club", level: 1 }).waitFor({ state: "detached" });
  return [hanna, bob];
});

/** Puts a finger on a message, moves it sideways, and lifts it once something is there. */
async function drag(
  visitor: Visitor,
  text: string,
  by: number,
  until?: () => Promise<unknown>,
): Promise<void> {
  const { x, y } = (await visitor.messages(text).boundingBox())!;
  const screen = await visitor.context.newCDPSession(visitor.page);
  const at = (dx: number) => ({ touchPoints: [{ x: x + 90 + dx, y: y + 30 }] });
  await screen.send("Input.dispatchTouchEvent", { type: "touchStart", ...at(0) });
  for (let dx = 20; dx <= by; dx += 20) {
    await screen.send("Input.dispatchTouchEvent", { type: "touchMove", ...at(dx) });
  }
  await until?.();
  await screen.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
}
