/**
 * Browsers for the tests of the page, and their users. Without a browser the tests are ignored,
 * except on a build server, which must have one.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { Clock } from "../../../lib/util/clock.ts";
import type { Config } from "../../../lib/config/config.ts";
import { checkPatience } from "@hubbub/client";
import { bundledPage } from "../../support/bundled_page.ts";
import { inCi, needs } from "../../support/permissions.ts";
import { type Past, writePast } from "../../support/past.ts";
import { startServer, type TestServer } from "../../support/server.ts";

const permitted = !needs("env", "net", "read", "run", "sys", "write").ignore;
const path = (permitted ? Deno.env.get("CHROMIUM") : undefined) ?? "/usr/bin/chromium";
/** The headless shell beside it: the engine without a browser around it, at half the CPU time. */
const shellPath = `${path}-headless-shell`;
/** Chromium, and how to start it. */
export const CHROMIUM = {
  path,
  args: [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};
/** The timeout of a condition, in ms. */
const timeoutMs = 10_000;
/** The timeout of opening an address, in ms: the browser starts a process for it. */
const openTimeoutMs = 30_000;

/** Whether no browser is installed, and none is required. */
export const ignore = !permitted || (!isFile(path) && !inCi());
if (ignore && permitted) {
  console.log(`Ignored: the tests of the page need Chromium at ${path}`);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

let browser: Browser;

/** What the tests of a file need of their browser. */
export interface BrowserNeeds {
  /** Arguments beside the usual ones. */
  readonly args?: readonly string[];
  /** Whether they need notifications, which the headless shell has not. */
  readonly notifications?: boolean;
}

/** Opens a browser before the tests of a file, and closes it after them. */
export function useBrowser({ args: more = [], notifications = false }: BrowserNeeds = {}): void {
  Deno.test.beforeAll(async () => {
    if (ignore) return;
    // Imported lazily: it reads the environment when it loads.
    const { chromium } = await import("playwright-core");
    // No page waits for it: how long it takes depends on the machine.
    await bundledPage();
    const args = [...CHROMIUM.args, ...more];
    const executablePath = notifications || !isFile(shellPath) ? CHROMIUM.path : shellPath;
    browser = await chromium.launch({ executablePath, args });
  });
  Deno.test.afterAll(async () => {
    if (!ignore) await browser.close();
  });
}

/** One user in a browser context of their own. */
export class Visitor {
  /** The uncaught errors and policy violations of the page. */
  readonly complaints: string[] = [];
  /** The errors in the browser's console, including lost connections. */
  readonly errors: string[] = [];

  private constructor(readonly context: BrowserContext, readonly page: Page) {
    page.setDefaultTimeout(timeoutMs);
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) this.complaints.push(message.text());
      if (message.type() === "error") this.errors.push(message.text());
    });
  }

  /** Opens an address in a fresh browser context. */
  static async open(url: string, options: Parameters<Browser["newContext"]>[0] = {}) {
    const context = await browser.newContext({
      viewport: { width: 1100, height: 700 },
      ...options,
    });
    const visitor = new Visitor(context, await context.newPage());
    await visitor.page.goto(url, { timeout: openTimeoutMs });
    return visitor;
  }

  /** Opens an address on another device of the same user. */
  async otherDevice(url: string): Promise<Visitor> {
    const device = await Visitor.open("about:blank");
    await device.context.addCookies(await this.context.cookies());
    await device.page.goto(url);
    await device.isIn();
    return device;
  }

  /** Opens an address and signs in under a name. */
  static async at(url: string, name: string, viewport = { width: 1100, height: 700 }) {
    const visitor = await Visitor.open(url, { viewport });
    await visitor.enterAs(name);
    return visitor;
  }

  /** Opens an address in another tab of the same browser. */
  async newTab(url: string): Promise<Visitor> {
    const visitor = new Visitor(this.context, await this.context.newPage());
    await visitor.page.goto(url, { timeout: openTimeoutMs });
    return visitor;
  }

  /** Picks a name on the sign-in page. */
  async enterAs(name: string): Promise<void> {
    await this.page.getByLabel("Your name").fill(name);
    await this.page.getByRole("radio", { name: "I'm new" }).check();
    await this.page.getByRole("button", { name: "Start chatting" }).click();
    await this.isIn();
  }

  /** Waits until the default room is open. */
  async isIn(): Promise<void> {
    await this.page.getByRole("heading", { level: 1, name: "general" }).waitFor();
  }

  /** Signs out from the account; with nothing to sign in with again, the page asks first. */
  async signOut(): Promise<void> {
    await this.page.getByRole("button", { name: /your account/ }).click();
    await this.button("Sign out").click();
    await this.button("Sign out anyway").or(this.page.locator(".sign-in")).waitFor();
    if (await this.button("Sign out anyway").isVisible()) {
      await this.button("Sign out anyway").click();
    }
  }

  /** Opens a tab of the room's sheet. */
  async sheet(tab: "About" | "Members" | "Pinned" | "Files" | "Settings"): Promise<void> {
    await this.page.locator(".room-name").click();
    await this.page.getByRole("tab", { name: tab }).click();
  }

  /** Leaves the open room. */
  async leave(): Promise<void> {
    await this.sheet("About");
    await this.button("Leave").click();
    await this.button("Leave").click();
  }

  /** Opens a tab of the server's settings. */
  async manage(tab: string): Promise<void> {
    await this.button("Manage this server").click();
    await this.page.getByRole("tab", { name: tab, exact: true }).click();
  }

  /** Waits until the sign-in page shows a text. */
  async isOut(text: string): Promise<void> {
    await this.page.locator(".sign-in").getByText(text).waitFor();
  }

  button(name: string | RegExp) {
    const exact = typeof name === "string";
    return this.page.getByRole("button", { name, exact });
  }

  /** Opens a user's card from the list of people. */
  async meet(name: string): Promise<void> {
    await this.page.getByTitle(`About ${name}`).first().click();
    await this.page.getByRole("dialog", { name }).waitFor();
  }

  /** Starts a conversation from a user's card. */
  async writeTo(name: string): Promise<void> {
    await this.meet(name);
    await this.button("Send a direct message").click();
    await this.page.getByRole("heading", { level: 1, name }).waitFor();
  }

  /** The composer. */
  get composer() {
    return this.page.getByRole("textbox", { name: /^Message / });
  }

  /** The messages with a text. */
  messages(text: string | RegExp) {
    return this.page.locator("article", { hasText: text });
  }

  /** Types a message and presses Enter. */
  async write(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** Sends a message and waits until the server has stored it. */
  async say(text: string): Promise<void> {
    await this.write(text);
    await this.sees(text);
  }

  /** Waits until a message is shown. */
  async sees(text: string): Promise<void> {
    await this.page.locator("article[data-seq]", { hasText: text }).waitFor();
  }

  /** Chooses one of a message's actions. */
  async act(text: string, action: string): Promise<void> {
    await this.messages(text).hover();
    const bar = this.page.getByRole("toolbar");
    await bar.waitFor();
    const button = bar.getByRole("button", { name: action, exact: true });
    if (await button.count() > 0) return await button.click();
    await bar.getByRole("button", { name: "More actions" }).click();
    const sheet = this.page.getByRole("dialog", { name: "Message actions" });
    await this.page.getByRole("menuitem", { name: action, exact: true })
      .or(sheet.getByRole("button", { name: action, exact: true })).click();
  }

  /** Edits a message of the user's own, and presses Enter. */
  async edit(text: string, next: string): Promise<void> {
    await this.act(text, "Edit");
    const box = () => document.querySelector<HTMLTextAreaElement>(".composer textarea")?.value;
    await becomes(this.page, box, text);
    await this.write(next);
  }

  /** Opens a place in the sidebar. */
  async go(place: RegExp): Promise<void> {
    await this.page.getByRole("navigation").getByRole("button", { name: place }).first().click();
  }

  /** Takes the page offline, and waits until it shows that. */
  async goOffline(): Promise<void> {
    await this.context.setOffline(true);
    const shown = this.page.locator(".status", { hasText: "Offline" });
    // A frame that was already on its way proves to the page that its connection is alive: then it
    // has to check again.
    await shown.waitFor({ timeout: 1.5 * checkPatience }).catch(async () => {
      await this.page.evaluate(`dispatchEvent(new Event("offline"))`);
      await shown.waitFor();
    });
  }

  /** Waits until the status shows a text. */
  async status(text: string): Promise<void> {
    await this.page.locator(".status", { hasText: text }).waitFor();
  }
}

/** Where to save pictures of the page for a look at them: `SHOTS=/tmp/shots`. */
export const shots = ignore ? undefined : Deno.env.get("SHOTS");

/** Saves pictures of the page, in light and in dark, if pictures are wanted. */
export async function shoot(page: Page, name: string): Promise<void> {
  if (shots === undefined) return;
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.screenshot({ path: `${shots}/${name}-${colorScheme}.png` });
  }
}

/** Waits until the composer holds exactly a text. */
export function holds({ page }: Visitor, text: string): Promise<void> {
  return becomes(
    page,
    () => document.querySelector<HTMLTextAreaElement>(".composer textarea")?.value,
    text,
  );
}

/** Waits until a function in a page or a worker returns the expected value. */
export async function becomes<T>(
  page: { evaluate(read: () => T | Promise<T>): Promise<T> },
  read: () => T | Promise<T>,
  expected: T,
): Promise<void> {
  const until = performance.now() + timeoutMs;
  let actual: T;
  do {
    actual = await page.evaluate(read);
    if (JSON.stringify(actual) === JSON.stringify(expected)) return;
  } while (performance.now() < until);
  assertEquals(actual, expected);
}

/**
 * A test with a server of its own; it fails if any browser reports an error.
 *
 * @param past The history before the start; without it the server's data is in memory.
 */
export function browserTest(
  name: string,
  run: (server: TestServer) => Promise<Visitor[]>,
  settings: Partial<Config> = {},
  past?: Past,
  clock?: Clock,
): void {
  Deno.test({
    name,
    ignore,
    async fn() {
      await using cleanup = new AsyncDisposableStack();
      const data = past === undefined ? {} : { data: await dataWith(past, cleanup) };
      const server = cleanup.use(await startServer({ ...settings, ...data }, clock));
      const visitors = await run(server);
      for (const visitor of visitors) {
        assertEquals(visitor.complaints, []);
        await visitor.context.close();
      }
    },
  });
}

/** Creates a data file with a history. */
export async function dataWith(past: Past, cleanup: AsyncDisposableStack): Promise<string> {
  const directory = await Deno.makeTempDir();
  cleanup.defer(() => Deno.remove(directory, { recursive: true }));
  const data = `${directory}/chat.db`;
  await writePast(data, past);
  return data;
}
