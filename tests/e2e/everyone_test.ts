/** Checks every view of the page with axe, in light and in dark: WCAG 2.2 AA. */
import { Buffer } from "node:buffer";
import { png } from "../support/pictures.ts";
import { browserTest, useBrowser, Visitor } from "./support/browser.ts";
import { isForEveryone } from "./support/axe.ts";

useBrowser();

const long = "Could somebody look at the timetable for Thursday? ".repeat(8);

/** Opens and checks each tab of the open dialog. */
async function tabs({ page }: Visitor, dialog: string): Promise<void> {
  for (const tab of await page.getByRole("tab").all()) {
    await tab.click();
    await isForEveryone(page, `${dialog}, ${await tab.textContent()}`);
  }
}

browserTest("accessibility: signing in", async ({ url }) => {
  const newcomer = await Visitor.open(url);
  await newcomer.isOut("Pick a name");
  await isForEveryone(newcomer.page, "sign-in");
  await newcomer.page.getByRole("radio", { name: "I have an account" }).check();
  await isForEveryone(newcomer.page, "sign-in with an account");
  await newcomer.page.getByRole("radio", { name: "I'm new" }).check();
  await newcomer.button("Also set a password").click();
  await newcomer.page.getByLabel("Your name").fill("***");
  await newcomer.button("Start chatting").click();
  await newcomer.page.getByRole("alert").getByText("Names have up to").waitFor();
  await isForEveryone(newcomer.page, "sign-in, refused");
  return [newcomer];
});

browserTest("accessibility: signing in by invitation", async ({ url, ownerUrl }) => {
  const stranger = await Visitor.open(url);
  await stranger.isOut("You need an invitation link.");
  await isForEveryone(stranger.page, "sign-in, by invitation only");
  const owner = await Visitor.open(ownerUrl);
  await owner.isOut("You're invited");
  await isForEveryone(owner.page, "sign-in, invited");
  return [stranger, owner];
}, { "sign-up": "invite" });

browserTest("accessibility: the chat with rooms, messages and panels", async (server) => {
  const alice = await Visitor.at(server.url, "Alice");
  const { page } = alice;
  const bob = await Visitor.at(server.url, "Bob");
  const guest = await server.guest("Gast");
  guest.send({ type: "join", room: "general", key: "j" });
  await guest.take("joined");
  await isForEveryone(page, "a room without messages");

  await alice.say(`${long} https://example.org/`);
  await bob.say("شكرًا جزيلاً");
  guest.send({ type: "room_message", room: "general", message: "I am only visiting" });
  await alice.sees("I am only visiting");
  await bob.act("Thursday", "React with 👍");
  await bob.act("Thursday", "Reply");
  await bob.say("I can");
  await bob.act("I can", "Delete");
  await bob.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await alice.messages("This message was deleted.").waitFor();
  await bob.say("@Alice: see https://example.org/");
  await alice.say("Thank you, Bob");
  await isForEveryone(page, "a room");
  await alice.messages("Thank you, Bob").hover();
  await isForEveryone(page, "a message's actions");
  await alice.act("Thank you, Bob", "More actions");
  await page.getByRole("menuitem").first().waitFor();
  await isForEveryone(page, "the menu of a message");
  await page.keyboard.press("Escape");
  await alice.button("Insert an emoji").click();
  await page.getByRole("option").first().waitFor();
  await isForEveryone(page, "all emoji");
  await page.keyboard.press("Escape");
  await alice.composer.fill("@");
  await page.getByRole("option").first().waitFor();
  await isForEveryone(page, "names that are offered");
  await alice.composer.fill("");
  await alice.composer.press("ArrowUp");
  await page.getByText("Editing your message").waitFor();
  await isForEveryone(page, "a message that is edited");
  await page.keyboard.press("Escape");
  await alice.act("I am only visiting", "Reply");
  await isForEveryone(page, "a message that is answered");

  await alice.button("Search").click();
  await page.getByLabel("Search messages").fill("thursday");
  await page.locator("mark").first().waitFor();
  await isForEveryone(page, "search");
  await page.getByLabel("Search messages").fill("thursday from:bob before:2026-02-30 has:");
  await page.getByRole("option", { name: "an image" }).waitFor();
  await page.getByRole("alert").getByText("isn't a date").waitFor();
  await isForEveryone(page, "search, with chips, suggestions and an error");
  await alice.button("Show members").click();
  await page.getByRole("complementary", { name: "Members" }).waitFor();
  await isForEveryone(page, "members");
  await guest.close();

  await bob.writeTo("Alice");
  await bob.say("Between you and me");
  await alice.go(/Bob.*unread/);
  await isForEveryone(page, "a conversation");
  await alice.button("Close conversation").click();
  await alice.go(/general/);
  await alice.sheet("Members");
  await isForEveryone(page, "the members in the sheet");
  await page.keyboard.press("Escape");
  await alice.sheet("About");
  await alice.button("Leave").click();
  await isForEveryone(page, "leaving a room");
  await alice.button("Leave").click();
  await page.getByRole("heading", { level: 1, name: "No room is open" }).waitFor();
  await isForEveryone(page, "no room");

  await server.stop();
  await alice.status("Offline");
  await isForEveryone(page, "offline");
  return [alice, bob];
});

browserTest("accessibility: files, and code and lists in messages", async ({ url }) => {
  const alice = await Visitor.at(url, "Alice");
  const { page } = alice;
  await alice.write("```js\nconst n = 1; // one\nlet s = 'two';\n```");
  await alice.write("- a list\n- with `code`, **weight** and @Alice\n\n> quoted, ~~struck~~");
  await page.locator(".code-keyword").first().waitFor();
  await alice.sees("quoted");
  await isForEveryone(page, "code and lists");
  const picker = page.waitForEvent("filechooser");
  await alice.button("Attach files").click();
  const picture = { name: "roof.png", mimeType: "image/png", buffer: Buffer.from(png(200, 100)) };
  const list = { name: "list.txt", mimeType: "text/plain", buffer: Buffer.from("tea") };
  await (await picker).setFiles([picture, list]);
  await alice.button("Remove list.txt").waitFor();
  await isForEveryone(page, "files that are to be sent");
  await alice.say("Two files");
  await page.getByRole("link", { name: /list\.txt/ }).waitFor();
  await isForEveryone(page, "files in a message");
  await alice.button("roof.png").click();
  await page.getByRole("dialog", { name: "roof.png" }).waitFor();
  await isForEveryone(page, "a picture");
  return [alice];
});

browserTest("accessibility: the dialogs", async (server) => {
  const olga = await Visitor.open(server.ownerUrl);
  const { page } = olga;
  await olga.enterAs("Olga");
  const bob = await Visitor.at(server.url, "Bob");
  await page.getByText("Bob", { exact: true }).first().waitFor();
  const dialogs: readonly (readonly [name: string, open: () => Promise<void>])[] = [
    ["create a room", () => olga.button("Create a room").click()],
    ["browse rooms", () => olga.button("Browse public rooms").click()],
    ["write to somebody", () => olga.button("New message").click()],
    ["room settings", () => olga.sheet("Settings")],
    ["the room's sheet", () => olga.sheet("About")],
    ["a person's card", () => olga.meet("Bob")],
    ["keyboard shortcuts", () => olga.page.keyboard.press("?")],
    ["go to a room or a person", () => page.keyboard.press("Control+k")],
  ];
  for (const [name, open] of dialogs) {
    await open();
    await page.getByRole("dialog").waitFor();
    await isForEveryone(page, name);
    await page.keyboard.press("Escape");
  }
  await olga.meet("Bob");
  await olga.button("Ban…").click();
  await page.getByRole("dialog", { name: /^Ban / }).waitFor();
  await isForEveryone(page, "ban somebody");
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: /\(your account\)/ }).click();
  await tabs(olga, "your account");
  await page.getByRole("tab", { name: "Notifications" }).click();
  await olga.button("For 30 minutes").click();
  await olga.button("Turn off").waitFor();
  await olga.button("Add quiet hours").click();
  await isForEveryone(page, "your account, quiet hours");
  await page.getByRole("tab", { name: "Devices" }).click();
  await olga.button("Add another device").click();
  await page.getByRole("img", { name: "QR code of the link" }).waitFor();
  await isForEveryone(page, "your account, another device");
  await page.keyboard.press("Escape");

  await olga.manage("Invitations");
  await olga.button("Create an invitation").click();
  await page.getByLabel("Link, shown only once").waitFor();
  await tabs(olga, "this server");
  await page.keyboard.press("Escape");

  await olga.sheet("Settings");
  await page.getByLabel("Locked").check();
  await page.keyboard.press("Escape");
  await bob.page.getByText("This room is locked").waitFor();
  await isForEveryone(bob.page, "a locked room");
  await olga.meet("Bob");
  await olga.button("Remove from #general…").click();
  await olga.page.getByText("They stay in all other rooms").waitFor();
  await olga.button("Remove").click();
  await bob.page.getByText("Olga removed you from #general.").waitFor();
  await isForEveryone(bob.page, "a notice");
  return [olga, bob];
});

browserTest("accessibility: the page on a phone", async (server) => {
  const alice = await Visitor.at(server.url, "Alice", { width: 320, height: 640 });
  await alice.say(long);
  await isForEveryone(alice.page, "a room on a phone");
  await alice.sheet("About");
  await isForEveryone(alice.page, "the room's sheet");
  await alice.page.keyboard.press("Escape");
  await alice.button("Show rooms and people").click();
  await isForEveryone(alice.page, "the drawer");
  await alice.button("Create a room").click();
  await alice.page.getByRole("dialog", { name: "Create a room" }).waitFor();
  await isForEveryone(alice.page, "a dialog on a phone");
  await alice.page.keyboard.press("Escape");
  await alice.page.keyboard.press("Escape");
  await alice.button("Search").click();
  await isForEveryone(alice.page, "a panel on a phone");
  return [alice];
});

browserTest("accessibility: the composer", async (server) => {
  await server.signIn("Bob");
  const alice = await Visitor.at(server.url, "Alice");
  const { page, composer } = alice;
  await alice.write("# Plan\n> *quoted*\n\n**@Alice** in #general: `code`, https://example.org/");
  await alice.sees("Plan");
  await alice.write("```ts\n// why\nconst a: string = `b${1}`;\n```");
  await page.locator(".code-keyword").first().waitFor();
  await alice.messages("const a").hover();
  await isForEveryone(page, "Markdown");
  await composer.pressSequentially("#g");
  await page.getByRole("option").first().waitFor();
  await isForEveryone(page, "names that are offered");
  await composer.press("Escape");
  await alice.button("Insert an emoji").click();
  await page.getByRole("option", { name: "grinning face", exact: true }).waitFor();
  await isForEveryone(page, "all emoji");
  await page.keyboard.type("qqqq");
  await page.getByText("No matches.").waitFor();
  await isForEveryone(page, "no emoji found");
  return [alice];
});
