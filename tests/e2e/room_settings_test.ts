/** Changing, archiving and deleting a room, in a real browser. */
import { assertEquals } from "@std/assert";
import { browserTest, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

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
  const shoot = Deno.env.get("SHOTS");
  const shot = async (name: string) => {
    if (shoot) await olga.page.screenshot({ path: `${shoot}/${name}.png` });
  };

  await open();
  await olga.page.getByLabel("Name", { exact: true }).fill("design");
  await olga.page.getByLabel("Topic").fill("All about shapes");
  await olga.button("Save").click();
  await heading("design").waitFor({ state: "attached" });
  await shot("settings");
  await olga.button("Make private").click();
  await olga.page.getByText("Only the members will see this room.").waitFor();
  await shot("private");
  await olga.button("Cancel").click();
  await olga.button("Archive room").click();
  await olga.button("Restore from archive").waitFor();
  await olga.page.keyboard.press("Escape");
  await olga.page.getByText("This room is archived").waitFor();
  await shot("archived");

  await open();
  await olga.button("Delete room").click();
  assertEquals(await olga.button("Delete room").isDisabled(), true);
  await olga.page.getByLabel("To delete it, type its name").fill("design");
  await shot("delete");
  await olga.button("Delete room").click();
  await olga.page.getByText("Olga deleted #design.").waitFor();
  await heading("design").waitFor({ state: "detached" });
  return [olga];
});

/** Sends a request from the page. @returns The status. */
function fetchAs({ page }: Visitor, path: string, body: object): Promise<number> {
  return page.evaluate(async ([path, body]) => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(path, { method: "POST", headers, body });
    return response.status;
  }, [path, JSON.stringify(body)] as const);
}
