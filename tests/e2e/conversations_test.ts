/** Conversations of several people, in a real browser. */
import { assertEquals } from "@std/assert";
import type { TestServer } from "../support/server.ts";
import { browserTest, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

const PHONE = { width: 390, height: 760 };

/** Members who share a room: each may add the others. */
async function acquainted(server: TestServer): Promise<readonly [Visitor, Visitor, Visitor]> {
  const ann = await Visitor.at(server.url, "Ann");
  const bob = await Visitor.at(server.url, "Bob", PHONE);
  const carla = await Visitor.at(server.url, "Carla");
  for (const one of [ann, bob, carla]) await enterTeam(one);
  return [ann, bob, carla];
}

async function enterTeam({ page }: Visitor): Promise<void> {
  await page.evaluate(async () => {
    const { token } = await (await fetch("/api/tickets", { method: "POST" })).json()
      .then(({ ticket }: { ticket: string }) => ({ token: ticket }));
    const socket = new WebSocket(`${location.origin.replace("http", "ws")}/ws?ticket=${token}`);
    await new Promise((resolve) => socket.onopen = resolve);
    socket.send(JSON.stringify({ type: "join", room: "team", key: "k" }));
    await new Promise<void>((resolve) => {
      socket.onmessage = ({ data }) => String(data).includes('"joined"') && resolve();
    });
    socket.close();
  });
}

const heading = ({ page }: Visitor, name: string) =>
  page.getByRole("heading", { level: 1, name, exact: true });

async function shot({ page }: Visitor, name: string): Promise<void> {
  const directory = Deno.env.get("SHOTS");
  if (directory) await page.screenshot({ path: `${directory}/groupchat-${name}.png` });
}

/** Chooses people under "New message": one from the list, the others by typing. */
async function choose(visitor: Visitor, first: string, ...others: readonly string[]) {
  const { page } = visitor;
  await visitor.button("New message").click();
  const dialog = page.getByRole("dialog", { name: "New message" });
  await dialog.getByRole("button", { name: first, exact: true }).click();
  const field = dialog.getByLabel("To", { exact: true });
  for (const name of others) await field.pressSequentially(`${name},`);
  return dialog;
}

browserTest("three people talk, one leaves, and the others give it a name", async (server) => {
  const [ann, bob, carla] = await acquainted(server);
  const dialog = await choose(ann, "Bob", "Carla");
  await dialog.getByText("They share one conversation").waitFor();
  await shot(ann, "dialog");
  await dialog.getByRole("button", { name: "Start conversation" }).click();
  await heading(ann, "Bob, Carla").waitFor();
  await ann.say("Lunch at one?");
  await shot(ann, "ann");

  // Bob, on a phone, finds it among the conversations, and it counts.
  await bob.button(/Show rooms and people/).click();
  const place = bob.page.getByRole("navigation").getByRole("button", { name: /^Ann, Carla/ });
  await place.getByText("1", { exact: true }).waitFor();
  await shot(bob, "phone-sidebar");
  await place.click();
  await heading(bob, "Ann, Carla").waitFor();
  await bob.sees("Lunch at one?");
  await bob.say("Yes, with pleasure");
  await shot(bob, "phone-log");

  // Carla starts the same conversation: it is the same.
  const again = await choose(carla, "Ann", "Bob");
  await again.getByRole("button", { name: "Start conversation" }).click();
  await heading(carla, "Ann, Bob").waitFor();
  await carla.sees("Yes, with pleasure");

  // Ann has no connection, and finds it all the same; her message is sent later.
  await ann.go(/^general/);
  await ann.goOffline();
  const offline = await choose(ann, "Carla", "Bob");
  await offline.getByRole("button", { name: "Start conversation" }).click();
  await heading(ann, "Bob, Carla").waitFor();
  await ann.write("I book a table");
  await ann.context.setOffline(false);
  await carla.sees("I book a table");

  await carla.sheet("About");
  await carla.page.getByText("It has no name").waitFor();
  assertEquals(await carla.page.getByRole("tab", { name: "Settings" }).count(), 0);
  await shot(carla, "sheet");
  await carla.button("Leave").click();
  await carla.page.getByText("You come back only if").waitFor();
  await carla.button("Leave").click();
  await heading(carla, "Ann, Bob").waitFor({ state: "detached" });
  await heading(bob, "Ann").waitFor();
  await heading(ann, "Bob").waitFor();

  await ann.sheet("Members");
  await ann.page.getByText("New people can read everything").waitFor();
  await shot(ann, "members");
  await ann.page.getByLabel("Add a person").last().fill("Carla");
  await ann.button("Add").click();
  await heading(ann, "Bob, Carla").waitFor();
  await carla.page.getByRole("navigation").getByRole("button", { name: /^Ann, Bob/ }).waitFor();

  await bob.sheet("About");
  await bob.page.getByLabel("Name", { exact: true }).fill("Lunch club");
  await shot(bob, "phone-sheet");
  await bob.button("Give it a name").click();
  await bob.page.getByRole("tab", { name: "Settings" }).waitFor();
  await heading(ann, "Lunch-club").waitFor();
  await ann.page.getByRole("navigation").getByRole("button", { name: /^Lunch-club/ }).waitFor();
  await ann.sees("I book a table");
  await shot(ann, "named");
  return [ann, bob, carla];
});

browserTest("someone who knows nobody is asked first", async (server) => {
  const ann = await Visitor.at(server.url, "Ann");
  const bob = await Visitor.at(server.url, "Bob");
  const eve = await Visitor.at(server.url, "Eve");
  for (const one of [ann, bob]) await enterTeam(one);
  const dialog = await choose(ann, "Bob", "Eve");
  await dialog.getByRole("button", { name: "Start conversation" }).click();
  await heading(ann, "Bob").waitFor();
  await ann.page.getByText("Asked to join: Eve.").waitFor();
  await eve.page.getByText("You're invited to a conversation with Ann, Bob").waitFor();
  await shot(eve, "invitation");
  await eve.button("Accept").click();
  await heading(eve, "Ann, Bob").waitFor();
  await heading(ann, "Bob, Eve").waitFor();
  return [ann, bob, eve];
});
