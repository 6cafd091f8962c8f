/** Writing in a real browser: by keyboard, by touch, and with an input method. */
import { assert, assertEquals } from "@std/assert";
import { browserTest, holds, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

browserTest("Markdown is rendered, and HTML never is", async ({ url }) => {
  const alice = await Visitor.at(url, "Alice");
  const bob = await Visitor.at(url, "Bob");
  await alice.write("**strong** *em* ~~gone~~ `code` <img src=x onerror=alert(1)> @bob");
  await alice.sees("strong em gone");
  await bob.sees("strong em gone");
  const text = bob.messages("strong em").locator(".text");
  const tags = await text.locator("p > *").evaluateAll((all) => all.map((e) => e.localName));
  assertEquals(tags, ["strong", "em", "del", "code", "button"]);
  assertEquals(await text.locator("img").count(), 0);
  // A mention links to its user; the user's own is highlighted.
  assertEquals(await text.locator(".mention.of-me").count(), 1);
  assertEquals(await alice.messages("strong em").locator(".mention.of-me").count(), 0);
  await alice.messages("strong em").getByRole("button", { name: "@bob" }).click();
  await alice.page.getByRole("dialog", { name: "Bob" }).waitFor();
  await alice.page.keyboard.press("Escape");
  return [alice, bob];
});

browserTest(
  "code is highlighted once the highlighter is loaded, without shifting",
  async (server) => {
    const asked: string[] = [];
    const alice = await Visitor.at(server.url, "Alice");
    alice.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    const highlighters = () => asked.filter((path) => path.startsWith("/highlighter-"));
    await alice.say("nothing special");
    await alice.write("_marks_ and `words`");
    await alice.page.locator(".text code", { hasText: "words" }).waitFor();
    assertEquals(highlighters(), []);
    for (const code of ["const a = 1; // one", "const b = 2; // two"]) {
      await alice.composer.fill(`\`\`\`ts\n${code}\n\`\`\``);
      await alice.composer.press("Enter");
      const block = alice.page.locator(".code-block", { hasText: code });
      await block.locator(".code-keyword", { hasText: "const" }).waitFor();
      await block.locator(".code-comment", { hasText: code.slice(-6) }).waitFor();
    }
    assertEquals(highlighters().length, 1);
    return [alice];
  },
);

browserTest("a message is shown as typed until the Markdown parser is loaded", async (server) => {
  const alice = await Visitor.at(server.url, "Alice");
  await alice.say("nothing special");
  await alice.composer.fill("a **strong** word");
  await alice.composer.press("Enter");
  await alice.page.locator(".text strong", { hasText: "strong" }).waitFor();
  const bob = await Visitor.open("about:blank");
  const held = Promise.withResolvers<void>();
  await bob.page.route("**/parse-*.js", async (route) => {
    await held.promise;
    await route.continue();
  });
  await bob.page.goto(server.url);
  await bob.enterAs("Bob");
  await bob.sees("nothing special");
  await bob.sees("a **strong** word");
  held.resolve();
  await bob.page.locator(".text strong", { hasText: "strong" }).waitFor();
  return [alice, bob];
});

browserTest("users, rooms and emoji are completed with the keyboard alone", async (server) => {
  const token = await server.signIn("Anna Maria");
  const body = { message: "I am here" };
  await server.request("/api/rooms/general/messages", { method: "POST", token, body });
  const alice = await Visitor.at(server.url, "Alice");
  const { page, composer } = alice;
  const option = (name: RegExp) => page.getByRole("option", { name, selected: true });

  await composer.pressSequentially("hi @an");
  await option(/Anna Maria/).waitFor();
  const active = await composer.getAttribute("aria-activedescendant");
  assertEquals(await option(/Anna Maria/).getAttribute("id"), active);
  await composer.press("Enter");
  await holds(alice, "hi @Anna Maria ");
  // The browser's undo reverts it.
  await composer.press("Control+z");
  await holds(alice, "hi @an");
  await composer.press("Control+Shift+z");
  await composer.press("End");

  await composer.pressSequentially("in #gen");
  await option(/general/).waitFor();
  await composer.press("Tab");
  await composer.pressSequentially("or #g");
  await option(/general/).waitFor();
  await composer.press("Escape");
  await page.getByRole("option").first().waitFor({ state: "detached" });
  await holds(alice, "hi @Anna Maria in #general or #g");

  await composer.pressSequentially(" :smi");
  await option(/:smile:/).waitFor();
  await composer.press("ArrowDown");
  await option(/:smirk:/).waitFor();
  await composer.press("ArrowUp");
  await composer.press("Enter");
  await composer.pressSequentially(":tada:");
  await page.waitForFunction(() => document.querySelector("textarea")!.value.endsWith("😄 🎉"));
  await composer.press("Enter");
  await alice.sees("hi @Anna Maria in #general or #g 😄 🎉");
  await page.getByRole("link", { name: "#general", exact: true }).waitFor();
  return [alice];
});

browserTest("an input method keeps its Enter", async ({ url }) => {
  const alice = await Visitor.at(url, "Alice");
  const { page, composer } = alice;
  await composer.click();
  const devtools = await page.context().newCDPSession(page);
  const compose = (text: string) =>
    devtools.send("Input.imeSetComposition", {
      text,
      selectionStart: text.length,
      selectionEnd: text.length,
    });
  await compose("に");
  await compose("にほん");
  // The key that confirms a word, as browsers report it during composition.
  await devtools.send("Input.dispatchKeyEvent", {
    type: "rawKeyDown",
    key: "Enter",
    code: "Enter",
    windowsVirtualKeyCode: 229,
  });
  assertEquals(await page.locator("article").count(), 0);
  await devtools.send("Input.insertText", { text: "日本" });
  await holds(alice, "日本");
  await composer.press("Enter");
  await alice.sees("日本");
  return [alice];
});

browserTest(
  "a reply and an edit survive a reload; a draft is sent from one of two tabs",
  async ({ url }) => {
    const alice = await Visitor.at(url, "Alice");
    await alice.say("who comes?");
    await alice.act("who comes?", "Reply");
    await alice.composer.fill("I do");
    await alice.page.reload();
    await alice.page.getByText("Replying to Alice").waitFor();
    await holds(alice, "I do");
    await alice.composer.press("Enter");
    await alice.page.locator("article[data-seq] .quote", { hasText: "who comes?" }).waitFor();

    // An edit waits beside the draft, in another room and over a reload.
    await alice.composer.fill("a thought");
    await alice.act("I do", "Edit");
    await alice.composer.fill("I do today");
    await alice.button("Create a room").click();
    await alice.page.getByRole("textbox", { name: "Name" }).fill("attic");
    await alice.page.getByRole("dialog").getByRole("button", { name: "Create room" }).click();
    await alice.page.getByRole("heading", { level: 1, name: "attic" }).waitFor();
    await holds(alice, "");
    await alice.go(/general/);
    await holds(alice, "I do today");
    await alice.page.reload();
    await alice.page.getByText("Editing your message").waitFor();
    await holds(alice, "I do today");
    const other = await alice.newTab(`${url}/#general`);
    await other.page.getByText("Editing your message").waitFor();
    await holds(other, "I do today");
    await alice.composer.press("Enter");
    await alice.messages("I do today").getByText("(edited)").waitFor();
    for (const tab of [alice, other]) await holds(tab, "a thought");
    await other.composer.press("Enter");
    await alice.sees("a thought");
    await holds(alice, "");
    assertEquals(await alice.messages("a thought").count(), 1);
    return [alice];
  },
);

browserTest("each room's draft survives a reload", async ({ url }) => {
  const alice = await Visitor.at(url, "Alice");
  const bob = await Visitor.at(url, "Bob");
  const { page, composer } = alice;
  await composer.fill("for everybody");
  await alice.writeTo("Bob");
  await holds(alice, "");
  await composer.fill("only for Bob");
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Bob" }).waitFor();
  await holds(alice, "only for Bob");
  await composer.press("Enter");
  await alice.sees("only for Bob");
  await alice.go(/general/);
  await holds(alice, "for everybody");

  // Signing out leaves nothing behind.
  await alice.signOut();
  await alice.enterAs("Carol");
  await holds(alice, "");
  return [alice, bob];
});

browserTest(
  "arrow-up edits the last message, and keeps the draft",
  async ({ url }) => {
    const alice = await Visitor.at(url, "Alice");
    const { page, composer } = alice;
    await alice.say("frist");
    await composer.press("ArrowUp");
    await holds(alice, "frist");
    await composer.fill("first");
    await composer.press("Enter");
    await alice.messages("first").getByText("(edited)").waitFor();
    await holds(alice, "");
    // In a non-empty field arrow-up moves the cursor.
    await composer.fill("begun");
    await composer.press("ArrowUp");
    assertEquals(await page.getByText("Editing your message").count(), 0);
    await composer.fill("");
    await composer.press("ArrowUp");
    await page.getByText("Editing your message").waitFor();
    await composer.press("Escape");
    await holds(alice, "");
    return [alice];
  },
);

browserTest("a key belongs to what the key before it has begun or ended", async ({ url }) => {
  const alice = await Visitor.at(url, "Alice");
  const { page } = alice;
  await alice.say("Good morning");
  // On a slow machine, many keys come before the next frame.
  await page.evaluate(() => {
    const { requestAnimationFrame } = globalThis;
    const held: FrameRequestCallback[] = [];
    globalThis.requestAnimationFrame = (run) => held.push(run);
    addEventListener("frame", () => {
      globalThis.requestAnimationFrame = requestAnimationFrame;
      for (const run of held) requestAnimationFrame(run);
    });
  });
  await page.keyboard.press("ArrowUp");
  await page.keyboard.type(" everyone");
  await page.keyboard.press("Enter");
  await page.keyboard.type("How are you?");
  await page.keyboard.press("Enter");
  await page.evaluate(() => dispatchEvent(new Event("frame")));
  await alice.sees("How are you?");
  await alice.messages("Good morning everyone").getByText("(edited)").waitFor();
  await holds(alice, "");
  const texts = await page.locator("article .text p").allTextContents();
  assertEquals(texts.map((text) => text.replace("(edited)", "")), [
    "Good morning everyone",
    "How are you?",
  ]);
  return [alice];
});

browserTest("any emoji can be chosen for a reaction with the keyboard", async ({ url }) => {
  const alice = await Visitor.at(url, "Alice");
  const bob = await Visitor.at(url, "Bob");
  await alice.say("look at this");
  await bob.sees("look at this");
  const { page } = bob;
  await page.getByRole("log").focus();
  // To the message, and on to all emoji.
  await page.keyboard.press("ArrowUp");
  await page.getByRole("toolbar").waitFor();
  await page.getByRole("button", { name: "React", exact: true }).press("Enter");
  const search = page.getByRole("combobox", { name: "Search emoji" });
  await search.and(page.locator(":focus")).waitFor();
  await page.keyboard.type("rainbow");
  await page.getByRole("option", { name: "rainbow", exact: true, selected: true }).waitFor();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  await alice.page.getByRole("button", { name: "🌈 1 by Bob" }).waitFor();
  assertEquals(await search.count(), 0);

  // Recently used emoji come first.
  await bob.button("Insert an emoji").press("Enter");
  await page.getByRole("group", { name: "Recent" }).getByRole("option", { name: "rainbow" })
    .waitFor();
  await page.keyboard.press("Enter");
  await holds(bob, "🌈");
  assert(await bob.composer.evaluate((field) => field === document.activeElement));
  await bob.composer.press("Enter");
  await alice.page.locator(".text.large", { hasText: "🌈" }).waitFor();

  // The tone is chosen once; the search keeps the focus, wherever the mouse is pressed.
  await bob.button("Insert an emoji").click();
  await page.getByRole("heading", { name: "Recent", includeHidden: true }).click();
  await page.keyboard.type("waving");
  await page.getByRole("option", { name: "waving hand" }).waitFor();
  await page.keyboard.press("Tab");
  await page.getByRole("radio", { name: "Without a tone" }).and(page.locator(":focus")).waitFor();
  for (const _ of "123") await page.keyboard.press("ArrowRight");
  await page.getByRole("radio", { name: "Medium", exact: true, checked: true }).waitFor();
  await page.keyboard.press("Escape");
  await bob.button("Insert an emoji").and(page.locator(":focus")).waitFor();
  await page.reload();
  await bob.isIn();
  await bob.composer.pressSequentially("hi :wave:");
  await holds(bob, "hi 👋🏽");
  await bob.composer.pressSequentially(" and :thumbs");
  await page.getByRole("option", { name: ":thumbsup:" }).waitFor();
  await page.keyboard.press("Enter");
  await holds(bob, "hi 👋🏽 and 👍🏽 ");
  await bob.act("look at this", "React");
  await search.fill("waving");
  await page.getByRole("option", { name: "waving hand" }).click();
  await alice.page.getByRole("button", { name: "👋🏽 1 by Bob" }).waitFor();
  await page.getByRole("toolbar").getByRole("button", { name: "React", exact: true })
    .and(page.locator(":focus")).waitFor();
  return [alice, bob];
});

browserTest("a reply links to its message, and so does a copied link", async (server) => {
  const alice = await Visitor.at(server.url, "Alice");
  await alice.write("the **first** message");
  await alice.sees("the first message");
  await alice.act("the first message", "Reply");
  await alice.page.getByText("Replying to Alice").waitFor();
  await alice.say("the answer");
  const token = await server.signIn("Scribe");
  for (let n = 1; n <= 130; n++) {
    const body = { message: `line ${n}` };
    await server.request("/api/rooms/general/messages", { method: "POST", token, body });
  }
  await alice.sees("line 130");
  const { page } = alice;
  await alice.write(`see ${server.url}/#/general/1`);
  await page.getByRole("link", { name: "message in #general" }).click();
  const first = page.locator("article.marked", { hasText: "the first message" });
  await first.waitFor();
  const quote = alice.messages("the answer").getByRole("button", { name: /the first message/ });
  await quote.click();
  await first.waitFor();

  // The address of a message opens it in a new page.
  const bob = await Visitor.at(server.url, "Bob");
  await bob.page.goto("about:blank");
  await bob.page.goto(`${server.url}/#/general/1`);
  await bob.page.locator("article.marked", { hasText: "the first message" }).waitFor();
  return [alice, bob];
});

browserTest("the message field grows with its text and shrinks again", async ({ url }) => {
  const alice = await Visitor.at(url, "Alice");
  const { composer, page } = alice;
  const height = async () => (await composer.boundingBox())!.height;
  const one = await height();
  await composer.press("Shift+Enter");
  await composer.press("Shift+Enter");
  await holds(alice, "\n\n");
  const three = await height();
  assert(three > one * 2, `${one} px, then ${three} px`);
  await composer.fill("line\n".repeat(200));
  const most = await height();
  assert(most < 700 * 0.45, `${most} px`);
  await composer.fill("x");
  assertEquals(await height(), one);

  await composer.fill("x".repeat(9_990));
  await page.getByText("10", { exact: true }).waitFor();
  await composer.fill("x".repeat(10_001));
  await page.getByRole("status").getByText("This message is too long.").waitFor();
  assert(await alice.button("Send").isDisabled());
  return [alice];
});

browserTest(
  "on touch devices Enter starts a new line, and names are chosen by touch",
  async ({ url }) => {
    const bob = await Visitor.at(url, "Bob");
    const alice = await Visitor.open(url, {
      viewport: { width: 360, height: 640 },
      hasTouch: true,
      isMobile: true,
    });
    const { page, composer } = alice;
    await alice.enterAs("Alice");
    await composer.tap();
    await composer.pressSequentially("hello");
    await composer.press("Enter");
    await composer.pressSequentially("@bo");
    await page.getByRole("option", { name: /Bob/ }).tap();
    await holds(alice, "hello\n@Bob ");
    assert(await composer.evaluate((field) => field === document.activeElement));
    await alice.button("Send").tap();
    await bob.sees("hello");
    assertEquals(await bob.messages("hello").locator("br").count(), 1);

    // Long words do not make the page wider than the screen.
    await composer.fill(`https://example.org/${"long".repeat(100)} \`${"w".repeat(400)}\``);
    await alice.button("Send").tap();
    await bob.sees("example.org");
    await page.getByRole("link", { name: /example.org/ }).waitFor();
    assertEquals(await page.evaluate(() => document.documentElement.scrollWidth), 360);
    return [alice, bob];
  },
);

browserTest(
  "a reply in a thread is beside the log, offline too, and in the log if it is sent there as well",
  async (server) => {
    const { url } = server;
    const alice = await Visitor.at(url, "Alice");
    const bob = await Visitor.at(url, "Bob");
    const panel = (visitor: Visitor) =>
      visitor.page.getByRole("complementary", { name: "Thread", exact: true });
    const log = (visitor: Visitor) => visitor.page.getByRole("log", { name: /#/ });
    await alice.say("Tea or coffee?");
    await bob.sees("Tea or coffee?");
    await bob.messages("Tea or coffee?").hover();
    await bob.page.getByRole("button", { name: "Reply in thread" }).click();
    const field = panel(bob).getByRole("textbox", { name: "Reply" });
    await field.fill("Tea, please");
    await field.press("Enter");
    await panel(bob).getByText("Tea, please").waitFor();
    await log(alice).getByRole("button", { name: "1 reply" }).click();
    await panel(alice).getByText("Tea, please").waitFor();
    assertEquals(await log(alice).getByText("Tea, please").count(), 0);
    await panel(alice).getByRole("textbox", { name: "Reply" }).fill("I");
    await panel(bob).getByText("Alice is typing").waitFor();

    await bob.context.setOffline(true);
    await field.fill("And cake");
    await panel(bob).getByLabel("Also send to the room").check();
    await field.press("Enter");
    await bob.context.setOffline(false);
    await panel(alice).getByText("And cake").waitFor();
    await log(alice).getByText("And cake").waitFor();
    await log(alice).getByRole("button", { name: "2 replies" }).waitFor();
    await alice.page.keyboard.press("Escape");
    await panel(alice).waitFor({ state: "detached" });

    // The composer is that of a room: with emoji and names.
    await alice.page.getByRole("button", { name: "Threads" }).click();
    const threads = alice.page.getByRole("complementary", { name: "Threads" });
    await threads.getByRole("button", { name: /Tea or coffee/ }).click();
    await panel(alice).getByText("And cake").waitFor();
    await field.pressSequentially("@Ali");
    await bob.page.getByRole("option", { name: "Alice" }).click();
    await field.press("Enter");
    await panel(alice).getByText("@Alice").waitFor();
    await panel(alice).getByRole("button", { name: "Stop following this thread" }).click();
    await panel(alice).getByRole("button", { name: "Follow this thread" }).waitFor();

    // What leads to a reply that only the thread shows opens the thread there, however old it is.
    const token = await server.signIn("Scribe");
    for (let n = 1; n <= 110; n++) {
      const body = { message: `cup ${n}`, thread: 1 };
      await server.request("/api/rooms/general/messages", { method: "POST", token, body });
    }
    await panel(alice).getByText("cup 110").waitFor();
    const marked = (visitor: Visitor) =>
      panel(visitor).locator("article.marked", { hasText: "Tea, please" });
    // A page that begins there has loaded nothing but replies at first.
    await bob.page.goto("about:blank");
    await bob.page.goto(`${url}/#/general/2`);
    await marked(bob).waitFor();
    await alice.page.keyboard.press("Escape");
    await panel(alice).waitFor({ state: "detached" });
    await alice.write(`see ${url}/#/general/2`);
    await alice.page.getByRole("link", { name: "message in #general" }).click();
    await marked(alice).waitFor();
    assert(await panel(alice).getByText("Tea, please").isVisible());
    await panel(alice).getByText("Tea, please").hover();
    await panel(alice).getByRole("button", { name: "More actions" }).click();
    await alice.page.getByRole("menuitem", { name: "Save", exact: true }).click();
    await panel(alice).getByRole("button", { name: "Close" }).click();
    await panel(alice).waitFor({ state: "detached" });
    await alice.page.getByRole("button", { name: /\(your account\)/ }).click();
    await alice.page.getByRole("tab", { name: "Saved and scheduled" }).click();
    await alice.page.getByRole("dialog").getByRole("button", { name: /Tea, please/ }).click();
    await marked(alice).waitFor();
    return [alice, bob];
  },
);
