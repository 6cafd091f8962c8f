/**
 * Browsers for the tests of the page, and people who sit in front of them. Where there is no
 * browser the tests are ignored, except on a build server, which must have one.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { Config } from "../../../lib/config.ts";
import { inCi, needs } from "../../support/permissions.ts";
import { type Past, writePast } from "../../support/past.ts";
import { startServer, type TestServer } from "../../support/server.ts";

const permitted = !needs("env", "net", "read", "run", "sys", "write").ignore;
const executablePath = (permitted ? Deno.env.get("CHROMIUM") : undefined) ?? "/usr/bin/chromium";
const args = [
  "--no-sandbox",
  "--headless",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** How long a condition may take to come true, in ms. */
const patience = 10_000;

/** Whether there is no browser, and need not be one. */
export const ignore = !permitted || (!hasChromium() && !inCi());
if (ignore && permitted) {
  console.log(`Ignored: the tests of the page need Chromium at ${executablePath}`);
}

function hasChromium(): boolean {
  try {
    return Deno.statSync(executablePath).isFile;
  } catch {
    return false;
  }
}

let browser: Browser;

/** Opens a browser before the tests of a file, and closes it after them. */
export function useBrowser(): void {
  Deno.test.beforeAll(async () => {
    if (ignore) return;
    // Loaded only here: it reads the environment as soon as it is.
    const { chromium } = await import("playwright-core");
    browser = await chromium.launch({ executablePath, args });
  });
  Deno.test.afterAll(async () => {
    if (!ignore) await browser.close();
  });
}

/** One person in a browser of their own, and what they do. */
export class Visitor {
  /** What the browser complained of. */
  readonly complaints: string[] = [];
  /** What the browser wrote into its console as errors, lost connections among them. */
  readonly errors: string[] = [];

  private constructor(readonly context: BrowserContext, readonly page: Page) {
    page.setDefaultTimeout(patience);
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) this.complaints.push(message.text());
      if (message.type() === "error") this.errors.push(message.text());
    });
  }

  /** Opens an address in a browser that has never been there. */
  static async open(url: string, options: Parameters<Browser["newContext"]>[0] = {}) {
    const context = await browser.newContext({
      viewport: { width: 1100, height: 700 },
      ...options,
    });
    const visitor = new Visitor(context, await context.newPage());
    await visitor.page.goto(url);
    return visitor;
  }

  /** Opens an address and goes in under a name. */
  static async at(url: string, name: string, viewport = { width: 1100, height: 700 }) {
    const visitor = await Visitor.open(url, { viewport });
    await visitor.enterAs(name);
    return visitor;
  }

  /** Opens an address in another tab of the same browser. */
  async newTab(url: string): Promise<Visitor> {
    const visitor = new Visitor(this.context, await this.context.newPage());
    await visitor.page.goto(url);
    return visitor;
  }

  /** Picks a name on the sign-in page. */
  async enterAs(name: string): Promise<void> {
    await this.page.getByLabel("Your name").fill(name);
    await this.page.getByRole("button", { name: "Start chatting" }).click();
    await this.isIn();
  }

  /** Waits until the room for everybody is open. */
  async isIn(): Promise<void> {
    await this.page.getByRole("heading", { level: 1, name: "general" }).waitFor();
  }

  /** Waits until the sign-in page says something. */
  async isOut(text: string): Promise<void> {
    await this.page.locator(".sign-in").getByText(text).waitFor();
  }

  button(name: string | RegExp) {
    const exact = typeof name === "string";
    return this.page.getByRole("button", { name, exact });
  }

  /** Opens somebody's card from the list of people. */
  async meet(name: string): Promise<void> {
    await this.page.getByTitle(`About ${name}`).first().click();
    await this.page.getByRole("dialog", { name }).waitFor();
  }

  /** Begins a conversation from somebody's card. */
  async writeTo(name: string): Promise<void> {
    await this.meet(name);
    await this.button("Send a direct message").click();
    await this.page.getByRole("heading", { level: 1, name }).waitFor();
  }

  /** Where one writes. */
  get composer() {
    return this.page.getByRole("textbox", { name: /^Message to/ });
  }

  /** The messages with a text. */
  messages(text: string | RegExp) {
    return this.page.locator("article", { hasText: text });
  }

  /** Writes something and presses Enter. */
  async write(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** Says something and waits until the server has stored it. */
  async say(text: string): Promise<void> {
    await this.write(text);
    await this.sees(text);
  }

  /** Waits until a message is there. */
  async sees(text: string): Promise<void> {
    await this.page.locator("article[data-seq]", { hasText: text }).waitFor();
  }

  /** Chooses one of a message's actions. */
  async act(text: string, action: string): Promise<void> {
    await this.messages(text).hover();
    await this.page.getByRole("toolbar").getByRole("button", { name: action, exact: true }).click();
  }

  /** Goes to a place in the sidebar. */
  async go(place: RegExp): Promise<void> {
    await this.page.getByRole("navigation").getByRole("button", { name: place }).first().click();
  }

  /** Waits for what the status line says. */
  async status(text: string): Promise<void> {
    await this.page.locator(".status", { hasText: text }).waitFor();
  }
}

/** Waits until a function of a page or a worker answers what it should. */
export async function becomes<T>(
  page: { evaluate(read: () => T | Promise<T>): Promise<T> },
  read: () => T | Promise<T>,
  expected: T,
): Promise<void> {
  const until = performance.now() + patience;
  let actual: T;
  do {
    actual = await page.evaluate(read);
    if (JSON.stringify(actual) === JSON.stringify(expected)) return;
  } while (performance.now() < until);
  assertEquals(actual, expected);
}

/**
 * A test with a server of its own; nobody's browser may have complained at its end.
 *
 * @param past What was said before it starts; without it the server's data is in memory.
 */
export function browserTest(
  name: string,
  run: (server: TestServer) => Promise<Visitor[]>,
  settings: Partial<Config> = {},
  past?: Past,
): void {
  Deno.test({
    name,
    ignore,
    async fn() {
      await using cleanup = new AsyncDisposableStack();
      const data = past === undefined ? {} : { data: await dataWith(past, cleanup) };
      const server = cleanup.use(await startServer({ ...settings, ...data }));
      const visitors = await run(server);
      for (const visitor of visitors) {
        assertEquals(visitor.complaints, []);
        await visitor.context.close();
      }
    },
  });
}

async function dataWith(past: Past, cleanup: AsyncDisposableStack): Promise<string> {
  const directory = await Deno.makeTempDir();
  cleanup.defer(() => Deno.remove(directory, { recursive: true }));
  const data = `${directory}/chat.db`;
  await writePast(data, past);
  return data;
}
