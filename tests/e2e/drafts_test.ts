/** Drafts in a real browser: the same on all devices of a user, also of those who were offline. */
import { assertEquals } from "@std/assert";
import { browserTest, holds, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

browserTest("a draft is the same on all devices, and gone once it is sent", async ({ url }) => {
  const laptop = await Visitor.at(url, "Ada");
  const phone = await laptop.otherDevice(url);
  await laptop.composer.fill("almost rea");
  await holds(phone, "almost rea");
  await phone.composer.fill("almost ready");
  await holds(laptop, "almost ready");
  await phone.composer.press("Enter");
  await laptop.sees("almost ready");
  await holds(laptop, "");
  assertEquals(await laptop.messages("almost ready").count(), 1);

  // A device that is opened later has it too; an edit in progress as well.
  await laptop.act("almost ready", "Edit");
  await holds(laptop, "almost ready");
  await laptop.composer.fill("quite ready");
  const saved = laptop.page.waitForResponse((response) => response.url().endsWith("/draft"));
  await saved;
  const tablet = await laptop.otherDevice(url);
  await tablet.page.getByText("Editing your message").waitFor();
  await holds(tablet, "quite ready");
  await tablet.composer.press("Enter");
  await laptop.sees("quite ready");
  await holds(laptop, "");
  assertEquals(await laptop.page.getByText("Editing your message").count(), 0);
  return [laptop, phone, tablet];
});

browserTest("a draft from offline follows later, and brings back nothing", async ({ url }) => {
  const laptop = await Visitor.at(url, "Ada");
  const phone = await laptop.otherDevice(url);
  await laptop.composer.fill("from the laptop");
  await holds(phone, "from the laptop");
  await phone.goOffline();
  await laptop.composer.press("Enter");
  await laptop.sees("from the laptop");
  await phone.context.setOffline(false);
  await phone.sees("from the laptop");
  await holds(phone, "");
  await holds(laptop, "");

  await laptop.goOffline();
  await laptop.composer.fill("written in the train");
  await laptop.context.setOffline(false);
  await holds(phone, "written in the train");
  return [laptop, phone];
});
