/**
 * A client of W3C WebDriver, as far as the tests need it, and WebKit behind it. A driver has one
 * session, and a session has one user.
 *
 * @module
 */
import { freePort } from "../../support/client_swarm.ts";

/** The member of a JSON object that refers to an element; the standard fixes it. */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
/** How often to ask a driver that starts whether it is ready. */
const ATTEMPTS = 100;

/** A reference to an element. */
export interface ElementReference {
  readonly [ELEMENT]: string;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** A display in memory, for browsers without a headless mode. */
export class Display implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  /** The value of `DISPLAY`. */
  readonly name: string;

  private constructor(process: Deno.ChildProcess, name: string) {
    this.#process = process;
    this.name = name;
  }

  static async start(): Promise<Display> {
    const process = new Deno.Command("Xvfb", {
      args: ["-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"],
      stdout: "piped",
      stderr: "null",
    }).spawn();
    // The server writes the number once it is ready.
    const reader = process.stdout.getReader();
    const { value } = await reader.read();
    reader.releaseLock();
    const number = new TextDecoder().decode(value).trim();
    if (number === "") throw new Error("Xvfb did not start");
    return new Display(process, `:${number}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill();
    await this.#process.stdout.cancel();
    await this.#process.status;
  }
}

/** One session of WebKit, in a driver and a browser of its own. */
export class WebDriverSession implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #driver: string;
  #id = "";
  /** What the window has around the page. */
  #frame = { width: 0, height: 0 };

  private constructor(process: Deno.ChildProcess, driver: string) {
    this.#process = process;
    this.#driver = driver;
  }

  /** Starts WebKit in dark mode on a display. */
  static async start(display: Display): Promise<WebDriverSession> {
    const port = freePort();
    const process = new Deno.Command("WebKitWebDriver", {
      args: ["--host=127.0.0.1", `--port=${port}`],
      env: { DISPLAY: display.name, GTK_THEME: "Adwaita:dark", LANG: "en_US.UTF-8" },
      stdout: "null",
      stderr: "null",
    }).spawn();
    const session = new WebDriverSession(process, `http://127.0.0.1:${port}`);
    try {
      await session.#begin();
    } catch (error) {
      await session[Symbol.asyncDispose]();
      throw error;
    }
    return session;
  }

  async #begin(): Promise<void> {
    for (let attempt = 1;; attempt += 1) {
      try {
        await this.#ask("GET", "/status");
        break;
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    const capabilities = { alwaysMatch: { unhandledPromptBehavior: "accept" } };
    const { sessionId } = await this.#ask("POST", "/session", { capabilities }) as {
      sessionId: string;
    };
    this.#id = sessionId;
    const outer = await this.#ask("GET", `/session/${sessionId}/window/rect`) as Size;
    const script = "return { width: innerWidth, height: innerHeight }";
    const inner = await this.command("/execute/sync", { script, args: [] }) as Size;
    this.#frame = { width: outer.width - inner.width, height: outer.height - inner.height };
  }

  /** Asks for another size of the page; the window follows in its own time. */
  async resize(width: number, height: number): Promise<void> {
    await this.command("/window/rect", {
      width: width + this.#frame.width,
      height: height + this.#frame.height,
    });
  }

  async #ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#driver}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  }

  /** Sends a command to the session. */
  command(path: string, body: unknown = {}): Promise<unknown> {
    return this.#ask("POST", `/session/${this.#id}${path}`, body);
  }

  /** Sends a command to an element. */
  element({ [ELEMENT]: id }: ElementReference, action: string, body?: unknown): Promise<unknown> {
    return this.command(`/element/${id}/${action}`, body);
  }

  /** Returns a picture of the page, as PNG in base64. */
  screenshot(): Promise<string> {
    return this.#ask("GET", `/session/${this.#id}/screenshot`) as Promise<string>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#id !== "") await this.#ask("DELETE", `/session/${this.#id}`).catch(() => {});
    this.#process.kill();
    await this.#process.status;
  }
}
