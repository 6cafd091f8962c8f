/** The statistics page of the owner. */
import { assertEquals, assertMatch } from "@std/assert";
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
