/** A moderator's view of webhooks. */
import { assertEquals, assertMatch } from "@std/assert";
import { browserTest, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

browserTest("a moderator makes, copies, resumes and removes webhooks", async (server) => {
  // The receiver wants nothing for now.
  let status = 410;
  const received: string[] = [];
  const waiting = Promise.withResolvers<void>();
  await using receiver = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (r) => {
      received.push(`${status} ${(await r.json()).message}`);
      if (status === 204) waiting.resolve();
      return new Response(null, { status });
    },
  );
  const olga = await Visitor.open(server.ownerUrl);
  await olga.enterAs("Olga");
  const { page } = olga;
  const show = async () => {
    await olga.button("Manage this server").click();
    await page.getByRole("tab", { name: "Webhooks" }).click();
  };
  const rows = page.getByRole("dialog").getByRole("listitem");

  await show();
  await page.getByText("No webhooks yet.").waitFor();
  await page.getByLabel("Name", { exact: true }).fill("Deploys");
  await olga.button("Create a webhook").click();
  const address = await page.getByLabel(/address, shown only once/).inputValue();
  assertMatch(address, /^http:\/\/.*\/hooks\/[\w-]{43}$/);
  await page.screenshot({ path: "/tmp/nc18/a.png" });
  await rows.filter({ hasText: /Deploys.*Incoming: .*general.*by .*Olga/s }).waitFor();
  const post = async (body: string) => {
    const response = await fetch(address, { method: "POST", body });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await post("Green"), 200);
  await olga.sees("Green");

  await page.getByRole("radio", { name: "Outgoing" }).check();
  const url = `http://127.0.0.1:${receiver.addr.port}/chat`;
  await page.getByLabel("Receiver address").fill(url);
  await page.getByLabel("Name", { exact: true }).fill("Archive");
  await olga.button("Create a webhook").click();
  assertMatch(await page.getByLabel(/secret, shown only once/).inputValue(), /^whsec_/);
  await rows.filter({ hasText: /Archive.*Outgoing: .*http.*general/s }).waitFor();
  await page.keyboard.press("Escape");
  await olga.say("For the archive");
  // The bot of the webhook tells its moderators.
  await page.getByText("Archive").first().waitFor();

  await show();
  await rows.filter({ hasText: "Paused since" }).waitFor();
  await page.screenshot({ path: "/tmp/nc18/b.png" });
  status = 204;
  await olga.button(/^Resume/).click();
  await olga.button(/^Resume/).waitFor({ state: "detached" });
  await waiting.promise;
  assertEquals(received, ["410 For the archive", "204 For the archive"]);

  await olga.button(/^Remove\s*Deploys/).click();
  await rows.filter({ hasText: "Deploys" }).waitFor({ state: "detached" });
  assertEquals(await post("Red"), 404);
  return [olga];
}, { "hook-networks": ["127.0.0.1"] });
