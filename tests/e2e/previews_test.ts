/** Previews of links, in a real browser. */
import { assert, assertEquals } from "@std/assert";
import { png } from "../support/pictures.ts";
import { type Site, startSite } from "../support/site.ts";
import { isForEveryone } from "./support/axe.ts";
import { becomes, browserTest, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

const SETTINGS = { "link-previews": ["127.0.0.1"] };

/** A site with a page that has a wide picture, and one that has none. */
function siteWithPages(): Site {
  const site = startSite();
  site.page(
    "/harbour",
    `<title>How the harbour got its lighthouse</title>
    <meta property="og:description" content="Two hundred years of storms, keepers and lamps.">
    <meta property="og:image" content="/wide.png">`,
  );
  site.page("/plain", "<title>A plain page &lt;b&gt;</title>");
  site.set(
    "/wide.png",
    () => new Response(png(600, 315), { headers: { "content-type": "image/png" } }),
  );
  return site;
}

/** The preview under a message. */
function previewIn({ page }: Visitor, title: RegExp) {
  return page.getByRole("complementary", { name: title });
}

browserTest("a link gets a card, from this server alone, which its author removes", async (
  { url },
) => {
  await using site = siteWithPages();
  const alice = await Visitor.at(url, "Alice");
  const bob = await Visitor.at(url, "Bob", { width: 390, height: 780 });
  const hosts = new Set<string>();
  bob.page.on("request", (request) => hosts.add(new URL(request.url()).host));
  await alice.say(`Look: ${site.url}/harbour`);
  const card = previewIn(bob, /lighthouse/);
  await card.getByText("Two hundred years").waitFor();
  await bob.page.waitForFunction(() => {
    const image = document.querySelector<HTMLImageElement>(".link-preview img");
    return image !== null && image.complete && image.naturalWidth === 600;
  });
  assertEquals([...hosts], [new URL(url).host], "no reader asks another host");
  const link = card.getByRole("link");
  assertEquals(await link.getAttribute("href"), `${site.url}/harbour`);
  assertEquals(await link.getAttribute("rel"), "noopener noreferrer nofollow");
  const box = await card.boundingBox();
  assert(box !== null && box.x >= 0 && box.x + box.width <= 390, JSON.stringify(box));
  assertEquals(await card.getByRole("button").count(), 0, "only the author removes it");
  await isForEveryone(bob.page, "a preview on a phone");
  await isForEveryone(alice.page, "a preview");
  // It is there after a reload, too.
  await bob.page.reload();
  await card.waitFor();
  await alice.messages("Look").hover();
  await previewIn(alice, /lighthouse/).getByRole("button", { name: "Remove the preview" }).click();
  await card.waitFor({ state: "detached" });
  await bob.sees("Look");
  return [alice, bob];
}, SETTINGS);

browserTest("a text of a page is no markup, and a room does without previews", async (
  { ownerUrl },
) => {
  await using site = siteWithPages();
  const alice = await Visitor.at(ownerUrl, "Alice");
  await alice.say(`${site.url}/plain`);
  await previewIn(alice, /A plain page <b>/).waitFor();
  assertEquals(await alice.page.locator(".link-preview b").count(), 0);
  await alice.edit(`${site.url}/plain`, "nothing to see");
  await becomes(alice.page, () => document.querySelectorAll(".link-preview").length, 0);
  await alice.page.locator(".room-name").click();
  await alice.page.getByRole("tab", { name: "Settings" }).click();
  await alice.page.getByRole("checkbox", { name: /^Link previews/ }).uncheck();
  await alice.page.keyboard.press("Escape");
  await alice.page.getByText("Alice turned link previews off.").waitFor();
  await alice.say(`${site.url}/harbour`);
  await alice.say("later");
  assertEquals(site.seen.filter((path) => path === "/harbour"), []);
  return [alice];
}, SETTINGS);
