/** Changing, archiving and deleting a room, in a real browser. */
import { assertEquals } from "@std/assert";
import { SteppingClock } from "../support/server_fixture.ts";
import { browserTest, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

/** Takes a screenshot, where the variable `SHOTS` names a folder for them. */
async function shot({ page }: Visitor, name: string): Promise<void> {
  const folder = Deno.env.get("SHOTS");
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}

browserTest("a room is renamed, archived and deleted in its settings", async (server) => {
  const olga = await Visitor.open(server.ownerUrl);
  await olga.page.getByText("You're invited").waitFor();
  await olga.enterAs("Olga");
  const made = await fetchAs(olga, "/api/rooms", { room: "plans", kind: "public" });
  assertEquals(made, 201);
  await olga.page.goto(`${server.url}/#plans`);
  const heading = (name: string) => olga.page.getByRole("heading", { name, level: 1 });
  await heading("plans").waitFor();
  const open = () => olga.sheet("Settings");

  await open();
  await olga.page.getByLabel("Name", { exact: true }).fill("design");
  await olga.page.getByLabel("Topic").fill("All about shapes");
  await olga.button("Save").click();
  await heading("design").waitFor({ state: "attached" });
  await shot(olga, "settings");
  await olga.button("Make private").click();
  await olga.page.getByText("Only the members will see this room.").waitFor();
  await shot(olga, "private");
  await olga.button("Cancel").click();
  await olga.button("Archive room").click();
  await olga.button("Restore from archive").waitFor();
  await olga.page.keyboard.press("Escape");
  await olga.page.getByText("This room is archived").waitFor();
  await shot(olga, "archived");

  await open();
  await olga.button("Delete room").click();
  assertEquals(await olga.button("Delete room").isDisabled(), true);
  await olga.page.getByLabel("To delete it, type its name").fill("design");
  await shot(olga, "delete");
  await olga.button("Delete room").click();
  await olga.page.getByText("Olga deleted #design.").waitFor();
  await heading("design").waitFor({ state: "detached" });
  return [olga];
});

const clock = new SteppingClock();

browserTest(
  "old messages are deleted after a warning, also for a member who was offline",
  async (server) => {
    const olga = await Visitor.open(server.ownerUrl);
    await olga.page.getByText("You're invited").waitFor();
    await olga.enterAs("Olga");
    const bob = await Visitor.at(server.url, "Bob");
    await olga.say("An old secret");
    await bob.sees("An old secret");
    await bob.goOffline();
    clock.step(8 * 86_400_000);
    await olga.say("Something new");
    await olga.sheet("Settings");
    await olga.page.getByRole("radio", { name: "7 days" }).check();
    await olga.page.getByText("Everything older than 7 days is deleted").waitFor();
    await shot(olga, "retention-warning");
    await olga.button("Save").last().click();
    await olga.page.getByText("Everything older than 7 days").waitFor({ state: "detached" });
    await olga.page.getByRole("tab", { name: "About" }).click();
    await olga.page.getByText("Messages stay here for 7 days.").waitFor();
    await shot(olga, "retention-about");
    await olga.page.keyboard.press("Escape");
    await olga.page.getByText("Olga set how long messages stay: 7 days.").waitFor();
    await olga.page.getByText("kept: 7 d").waitFor();
    await olga.messages("An old secret").waitFor({ state: "detached" });
    await shot(olga, "retention-log");
    await bob.sees("An old secret");
    await bob.context.setOffline(false);
    await bob.sees("Something new");
    await bob.messages("An old secret").waitFor({ state: "detached" });
    // Its own storage has nothing of it either.
    await bob.goOffline();
    await bob.page.reload();
    await bob.sees("Something new");
    assertEquals(await bob.messages("An old secret").count(), 0);
    return [olga, bob];
  },
  {},
  undefined,
  clock,
);

/** Sends a request from the page. @returns The status. */
function fetchAs({ page }: Visitor, path: string, body: object): Promise<number> {
  return page.evaluate(async ([path, body]) => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(path, { method: "POST", headers, body });
    return response.status;
  }, [path, JSON.stringify(body)] as const);
}
