/** Forwarding in a real browser: to rooms and people, with files, on a phone, and offline. */
import { Buffer } from "node:buffer";
import { assertEquals } from "@std/assert";
import { isForEveryone } from "./support/axe.ts";
import { browserTest, shoot, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

/** Opens the dialog that forwards a message. */
async function forward(visitor: Visitor, text: string) {
  await visitor.act(text, "Forward");
  return visitor.page.getByRole("dialog", { name: "Forward message" });
}

/** Creates a room. */
async function create({ page }: Visitor, name: string) {
  await page.getByRole("button", { name: "Create a room" }).click();
  await page.getByLabel("Name").fill(name);
  await page.getByRole("dialog").getByRole("button", { name: "Create room" }).click();
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

browserTest("a message is forwarded to a room and a person, with its origin", async ({ url }) => {
  const ada = await Visitor.at(url, "Ada");
  const bob = await Visitor.at(url, "Bob", { width: 390, height: 740 });
  await create(ada, "plans");
  await ada.go(/general/);
  await bob.write("**Beach** at noon");
  await ada.sees("Beach at noon");
  const dialog = await forward(ada, "Beach at noon");
  await dialog.getByLabel("To", { exact: true }).fill("pla");
  await dialog.getByRole("checkbox", { name: "plans" }).check();
  assertEquals(await dialog.getByRole("checkbox", { name: "Bob" }).count(), 0);
  await dialog.getByLabel("To", { exact: true }).fill("bo");
  await dialog.getByRole("checkbox", { name: "Bob" }).check();
  // What is chosen stays, whatever is searched for next.
  assertEquals(await dialog.getByRole("checkbox", { name: "plans" }).isChecked(), true);
  await isForEveryone(ada.page, "the dialog that forwards a message");
  await shoot(ada.page, "forward");
  await dialog.getByRole("button", { name: "Forward to 2 places" }).click();
  await ada.page.getByText("Forwarded to 2 places.").waitFor();
  // The user stays where they were.
  await ada.page.getByRole("heading", { level: 1, name: "general" }).waitFor();

  await bob.page.getByRole("button", { name: "Rooms and people" }).or(
    bob.page.getByRole("button", { name: /menu/i }),
  ).first().click();
  await bob.go(/Ada/);
  const copy = bob.messages("Beach at noon");
  await copy.getByText("Forwarded from Bob").waitFor();
  assertEquals(await copy.locator(".text strong").innerText(), "Beach");
  await shoot(bob.page, "forwarded-phone");
  await copy.getByRole("button", { name: "Go to the original in #general" }).click();
  await bob.page.getByRole("heading", { level: 1, name: "general" }).waitFor();
  await bob.page.locator("article.marked", { hasText: "Beach at noon" }).waitFor();

  // From a private room nobody learns which.
  await ada.go(/plans/);
  const again = await forward(ada, "Beach at noon");
  await again.getByLabel("To", { exact: true }).fill("general");
  await again.getByRole("checkbox", { name: "general" }).check();
  await again.getByLabel("Comment").fill("Who comes?");
  await again.getByRole("button", { name: "Forward to 1 place" }).click();
  await bob.sees("Who comes?");
  await bob.messages("Who comes?").getByText("Forwarded from Bob").waitFor();
  assertEquals(await bob.messages("Who comes?").locator("blockquote").innerText(), "Beach at noon");
  await isForEveryone(bob.page, "a forwarded message");
  return [ada, bob];
});

browserTest("a message is forwarded from offline, once, and with its files", async ({ url }) => {
  const ada = await Visitor.at(url, "Ada");
  const bob = await Visitor.at(url, "Bob");
  await create(ada, "plans");
  await ada.page.locator(".composer input[type=file]").setInputFiles({
    ...{ name: "map.txt", mimeType: "text/plain", buffer: Buffer.from("here") },
  });
  await ada.write("the map");
  await ada.page.locator("article[data-seq]", { hasText: "map.txt" }).waitFor();
  await ada.goOffline();
  const dialog = await forward(ada, "the map");
  await dialog.getByLabel("To", { exact: true }).fill("Bob");
  await dialog.getByRole("checkbox", { name: "Bob" }).check();
  await dialog.getByRole("checkbox", { name: "general" }).waitFor({ state: "detached" });
  await dialog.getByLabel("To", { exact: true }).fill("general");
  await dialog.getByRole("checkbox", { name: "general" }).check();
  await dialog.getByRole("button", { name: "Forward to 2 places" }).click();
  await ada.page.getByText("Will be forwarded to 2 places once you're connected.").waitFor();
  await ada.go(/general/);
  await ada.page.locator(".message.pending", { hasText: "the map" }).waitFor();
  await ada.context.setOffline(false);
  for (const place of [/general/, /Ada/]) {
    await bob.go(place);
    const copy = bob.page.locator("article[data-seq]", { hasText: "map.txt" });
    await copy.getByText("Forwarded from Ada").waitFor();
    assertEquals(await copy.count(), 1);
  }
  return [ada, bob];
});
