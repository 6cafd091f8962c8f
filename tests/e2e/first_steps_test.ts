/** The first five minutes: of an owner, and of a newcomer. */
import { assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import { png } from "../support/pictures.ts";
import { browserTest, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

const steps = (visitor: Visitor) => visitor.page.getByRole("region", { name: "The first five" });

browserTest(
  "an owner follows the checklist, which ticks itself and goes for good",
  async (server) => {
    const olga = await Visitor.open(server.ownerUrl);
    await olga.enterAs("Olga");
    const list = steps(olga);
    await list.getByText("5 steps are left.").waitFor();

    await list.getByRole("button", { name: "Make a link" }).click();
    const field = list.getByLabel("Invitation for everyone, valid for a week");
    await field.waitFor();
    const link = await field.inputValue();
    assertMatch(link, /#invite=/);
    await list.getByRole("img", { name: "Scan to open the link" }).waitFor();

    // A newcomer sees what this place is and who is here, and no checklist.
    const bob = await Visitor.open(link);
    await bob.enterAs("Bob");
    await bob.page.getByText("Welcome to Hubbub. 2 people are in this room. Online: Olga.")
      .waitFor();
    assertEquals(await steps(bob).count(), 0);
    await list.getByText("4 steps are left.").waitFor();

    await list.getByRole("button", { name: "Name it" }).click();
    await list.getByLabel("Name of this server").fill("The Müllers");
    await list.getByRole("button", { name: "Save" }).click();
    // The step is done once there is an icon too.
    await list.getByRole("button", { name: "Name it" }).click();
    await list.getByLabel("Icon of this server").setInputFiles({
      name: "icon.png",
      mimeType: "image/png",
      buffer: Buffer.from(png(600, 400)),
    });
    await list.getByText("3 steps are left.").waitFor();
    const shown = bob.page.locator('.brand img[src^="/server-icon-"]');
    await shown.waitFor();
    const path = await shown.getAttribute("src");
    assertEquals(await shown.evaluate((image: HTMLImageElement) => image.naturalWidth), 512);
    const favicon = bob.page.locator(`link[rel="icon"][href="${path}"]`);
    await favicon.waitFor({ state: "attached" });
    // Everyone sees it at once: in the sidebar, in the room, in the title.
    await bob.page.locator(".brand").getByText("The Müllers").waitFor();
    await bob.page.getByText("Welcome to The Müllers.").waitFor();
    assertMatch(await bob.page.title(), /The Müllers/);

    await list.getByRole("button", { name: "Add" }).click();
    const dialog = olga.page.getByRole("dialog");
    await dialog.getByLabel("New password").fill("correct horse battery staple");
    const stored = olga.page.waitForResponse(/\/api\/password$/);
    await dialog.getByRole("button", { name: "Set password" }).click();
    await stored;
    await olga.page.keyboard.press("Escape");
    await list.getByText("2 steps are left.").waitFor();

    await list.getByRole("button", { name: /Create rooms/ }).click();
    await dialog.getByLabel("Name", { exact: true }).fill("garden");
    await dialog.getByRole("button", { name: "Create room" }).click();
    await olga.page.getByRole("heading", { level: 1, name: "garden" }).waitFor();
    await olga.go(/general/);
    await list.getByText("1 step is left.").waitFor();

    // Hidden on all devices of this owner, also after a reload.
    const other = await olga.newTab(olga.page.url());
    await steps(other).waitFor();
    await list.getByRole("button", { name: "Hide this list" }).click();
    await steps(other).waitFor({ state: "detached" });
    await olga.page.reload();
    await olga.page.getByText("Welcome to The Müllers.").waitFor();
    assertEquals(await steps(olga).count(), 0);
    return [olga, other, bob];
  },
);
