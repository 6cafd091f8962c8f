/** The main paths through the page, in a real browser. */
import { assert, assertEquals } from "@std/assert";
import { spawnServer } from "../support/server.ts";
import { browserTest, ignore, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

browserTest("two users chat in a room: send, edit, react, reply, delete", async ({ url }) => {
  const alice = await Visitor.at(url, "Alice");
  const bob = await Visitor.at(url, "Bob");
  await alice.writeTo("Bob");
  await alice.go(/general/);

  await alice.say("Hello <b>Bob</b> https://example.org/");
  await bob.sees("Hello <b>Bob</b>");
  const link = bob.page.getByRole("link", { name: "https://example.org/" });
  assertEquals(await link.getAttribute("rel"), "noopener noreferrer nofollow");

  await alice.composer.press("ArrowUp");
  await alice.page.getByText("Editing your message").waitFor();
  await alice.write("Hello dear Bob");
  await bob.messages("Hello dear Bob").getByText("(edited)").waitFor();

  await bob.act("Hello dear Bob", "React with 👍");
  const reaction = alice.page.getByRole("button", { name: "👍 1 by Bob" });
  await reaction.click();
  await bob.page.getByRole("button", { name: "👍 2 by Bob, Alice" }).waitFor();

  await bob.act("Hello dear Bob", "Reply");
  await bob.say("Hello dear Alice");
  await alice.messages("Hello dear Alice").getByRole("button", {
    name: /^In reply to Alice.*Hello dear Bob/,
  })
    .waitFor();

  await bob.act("Hello dear Alice", "Delete");
  await bob.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await alice.messages("This message was deleted.").waitFor();
  assertEquals(await alice.messages("Hello dear Alice").count(), 0);
  return [alice, bob];
});

browserTest(
  "two users exchange direct messages, and see typing and leaving",
  async (server) => {
    const alice = await Visitor.at(server.url, "Alice");
    const bob = await Visitor.at(server.url, "Bob");
    const chen = await Visitor.at(server.url, "Chen");
    // Bob sees no more than the rooms.
    await bob.page.setViewportSize({ width: 1100, height: 340 });
    await alice.writeTo("Bob");
    await alice.say("Only for you");

    await bob.button("Unread below").click();
    await bob.button("Unread below").waitFor({ state: "detached" });
    await bob.page.setViewportSize({ width: 1100, height: 700 });
    await bob.page.getByRole("button", { name: /Alice.*1 unread message/ }).click();
    await bob.sees("Only for you");
    await bob.composer.pressSequentially("And");
    await alice.page.getByText("Bob is typing…").waitFor();
    await bob.say("And only for you");
    await alice.sees("And only for you");
    assertEquals(await chen.page.getByText("only for you").count(), 0);

    await bob.signOut();
    await bob.page.locator(".sign-in").waitFor();
    await alice.page.getByRole("navigation").getByRole("button", { name: /Bob.*offline/ }).first()
      .waitFor();
    return [alice, bob, chen];
  },
);

browserTest("rooms are created, found, joined, searched and left", async (server) => {
  const { url } = server;
  await server.signIn("Chen");
  const alice = await Visitor.at(url, "Alice");
  const bob = await Visitor.at(url, "Bob");
  await alice.page.getByRole("button", { name: "Create a room" }).click();
  await alice.page.getByLabel("Name", { exact: true }).fill("garden");
  await alice.page.getByRole("button", { name: "Create room" }).click();
  await alice.page.getByRole("heading", { level: 1, name: "garden" }).waitFor();
  await alice.say("The beans are up");

  await bob.page.getByRole("button", { name: "Browse public rooms" }).click();
  await bob.page.getByRole("button", { name: "Join garden" }).click();
  await bob.sees("The beans are up");
  await bob.go(/general/);
  await bob.page.getByRole("button", { name: "Search" }).click();
  await bob.page.getByLabel("Search messages").fill("beans");
  await bob.page.getByRole("button", { name: /Alice.*#garden/ }).click();
  await bob.page.getByRole("heading", { level: 1, name: "garden" }).waitFor();

  // Who has made the room moderates it, and can add people.
  await alice.sheet("Settings");
  await alice.page.getByLabel("Locked").check();
  await bob.page.getByText("This room is locked").waitFor();
  await alice.page.getByLabel("Locked").uncheck();
  await alice.page.keyboard.press("Escape");
  await alice.sheet("Members");
  await alice.page.getByRole("textbox", { name: "Add a person" }).fill("Chen");
  await alice.button("Add").click();
  await alice.page.getByText("Chen was invited").waitFor();
  await bob.leave();
  await alice.page.getByText("1 member", { exact: true }).waitFor();
  return [alice, bob];
});

browserTest(
  "older messages load above, and the view does not move",
  async (server) => {
    const token = await server.signIn("Scribe");
    for (let n = 1; n <= 240; n++) {
      const body = { message: `line ${n}` };
      const path = "/api/rooms/general/messages";
      const response = await server.request(path, { method: "POST", token, body });
      assert(response.ok, await response.text());
    }
    const alice = await Visitor.at(server.url, "Alice");
    const { page } = alice;
    await page.locator("article[data-seq]", { hasText: /^.*line 240$/ }).waitFor();

    // At the top of the held messages: the row in view must not move when older ones load.
    const moved = await page.evaluate(async () => {
      const log = document.querySelector<HTMLElement>("[role=log]")!;
      const rows = () => log.querySelectorAll<HTMLElement>("[data-seq]");
      const first = rows()[0]!;
      const count = rows().length;
      log.scrollTop = first.offsetTop;
      const before = first.getBoundingClientRect().top;
      await new Promise<void>((done) => {
        const observer = new MutationObserver(() => {
          if (rows().length === count) return;
          observer.disconnect();
          requestAnimationFrame(() => done());
        });
        observer.observe(log, { childList: true, subtree: true });
      });
      return Math.abs(first.getBoundingClientRect().top - before);
    });
    assert(moved <= 2, `The text moved by ${moved} px`);

    // Far from the end, new messages do not scroll; a button shows their number.
    const response = await server.request("/api/rooms/general/messages", {
      method: "POST",
      token,
      body: { message: "news" },
    });
    assert(response.ok, await response.text());
    await page.getByRole("button", { name: "1 new message" }).click();
    await page.waitForFunction(() => document.title === "#general – Hubbub");
    return [alice];
  },
);

browserTest(
  "a name has one owner, who stays signed in and signs in again with a password",
  async (server) => {
    await server.signIn("Alice", "correct horse");
    const alice = await Visitor.open(server.url);
    const { page } = alice;
    const enter = page.getByRole("button", { name: "Start chatting" });
    await page.getByLabel("Your name").fill("Alice");
    await enter.click();
    await page.getByRole("alert").getByText("This name is taken.").waitFor();
    // A typo in the name of an account creates no account.
    await page.getByRole("radio", { name: "I have an account" }).check();
    await page.getByLabel("Your name").fill("Allice");
    await page.getByLabel("Password").fill("wrong horse");
    const signIn = page.getByRole("button", { name: "Sign in", exact: true });
    await signIn.click();
    await page.getByRole("alert").getByText("There's no account with this name.").waitFor();
    await page.getByLabel("Your name").fill("Alice");
    await signIn.click();
    await page.getByRole("alert").getByText("The name or password is wrong.").waitFor();
    await page.getByLabel("Password").fill("correct horse");
    await signIn.click();
    await page.getByRole("textbox", { name: "Message #general" }).waitFor();
    await page.reload();
    await page.getByRole("textbox", { name: "Message #general" }).waitFor();
    await alice.signOut();
    // The device has been here before.
    await signIn.waitFor();
    return [alice];
  },
);

browserTest("a single message can be reached and replied to with the keyboard", async ({ url }) => {
  const alice = await Visitor.at(url, "Alice");
  const { page } = alice;
  await alice.say("first");
  await alice.say("second");
  await page.getByRole("log").focus();
  for (const key of ["ArrowUp", "ArrowUp"]) await page.keyboard.press(key);
  await page.getByRole("toolbar").waitFor();
  const reply = page.getByRole("toolbar").getByRole("button", { name: "Reply", exact: true });
  const isReached = () => reply.evaluate((button) => button === document.activeElement);
  for (let tabs = 0; tabs < 9 && !await isReached(); tabs++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByText("Replying to Alice").waitFor();
  await page.keyboard.type("third");
  await page.keyboard.press("Enter");
  await alice.sees("third");
  await alice.messages("third").getByRole("button", { name: /Alice.*first/ }).waitFor();
  return [alice];
});

browserTest("a phone has a drawer, and nothing is wider than the screen", async ({ url }) => {
  const alice = await Visitor.at(url, "Alice", { width: 320, height: 600 });
  await alice.say("W".repeat(300));
  await alice.page.getByRole("button", { name: "Show rooms and people" }).click();
  await alice.go(/general/);
  await alice.composer.click();
  const width = await alice.page.evaluate("document.documentElement.scrollWidth");
  assertEquals(width, 320);

  // Back closes what lies over the room, the topmost first, and leads nowhere else.
  const { page } = alice;
  const hash = () => page.evaluate("location.hash");
  const before = await hash();
  await alice.button("Show rooms and people").click();
  await page.getByRole("button", { name: /\(your account\)/ }).click();
  await page.getByRole("dialog").waitFor();
  await page.goBack();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.locator(".drawer-open").waitFor();
  await page.goBack();
  await page.locator(".drawer-open").waitFor({ state: "detached" });
  assertEquals(await hash(), before);

  // A room that is opened from the drawer is one step.
  await alice.button("Show rooms and people").click();
  await alice.button("Create a room").click();
  await page.getByRole("textbox", { name: "Name" }).fill("attic");
  await page.getByRole("dialog").getByRole("button", { name: "Create room" }).click();
  await page.getByRole("heading", { level: 1, name: "attic" }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { level: 1, name: "general" }).waitFor();
  return [alice];
});

Deno.test({
  name: "a message written while the server is down is kept, and sent once after the restart",
  ignore,
  async fn() {
    await using cleanup = new AsyncDisposableStack();
    const directory = await Deno.makeTempDir();
    cleanup.defer(() => Deno.remove(directory, { recursive: true }));
    const data = `--data=${directory}/chat.db`;
    let server = await spawnServer([data]);
    cleanup.defer(async () => void await server.kill());
    const alice = await Visitor.at(server.url, "Alice");
    const bob = await Visitor.at(server.url, "Bob");
    // On a small screen the banner takes much of the log's space: the log stays at its end.
    await bob.page.setViewportSize({ width: 360, height: 480 });
    const past = Array.from({ length: 9 }, (_, i) => `before ${i}`);
    for (const text of past) await alice.say(text);
    await bob.sees("before 8");

    await server.kill();
    await bob.page.locator(".banner").waitFor();
    await alice.status("Offline");
    const pending = Array.from({ length: 9 }, (_, i) => `in between ${i}`);
    for (const text of pending) await alice.write(text);
    await bob.write("me too");
    await alice.messages("in between 8").getByText("Waiting to be sent").waitFor();

    server = await spawnServer([data, `--port=${new URL(server.url).port}`]);
    await alice.sees("in between 8");
    await bob.sees("in between 8");
    await alice.sees("me too");
    await alice.say("after");
    await bob.sees("after");
    for (const { page } of [alice, bob]) {
      const texts = await page.locator("article .text").allInnerTexts();
      // The position of Bob's message depends on which client reconnected first.
      assertEquals(texts.filter((text) => text !== "me too"), [...past, ...pending, "after"]);
      assertEquals(texts.length, past.length + pending.length + 2);
      assertEquals(await page.locator(".to-end").count(), 0);
      await page.context().close();
    }
  },
});
