/**
 * The screen reader Orca, which reads a Firefox window on a display in memory, and the keyboard in
 * front of them. What Orca says is written down instead of spoken.
 *
 * @module
 */
import type { Browser, CookieData, Page } from "puppeteer-core";
import { Display } from "../tests/e2e/support/webdriver.ts";

/** How long Orca has said nothing when it counts as done, in ms. */
const silenceMs = 1_000;
/** How long an element has to take the focus when a key only passes it, in ms. */
const passMs = 300;
/** How often to look whether it has said more, in ms. */
const lookEvery = 50;
/** How long Orca has for the first word of an answer, in ms. */
const firstWordMs = 1_500;

const FACTORY = "speech_log";

/** Orca's settings: no keys are repeated, and a new page is not read as a whole. */
const settings = {
  general: {
    firstStart: false,
    speechServerFactory: FACTORY,
    enableKeyEcho: false,
    sayAllOnLoad: false,
    pageSummaryOnLoad: false,
    startingProfile: ["Default", "default"],
  },
  profiles: { default: { profile: ["Default", "default"] } },
  pronunciations: {},
  keybindings: {},
};

/** Orca at work. */
export class Orca implements AsyncDisposable {
  /** The page that it reads. */
  readonly page: Page;
  readonly #log: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #started: AsyncDisposableStack;
  #read = 0;

  private constructor(
    page: Page,
    log: string,
    env: Readonly<Record<string, string>>,
    started: AsyncDisposableStack,
  ) {
    this.page = page;
    this.#log = log;
    this.#env = env;
    this.#started = started;
  }

  /**
   * Starts a display, a D-Bus, Firefox and Orca.
   *
   * @param url The page to open.
   * @param language The language of Orca and of Firefox: `en` or `de`.
   * @param cookies The cookies that the browser has already.
   */
  static async start(
    url: string,
    language: string,
    cookies: readonly CookieData[] = [],
  ): Promise<Orca> {
    await using started = new AsyncDisposableStack();
    const home = await Deno.makeTempDir();
    started.defer(() => Deno.remove(home, { recursive: true }).catch(() => {}));
    const display = started.use(await Display.start());
    const session = {
      HOME: home,
      XDG_RUNTIME_DIR: home,
      DISPLAY: display.name,
      LANGUAGE: language,
      GNOME_ACCESSIBILITY: "1",
      GSETTINGS_BACKEND: "memory",
    };
    const bus = started.use(await startBus(session));
    const log = `${home}/speech.log`;
    const env = { ...session, DBUS_SESSION_BUS_ADDRESS: bus.address, SPEECH_LOG: log };
    await Deno.writeTextFile(log, "");
    await Deno.mkdir(`${home}/orca`);
    await Deno.writeTextFile(`${home}/orca/user-settings.conf`, JSON.stringify(settings));
    await Deno.copyFile(
      new URL(`./${FACTORY}.py`, import.meta.url),
      `${home}/orca/${FACTORY}.py`,
    );
    const reader = started.use(spawn("orca", ["--user-prefs", `${home}/orca`], env));
    const browser = await startFirefox(env, language);
    started.defer(() => browser.close());
    const [page = await browser.newPage()] = await browser.pages();
    await browser.setCookie(...cookies);
    const orca = new Orca(page, log, env, started.move());
    try {
      await page.goto(url);
      await orca.#focusWindow();
      await orca.said();
      await orca.enterPage();
      await orca.said();
      if (reader.hasEnded()) throw new Error("Orca has ended: a user can have only one");
      return orca;
    } catch (error) {
      await orca[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Presses keys, one after the other, as on the keyboard: Orca gets them before Firefox does.
   *
   * @param keys By their names in X: `Tab`, `shift+Tab`, `Return`.
   * @returns What Orca has said then.
   */
  async press(...keys: readonly string[]): Promise<readonly string[]> {
    await run("xdotool", ["key", "--delay", "120", ...keys], this.#env);
    return await this.said();
  }

  /** Presses a key without waiting for all that Orca says; what it has said before is forgotten. */
  async tap(key: string): Promise<void> {
    this.#read = (await Deno.stat(this.#log)).size;
    await run("xdotool", ["key", key], this.#env);
    await new Promise((resolve) => setTimeout(resolve, passMs));
  }

  /** Types a text. @returns What Orca has said then. */
  async type(text: string): Promise<readonly string[]> {
    await run("xdotool", ["type", "--delay", "60", text], this.#env);
    return await this.said();
  }

  /** Waits until Orca is silent. @returns What it has said since the last call. */
  async said(): Promise<readonly string[]> {
    const start = performance.now();
    let last: number | undefined;
    let length = (await Deno.stat(this.#log)).size;
    for (;;) {
      const now = performance.now();
      const { size } = await Deno.stat(this.#log);
      if (size !== length || (last === undefined && size > this.#read)) last = now;
      length = size;
      if (now - (last ?? start) >= (last === undefined ? firstWordMs : silenceMs)) break;
      await new Promise((resolve) => setTimeout(resolve, lookEvery));
    }
    const spoken = (await Deno.readFile(this.#log)).slice(this.#read);
    this.#read += spoken.length;
    return new TextDecoder().decode(spoken).split("\n").filter((line) => line !== "");
  }

  /** Moves the focus from the browser's own controls into the page. */
  async enterPage(): Promise<void> {
    for (let presses = 0; presses < 5; presses++) {
      if (await this.page.evaluate(() => document.hasFocus())) return;
      await this.press("F6");
    }
    throw new Error("The page does not take the focus");
  }

  /** Without a window manager nobody else gives the window the focus. */
  async #focusWindow(): Promise<void> {
    await run(
      "xdotool",
      ["search", "--sync", "--onlyvisible", "--class", "firefox", "windowfocus", "--sync"],
      this.#env,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#started.disposeAsync();
  }
}

/** Starts a D-Bus for one session. */
async function startBus(env: Readonly<Record<string, string>>) {
  const process = new Deno.Command("dbus-daemon", {
    args: ["--session", "--nofork", "--print-address=1"],
    env,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = process.stdout.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return {
    address: new TextDecoder().decode(value).trim(),
    async [Symbol.asyncDispose]() {
      process.kill();
      await process.stdout.cancel();
      await process.status;
    },
  };
}

function spawn(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
) {
  const process = new Deno.Command(command, {
    args: [...args],
    env,
    stdout: "null",
    stderr: "null",
  }).spawn();
  let ended = false;
  const status = process.status.then(() => ended = true);
  return {
    hasEnded: () => ended,
    async [Symbol.asyncDispose]() {
      // Orca waits for programs that are gone.
      if (!ended) process.kill("SIGKILL");
      await status;
    },
  };
}

async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args: [...args], env }).output();
  if (!success) throw new Error(`${command} failed: ${new TextDecoder().decode(stderr)}`);
}

async function startFirefox(
  env: Readonly<Record<string, string>>,
  language: string,
): Promise<Browser> {
  // Imported lazily: it reads the environment when it loads.
  const { launch } = await import("puppeteer-core");
  return await launch({
    browser: "firefox",
    executablePath: "/usr/bin/firefox-esr",
    headless: false,
    defaultViewport: null,
    env,
    extraPrefsFirefox: {
      "accessibility.force_disabled": -1,
      "focusmanager.testmode": false,
      "intl.accept_languages": language,
    },
  });
}
