/** The page without a network, with one that comes and goes, and with one that is silent. */
import { assertEquals } from "@std/assert";
import { browserTest, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

/** Waits until the page can do without the server. */
async function isKept({ page }: Visitor): Promise<void> {
  await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
}

browserTest(
  "what is written offline is sent once by the next tab, whatever became of the first",
  async ({ url }) => {
    const alice = await Visitor.at(url, "Alice");
    const bob = await Visitor.at(url, "Bob");
    await alice.say("before");
    await bob.sees("before");
    await isKept(alice);
    await alice.context.setOffline(true);
    await alice.status("Offline");
    await alice.write("one");
    await alice.write("two");
    await alice.messages("two").getByText("Waiting to be sent").waitFor();
    await alice.page.reload();
    await alice.sees("before");
    await alice.messages("two").getByText("Waiting to be sent").waitFor();
    await alice.write("three");
    await alice.messages("three").getByText("Waiting to be sent").waitFor();
    await alice.page.screenshot({ path: "/tmp/keep-offline.png" });
    await alice.page.close();
    await alice.context.setOffline(false);
    const next = await alice.newTab(url);
    for (const text of ["one", "two", "three"]) {
      await next.sees(text);
      await bob.sees(text);
    }
    await next.say("after");
    await bob.sees("after");
    const texts = await bob.page.locator("article .text").allInnerTexts();
    assertEquals(texts, ["before", "one", "two", "three", "after"]);
    return [next, bob];
  },
);
