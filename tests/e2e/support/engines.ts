/**
 * Three browser engines behind one interface, for journeys that must work in all of them: Chromium
 * and Firefox by Puppeteer (Firefox over WebDriver BiDi), WebKit by WebDriver. All of them are
 * started in dark mode.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { Browser, ElementHandle, KeyInput, Page } from "puppeteer-core";
import { bundledPage } from "../../support/bundled_page.ts";
import { needsTools } from "../../support/tools.ts";
import { CHROMIUM, ignore, shots } from "./browser.ts";
import { Display, type ElementReference, WebDriverSession } from "./webdriver.ts";

/** How long a page may take to show something, in ms. */
const timeoutMs = 15_000;

/** An element: the first one in view that matches a selector, and has a label or text. */
export interface Target {
  readonly css: string;
  /** Its label, or a part of it; an element with exactly this label comes first. */
  readonly text?: string;
}

/** A key, and those held down with it. */
export type Press =
  | "Enter"
  | "Escape"
  | "Backspace"
  | "Tab"
  | "ArrowUp"
  | "ArrowRight"
  | "Shift+Enter";

/** What each engine does in its own way; see {@linkcode EnginePage}. */
interface Driver extends AsyncDisposable {
  goto(url: string): Promise<void>;
  reload(): Promise<void>;
  resize(width: number, height: number): Promise<void>;
  evaluate(script: string): Promise<unknown>;
  /** Clicks on the element that a script returns. */
  click(script: string): Promise<void>;
  /** Sets the file of the input that a script returns. */
  choose(script: string, path: string): Promise<void>;
  type(text: string): Promise<void>;
  press(key: Press): Promise<void>;
  /** Returns a picture of the page, as PNG. */
  screenshot(): Promise<Uint8Array>;
  /** Returns the page on paper, as PDF; `undefined` if the engine cannot be asked for it. */
  print(): Promise<Uint8Array | undefined>;
}

/** A running browser engine. */
export interface Engine extends AsyncDisposable {
  /** Opens a page for another user, in a window of 1100 × 700. */
  open(url: string): Promise<EnginePage>;
}

/** The name of an engine. */
export type EngineName = "Chromium" | "Firefox" | "WebKit";

/** An engine, and how to start it. */
interface EngineEntry {
  readonly name: EngineName;
  /** Whether it is not installed, and need not be. */
  readonly ignore: boolean;
  start(): Promise<Engine>;
}

/** The engines that the page is made for. */
export const ENGINES: readonly EngineEntry[] = [
  {
    name: "Chromium",
    ignore,
    start: () =>
      startPuppeteer({
        browser: "chrome",
        executablePath: CHROMIUM.path,
        args: [...CHROMIUM.args, "--blink-settings=preferredColorScheme=0"],
      }),
  },
  firefox("Firefox", {}),
  {
    name: "WebKit",
    ignore: ignore || needsTools("WebKitWebDriver", "Xvfb").ignore,
    start: startWebKit,
  },
];

/** Firefox, set to block cookies and storage. */
export const FIREFOX_WITHOUT_COOKIES = firefox("Firefox", { "network.cookie.cookieBehavior": 2 });

function firefox(name: EngineName, preferences: Readonly<Record<string, unknown>>): EngineEntry {
  return {
    name,
    ignore: ignore || needsTools("firefox-esr").ignore,
    start: () =>
      startPuppeteer({
        browser: "firefox",
        executablePath: "/usr/bin/firefox-esr",
        extraPrefsFirefox: {
          "layout.css.prefers-color-scheme.content-override": 0,
          ...preferences,
        },
      }),
  };
}

/** A page of one user, in any engine. */
export class EnginePage implements AsyncDisposable {
  readonly #driver: Driver;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  async goto(url: string): Promise<void> {
    await this.#driver.goto(url);
    await this.#listen();
  }

  async reload(): Promise<void> {
    await this.#driver.reload();
    await this.#listen();
  }

  /** Gives the page another size; WebKit is 460 px wide at least. */
  resize(width: number, height: number): Promise<void> {
    return this.#driver.resize(width, height);
  }

  /** Runs a function in the page; what it takes and returns is JSON. */
  evaluate<A extends readonly unknown[], T>(
    run: (...args: A) => T | Promise<T>,
    ...args: A
  ): Promise<T> {
    return this.#driver.evaluate(callOf(run, args)) as Promise<T>;
  }

  /** Waits until a function in the page returns true. @throws If it does not in time. */
  async until<A extends readonly unknown[]>(
    condition: (...args: A) => boolean,
    ...args: A
  ): Promise<void> {
    const call = `${waitFor}; return waitFor(() => ${callOf(condition, args)}, ${timeoutMs})`;
    if (await this.#driver.evaluate(`(() => { ${call} })()`)) return;
    const text = await this.evaluate(() => document.body.innerText);
    throw new Error(`Waited for ${condition} of ${JSON.stringify(args)}, but saw:\n${text}`);
  }

  /** Waits until an element is in view. */
  async sees(target: Target): Promise<void> {
    const call = `${waitFor}; return waitFor(() => ${findOf(target)} !== null, ${timeoutMs})`;
    if (await this.#driver.evaluate(`(() => { ${call} })()`)) return;
    const text = await this.evaluate(() => document.body.innerText);
    throw new Error(`Waited for ${JSON.stringify(target)}, but saw:\n${text}`);
  }

  /** Clicks on an element once it is in view. */
  async click(target: Target): Promise<void> {
    await this.sees(target);
    await this.#driver.click(findOf(target));
  }

  /** Chooses a file in an input; the input may be hidden. */
  choose(css: string, path: string): Promise<void> {
    return this.#driver.choose(`document.querySelector(${JSON.stringify(css)})`, path);
  }

  /** Types into the element that has the focus. */
  type(text: string): Promise<void> {
    return this.#driver.type(text);
  }

  press(key: Press): Promise<void> {
    return this.#driver.press(key);
  }

  /** Returns a picture of the page, as PNG. */
  screenshot(): Promise<Uint8Array> {
    return this.#driver.screenshot();
  }

  /** Saves a picture of the page, if pictures are wanted. */
  async shoot(name: string): Promise<void> {
    if (shots === undefined) return;
    const path = `${shots}/engines-${name.replace(/\W+/g, "-")}.png`;
    await Deno.writeFile(path, await this.screenshot());
  }

  print(): Promise<Uint8Array | undefined> {
    return this.#driver.print();
  }

  /** Returns the uncaught errors and policy violations since the page was loaded. */
  complaints(): Promise<readonly string[]> {
    return this.evaluate(() => (globalThis as unknown as { complaints: string[] }).complaints);
  }

  #listen(): Promise<void> {
    return this.evaluate(() => {
      const complaints: string[] = [];
      Object.assign(globalThis, { complaints });
      addEventListener("error", ({ message }) => complaints.push(message));
      addEventListener("unhandledrejection", ({ reason }) => complaints.push(String(reason)));
      addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
        complaints.push(`${violatedDirective}: ${blockedURI}`);
      });
    });
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#driver[Symbol.asyncDispose]();
  }
}

function callOf(run: (...args: never[]) => unknown, args: readonly unknown[]): string {
  return `(${run})(...${JSON.stringify(args)})`;
}

function findOf(target: Target): string {
  return `(${find})(${JSON.stringify(target)})`;
}

/** Finds a target. Runs in the page. */
function find({ css, text }: Target): Element | null {
  const clean = (text: string | null | undefined) => (text ?? "").replace(/\s+/g, " ").trim();
  const inView = [...document.querySelectorAll<HTMLElement>(css)].filter((element) =>
    element.checkVisibility({ visibilityProperty: true }) &&
    element.closest("[inert]") === null
  );
  if (text === undefined) return inView[0] ?? null;
  const labelled = inView.map((element) => {
    const { labels } = element as HTMLInputElement;
    const labels_ = [
      element.getAttribute("aria-label"),
      element.title,
      element.textContent,
      labels?.[0]?.textContent,
    ].map(clean);
    return { element, labels: labels_ };
  });
  const found = labelled.find(({ labels }) => labels.includes(text)) ??
    labelled.find(({ labels }) => labels.some((label) => label.includes(text)));
  return found?.element ?? null;
}

/** Resolves with whether a condition has come true in time. Runs in the page. */
function waitFor(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (result: boolean) => {
      observer.disconnect();
      clearInterval(interval);
      clearTimeout(timer);
      resolve(result);
    };
    const check = () => {
      if (condition()) end(true);
    };
    const observer = new MutationObserver(check);
    // Some conditions change without the document: the size of the window, or the text of a field.
    const interval = setInterval(check, 100);
    const timer = setTimeout(() => end(false), timeoutMs);
    observer.observe(document, {
      subtree: true,
      childList: true,
      attributes: true,
      characterData: true,
    });
    check();
  });
}

const WINDOW = { width: 1100, height: 700 };

async function startPuppeteer(
  options: Parameters<typeof import("puppeteer-core").launch>[0],
): Promise<Engine> {
  // Imported lazily: it reads the environment when it loads.
  const { launch } = await import("puppeteer-core");
  await bundledPage();
  const browser: Browser = await launch({ ...options, headless: true });
  return {
    async open(url) {
      const context = await browser.createBrowserContext();
      // In a window of its own: a tab behind another one is slow on purpose.
      const page = new EnginePage(puppeteerDriver(await context.newPage({ type: "window" })));
      await page.resize(WINDOW.width, WINDOW.height);
      await page.goto(url);
      return page;
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

function puppeteerDriver(page: Page): Driver {
  page.setDefaultTimeout(2 * timeoutMs);
  return {
    goto: async (url) => void await page.goto(url, { waitUntil: "load" }),
    reload: async () => void await page.reload({ waitUntil: "load" }),
    resize: (width, height) => page.setViewport({ width, height }),
    evaluate: (script) => page.evaluate(script),
    async click(script) {
      await (await page.evaluateHandle(script) as ElementHandle<Element>).click();
    },
    async choose(script, path) {
      await (await page.evaluateHandle(script) as ElementHandle<HTMLInputElement>).uploadFile(path);
    },
    type: (text) => page.keyboard.type(text),
    async press(keys) {
      const held = keys.split("+") as KeyInput[];
      const key = held.pop()!;
      for (const modifier of held) await page.keyboard.down(modifier);
      await page.keyboard.press(key);
      for (const modifier of held) await page.keyboard.up(modifier);
    },
    screenshot: () => page.screenshot(),
    print: () => page.pdf({ format: "A4" }),
    [Symbol.asyncDispose]: () => page.browserContext().close(),
  };
}

async function startWebKit(): Promise<Engine> {
  await bundledPage();
  const display = await Display.start();
  return {
    async open(url) {
      const page = new EnginePage(webDriver(await WebDriverSession.start(display)));
      await page.resize(WINDOW.width, WINDOW.height);
      await page.goto(url);
      return page;
    },
    [Symbol.asyncDispose]: () => display[Symbol.asyncDispose](),
  };
}

/** The width of WebKit's narrowest window: its toolbar needs it. */
const WEBKIT_WIDTH_MIN = 460;

/** The keys of WebDriver that are no characters. */
const KEYS: Readonly<Record<string, string>> = {
  Enter: "\uE007",
  Escape: "\uE00C",
  Backspace: "\uE003",
  Tab: "\uE004",
  ArrowUp: "\uE013",
  ArrowRight: "\uE014",
  Shift: "\uE008",
};

function webDriver(session: WebDriverSession): Driver {
  const keys = async (actions: readonly { type: string; value: string }[]) => {
    await session.command("/actions", { actions: [{ type: "key", id: "keyboard", actions }] });
  };
  const elementOf = (script: string) =>
    session.command("/execute/sync", {
      script: `return ${script}`,
      args: [],
    }) as Promise<ElementReference>;
  return {
    goto: async (url) => void await session.command("/url", { url }),
    reload: async () => void await session.command("/refresh"),
    async resize(width, height) {
      const [innerWidth, innerHeight] = [Math.max(width, WEBKIT_WIDTH_MIN), height];
      await session.resize(innerWidth, innerHeight);
      const script = `return innerWidth === ${innerWidth} && innerHeight === ${innerHeight}`;
      const until = performance.now() + timeoutMs;
      while (!await session.command("/execute/sync", { script, args: [] })) {
        if (performance.now() > until) throw new Error(`The window is not ${innerWidth} wide`);
      }
    },
    async evaluate(script) {
      const { value, error } = await session.command("/execute/async", {
        script: `const done = arguments[0];
          Promise.resolve().then(() => ${script})
            .then((value) => done({ value }), (error) => done({ error: String(error) }));`,
        args: [],
      }) as { value?: unknown; error?: string };
      if (error !== undefined) throw new Error(error);
      return value;
    },
    async click(script) {
      const until = performance.now() + timeoutMs;
      for (;;) {
        try {
          return void await session.element(await elementOf(script), "click");
        } catch (error) {
          // The driver refuses to click on what still moves, or is covered by what does.
          if (performance.now() > until) throw error;
        }
      }
    },
    choose: async (script, path) =>
      void await session.element(await elementOf(script), "value", { text: path }),
    type: (text) =>
      keys([...text].flatMap((value) => [{ type: "keyDown", value }, { type: "keyUp", value }])),
    press(press) {
      const values = press.split("+").map((key) => KEYS[key]!);
      return keys([
        ...values.map((value) => ({ type: "keyDown", value })),
        ...values.toReversed().map((value) => ({ type: "keyUp", value })),
      ]);
    },
    screenshot: async () => Buffer.from(await session.screenshot(), "base64"),
    print: () => Promise.resolve(undefined),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
