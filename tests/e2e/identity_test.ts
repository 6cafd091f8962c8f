/** A message written offline reaches the room or user it was written for, or nobody. */
import { Buffer } from "node:buffer";
import { assertEquals } from "@std/assert";
import type { Peer } from "../support/peer.ts";
import type { TestServer } from "../support/server.ts";
import { browserTest, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

/** The server's owner, connected without a page. */
async function ownerOf(server: TestServer): Promise<Peer> {
  const invite = new URL(server.ownerUrl).hash.replace("#invite=", "");
  const body = { name: "Olga", invite };
  const response = await server.request("/api/session", { method: "POST", body });
  return await server.member((await response.json()).token);
}

/** Invites Alice to a room of the owner, and waits until her page has it. */
async function letIn(alice: Visitor, owner: Peer, room: string): Promise<void> {
  await owner.ask({ type: "create_room", room, kind: "private", key: "made" });
  await owner.ask({ type: "invite", room, name: "Alice", key: "let in" });
  // They share no room yet, so Alice is asked first.
  await alice.page.getByText(`You're invited to #${room}`).waitFor();
  await alice.button("Accept").click();
  await alice.page.getByRole("heading", { level: 1, name: room }).waitFor();
}

/** The unsent message with a text. */
function unsent(visitor: Visitor, text: string) {
  return visitor.page.locator("article.refused", { hasText: text });
}

browserTest(
  "messages for a private room stay unsent if the user was removed meanwhile",
  async (server) => {
    const alice = await Visitor.at(server.url, "Alice");
    const owner = await ownerOf(server);
    const eve = await server.guest("Eve");
    await letIn(alice, owner, "Secret");
    await alice.say("the plan");
    await alice.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");

    await alice.goOffline();
    await alice.edit("the plan", "a better plan");
    await alice.page.getByText("Waiting to be sent").first().waitFor();
    await alice.act("a better plan", "React with 👍");
    await alice.page.locator("input[type=file]").setInputFiles({
      name: "map.txt",
      mimeType: "text/plain",
      buffer: Buffer.from("x marks the spot"),
    });
    await alice.page.getByText("map.txt").waitFor();
    await alice.write("for members only");
    await owner.ask({ type: "kick", room: "Secret", name: "Alice", key: "out" });

    await alice.context.setOffline(false);
    const message = unsent(alice, "for members only");
    await message.getByText("Not sent: You're no longer in this room").waitFor();
    await unsent(alice, "Your edit of:").getByText("the plan", { exact: false }).first().waitFor();
    await unsent(alice, "Your reaction 👍 to:").waitFor();
    assertEquals(await alice.button("Try again").count(), 0);

    await alice.page.reload();
    await alice.page.getByRole("navigation").getByRole("button", { name: /Secret/ }).click();
    await message.getByText("Not sent: You're no longer in this room").waitFor();
    // It had no effect: no other room has this name, and nobody received anything.
    await eve.sync();
    const listed = await eve.ask({ type: "list_rooms", key: "rooms" });
    assertEquals("rooms" in listed && listed.rooms.map(({ room }) => room), ["general"]);
    assertEquals(JSON.stringify(eve.frames).includes("members only"), false);

    await alice.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await message.getByRole("button", { name: "Copy text" }).click();
    await message.getByRole("button", { name: "Copied" }).waitFor();
    const copied = await alice.page.evaluate("navigator.clipboard.readText()");
    assertEquals(copied, "for members only");
    await alice.button("Discard and close").click();
    await alice.page.getByRole("navigation").getByRole("button", { name: /Secret/ })
      .waitFor({ state: "detached" });
    await owner.close();
    await eve.close();
    return [alice];
  },
);

browserTest(
  "a draft survives the user's removal, online and offline",
  async (server) => {
    const alice = await Visitor.at(server.url, "Alice");
    const owner = await ownerOf(server);
    await owner.ask({ type: "join", room: "general", key: "in" });
    await letIn(alice, owner, "Secret");
    await alice.composer.fill("half a thought");
    await owner.ask({ type: "kick", room: "Secret", name: "Alice", key: "out" });
    const thought = unsent(alice, "half a thought");
    await thought.getByText("Not sent: You're no longer in this room").waitFor();
    await thought.getByRole("button", { name: "Copy text" }).waitFor();

    await alice.go(/general/);
    await alice.page.getByRole("heading", { level: 1, name: "general" }).waitFor();
    await alice.goOffline();
    await alice.composer.fill("another one");
    await owner.ask({ type: "kick", room: "general", name: "Alice", key: "out too" });
    await alice.context.setOffline(false);
    const other = unsent(alice, "another one");
    await other.getByText("You're no longer in this room").waitFor();
    // After rejoining, the user decides again whether to send it.
    await alice.page.getByRole("button", { name: /Rejoin/ }).click();
    await alice.composer.waitFor();
    assertEquals(await alice.composer.inputValue(), "");
    await other.getByRole("button", { name: "Discard" }).click();
    await other.waitFor({ state: "detached" });

    await alice.page.reload();
    await alice.go(/Secret/);
    await thought.waitFor();
    await alice.button("Discard and close").click();
    await alice.page.getByRole("navigation").getByRole("button", { name: /Secret/ })
      .waitFor({ state: "detached" });
    await owner.close();
    return [alice];
  },
  { "kick-minutes": 0 },
);

browserTest(
  "a user removed from a public room while offline rejoins only by their own action",
  async (server) => {
    const alice = await Visitor.at(server.url, "Alice");
    const owner = await ownerOf(server);
    await owner.ask({ type: "join", room: "general", key: "in" });
    await alice.goOffline();
    await alice.write("I was not there any more");
    await owner.ask({ type: "kick", room: "general", name: "Alice", key: "out" });
    await alice.context.setOffline(false);

    const message = unsent(alice, "I was not there any more");
    await message.getByText("You're no longer in this room").waitFor();
    const members = await owner.ask({ type: "list_members", room: "general", key: "who" });
    assertEquals("members" in members && members.members, ["Olga"]);

    await alice.page.getByRole("button", { name: /Rejoin/ }).click();
    await alice.composer.waitFor();
    await message.getByRole("button", { name: "Try again" }).click();
    await alice.sees("I was not there any more");
    await owner.close();
    return [alice];
  },
  { "kick-minutes": 0 },
);

browserTest(
  "a message to a guest who has left reaches no other user of the name",
  async (server) => {
    const alice = await Visitor.at(server.url, "Alice");
    const first = await server.guest("Gast");
    await alice.writeTo("Gast");
    await alice.say("Hello");
    await alice.goOffline();
    await alice.write("only for the first");
    await first.close();
    const second = await server.guest("Gast");
    await alice.context.setOffline(false);

    const message = unsent(alice, "only for the first");
    await message.getByText("Not sent: Gast has left").waitFor();
    await alice.page.getByText("Gast has left. You can still read this conversation").waitFor();
    await alice.sees("Hello");
    await second.sync();
    assertEquals(JSON.stringify(second.frames).includes("only for"), false);

    // The current user of the name is a different one, in another conversation.
    await alice.page.locator(".places.people").getByTitle("About Gast").click();
    await alice.button("Send a direct message").click();
    await alice.say("Hello to the second");
    await second.next((frame) => JSON.stringify(frame).includes("Hello to the second"));
    const both = alice.page.getByRole("navigation").locator(".place", { hasText: "Gast" })
      .filter({ hasNot: alice.page.locator(".presence-word") });
    assertEquals(await both.count(), 2);
    await both.filter({ hasText: "left" }).click();
    await alice.sees("Hello");
    await message.getByRole("button", { name: "Discard" }).click();
    await alice.button("Close conversation").first().click();
    await both.nth(1).waitFor({ state: "detached" });
    await second.close();
    return [alice];
  },
);

browserTest(
  "an edit written for another history changes no other message",
  async (server) => {
    const alice = await Visitor.at(server.url, "Alice");
    await alice.say("first");
    // The server's history is rolled back while the connection is down: later frames say so.
    const past = { epoch: "" };
    await alice.page.routeWebSocket(/\/ws/, (socket) => {
      const other = past.epoch;
      const upstream = socket.connectToServer();
      upstream.onMessage((data) =>
        socket.send(
          other === "" ? data : String(data).replaceAll(/"epoch":"[^"]+"/g, `"epoch":"${other}"`),
        )
      );
    });
    await alice.page.reload();
    await alice.sees("first");
    await alice.goOffline();
    await alice.edit("first", "changed offline");
    await alice.messages("changed offline").getByText("Waiting to be sent").waitFor();
    past.epoch = "another";
    await alice.context.setOffline(false);

    const edit = unsent(alice, "changed offline");
    await edit.getByText("no longer exists on this server").waitFor();
    await edit.getByText("Your edit of:").waitFor();
    await edit.getByText("first", { exact: true }).waitFor();
    await alice.page.getByText("This server was restored from a backup.").waitFor();
    await alice.sees("first");
    await edit.getByRole("button", { name: "Discard" }).click();
    await edit.waitFor({ state: "detached" });
    return [alice];
  },
);

browserTest("leaving a private room as its last member shows a warning", async (server) => {
  const alice = await Visitor.at(server.url, "Alice");
  await alice.button("Create a room").click();
  await alice.page.getByLabel("Name", { exact: true }).fill("attic");
  await alice.page.getByLabel(/Only invited people/).check();
  await alice.button("Create room").click();
  await alice.page.getByRole("heading", { level: 1, name: "attic" }).waitFor();
  await alice.sheet("About");
  await alice.button("Leave").click();
  await alice.page.getByRole("dialog").getByText("You're the last member").waitFor();
  await alice.button("Leave").click();
  await alice.page.getByRole("navigation").getByRole("button", { name: /attic/ })
    .waitFor({ state: "detached" });

  // Its address neither creates nor offers a room.
  await alice.go(/general/);
  await alice.page.goto(`${server.url}/#/attic`);
  await alice.page.getByText("There's no room #attic").waitFor();
  assertEquals(await alice.page.locator(".banner").getByRole("button").allInnerTexts(), [
    "Dismiss",
  ]);

  // An owner finds it among the rooms, and recovers it.
  const olga = await Visitor.open(server.ownerUrl);
  await olga.enterAs("Olga");
  await olga.button("Browse public rooms").click();
  await olga.page.getByRole("dialog").getByText("no members left").waitFor();
  await olga.page.getByRole("button", { name: "Recover attic" }).click();
  await olga.page.getByRole("heading", { level: 1, name: "attic" }).waitFor();
  return [alice, olga];
});
