/** The statistics page of the owner. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { browserTest, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

browserTest("an owner sees the statistics, and others do not", async (server) => {
  const olga = await Visitor.open(server.ownerUrl);
  await olga.enterAs("Olga");
  await olga.button("Manage this server").click();
  await olga.page.getByRole("tab", { name: "Statistics" }).click();
  const row = (name: RegExp) => olga.page.getByRole("row", { name });
  await row(/^People online/).waitFor();
  assertMatch(await row(/^People online/).innerText(), /online\s+1\s+1\s+1/);
  assertMatch(await row(/^Memory/).innerText(), /\d MB/);
  await olga.page.getByText(/^Hubbub \d+\.\d+\.\d+, running since/).waitFor();

  // It keeps updating while open.
  const max = await Visitor.at(server.url, "Max");
  await row(/^People online 2 1 2/).waitFor();
  assertEquals(await max.button("Manage this server").count(), 0);
  return [olga, max];
});

browserTest("a deferred view that fails to load says so", async (server) => {
  // Otherwise it would have the file already.
  const olga = await Visitor.open(server.ownerUrl, { serviceWorkers: "block" });
  await olga.page.route(/deferred-.*\.js$/, (route) => route.fulfill({ status: 404 }));
  await olga.enterAs("Olga");
  await olga.button("Manage this server").click();
  await olga.page.getByRole("alert").getByText("couldn't be loaded").waitFor();
  await olga.page.unroute(/deferred-.*\.js$/);
  await olga.button("Reload page").click();
  await olga.isIn();
  await olga.button("Manage this server").click();
  await olga.page.getByRole("tab", { name: "Statistics" }).click();
  await olga.page.getByRole("row", { name: /^People online/ }).waitFor();
  return [olga];
});

browserTest(
  "deferred code whose files failed to load is loaded without a reload",
  async (server) => {
    const olga = await Visitor.open(server.ownerUrl, { serviceWorkers: "block" });
    // Each file fails once, as when the connection is down for a moment.
    const failed = new Set<string>();
    await olga.page.route(/deferred-.*\.js$/, (route) => {
      const url = route.request().url();
      if (failed.has(url)) return route.continue();
      failed.add(url);
      return route.abort();
    });
    await olga.enterAs("Olga");
    const alert = olga.page.getByRole("alert").getByText("couldn't be loaded");
    const tab = olga.page.getByRole("tab", { name: "Statistics" });
    const attempt = async () => {
      await olga.button("Manage this server").click();
      await alert.or(tab).waitFor();
      return await tab.isVisible();
    };
    for (let attempts = 1; !await attempt(); attempts++) {
      assert(attempts < 5, `${failed.size} files failed, each once`);
      await olga.page.keyboard.press("Escape");
      await alert.waitFor({ state: "detached" });
    }
    assert(failed.size > 1, [...failed].join());
    return [olga];
  },
);
