/** The server's own emoji, and reactions with one click, in a real browser. */
import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { png } from "../support/pictures.ts";
import { isForEveryone } from "./support/axe.ts";
import { becomes, browserTest, shoot, useBrowser, Visitor } from "./support/browser.ts";

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

browserTest("who has reacted is told by a long press, by the keyboard and in the menu", async (
  server,
) => {
  const alice = await Visitor.at(server.url, "Alice");
  await alice.say("cake at four");
  for (const name of ["Ben", "Cleo", "Dana", "Emil", "Fay"]) {
    const token = await server.signIn(name);
    for (const emoji of name === "Fay" ? ["👍", "🎉"] : ["👍"]) {
      const path = `/api/rooms/general/messages/1/reactions/${encodeURIComponent(emoji)}`;
      await server.request(path, { method: "PUT", token });
    }
  }
  const { page } = alice;
  const dialog = page.getByRole("dialog", { name: "Reactions" });
  const names = dialog.getByRole("listitem");
  const reads = async (tab: string, ...expected: readonly string[]) => {
    await dialog.getByRole("tab", { name: tab, selected: true }).waitFor();
    await names.nth(expected.length - 1).waitFor();
    assertEquals(await names.getByRole("button").allTextContents(), expected);
  };
  // By the keyboard: the key of the context menu.
  const reaction = page.getByRole("button", { name: /^👍 \d by/ });
  await reaction.press("ContextMenu");
  await reads("👍 5", "Ben", "Cleo", "Dana", "Emil", "Fay");
  await isForEveryone(page, "who has reacted");
  await shoot(page, "reactors");
  await dialog.getByRole("tab", { name: "👍 5" }).press("ArrowRight");
  await reads("🎉 1", "Fay");
  // It follows what happens meanwhile.
  const token = await server.signIn("Gil");
  const party = `/api/rooms/general/messages/1/reactions/${encodeURIComponent("🎉")}`;
  await server.request(party, { method: "PUT", token });
  await reads("🎉 2", "Fay", "Gil");
  await page.keyboard.press("Escape");
  await reaction.and(page.locator(":focus")).waitFor();
  // From the menu of the message.
  await alice.act("cake", "Who reacted");
  await reads("👍 5", "Ben", "Cleo", "Dana", "Emil", "Fay");
  await names.getByRole("button", { name: "Cleo" }).click();
  await page.getByRole("dialog", { name: "Cleo" }).waitFor();

  // By touch: the finger that is lifted does not react.
  const hugo = await Visitor.open(server.url, {
    ...{ viewport: { width: 390, height: 760 }, hasTouch: true, isMobile: true },
  });
  await hugo.enterAs("Hugo");
  const touched = hugo.page.getByRole("button", { name: /^👍 \d by/ });
  const { x, y } = (await touched.boundingBox())!;
  const touch = await hugo.context.newCDPSession(hugo.page);
  const point = { x: x + 12, y: y + 12 };
  await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [point] });
  await hugo.page.getByRole("dialog", { name: "Reactions" }).getByText("Emil").waitFor();
  await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await shoot(hugo.page, "reactors-phone");
  await hugo.button("Close").click();
  assertEquals(await touched.getAttribute("aria-pressed"), "false");
  await touched.tap();
  await hugo.page.getByRole("button", { name: /^👍 \d by.*/, pressed: true }).waitFor();
  return [alice, hugo];
});
