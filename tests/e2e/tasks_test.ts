/** Does the tasks of docs/tasks.md in the clicks and keys that its table promises. */
import { Buffer } from "node:buffer";
import { assert, assertEquals } from "@std/assert";
import type { Locator } from "playwright-core";
import { browserTest, holds, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

/** Does a task; the hand counts what it does. */
type Way = (hand: Hand) => Promise<unknown>;

interface Task {
  readonly clicks?: Way;
  readonly keys?: Way;
  /** Waits until it is done. */
  readonly done: (visitor: Visitor) => Promise<unknown>;
  /** Goes back to the beginning. Not counted. */
  readonly undo?: (visitor: Visitor) => Promise<unknown>;
  /** Prepares it. Not counted. */
  readonly prepare?: (visitor: Visitor, bob: Visitor) => Promise<unknown>;
}

/** Clicks and presses keys, and counts both. */
class Hand {
  clicks = 0;
  keys = 0;

  constructor(readonly visitor: Visitor) {}

  async click(target: Locator): Promise<void> {
    this.clicks++;
    await target.click();
  }

  async key(keys: string): Promise<void> {
    this.keys++;
    await this.visitor.page.keyboard.press(keys);
  }

  button(name: string): Promise<void> {
    return this.click(this.visitor.button(name));
  }

  /** Clicks a button in the bar over the last message. */
  async bar(name: string): Promise<void> {
    await this.visitor.page.locator(".log article[data-seq]").last().hover();
    await this.click(this.visitor.page.getByRole("toolbar").getByRole("button", { name }).first());
  }

  /** Chooses from the menu of the last message. */
  async menu(name: string): Promise<void> {
    await this.bar("More actions");
    await this.click(this.visitor.page.getByRole("menuitem", { name, exact: true }));
  }

  /** Presses a key on the last message. */
  async onLast(key: string): Promise<void> {
    await this.key("Shift+ArrowUp");
    // The actions are there, and with them their keys.
    await this.visitor.page.getByRole("toolbar").waitFor();
    await this.key(key);
  }
}

const last = ({ page }: Visitor) => page.locator(".log article[data-seq]").last();
const heading = ({ page }: Visitor, name: string) =>
  page.getByRole("heading", { level: 1, name }).waitFor();
const escape = ({ page }: Visitor) => page.keyboard.press("Escape");
const toGarden = async (visitor: Visitor) => {
  await visitor.go(/^garden/);
  await heading(visitor, "garden");
};
const type = (hand: Hand, text: string) => hand.visitor.page.keyboard.type(text);

let notes = 0;
const list = { name: "list.txt", mimeType: "text/plain", buffer: Buffer.from("tea") };

/** Goes to the place whose name begins so. */
async function goByKeys(hand: Hand, begin: string): Promise<void> {
  const { page } = hand.visitor;
  await hand.key("Control+k");
  await page.locator("dialog input:focus").waitFor();
  await type(hand, begin);
  await page.locator("[role=option]").first().getByText(begin).waitFor();
  await hand.key("Enter");
}

const tasks: Readonly<Record<string, Task>> = {
  "Send a message": {
    prepare: ({ composer }) => composer.fill("Done"),
    clicks: (hand) => hand.button("Send"),
    keys: (hand) => hand.key("Enter"),
    done: (visitor) => last(visitor).getByText("Done").waitFor(),
  },
  "Start a new line": {
    prepare: ({ composer }) => composer.fill("One"),
    keys: (hand) => hand.key("Shift+Enter"),
    done: async ({ composer }) => assertEquals(await composer.inputValue(), "One\n"),
    undo: ({ composer }) => composer.fill(""),
  },
  "Go to a room by its name": {
    clicks: (hand) => hand.click(hand.visitor.page.getByRole("button", { name: /^general/ })),
    keys: (hand) => goByKeys(hand, "gen"),
    done: (visitor) => heading(visitor, "general"),
    undo: toGarden,
  },
  "Go to the next unread room": {
    prepare: async (visitor, bob) => {
      await bob.go(/^general/);
      await bob.write("Rain!");
      await visitor.page.getByRole("button", { name: /general.*unread/ }).waitFor();
    },
    clicks: (hand) =>
      hand.click(hand.visitor.page.getByRole("button", { name: /general.*unread/ })),
    keys: (hand) => hand.key("Alt+Shift+ArrowDown"),
    done: (visitor) => heading(visitor, "general"),
    undo: async (visitor) => {
      await visitor.page.getByRole("button", { name: /general.*unread/ }).waitFor({
        state: "detached",
      });
      await toGarden(visitor);
    },
  },
  "Write to a person": {
    clicks: async (hand) => {
      await hand.click(hand.visitor.page.getByTitle("About Bob").first());
      await hand.button("Send a direct message");
    },
    keys: (hand) => goByKeys(hand, "Bob"),
    done: (visitor) => heading(visitor, "Bob"),
    undo: toGarden,
  },
  "Mention a person": {
    prepare: async ({ composer, page }) => {
      await composer.pressSequentially("@Bo");
      await page.getByRole("option", { name: /^Bob/ }).waitFor();
    },
    clicks: (hand) => hand.click(hand.visitor.page.getByRole("option", { name: /^Bob/ })),
    keys: (hand) => hand.key("Enter"),
    done: async ({ composer }) => assertEquals(await composer.inputValue(), "@Bob "),
    undo: ({ composer }) => composer.fill(""),
  },
  "Attach a file": {
    clicks: async (hand) => {
      const picker = hand.visitor.page.waitForEvent("filechooser");
      await hand.button("Attach files");
      await (await picker).setFiles([list]);
    },
    keys: async (hand) => {
      const picker = hand.visitor.page.waitForEvent("filechooser");
      await hand.key("Control+o");
      await (await picker).setFiles([list]);
    },
    done: (visitor) => visitor.button("Remove list.txt").waitFor(),
    undo: async (visitor) => {
      await visitor.button("Remove list.txt").click();
      await visitor.button("Remove list.txt").waitFor({ state: "detached" });
    },
  },
  "React to the last message": {
    clicks: (hand) => hand.bar("React with 👍"),
    keys: (hand) => hand.onLast("1"),
    done: (visitor) => last(visitor).locator(".reaction").waitFor(),
    undo: async (visitor) => {
      await last(visitor).locator(".reaction").click();
      await last(visitor).locator(".reaction").waitFor({ state: "detached" });
    },
  },
  "Answer the last message in a thread": {
    clicks: (hand) => hand.bar("Reply in thread"),
    keys: (hand) => hand.onLast("t"),
    done: async ({ page }) => {
      const thread = page.getByRole("complementary", { name: "Thread" });
      await thread.locator("textarea:focus").waitFor();
    },
    undo: ({ page }) =>
      page.getByRole("complementary").getByRole("button", { name: "Close" }).click(),
  },
  "Edit your last message": {
    clicks: (hand) => hand.menu("Edit"),
    keys: (hand) => hand.key("ArrowUp"),
    done: ({ page }) => page.getByText("Editing your message").waitFor(),
    undo: async (visitor) => {
      await escape(visitor);
      await visitor.page.getByText("Editing your message").waitFor({ state: "detached" });
      await holds(visitor, "");
    },
  },
  "Delete your last message": {
    prepare: (visitor) => visitor.say("Never mind"),
    clicks: async (hand) => {
      await hand.menu("Delete");
      await hand.click(
        hand.visitor.page.getByRole("dialog").getByRole("button", { name: "Delete" }),
      );
    },
    keys: async (hand) => {
      await hand.onLast("Delete");
      await hand.visitor.page.locator("dialog .danger:focus").waitFor();
      await hand.key("Enter");
    },
    done: (visitor) => visitor.messages("Never mind").waitFor({ state: "detached" }),
  },
  "Pin the last message": {
    prepare: (visitor) => visitor.say(`Note ${++notes}`),
    clicks: (hand) => hand.menu("Pin"),
    keys: (hand) => hand.onLast("p"),
    done: (visitor) => last(visitor).getByText("Pinned").waitFor(),
  },
  "Mark the last message as unread": {
    prepare: async (visitor, bob) => {
      await bob.go(/^garden/);
      await heading(bob, "garden");
      await bob.write(`Note ${++notes}`);
      await visitor.sees(`Note ${notes}`);
    },
    clicks: (hand) => hand.menu("Mark unread"),
    keys: (hand) => hand.onLast("u"),
    done: ({ page }) => page.getByRole("button", { name: /garden.*unread/ }).waitFor(),
    undo: async (visitor) => {
      await visitor.go(/^general/);
      await toGarden(visitor);
      await visitor.page.getByRole("button", { name: /garden.*unread/ }).waitFor({
        state: "detached",
      });
    },
  },
  "Copy a link to the last message": {
    clicks: (hand) => hand.menu("Copy link"),
    done: ({ page }) => page.getByText("The link to the message was copied.").first().waitFor(),
  },
  "Search messages": {
    clicks: async (hand) => {
      await hand.button("Search");
      await hand.visitor.page.locator(".panel input:focus").waitFor();
      await type(hand, "done");
    },
    keys: async (hand) => {
      await hand.key("Control+Shift+f");
      await hand.visitor.page.locator(".panel input:focus").waitFor();
      await type(hand, "done");
    },
    done: ({ page }) => page.locator(".panel mark").first().waitFor(),
    undo: ({ page }) => page.locator(".panel header").getByRole("button").click(),
  },
  "See who is in the room": {
    clicks: (hand) => hand.button("Show members"),
    done: ({ page }) => page.getByRole("complementary", { name: "Members" }).waitFor(),
    undo: (visitor) => visitor.button("Show members").click(),
  },
  "Choose what a room notifies about": {
    clicks: async (hand) => {
      await hand.click(hand.visitor.page.locator(".room-name"));
      await hand.click(hand.visitor.page.getByRole("radio", { name: "Every new message" }));
    },
    done: async ({ page }) =>
      assert(await page.getByRole("radio", { name: "Every new message" }).isChecked()),
    undo: escape,
  },
  "Create a room": {
    clicks: async (hand) => {
      await hand.button("Create a room");
      await hand.visitor.page.locator("dialog input:focus").waitFor();
      await type(hand, "attic");
      await hand.button("Create room");
    },
    done: (visitor) => heading(visitor, "attic"),
    undo: toGarden,
  },
  "Close a panel": {
    prepare: async (visitor) => {
      await visitor.button("Search").click();
      await visitor.page.getByRole("complementary").waitFor();
    },
    clicks: (hand) => hand.click(hand.visitor.page.locator(".panel header").getByRole("button")),
    keys: (hand) => hand.key("Escape"),
    done: ({ page }) => page.getByRole("complementary").waitFor({ state: "detached" }),
  },
  "See the keyboard shortcuts": {
    keys: (hand) => hand.key("Control+/"),
    done: ({ page }) => page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor(),
    undo: escape,
  },
};

/** A row of the table: clicks and keys here and in Slack; undefined where there is no such way. */
interface Row {
  readonly name: string;
  readonly clicks: number | undefined;
  readonly keys: number | undefined;
  readonly slackClicks: number | undefined;
  readonly slackKeys: number | undefined;
}

async function tableOf(file: URL): Promise<readonly Row[]> {
  const rows = (await Deno.readTextFile(file)).split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
  return rows.slice(2).map(([name, ...cells]) => {
    const [clicks, keys, slackClicks, slackKeys] = cells.map((cell) =>
      cell === "–" ? undefined : Number(cell)
    );
    return { name: name!, clicks, keys, slackClicks, slackKeys };
  });
}

browserTest("twenty tasks take the clicks and keys that the documentation says", async (server) => {
  const rows = await tableOf(new URL("../../docs/tasks.md", import.meta.url));
  assertEquals(rows.length, 20);
  assertEquals(rows.map(({ name }) => name), Object.keys(tasks));
  for (const { name, clicks = 0, keys = 0, slackClicks = clicks, slackKeys = keys } of rows) {
    assert(clicks <= slackClicks && keys <= slackKeys, `${name} takes more than in Slack`);
  }

  const alice = await Visitor.at(server.url, "Alice", { width: 1280, height: 800 });
  // Without a listener the browser would open a dialog of its own until the next one listens.
  alice.page.on("filechooser", () => {});
  const bob = await Visitor.at(server.url, "Bob");
  await alice.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await alice.button("Create a room").click();
  await alice.page.getByLabel("Name").fill("garden");
  await alice.button("Create room").click();
  await heading(alice, "garden");
  await bob.button("Browse public rooms").click();
  await bob.page.getByRole("dialog").getByRole("button", { name: /^Join/ }).click();
  await heading(bob, "garden");
  await alice.say("Hello");
  for (const { name, clicks, keys } of rows) {
    const task = tasks[name]!;
    for (const [way, count] of [["clicks", clicks], ["keys", keys]] as const) {
      assertEquals(task[way] !== undefined, count !== undefined, `${name}, by ${way}`);
      if (task[way] === undefined) continue;
      await alice.composer.focus();
      await task.prepare?.(alice, bob);
      const hand = new Hand(alice);
      try {
        await task[way](hand);
        await task.done(alice);
      } catch (error) {
        throw new Error(`${name}, by ${way}`, { cause: error });
      }
      assertEquals(
        [hand.clicks, hand.keys],
        way === "clicks" ? [count, 0] : [0, count],
        `${name}, by ${way}`,
      );
      await task.undo?.(alice);
    }
  }
  return [alice, bob];
});
