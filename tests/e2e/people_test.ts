/** Signing in, accounts and moderation, in a real browser. */
import { assertEquals } from "@std/assert";
import { SteppingClock } from "../support/server_fixture.ts";
import { browserTest, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

/** Adds a virtual authenticator that always confirms: passkeys without user interaction. */
async function addAuthenticator({ context, page }: Visitor): Promise<void> {
  const session = await context.newCDPSession(page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

/** Opens the owner's link, and picks a name. */
async function own(ownerUrl: string, name: string): Promise<Visitor> {
  const owner = await Visitor.open(ownerUrl);
  await owner.page.getByText("You're invited").waitFor();
  assertEquals(new URL(owner.page.url()).hash, "");
  await owner.enterAs(name);
  return owner;
}

/** Creates an invitation and returns its link. */
async function invite(host: Visitor): Promise<string> {
  await host.manage("Invitations");
  await host.button("Create an invitation").click();
  const link = await host.page.getByLabel("Link, shown only once").inputValue();
  await host.page.keyboard.press("Escape");
  return link;
}

/** Signs in on another device by a device link. */
async function handOver(person: Visitor): Promise<string> {
  await person.page.getByRole("button", { name: /\(your account\)/ }).click();
  await person.page.getByRole("tab", { name: "Devices" }).click();
  await person.button("Add another device").click();
  await person.page.getByRole("img", { name: "QR code of the link" }).waitFor();
  const link = await person.page.getByLabel("Link for the other device").inputValue();
  await person.page.keyboard.press("Escape");
  return link;
}

browserTest("the whole path: owner, invitation, passkey, second device, ban", async (server) => {
  const olga = await own(server.ownerUrl, "Olga");
  await olga.page.locator(".me").getByText("owner").waitFor();

  const bob = await Visitor.open(server.url);
  await bob.isOut("You need an invitation link.");
  const link = await invite(olga);
  await bob.page.goto(link);
  await bob.isOut("Olga invites you to Hubbub.");
  await bob.enterAs("Bob");
  await bob.say("Hello Olga");
  await olga.sees("Hello Olga");

  const latecomer = await Visitor.open(link);
  await latecomer.page.getByLabel("Your name").fill("Late");
  await latecomer.button("Start chatting").click();
  await latecomer.isOut("This invitation has been used, has expired or was revoked.");

  await addAuthenticator(bob);
  await bob.button("add a passkey").click();
  await bob.button("Add a passkey").click();
  await bob.page.getByText("Chrome").first().waitFor();
  await bob.page.keyboard.press("Escape");
  await bob.button("add a passkey").waitFor({ state: "detached" });
  // With a passkey there is nothing to ask.
  await bob.signOut();
  await bob.button("Sign in with a passkey").click();
  await bob.isIn();
  await bob.sees("Hello Olga");

  const phone = await Visitor.open(await handOver(bob), {
    viewport: { width: 375, height: 700 },
  });
  await phone.isIn();
  await phone.say("From my phone");
  await bob.sees("From my phone");

  await olga.meet("Bob");
  await olga.button("Ban…").click();
  await olga.page.getByLabel("Reason").fill("Too loud");
  await olga.button("Ban").click();
  for (const out of [bob, phone]) await out.isOut("You've been banned from this server: Too loud");
  await bob.button("Sign in with a passkey").click();
  await bob.isOut("You've been banned from this server.");
  await bob.page.reload();
  await bob.isOut("You need an invitation link.");
  await olga.button("Manage this server").click();
  await olga.page.getByRole("tab", { name: "Bans" }).click();
  await olga.page.getByText("Too loud").waitFor();
  await olga.page.getByRole("tab", { name: "Log" }).click();
  await olga.page.getByRole("listitem").filter({ hasText: "Olga banned Bob" }).waitFor();
  return [olga, bob, latecomer, phone];
}, { "sign-up": "invite" });

browserTest("a signed-in user opens the owner's link and becomes owner", async (server) => {
  const olga = await Visitor.at(server.url, "Olga");
  await olga.page.goto(server.ownerUrl);
  await olga.page.getByRole("status").getByText(/You now own /).waitFor();
  await olga.page.locator(".me").getByText("owner").waitFor();

  const bob = await Visitor.at(server.url, "Bob");
  await olga.meet("Bob");
  await olga.button("Make moderator").click();
  await bob.page.getByText("Your role is now moderator.").waitFor();
  await bob.button("Manage this server").waitFor();
  return [olga, bob];
});

browserTest(
  "a guest's name is marked, and distinguished from an earlier guest's",
  async (server) => {
    const alice = await Visitor.at(server.url, "Alice");
    const first = await server.guest("Gast");
    first.send({ type: "join", room: "general", key: "j" });
    await first.take("joined");
    first.send({ type: "room_message", room: "general", message: "I am the first" });
    const byline = (text: string) => alice.messages(text).locator(".byline");
    await byline("I am the first").getByText("guest", { exact: true }).waitFor();
    await first.close();
    await byline("I am the first").getByText("earlier guest").waitFor();

    const second = await server.guest("Gast");
    second.send({ type: "join", room: "general", key: "j" });
    await second.take("joined");
    second.send({ type: "room_message", room: "general", message: "I am the second" });
    await byline("I am the second").getByText("guest", { exact: true }).waitFor();
    await byline("I am the first").getByText("earlier guest").waitFor();
    await byline("I am the first").getByRole("button", { name: "Gast" }).click();
    await alice.page.getByRole("dialog").getByText("Anyone using the name now").waitFor();
    // The focus returns to the name.
    await alice.button("Close").click();
    await alice.page.waitForFunction(() => document.activeElement?.matches("article .name"));
    await second.close();
    return [alice];
  },
);

browserTest(
  "moderators lock, slow, mute, remove and delete; members see it at once",
  async (server) => {
    const olga = await own(server.ownerUrl, "Olga");
    const bob = await Visitor.at(server.url, "Bob");
    await bob.say("A rude word");
    await olga.act("A rude word", "Delete");
    await olga.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await bob.messages("This message was deleted.").waitFor();

    await olga.sheet("Settings");
    // New people join this room: there is nothing by which they would lose it.
    await olga.page.getByText("New people join this room first").waitFor();
    assertEquals(await olga.button("Archive room").count(), 0);
    await olga.page.getByLabel("Locked").check();
    await bob.page.getByText("This room is locked").waitFor();
    await olga.page.getByLabel("Locked").uncheck();
    await olga.page.getByRole("radio", { name: "5 min" }).check();
    await bob.page.getByText("one message every 5 min").waitFor();
    await bob.say("One at a time");
    await bob.page.getByText(/you can write again in [45]:/).waitFor();
    await olga.page.getByRole("radio", { name: "Off" }).check();
    await bob.say("And another");
    await olga.page.keyboard.press("Escape");

    await olga.meet("Bob");
    await olga.button("Mute for 10 minutes").waitFor();
    assertEquals(await olga.button("Unmute").count(), 0, "Bob is not muted");
    await olga.button("Mute for 10 minutes").click();
    await bob.page.getByText("You're muted until").waitFor();
    await olga.meet("Bob");
    await olga.page.getByText(/^Muted until .*, by Olga\.$/).waitFor();
    assertEquals(await olga.button("Mute for 10 minutes").count(), 0, "Bob is muted");
    await olga.button("Unmute").click();
    await bob.composer.waitFor();

    await olga.meet("Bob");
    await olga.button("Remove from #general…").click();
    await olga.page.getByText("They stay in all other rooms").waitFor();
    await olga.button("Remove").click();
    await bob.page.getByText("Olga removed you from #general.").waitFor();
    await olga.page.getByText("1 member", { exact: true }).waitFor();
    return [olga, bob];
  },
);

browserTest(
  "a blocked user cannot write; a password signs in again under a name",
  async (server) => {
    const alice = await Visitor.at(server.url, "Alice");
    const bob = await Visitor.at(server.url, "Bob");
    await alice.meet("Bob");
    await alice.button("Block").click();
    await alice.page.getByText("You've blocked Bob.").waitFor();
    await bob.writeTo("Alice");
    await bob.write("Why?");
    await bob.messages("Why?").getByText("Not sent: You can't message this person.").waitFor();
    await bob.button("Discard").click();
    await alice.page.getByRole("button", { name: /\(your account\)/ }).click();
    await alice.page.getByRole("tab", { name: "Blocked" }).click();
    await alice.button("Unblock Bob").click();
    await alice.page.getByText("You haven't blocked anyone").waitFor();
    await alice.page.getByRole("tab", { name: "Sign-in" }).click();
    await alice.page.getByLabel("New password").fill("correct horse");
    await alice.button("Set password").click();
    await alice.page.getByText("Your password is set.").waitFor();
    await alice.page.keyboard.press("Escape");
    await bob.say("Hello again");

    await alice.signOut();
    await alice.page.getByLabel("Your name").fill("Alice");
    await alice.page.getByLabel("Password").fill("correct horse");
    await alice.button("Sign in").click();
    await alice.isIn();
    return [alice, bob];
  },
);

browserTest("a device signed out from another one is signed out, and says so", async (server) => {
  const alice = await Visitor.at(server.url, "Alice");
  const phone = await Visitor.open(await handOver(alice));
  await phone.isIn();
  await alice.page.getByRole("button", { name: /\(your account\)/ }).click();
  await alice.page.getByRole("tab", { name: "Devices" }).click();
  await alice.button(/^Sign out Chrome/).click();
  await phone.isOut("You've been signed out.");
  await alice.button(/^Sign out Chrome/).waitFor({ state: "detached" });
  await alice.page.keyboard.press("Escape");

  // A link does not change the account of a signed-in user.
  const link = await handOver(alice);
  const bob = await Visitor.at(server.url, "Bob");
  await bob.page.goto(link);
  await bob.page.getByText("You're already signed in as Bob.").waitFor();
  return [alice, phone, bob];
});

const clock = new SteppingClock();

browserTest(
  "a device link asks for reauthentication; a new password lists the removed passkeys",
  async (server) => {
    const alice = await Visitor.at(server.url, "Alice");
    await addAuthenticator(alice);
    await alice.page.getByRole("button", { name: /\(your account\)/ }).click();
    await alice.page.getByLabel("New password").fill("correct horse");
    await alice.button("Set password").click();
    await alice.page.getByText("Your password is set.").waitFor();
    await alice.button("Add a passkey").click();
    await alice.page.getByText("added").first().waitFor();
    // Long after she signed in.
    clock.step(3_600_000);
    await alice.page.getByRole("tab", { name: "Devices" }).click();
    await alice.button("Add another device").click();
    await alice.page.getByText("Confirm it's you").waitFor();
    await alice.page.getByLabel("Your password").fill("not this one");
    await alice.button("Confirm").click();
    await alice.page.getByText("The name or password is wrong.").waitFor();
    await alice.page.getByLabel("Your password").fill("correct horse");
    await alice.button("Confirm").click();
    await alice.page.getByRole("img", { name: "QR code of the link" }).waitFor();
    clock.step(3_600_000);
    await alice.page.getByRole("tab", { name: "Sign-in" }).click();
    await alice.button("Add a passkey").click();
    await alice.button("Cancel").click();
    await alice.page.getByText("Confirm it's you first").waitFor();
    await alice.page.getByLabel("New password").fill("battery staple");
    await alice.button("Set password").click();
    await alice.page.getByLabel("Current password").fill("correct horse");
    await alice.button("Set password").click();
    await alice.page.getByText("Removed passkeys: Chrome").waitFor();
    await alice.page.getByText("Chrome").nth(1).waitFor({ state: "detached" });
    return [alice];
  },
  {},
  undefined,
  clock,
);

browserTest("an owner lets a user who lost the only device in again", async (server) => {
  const olga = await own(server.ownerUrl, "Olga");
  const bob = await Visitor.open(server.url);
  await bob.enterAs("Bob");
  await bob.say("Before the fall");
  await bob.context.close();
  // An owner begins with the people.
  await olga.button("Manage this server").click();
  await olga.page.getByLabel("Search by name").fill("bo");
  await olga.button("Manage Bob").click();
  await olga.button("Sign-in link").click();
  const field = olga.page.getByRole("textbox", { name: "Link for Bob, shown only once" });
  const link = await field.inputValue();
  // Renaming is live, for the owner too.
  await olga.page.getByLabel("New name").fill("Robert");
  await olga.button("Save").click();
  await olga.page.locator(".card-head").getByText("Robert").waitFor();
  await olga.page.keyboard.press("Escape");
  await olga.page.locator(".log").getByText("Robert").first().waitFor();
  const again = await Visitor.open(link);
  await again.isIn();
  await again.page.locator(".me").getByText("Robert").waitFor();
  await again.say("Back again");
  await olga.sees("Back again");
  return [olga, again];
});
