/** The server's own emoji, and reactions with one click, in a real browser. */
import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { png } from "../support/pictures.ts";
import { isForEveryone } from "./support/axe.ts";
import { becomes, browserTest, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

/** The sizes of the pictures of own emoji that are shown, and their texts. */
function shown({ page }: Visitor) {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLImageElement>(".log .own-emoji")]
      .filter(({ complete, naturalWidth }) => complete && naturalWidth > 0)
      .map(({ alt }) => alt)
  );
}

browserTest("a moderator adds an emoji; others see, complete, pick and react with it", async (
  { url, ownerUrl },
) => {
  const olga = await Visitor.at(ownerUrl, "Olga");
  const bob = await Visitor.at(url, "Bob");
  await bob.say("ship :party_1: it, at 10:30:15");
  await olga.manage("Emoji");
  await olga.page.getByLabel("Name", { exact: true }).fill("Party_1");
  const buffer = Buffer.from(png(300, 150));
  await olga.page.getByLabel("Picture").setInputFiles({
    ...{ name: "party.png", mimeType: "image/png", buffer },
  });
  await olga.page.getByRole("button", { name: "Add emoji" }).click();
  const listed = olga.page.getByRole("listitem").filter({ hasText: ":party_1:" });
  await listed.waitFor();
  await isForEveryone(olga.page, "the server's own emoji");
  await becomes(
    bob.page,
    () =>
      [...document.querySelectorAll<HTMLImageElement>(".log .own-emoji")]
        .filter(({ naturalWidth }) => naturalWidth === 128).map(({ alt }) => alt).join(),
    ":party_1:",
  );
  // It completes, and stays a text.
  await bob.composer.fill("");
  await bob.composer.pressSequentially("yes :part");
  await bob.page.getByRole("option", { name: ":party_1:" }).waitFor();
  await bob.page.keyboard.press("Enter");
  await bob.page.keyboard.press("Enter");
  await olga.page.keyboard.press("Escape");
  await becomes(
    olga.page,
    () => document.querySelectorAll(".log .message .own-emoji").length,
    2,
  );
  // The picker has it, and the reaction shows it.
  await bob.messages("yes").hover();
  await bob.page.getByRole("button", { name: "React", exact: true }).click();
  await bob.page.getByRole("button", { name: "More emoji" }).click();
  await bob.page.getByRole("option", { name: ":party_1:" }).waitFor();
  await bob.page.getByRole("option", { name: ":party_1:" }).click();
  await olga.page.locator(".reaction .own-emoji").waitFor();
  // One click repeats what the user picks most.
  await bob.messages("ship").hover();
  await bob.page.getByRole("button", { name: "React with :party_1:" }).click();
  await becomes(olga.page, () => document.querySelectorAll(".reaction .own-emoji").length, 2);
  assert((await shown(bob)).includes(":party_1:"));
  // Without the emoji, the messages show its text.
  await olga.manage("Emoji");
  await listed.getByRole("button").click();
  await becomes(bob.page, () => document.querySelectorAll(".log .own-emoji").length, 0);
  assertEquals(await bob.messages("ship :party_1: it").count(), 1);
  return [olga, bob];
});
