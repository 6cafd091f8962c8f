/** A refused form says why at its field and keeps what was typed, also without a connection. */
import { assertEquals } from "@std/assert";
import type { Locator } from "playwright-core";
import { Buffer } from "node:buffer";
import { SteppingClock } from "../support/server_fixture.ts";
import { becomes, browserTest, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

/** A form, and an input that is refused. */
interface FormCase {
  readonly form: string;
  /** Opens the form. */
  readonly open: (user: Visitor) => Promise<void>;
  /** What is typed, by the labels of the fields; the field of the first is refused. */
  readonly typed: Readonly<Record<string, string>>;
  /** Does what typing does not. */
  readonly also?: (dialog: Locator) => Promise<void>;
  readonly submit: string;
  readonly error: RegExp;
}

const own = (page: string) => async (user: Visitor) => {
  await user.page.getByRole("button", { name: /\(your account\)/ }).click();
  await user.page.getByRole("tab", { name: page, exact: true }).click();
};

const manage = (tab: string) => (user: Visitor) => user.manage(tab);

const noPicture = { name: "a.png", mimeType: "image/png", buffer: Buffer.from("no picture") };

const CASES: readonly FormCase[] = [
  {
    form: "a new room",
    open: (user) => user.button("Create a room").click(),
    typed: { "Name": "den", "Topic": "What we do" },
    submit: "Create room",
    error: /already a room with this name/,
  },
  {
    form: "a conversation of several people",
    open: (user) => user.button("New message").click(),
    typed: { "To": "Nobody" },
    also: async (dialog) => {
      await dialog.getByLabel("To", { exact: true }).fill("Bob,");
      await dialog.getByRole("button", { name: "Remove Bob" }).waitFor();
      await dialog.getByLabel("To", { exact: true }).fill("Nobody");
    },
    submit: "Start conversation",
    error: /no user with this name/,
  },
  {
    form: "another name of a room",
    open: (user) => user.sheet("Settings"),
    typed: { "Name": "den", "Topic": "What we do" },
    submit: "Save",
    error: /already a room with this name/,
  },
  {
    form: "a group",
    open: async (user) => {
      await user.manage("Groups");
      await user.button("Create a group").click();
    },
    typed: { "Group name": "Bob" },
    submit: "Save group",
    error: /taken|reserved/,
  },
  {
    form: "a bot",
    open: manage("Bots"),
    typed: { "Bot name": "Bob" },
    submit: "Create a bot",
    error: /taken/,
  },
  {
    form: "a webhook",
    open: manage("Webhooks"),
    typed: { "Receiver address": "ftp://example.org/", "Name": "CI" },
    also: (dialog) => dialog.getByRole("radio", { name: "Outgoing" }).check(),
    submit: "Create a webhook",
    error: /missing or malformed/,
  },
  {
    form: "an emoji",
    open: manage("Emoji"),
    typed: { "Name": "not a name!" },
    also: (dialog) => dialog.getByLabel("Picture").setInputFiles(noPicture),
    submit: "Add emoji",
    error: /2 to 30 letters/,
  },
  {
    form: "another name of the user",
    open: own("Account"),
    typed: { "New name": "Bob" },
    submit: "Save",
    error: /taken/,
  },
  {
    form: "a status",
    open: async (user) => {
      await own("Profile")(user);
      await user.page.getByLabel("Emoji", { exact: true }).waitFor();
    },
    typed: { "Emoji": "no", "Status": "At lunch" },
    submit: "Save",
    error: /emoji/,
  },
  {
    form: "a poll",
    open: (user) => user.button("Create a poll").click(),
    typed: { "Option 2": "tea", "Option 1": "tea", "Question": "What?" },
    submit: "Send poll",
    error: /are the same/,
  },
  {
    form: "the end of a poll",
    open: (user) => user.button("Create a poll").click(),
    typed: {
      ...{ "Closes": "2020-01-01T10:00", "Question": "What?" },
      ...{ "Option 1": "tea", "Option 2": "milk" },
    },
    submit: "Send poll",
    error: /has passed/,
  },
  {
    form: "a message to send later",
    // The last one: its text stays in the composer, in the place of the button for polls.
    open: async (user) => {
      await user.composer.fill("Good morning");
      await user.button("Send later").click();
    },
    typed: { "Another time": "2020-01-01T10:00" },
    submit: "Schedule",
    error: /has passed/,
  },
];

/** Fills in a form and submits it. */
async function submit(user: Visitor, { open, typed, also, submit }: FormCase): Promise<Locator> {
  await open(user);
  const dialog = user.page.getByRole("dialog");
  await also?.(dialog);
  for (const [label, text] of Object.entries(typed)) {
    await dialog.getByLabel(label, { exact: true }).first().fill(text);
  }
  await dialog.getByRole("button", { name: submit, exact: true }).first().click();
  return dialog;
}

/** Checks that a form still has what was typed, and that no notice is over the page; closes it. */
async function keepsInput(user: Visitor, dialog: Locator, { typed, form }: FormCase) {
  for (const [label, text] of Object.entries(typed)) {
    const field = dialog.getByLabel(label, { exact: true }).first();
    assertEquals(await field.inputValue(), text, `${form}: ${label}`);
  }
  assertEquals(await user.page.locator(".notice").count(), 0, form);
  await user.page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
}

browserTest("a refused form says why at its field, and keeps what was typed", async (server) => {
  const alice = await Visitor.open(server.ownerUrl);
  await alice.enterAs("Alice");
  const bob = await Visitor.at(server.url, "Bob");
  await submit(bob, { ...CASES[0]!, typed: { "Name": "den" } });
  await bob.page.getByRole("heading", { level: 1, name: "den" }).waitFor();
  for (const each of CASES) {
    const dialog = await submit(alice, each);
    const [label = ""] = Object.keys(each.typed);
    const field = dialog.getByLabel(label, { exact: true }).first();
    // The field has the focus, is marked, and names the text that says why.
    await dialog.locator("[aria-invalid=true]:focus").waitFor().catch(() => {
      throw new Error(`${each.form}: no refused field has the focus`);
    });
    assertEquals(await field.getAttribute("aria-invalid"), "true", each.form);
    const why = `#${selectorOf(await field.getAttribute("aria-describedby"))}`;
    await dialog.locator(why).filter({ hasText: each.error }).waitFor();
    await keepsInput(alice, dialog, each);
  }
  return [alice, bob];
});

/** Returns an id as a selector names it. */
function selectorOf(id: string | null): string {
  return (id ?? "").replaceAll(/[^\w-]/g, "\\$&");
}

/** The forms that the page itself checks do so without a connection too; polls are sent later. */
const checkedHere = ["an emoji", "a message to send later", "a poll", "the end of a poll"];

browserTest("a form keeps what was typed when the connection is lost", async (server) => {
  const alice = await Visitor.open(server.ownerUrl);
  await alice.enterAs("Alice");
  await alice.page.getByRole("button", { name: "Create a poll" }).waitFor();
  for (const each of CASES.filter(({ form }) => !checkedHere.includes(form))) {
    const cutOff: FormCase = {
      ...each,
      also: async (open) => {
        await each.also?.(open);
        await alice.goOffline();
      },
    };
    const dialog = await submit(alice, cutOff);
    await dialog.getByText("The server can't be reached.").waitFor();
    await keepsInput(alice, dialog, each);
    await alice.context.setOffline(false);
    await alice.page.evaluate(`dispatchEvent(new Event("online"))`);
    await alice.page.locator(".status.open").waitFor({ state: "attached" });
  }
  return [alice];
});

/** A button that the server refuses, or a choice that takes effect at once. */
interface ActCase {
  readonly open: (user: Visitor) => Promise<void>;
  /** Presses it; without a connection the server cannot take it. */
  readonly act: (dialog: Locator) => Promise<void>;
}

const press = (name: string | RegExp) => (dialog: Locator) =>
  dialog.getByRole("button", { name }).first().click();

const ACTS: Readonly<Record<string, ActCase>> = {
  "to mute a person": { open: (user) => user.meet("Bob"), act: press("Mute for 10 minutes") },
  "to block a person": { open: (user) => user.meet("Bob"), act: press("Block") },
  "to change a role": { open: (user) => user.meet("Bob"), act: press("Make moderator") },
  "to unblock a person": { open: own("Blocked"), act: press("Unblock Eve") },
  "to remove a group": { open: manage("Groups"), act: press("Remove friends") },
  "to remove a bot": { open: manage("Bots"), act: press("Remove Robbie") },
  "to revoke an invitation": { open: manage("Invitations"), act: press("Revoke") },
  "to choose what to be notified about": {
    open: (user) => user.sheet("About"),
    act: (dialog) => dialog.getByRole("radio", { name: /^Nothing/ }).click(),
  },
  "to lock a room": {
    open: (user) => user.sheet("Settings"),
    act: (dialog) => dialog.getByLabel("Locked").click(),
  },
  "to slow a room down": {
    open: (user) => user.sheet("Settings"),
    act: (dialog) => dialog.getByRole("radio", { name: "5 min" }).click({ force: true }),
  },
};

browserTest("a button or a choice that is refused says why beside itself", async (server) => {
  const alice = await Visitor.open(server.ownerUrl);
  await alice.enterAs("Alice");
  const bob = await Visitor.at(server.url, "Bob");
  const eve = await Visitor.at(server.url, "Eve");
  await alice.meet("Eve");
  await alice.button("Block").click();
  await alice.page.getByText("You've blocked Eve.").waitFor();
  for (
    const [tab, button, label, text] of [
      ["Groups", "Create a group", "Group name", "friends"],
      ["Bots", "Create a bot", "Bot name", "Robbie"],
    ] as const
  ) {
    await alice.manage(tab);
    if (tab === "Groups") await alice.button(button).click();
    await alice.page.getByLabel(label).fill(text);
    await alice.button(tab === "Groups" ? "Save group" : button).click();
    await alice.button(`Remove ${text}`).waitFor();
    await alice.page.keyboard.press("Escape");
  }
  await alice.manage("Invitations");
  await alice.button("Create an invitation").click();
  await alice.button("Revoke").waitFor();
  await alice.page.keyboard.press("Escape");
  const { page } = alice;
  await page.getByRole("dialog").waitFor({ state: "detached" });
  for (const [name, { open, act }] of Object.entries(ACTS)) {
    await open(alice);
    const dialog = page.getByRole("dialog");
    // What it is about is there.
    await dialog.locator("input:not(.sr-only), .listing li, .card-actions").first().waitFor();
    await alice.goOffline();
    await act(dialog);
    const error = dialog.getByText("The server can't be reached.");
    await error.waitFor().catch(() => {
      throw new Error(`${name}: no reason is shown`);
    });
    const notice = page.locator(".notice", { hasText: "The server can't be reached." });
    assertEquals(await notice.count(), 0, name);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await alice.context.setOffline(false);
    await page.evaluate(`dispatchEvent(new Event("online"))`);
    await page.locator(".status.open").waitFor({ state: "attached" });
  }
  return [alice, bob, eve];
});

const clock = new SteppingClock();

browserTest(
  "the sign-in page and the passwords say at their fields what is wrong",
  async ({ url }) => {
    const bob = await Visitor.at(url, "Bob");
    await own("Sign-in")(bob);
    const dialog = bob.page.getByRole("dialog");
    await dialog.getByLabel("New password").fill("correct horse battery staple");
    await dialog.getByRole("button", { name: "Set password" }).click();
    await dialog.getByText("Your password is set.").waitFor();
    // Long after the sign-in, the current password has to be given.
    clock.step(3_600_000);
    await dialog.getByLabel("New password").fill("another horse");
    await dialog.getByRole("button", { name: "Set password" }).click();
    const wrong = "[aria-invalid=true]:focus";
    const current = bob.page.getByLabel("Current password");
    await current.and(bob.page.locator(wrong)).waitFor();
    await current.fill("not this one");
    await dialog.getByRole("button", { name: "Set password" }).click();
    await current.and(bob.page.locator(wrong)).waitFor();
    await becomes(
      bob.page,
      () => document.querySelector<HTMLElement>("dialog .form-error:not(:empty)")?.textContent,
      "The name or password is wrong.",
    );
    assertEquals(await dialog.getByLabel("New password").inputValue(), "another horse");

    const other = await Visitor.open(url);
    const { page } = other;
    await other.isOut("Pick a name");
    await page.getByLabel("Your name").fill("Bob");
    await page.getByRole("radio", { name: "I'm new" }).check();
    await page.getByRole("button", { name: "Start chatting" }).click();
    await page.getByLabel("Your name").and(page.locator(wrong)).waitFor();
    await page.getByRole("radio", { name: /account/ }).check();
    await other.isOut("Welcome back.");
    assertEquals(await page.getByText("Pick a name").count(), 0);
    await page.getByLabel("Password").fill("wrong password");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByLabel("Password").and(page.locator(wrong)).waitFor();
    assertEquals(await page.getByLabel("Your name").inputValue(), "Bob");
    return [bob, other];
  },
  {},
  undefined,
  clock,
);
