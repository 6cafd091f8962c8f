/**
 * Measures the page on an empty server and in a city, side by side:
 *
 *     deno task bench:page [--people=100000] [--rooms=5000] [--conversations=3000] [--rounds=20]
 *         [--keep=FOLDER]
 *
 * With `--keep`, the cities stay in a folder, and the next run finds them there. A user who is in all rooms of the city opens the page in a browser without a cache. The times say
 * as much of the machine as of the page; the counts do not.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { writeCity, type WrittenCity } from "../tests/support/city.ts";
import { type ServerProcess, spawnServer } from "../tests/support/server.ts";
import { kb, ms, quantile } from "./page.ts";

/** How often the page is opened; the median counts. */
const STARTS = 3;
/** How long nothing must arrive before the page counts as settled, in ms. */
const QUIET = 1_500;

/** One line of the report. */
interface PageMeasurement {
  readonly value: number;
  readonly unit: "ms" | "bytes" | "count";
}

/** What is measured, by its name, in the order of the report. */
type PageMeasurements = ReadonlyMap<string, PageMeasurement>;

/** What a page receives. */
interface Received {
  frames: number;
  bytes: number;
  at: number;
}

/** Runs in the page, before anything else: what the measurements use there. */
function instrument(): void {
  const ready = new MutationObserver(() => {
    if (document.querySelector(".composer textarea") === null) return;
    ready.disconnect();
    document.body.getBoundingClientRect();
    Object.assign(globalThis, { readyAt: performance.now() });
  });
  ready.observe(document, { childList: true, subtree: true });
  /** Resolves in the task after everything that is due now. */
  const soon = () => {
    const { port1, port2 } = new MessageChannel();
    return new Promise<void>((done) => {
      port1.onmessage = () => done();
      port2.postMessage(null);
    });
  };
  /** Acts, and returns the ms until `isDone`, with what has to be rendered and laid out for it. */
  const timed = async (act: () => void, isDone: () => boolean): Promise<number> => {
    await new Promise((done) => requestAnimationFrame(done));
    await soon();
    const start = performance.now();
    act();
    await soon();
    for (const until = start + 60_000; !isDone();) {
      if (performance.now() > until) throw new Error(`Not done: ${isDone}`);
      await soon();
    }
    document.body.getBoundingClientRect();
    return performance.now() - start;
  };
  const composer = () => document.querySelector<HTMLTextAreaElement>("main .composer textarea")!;
  const type = (text: string) => {
    composer().focus();
    document.execCommand("insertText", false, text);
  };
  const empty = () => {
    composer().focus();
    document.execCommand("selectAll");
    document.execCommand("delete");
  };
  Object.assign(globalThis, { timed, composer, type, empty });
}

// What `instrument` has put into the page.
declare function timed(act: () => void, isDone: () => boolean): Promise<number>;
declare function composer(): HTMLTextAreaElement;
declare function type(text: string): void;
declare function empty(): void;

/** Measures in a city whose user has the session `token`. */
async function measure(
  browser: Browser,
  server: ServerProcess,
  token: string,
  rounds: number,
): Promise<PageMeasurements> {
  const results = new Map<string, PageMeasurement>();
  const count = (name: string, value: number) => results.set(name, { value, unit: "count" });
  const bytes = (name: string, value: number) => results.set(name, { value, unit: "bytes" });
  const times = (name: string, values: readonly number[]) => {
    results.set(`${name}, p50`, { value: quantile(values, 0.5), unit: "ms" });
    results.set(`${name}, p95`, { value: quantile(values, 0.95), unit: "ms" });
  };

  const ready: number[] = [];
  for (let n = 0; n < STARTS; n++) {
    const { context, page } = await opened(browser, server, token);
    ready.push(await page.evaluate("globalThis.readyAt") as number);
    await page.locator("[role=log] article[data-seq]").first().waitFor();
    await context.close();
  }
  results.set("composer ready", { value: quantile(ready, 0.5), unit: "ms" });

  const { context, page, received } = await opened(browser, server, token);
  await page.locator("[role=log] article[data-seq]").first().waitFor();
  await settled(received);
  count("frames received", received.frames);
  bytes("bytes received", received.bytes);
  count("DOM nodes", await nodesIn(page));
  count("entries in the sidebar", await page.locator(".sidebar li").count());
  bytes("heap", await heapOf(page));

  times(
    "keystroke",
    await page.evaluate(async (rounds) => {
      const times: number[] = [];
      for (let n = 0; n < 5 * rounds; n++) times.push(await timed(() => type("a"), () => true));
      empty();
      return times;
    }, rounds),
  );

  await page.evaluate(() => type("@"));
  await page.locator(".completion li").first().waitFor();
  times(
    "`@` completion",
    await page.evaluate(async (rounds) => {
      const times: number[] = [];
      const hasList = () => document.querySelector(".completion li") !== null;
      for (let n = 0; n < rounds; n++) {
        empty();
        for (const letter of "@cit") times.push(await timed(() => type(letter), hasList));
      }
      empty();
      return times;
    }, rounds),
  );

  times(
    "room switch",
    await page.evaluate(async (rounds) => {
      const times: number[] = [];
      for (let n = 0; n < rounds; n++) {
        const others = [...document.querySelectorAll<HTMLElement>(".sidebar .place")]
          .filter((place) => /^(room-|general)/.test(place.textContent.trim()))
          .filter((place) => place.ariaCurrent === null);
        const other = others[n % Math.min(others.length, 10)]!;
        const name = other.querySelector(".place-name")!.textContent;
        times.push(
          await timed(
            () => other.click(),
            () =>
              document.querySelector("h1")?.textContent === name &&
              document.querySelector("[role=log] article[data-seq]") !== null,
          ),
        );
      }
      return times;
    }, Math.min(rounds, 10)),
  );

  times(
    "send, until stored",
    await page.evaluate(async (rounds) => {
      const times: number[] = [];
      for (let n = 0; n < rounds; n++) {
        const text = `measured ${n} ${crypto.randomUUID()}`;
        type(text);
        const enter = new KeyboardEvent("keydown", {
          key: "Enter",
          bubbles: true,
          cancelable: true,
        });
        times.push(
          await timed(
            () => composer().dispatchEvent(enter),
            () =>
              [...document.querySelectorAll("article[data-seq]")].at(-1)?.textContent.includes(
                text,
              ) ===
                true,
          ),
        );
      }
      return times;
    }, rounds),
  );

  await prepareThread(page, server, token);
  times(
    "open thread",
    await page.evaluate(async (rounds) => {
      const times: number[] = [];
      for (let n = 0; n < rounds; n++) {
        const replies = [...document.querySelectorAll<HTMLElement>("main .replies")].at(-1)!;
        times.push(
          await timed(
            () => replies.click(),
            () => document.querySelectorAll(".thread-log article").length > 1,
          ),
        );
        dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
        document.querySelector<HTMLElement>(".panel .buttons button:last-child")?.click();
        await timed(() => {}, () => document.querySelector(".thread-log") === null);
      }
      return times;
    }, rounds),
  );

  await page.keyboard.press("Control+Shift+F");
  const field = page.locator(".panel input").first();
  await field.waitFor();
  times(
    "search",
    await page.evaluate(async (rounds) => {
      const times: number[] = [];
      const input = document.querySelector<HTMLInputElement>(".panel input")!;
      for (let n = 0; n < rounds; n++) {
        const word = ["remember", "anybody", "could", "long", "went"][n % 5]!;
        input.focus();
        document.execCommand("selectAll");
        document.execCommand("insertText", false, word);
        const enter = new KeyboardEvent("keydown", {
          key: "Enter",
          bubbles: true,
          cancelable: true,
        });
        times.push(
          await timed(
            () => input.dispatchEvent(enter),
            () =>
              document.querySelector(".hit mark")?.textContent.toLowerCase().startsWith(word) ===
                true,
          ),
        );
      }
      return times;
    }, rounds),
  );

  count("DOM nodes afterwards", await nodesIn(page));
  bytes("heap afterwards", await heapOf(page));
  await context.close();
  return results;
}

/** Posts a message with an answer in its thread into the open room. */
async function prepareThread(page: Page, server: ServerProcess, token: string): Promise<void> {
  const room = await page.locator("h1").textContent();
  const path = `/api/rooms/${room}/messages`;
  const post = async (body: object) =>
    await (await server.request(path, { method: "POST", token, body })).json();
  const { seq } = await post({ message: "the root of a thread" });
  await post({ message: "a reply in the thread", thread: seq });
  await page.locator("main .replies").last().waitFor();
}

/** Opens the page of a session, in a browser without a cache, and waits for the composer. */
async function opened(
  browser: Browser,
  server: ServerProcess,
  token: string,
): Promise<{ context: BrowserContext; page: Page; received: Received }> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 700 } });
  await context.addCookies([{ name: "hubbub_session", value: token, url: server.url }]);
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const received: Received = { frames: 0, bytes: 0, at: performance.now() };
  page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => {
      received.frames += 1;
      received.bytes += payload.length;
      received.at = performance.now();
    }));
  await page.addInitScript(instrument);
  // The first request waits for the bundle.
  await page.goto(server.url, { timeout: 120_000 });
  await page.waitForFunction(() => Reflect.has(globalThis, "readyAt"));
  return { context, page, received };
}

/** Waits until nothing has arrived for a while. */
async function settled(received: Received): Promise<void> {
  while (performance.now() - received.at < QUIET) {
    await new Promise((done) => setTimeout(done, QUIET / 4));
  }
}

async function nodesIn(page: Page): Promise<number> {
  return await page.evaluate(() => {
    const walker = document.createTreeWalker(document);
    let nodes = 0;
    while (walker.nextNode() !== null) nodes += 1;
    return nodes;
  });
}

async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  await session.send("HeapProfiler.collectGarbage");
  const { metrics } = await session.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "JSHeapUsedSize")?.value ?? NaN;
}

function written({ value, unit }: PageMeasurement): string {
  return unit === "ms" ? ms(value) : unit === "bytes" ? kb(value) : `${value}`;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      people: { type: "string", default: "100000" },
      rooms: { type: "string", default: "5000" },
      conversations: { type: "string", default: "3000" },
      rounds: { type: "string", default: "20" },
      keep: { type: "string" },
      city: { type: "string" },
    },
  });
  await using cleanup = new AsyncDisposableStack();
  const directory = values.keep ?? await Deno.makeTempDir();
  if (values.keep === undefined) cleanup.defer(() => Deno.remove(directory, { recursive: true }));
  const browser = await chromium.launch({
    executablePath: Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--headless", "--disable-gpu"],
  });
  cleanup.defer(() => browser.close());
  const city: WrittenCity = {
    people: Number(values.people),
    rooms: Number(values.rooms),
    conversations: Number(values.conversations),
    messages: 30,
  };
  const empty: WrittenCity = { people: 1, rooms: 1, conversations: 1, messages: 30 };
  const measured: PageMeasurements[] = [];
  for (const [name, size] of Object.entries({ empty, city })) {
    const data = `${directory}/${name}.db`;
    const token = await Deno.readTextFile(`${data}.token`).catch(() => writeCity(data, size));
    await Deno.writeTextFile(`${data}.token`, token);
    const server = await spawnServer([`--data=${data}`, "--rate=0"]);
    try {
      measured.push(await measure(browser, server, token, Number(values.rounds)));
    } finally {
      await server.kill();
    }
  }
  const [small, large] = measured as [PageMeasurements, PageMeasurements];
  console.log("|  | empty | city | growth |\n| --- | --- | --- | --- |");
  for (const [name, measurement] of large) {
    const before = small.get(name)!;
    const growth = (measurement.value / before.value).toFixed(2);
    console.log(`| ${name} | ${written(before)} | ${written(measurement)} | ${growth} |`);
  }
}
