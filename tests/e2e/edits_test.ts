/** Edits on several devices, and what messages answer, in a real browser. */
import { assertEquals } from "@std/assert";
import { becomes, browserTest, holds, shoot, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

browserTest("an edit from offline does not undo one of another device", async ({ url }) => {
  const laptop = await Visitor.at(url, "Ada");
  await laptop.say("the first text");
  const phone = await laptop.otherDevice(url);
  await phone.messages("the first text").hover();
  await phone.page.getByRole("toolbar").waitFor();
  await phone.goOffline();
  await phone.edit("the first text", "from the phone");
  await laptop.edit("the first text", "from the laptop");
  await laptop.sees("from the laptop");
  await phone.context.setOffline(false);
  const refused = phone.page.locator("article[data-seq]", { hasText: "Not sent" });
  await refused.getByText("edited on another device meanwhile").waitFor();
  await refused.getByText("from the phone").waitFor();
  await refused.getByText("from the laptop").waitFor();
  await shoot(phone.page, "edit-conflict");
  await refused.getByRole("button", { name: "Try again" }).click();
  await laptop.sees("from the phone");
  assertEquals(await phone.page.getByText("Not sent").count(), 0);
  return [laptop, phone];
});

browserTest("the text of an edit stays if its message is deleted meanwhile", async ({ url }) => {
  const laptop = await Visitor.at(url, "Ada");
  await laptop.say("short-lived");
  await laptop.say("gone as well");
  // The server has heard that what was written is sent: else the phone begins with it as a draft.
  await becomes(laptop.page, async () => {
    const response = await fetch("/api/drafts");
    const { drafts }: { drafts: { message: string }[] } = await response.json();
    return drafts.every(({ message }) => message === "");
  }, true);
  const phone = await laptop.otherDevice(url);
  await phone.act("short-lived", "Edit");
  await holds(phone, "short-lived");
  await phone.composer.fill("a long thought");
  await laptop.act("short-lived", "Delete");
  await laptop.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await phone.page.getByText("Your text is in the composer").waitFor();
  await holds(phone, "a long thought");
  await shoot(phone.page, "edit-kept");
  assertEquals(await phone.page.getByText("Editing your message").count(), 0);

  // From offline the edit itself arrives too late.
  await phone.goOffline();
  await phone.edit("gone as well", "another thought");
  await laptop.act("gone as well", "Delete");
  await laptop.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await phone.context.setOffline(false);
  await holds(phone, "a long thought\n\nanother thought");
  assertEquals(await phone.page.getByText("Not sent").count(), 0);
  return [laptop, phone];
});

browserTest(
  "a quotation shows a text that the page has not loaded",
  async (server) => {
    const token = await server.signIn("Scribe");
    const path = "/api/rooms/general/messages";
    const post = (body: object) => server.request(path, { method: "POST", token, body });
    await (await post({ message: "I agree", reply_to: 7 })).body?.cancel();
    const alice = await Visitor.at(server.url, "Alice");
    const row = alice.page.locator("article[data-seq]", { hasText: "I agree" });
    await row.locator(".quote", { hasText: /line 7\b/ }).waitFor();
    assertEquals(await alice.messages(/line 7\b/).count(), 1, "the message itself is not loaded");
    await shoot(alice.page, "quote");
    await row.locator(".quote").click();
    await alice.page.locator("article[data-seq='7']").waitFor();
    return [alice];
  },
  {},
  { room: "general", count: 400 },
);
