/** Polls in a real browser: two people, by keyboard, on a phone, and offline. */
import { assertEquals } from "@std/assert";
import { isForEveryone } from "./support/axe.ts";
import { browserTest, shoot, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

/** The poll with a question. */
function poll({ page }: Visitor, question: string) {
  return page.getByRole("group", { name: `Poll: ${question}` });
}

/** An option of a poll, once it has a number of votes. */
function option(visitor: Visitor, question: string, text: string, votes: string) {
  return poll(visitor, question).getByRole("button", { name: `${text} ${votes}` });
}

/** Makes a poll by the keyboard alone. */
async function make(visitor: Visitor, question: string, options: readonly string[]) {
  const { page } = visitor;
  await visitor.button("Create a poll").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByLabel("Question").waitFor();
  await page.keyboard.type(question);
  await page.keyboard.press("Tab");
  for (const [index, text] of options.entries()) {
    await page.keyboard.type(text);
    if (index + 1 === options.length) break;
    // The second field is there already; the others are added.
    if (index > 0) await page.keyboard.press("Enter");
    else await page.getByLabel("Option 2", { exact: true }).focus();
  }
}

browserTest("a poll is made, answered and closed by two people", async ({ url }) => {
  const ada = await Visitor.at(url, "Ada");
  const bob = await Visitor.at(url, "Bob", { width: 390, height: 740 });
  await make(ada, "Where to?", ["Beach", "Hills", "Home"]);
  await ada.page.keyboard.press("Alt+ArrowUp");
  const fields = await ada.page.locator(".poll-options input")
    .evaluateAll((all) => all.map((one) => (one as HTMLInputElement).value));
  assertEquals(fields, ["Beach", "Home", "Hills"]);
  await ada.page.getByText("Moved to position 2 of 3.").waitFor({ state: "attached" });
  await ada.button("Remove option 3").click();
  await isForEveryone(ada.page, "the dialog of a new poll");
  await shoot(ada.page, "new");
  await ada.button("Send poll").click();

  await option(bob, "Where to?", "Beach", "0 votes").click();
  await option(ada, "Where to?", "Beach", "1 vote").waitFor();
  await option(ada, "Where to?", "Home", "0 votes").click();
  await option(bob, "Where to?", "Home", "1 vote").waitFor();
  await poll(bob, "Where to?").getByText("2 people have voted").waitFor();
  // Another choice replaces the vote, and the same one takes it back.
  await option(bob, "Where to?", "Home", "1 vote").click();
  await option(ada, "Where to?", "Home", "2 votes").waitFor();
  await option(bob, "Where to?", "Home", "2 votes").click();
  await option(ada, "Where to?", "Home", "1 vote").waitFor();
  assertEquals(
    await option(bob, "Where to?", "Home", "1 vote").getAttribute("aria-pressed"),
    "false",
  );

  await poll(bob, "Where to?").getByRole("button", { name: "Who voted?" }).click();
  const voters = bob.page.getByRole("dialog", { name: "Where to?" });
  await voters.getByText("Ada").waitFor();
  assertEquals(await voters.getByRole("listitem").count(), 1);
  await isForEveryone(bob.page, "who has voted");
  await shoot(bob.page, "voters");
  await bob.page.keyboard.press("Escape");
  assertEquals(await poll(bob, "Where to?").getByRole("button", { name: "Close poll" }).count(), 0);
  await poll(ada, "Where to?").getByRole("button", { name: "Close poll" }).click();
  await poll(bob, "Where to?").getByText("Closed").waitFor();
  await option(bob, "Where to?", "Beach", "0 votes").click({ force: true });
  assertEquals(await option(ada, "Where to?", "Beach", "0 votes").count(), 1);
  await isForEveryone(bob.page, "a closed poll");
  await shoot(bob.page, "phone");
  await shoot(ada.page, "desktop");
  return [ada, bob];
});

browserTest("several options of an anonymous poll can be chosen", async ({ url }) => {
  const ada = await Visitor.at(url, "Ada");
  const bob = await Visitor.at(url, "Bob");
  await make(ada, "Which days?", ["Monday", "Tuesday"]);
  await ada.page.getByLabel("Several options can be chosen").check();
  await ada.page.getByLabel("Anonymous: nobody learns who voted").check();
  await ada.button("Send poll").click();
  await option(bob, "Which days?", "Monday", "0 votes").click();
  await option(bob, "Which days?", "Tuesday", "0 votes").click();
  await option(ada, "Which days?", "Tuesday", "1 vote").waitFor();
  await poll(ada, "Which days?").getByText("1 person has voted").waitFor();
  // The voter's page knows its own vote, although the event does not name its sender.
  for (const text of ["Monday", "Tuesday"]) {
    const button = option(bob, "Which days?", text, "1 vote");
    assertEquals(await button.getAttribute("aria-pressed"), "true");
  }
  assertEquals(await bob.button("Who voted?").count(), 0);
  await bob.page.reload();
  await option(bob, "Which days?", "Monday", "1 vote").waitFor();
  assertEquals(await bob.page.locator(".poll [aria-pressed=true]").count(), 2);
  return [ada, bob];
});

browserTest("a poll and a vote from offline are sent once", async ({ url }) => {
  const ada = await Visitor.at(url, "Ada");
  const bob = await Visitor.at(url, "Bob");
  await make(ada, "Lunch?", ["Soup", "Salad"]);
  await ada.button("Send poll").click();
  await option(bob, "Lunch?", "Soup", "0 votes").waitFor();
  await bob.goOffline();
  await option(bob, "Lunch?", "Soup", "0 votes").click();
  await option(bob, "Lunch?", "Soup", "1 vote").waitFor();
  await option(bob, "Lunch?", "Salad", "0 votes").click();
  await option(bob, "Lunch?", "Salad", "1 vote").waitFor();
  await poll(bob, "Lunch?").getByText("Waiting to be sent").waitFor();
  await make(bob, "Dinner?", ["Pizza", "Pasta"]);
  await bob.button("Send poll").click();
  await bob.page.locator(".message.pending", { hasText: "Dinner?" }).waitFor();
  await shoot(bob.page, "offline");
  await bob.context.setOffline(false);
  await option(ada, "Lunch?", "Salad", "1 vote").waitFor();
  await option(ada, "Dinner?", "Pasta", "0 votes").waitFor();
  assertEquals(await option(ada, "Lunch?", "Soup", "0 votes").count(), 1);
  assertEquals(await ada.messages("Dinner?").count(), 1);
  await poll(bob, "Lunch?").getByText("1 person has voted").waitFor();
  return [ada, bob];
});
