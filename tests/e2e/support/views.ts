/**
 * Every view of the page, and how a user opens it: the contact sheet takes its pictures, and a test
 * checks it with axe.
 *
 * @module
 */
import type { Page } from "playwright-core";
import { type Example, startExample } from "../../../tools/example.ts";
import { writeCity } from "../../support/city.ts";
import { startServer } from "../../support/server.ts";
import { enter, secretOf } from "../../support/server_fixture.ts";

/** The users of the views, by where their page begins. */
export type Viewer =
  /** In the room `release` of the example. */
  | "member"
  /** In the first room of the example, as its owner. */
  | "owner"
  /** Not signed in. */
  | "newcomer"
  /** On a large server, in many rooms and conversations. */
  | "citizen";

/** A view. */
export interface View {
  /** Whose page it is; the member's by default. */
  readonly of?: Viewer;
  /** The screens that have it; all by default. */
  readonly on?: "phone" | "large";
  /** Opens it, and waits until it is there. Selectors are the same in every language. */
  readonly open: (page: Page, isPhone: boolean) => Promise<unknown>;
}

/** The screens: how a browser opens them. */
export const SCREENS = {
  phone: { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true },
  desktop: { viewport: { width: 1280, height: 800 } },
  wide: { viewport: { width: 1920, height: 1080 } },
} as const;

/** Whether a screen has a view. */
export function isOn(screen: keyof typeof SCREENS, { on }: View): boolean {
  return on === undefined || on === (screen === "phone" ? "phone" : "large");
}

const message = (page: Page) => page.locator("article", { hasText: "Three tunnels later" });
const composer = (page: Page) => page.locator(".composer textarea");
const dialog = (page: Page) => page.locator("dialog[open]").waitFor();
const click = (page: Page, selector: string) => page.locator(selector).first().click();

const goTo = (page: Page, room: string) =>
  page.evaluate((room) => location.hash = `#/${room}`, room);

async function openSidebar(page: Page, isPhone: boolean): Promise<void> {
  if (!isPhone) return;
  await click(page, ".room-header .drawer-only");
  await page.locator(".drawer-open .sidebar").waitFor();
}

/** Opens a dialog by a button of the sidebar. */
const bySidebar = (selector: string): View["open"] => async (page, isPhone) => {
  await openSidebar(page, isPhone);
  await click(page, selector);
  await dialog(page);
};

/** Opens a page of the settings, by its place in their list. */
const settings = (selector: string, at: number): View["open"] => async (page, isPhone) => {
  await bySidebar(selector)(page, isPhone);
  await page.locator("dialog").locator(isPhone ? ".page-list button" : "[role=tab]").nth(at)
    .click();
  await page.locator("dialog .tab-panel").waitFor();
};
const account = (at: number): View => ({ open: settings(".me-open", at) });
const server = (at: number): View => ({
  of: "owner",
  open: settings(".brand .icon-button:not(.drawer-only)", at),
});

/** Opens a tab of the room's sheet, by its place. */
const sheet = (at: number): View["open"] => async (page) => {
  await click(page, ".room-name");
  await page.locator("dialog [role=tab]").nth(at).click();
};

async function hoverMessage(page: Page): Promise<void> {
  await message(page).hover();
  await page.locator(".toolbar").waitFor();
}

async function longPress(page: Page): Promise<void> {
  const box = (await message(page).boundingBox())!;
  const at = { clientX: box.x + 100, clientY: box.y + 20, pointerType: "touch", isPrimary: true };
  await message(page).dispatchEvent("pointerdown", { ...at, bubbles: true });
  await dialog(page);
}

/** Chooses an action of the message's menu, by its place. */
const action = (name: "forward" | "delete"): View["open"] => async (page, isPhone) => {
  if (isPhone) await longPress(page);
  else {
    await hoverMessage(page);
    await click(page, ".toolbar [aria-haspopup=menu]");
  }
  const entries = page.locator(isPhone ? ".message-sheet .place" : ".message-menu .place");
  await (name === "delete" ? entries.last() : entries.nth(isPhone ? 3 : 1)).click();
  await page.locator(name === "delete" ? "dialog .danger" : "dialog .forward-places").waitFor();
};

/** The views, by name. */
export const VIEWS: Readonly<Record<string, View>> = {
  "sign-in": { of: "newcomer", open: (page) => page.locator(".sign-in-card form").waitFor() },
  "sign-in-known": {
    of: "newcomer",
    open: async (page) => {
      await page.locator(".sign-in-card input[type=radio]").nth(1).check();
      await page.locator(".sign-in-card input[type=password]").waitFor();
    },
  },
  room: { open: (page) => message(page).waitFor() },
  sidebar: { on: "phone", open: openSidebar },
  conversation: {
    open: async (page) => {
      await goTo(page, "@Chloé");
      await page.locator("article", { hasText: "Do you have a minute?" }).waitFor();
    },
  },
  empty: {
    open: async (page) => {
      await goTo(page, "design");
      await page.locator(".beginning").waitFor();
    },
  },
  scrolled: { open: (page) => page.locator(".log").evaluate((log) => log.scrollTo(0, 90)) },
  actions: { on: "large", open: hoverMessage },
  menu: {
    open: async (page, isPhone) => {
      if (isPhone) return await longPress(page);
      await hoverMessage(page);
      await click(page, ".toolbar [aria-haspopup=menu]");
      await page.locator(".message-menu").waitFor();
    },
  },
  forward: { open: action("forward") },
  delete: { open: action("delete") },
  picture: {
    open: async (page) => {
      await click(page, "article .files button");
      await page.locator(".viewer img").waitFor();
    },
  },
  emoji: {
    on: "large",
    open: async (page) => {
      await click(page, ".composer .emoji-place button");
      await page.locator(".emoji-picker [role=option]").first().waitFor();
    },
  },
  completion: {
    open: async (page) => {
      await composer(page).fill("Thanks @");
      await page.locator(".completion [role=option]").first().waitFor();
    },
  },
  writing: { open: (page) => composer(page).fill("Some **bold** words\n\n> and a quote") },
  poll: {
    open: async (page) => {
      // A view before this one may have left a draft: what is written now replaces it.
      await composer(page).fill("…");
      await composer(page).fill("");
      await page.getByRole("button", { name: /^(Create a poll|Umfrage erstellen)$/ }).first()
        .click();
      await page.locator("dialog .poll-options").waitFor();
    },
  },
  switcher: {
    open: async (page) => {
      await page.keyboard.press("Control+k");
      await dialog(page);
    },
  },
  search: {
    open: async (page) => {
      await page.keyboard.press("Control+Shift+F");
      await page.locator(".panel input").waitFor();
    },
  },
  found: {
    open: async (page) => {
      await page.keyboard.press("Control+Shift+F");
      await page.locator(".panel input").fill("train");
      await page.locator(".panel mark").first().waitFor();
    },
  },
  members: {
    open: async (page) => {
      await page.locator(".room-header > .icon-button").last().click();
      await page.locator(".panel .place").first().waitFor();
    },
  },
  thread: {
    open: async (page) => {
      await click(page, ".replies");
      await page.locator(".thread-log article").nth(1).waitFor();
    },
  },
  threads: {
    open: async (page, isPhone) => {
      await openSidebar(page, isPhone);
      await click(page, ".sidebar section > .place");
      await page.locator(".panel .hit").first().waitFor();
    },
  },
  about: { open: sheet(0) },
  "about-members": { open: sheet(1) },
  "about-pins": { open: sheet(2) },
  "about-files": { open: sheet(3) },
  "room-settings": { of: "owner", open: sheet(3) },
  shortcuts: {
    on: "large",
    open: async (page) => {
      await page.locator(".log").focus();
      await page.keyboard.press("?");
      await dialog(page);
    },
  },
  person: {
    open: async (page) => {
      await click(page, ".byline .name");
      await dialog(page);
    },
  },
  "create-room": { open: bySidebar(".sidebar .buttons button:nth-child(2)") },
  "browse-rooms": { open: bySidebar(".sidebar .buttons button:nth-child(1)") },
  "new-message": { open: bySidebar(".sidebar .buttons button:only-child") },
  profile: account(0),
  saved: account(1),
  keys: account(2),
  devices: account(3),
  appearance: account(4),
  notifications: account(5),
  blocked: account(6),
  account: account(7),
  "server-people": server(0),
  "server-name": server(1),
  "server-invites": server(2),
  "server-bots": server(3),
  "server-webhooks": server(4),
  "server-groups": server(5),
  "server-emoji": server(6),
  "server-bans": server(7),
  "server-log": server(8),
  "server-statistics": server(9),
  "server-reports": server(10),
  "server-person": {
    of: "owner",
    open: async (page, isPhone) => {
      await server(0).open(page, isPhone);
      await click(page, "dialog .listing button");
      await page.locator("dialog .card-head").waitFor();
    },
  },
  group: {
    of: "owner",
    open: async (page, isPhone) => {
      await server(5).open(page, isPhone);
      await click(page, "dialog .card-section button");
      await page.locator("dialog form input[type=search]").waitFor();
    },
  },
  "sign-out": {
    open: async (page, isPhone) => {
      await bySidebar(".me-open")(page, isPhone);
      await page.locator("dialog .dialog-buttons button").last().click();
      await page.locator("dialog .ways").waitFor();
    },
  },
  "send-later": {
    open: async (page) => {
      await composer(page).fill("Good morning");
      await page.getByRole("button", { name: /^(Send later|Später senden)$/ }).first().click();
      await page.locator("dialog .later-choices").waitFor();
    },
  },
  "first-steps": { of: "owner", open: (page) => page.locator(".beginning li").first().waitFor() },
  "many-rooms": {
    of: "citizen",
    open: async (page, isPhone) => {
      await openSidebar(page, isPhone);
      await page.locator(".sidebar .gap").first().waitFor({ state: "attached" });
      await page.locator(".sidebar .places").nth(1).scrollIntoViewIfNeeded();
    },
  },
  "many-members": {
    of: "citizen",
    open: async (page) => {
      await page.locator(".room-header > .icon-button").last().click();
      await page.locator(".panel .place").nth(20).waitFor();
    },
  },
};

/** The servers of the views. */
export interface ViewServers extends AsyncDisposable {
  /** Opens a viewer's page in a fresh browser context, and waits until it is complete. */
  enter(viewer: Viewer, page: Page): Promise<void>;
}

/** Starts the servers. */
export async function startViewServers(): Promise<ViewServers> {
  await using started = new AsyncDisposableStack();
  const example = started.use(await startExample());
  await example.sayMore();
  await sayForViews(example);
  const olga = await ownerOf(example);
  const directory = await Deno.makeTempDir();
  started.defer(() => Deno.remove(directory, { recursive: true }));
  const data = `${directory}/city.db`;
  const size = { people: 300, rooms: 150, conversations: 60, messages: 2 };
  const citizen = await writeCity(data, size);
  const city = started.use(await startServer({ data }));
  const places: Readonly<Record<Viewer, { url: string; token?: string; at?: string }>> = {
    member: { url: example.url, token: example.tokens.get("Alice")!, at: "/#/release" },
    owner: { url: example.url, token: olga },
    newcomer: { url: example.url },
    citizen: { url: city.url, token: citizen },
  };
  const all = started.move();
  return {
    async enter(viewer, page) {
      const { url, token, at = "/" } = places[viewer];
      if (token !== undefined) {
        await page.context().addCookies([{ name: "hubbub_session", value: token, url }]);
      }
      // The first page waits for the bundle.
      await page.goto(url + at, { timeout: 60_000 });
      await page.locator(token === undefined ? ".sign-in" : ".composer textarea").waitFor();
      if (viewer === "member") {
        await message(page).waitFor();
        await page.locator("article img").first().waitFor();
      }
      // The deferred views are there.
      if (token !== undefined) {
        await page.locator(".sign-in-reminder").waitFor({ state: "attached" });
      }
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** Adds to the conversation of the README's pictures what the other views show. */
async function sayForViews({ peers }: Example): Promise<void> {
  const [ben, emre] = [peers.get("Ben")!, peers.get("Emre")!];
  const room = "release";
  const { messages } = await ben.ask({ type: "history", room, limit: 20 }) as {
    messages: readonly { readonly seq: number; readonly message: string }[];
  };
  const thread = messages.find(({ message }) => message.startsWith("Three tunnels"))!.seq;
  for (
    const [peer, message] of [[ben, "How long was the longest?"], [emre, "Four minutes."]] as const
  ) {
    await peer.ask({ type: "room_message", room, message, thread });
  }
  await ben.ask({ type: "pin_message", room, seq: messages[0]!.seq, on: true });
}

/** Makes Olga the owner. @returns Her session. */
async function ownerOf({ url, ownerUrl }: Example): Promise<string> {
  const { body } = await enter({ url }, { name: "Olga", invite: secretOf(ownerUrl) });
  return body.token;
}
