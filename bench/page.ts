/**
 * Measures the page in a real browser, with a real server in a process of its own:
 *
 *     deno task measure [--only=size,start,burst,past] [--slowdown=6] [--pages=200]
 *
 * `--slowdown` is how many times slower than this machine's the processor is made, as a cheap phone
 * has it; `--pages` how many pages of a room of 100,000 messages are scrolled through.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { buildPage } from "../lib/page.ts";
import { writePast } from "../tests/support/past.ts";
import { type ServerProcess, spawnServer } from "../tests/support/server.ts";

/** How many messages the long room has. */
const PAST = 100_000;
/** How long the burst is, and how much comes in it. */
const BURST_SECONDS = 5;
const PER_SECOND = 1_000;
/** How many messages are sent at a time in it. */
const AT_A_TIME = 10;
/** How often a cold start is measured; the middle one counts. */
const STARTS = 5;

interface Setting {
  readonly browser: Browser;
  readonly server: ServerProcess;
  readonly slowdown: number;
  readonly pages: number;
}

/** What can be measured. */
const PARTS = { size: measureSize, start: measureStart, burst: measureBurst, past: measurePast };

function tell(what: string, ...values: readonly string[]): void {
  console.log(`${what.padEnd(46)}${values.join("   ")}`);
}

function kb(bytes: number): string {
  return `${(bytes / 1_024).toFixed(1)} KB`;
}

function ms(time: number): string {
  return `${time.toFixed(time < 10 ? 1 : 0)} ms`;
}

/** The value below which a share of all values is. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** What a person's browser loads first, and all that there is to load. */
async function measureSize({ browser, server }: Setting): Promise<void> {
  const context = await signedIn(browser, server, "Sizer");
  const page = await context.newPage();
  const paths: string[] = [];
  page.on("response", (response) => paths.push(new URL(response.url()).pathname));
  await page.goto(server.url);
  await page.locator("article[data-seq]").first().waitFor();
  const scripts = (await buildPage(new URL("../static/", import.meta.url)))
    .filter(({ type }) => type.startsWith("text/javascript"))
    .map(({ path, body }) => ({
      path,
      gzip: gzipSync(body, { level: 9 }).length,
      br: brotliCompressSync(body).length,
    }));
  const first = scripts.filter(({ path }) => paths.includes(path));
  const sizes = (some: typeof scripts) =>
    (["gzip", "br"] as const).map((by) =>
      `${by} ${kb(some.reduce((total, script) => total + script[by], 0))}`
    );
  tell("script of the first load, compressed", ...sizes(first), `${first.length} files`);
  tell("all script, compressed", ...sizes(scripts), `${scripts.length} files`);
  await context.close();
}

/** From the address to the first message, in a browser that has nothing but a session. */
async function measureStart({ browser, server, slowdown }: Setting): Promise<void> {
  for (const rate of [1, slowdown]) {
    const times: number[] = [];
    for (let i = 0; i < STARTS; i++) {
      const context = await signedIn(browser, server, `Starter${rate}x${i}`);
      const page = await context.newPage();
      await slow(page, rate);
      await page.addInitScript(() => {
        const noticed = new MutationObserver(() => {
          if (document.querySelector("article[data-seq]") === null) return;
          noticed.disconnect();
          requestAnimationFrame(() => Object.assign(globalThis, { firstAt: performance.now() }));
        });
        noticed.observe(document, { childList: true, subtree: true });
      });
      await page.goto(server.url);
      await page.waitForFunction(() => Reflect.has(globalThis, "firstAt"));
      times.push(await page.evaluate("globalThis.firstAt") as number);
      await context.close();
    }
    tell(`first message, cold, processor ${rate}× slower`, ms(quantile(times, 0.5)));
  }
}

interface BurstFigures {
  readonly frames: readonly number[];
  readonly long: readonly number[];
  readonly keys: readonly number[];
  readonly rows: number;
}

/** What a thousand messages a second do to frames, and to whoever types meanwhile. */
async function measureBurst({ browser, server, slowdown }: Setting): Promise<void> {
  for (const rate of [1, slowdown]) {
    const context = await signedIn(browser, server, `Typist${rate}`);
    const page = await context.newPage();
    await page.goto(server.url);
    await page.locator("article[data-seq]").first().waitFor();
    await slow(page, rate);
    const composer = page.getByRole("textbox", { name: /^Message to/ });
    await composer.click();
    await page.evaluate(watch);
    const burst = sendBurst(server);
    const until = performance.now() + BURST_SECONDS * 1_000;
    while (performance.now() < until) await composer.pressSequentially("abcdefgh ", { delay: 60 });
    await burst;
    const figures = await page.evaluate("globalThis.figures()") as BurstFigures;
    const which = `processor ${rate}× slower`;
    tell(`burst, ${which}: a frame`, ...spread(figures.frames));
    tell(`burst, ${which}: long tasks`, `${figures.long.length}`, ...spread(figures.long));
    tell(`burst, ${which}: from key to paint`, ...spread(figures.keys));
    tell(`burst, ${which}: rows in the document`, `${figures.rows}`);
    await context.close();
  }
}

function spread(values: readonly number[]): readonly string[] {
  if (values.length === 0) return ["none"];
  return [`p50 ${ms(quantile(values, 0.5))}`, `p99 ${ms(quantile(values, 0.99))}`];
}

/** Runs in the page. Notes each frame, each long task, and each key until what it did is painted. */
function watch(): void {
  const frames: number[] = [];
  const long: number[] = [];
  const keys: number[] = [];
  let last = performance.now();
  const frame = (now: number) => {
    frames.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) long.push(duration);
  }).observe({ type: "longtask" });
  addEventListener("keydown", ({ timeStamp }) => {
    requestAnimationFrame(() => {
      // A task that comes after the frame: it was painted.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => keys.push(performance.now() - timeStamp);
      port2.postMessage(null);
    });
  }, { capture: true });
  Object.assign(globalThis, {
    figures: () => ({
      frames: frames.slice(1),
      long,
      keys,
      rows: document.querySelectorAll("[role=log] [data-seq]").length,
    }),
  });
}

async function sendBurst(server: ServerProcess): Promise<void> {
  const peer = await server.guest(`Scribe${crypto.randomUUID().slice(0, 8)}`, ["chat.batch.v1"]);
  await peer.ask({ type: "join", room: "general" });
  const pause = AT_A_TIME / PER_SECOND * 1_000;
  const start = performance.now();
  for (let n = 0; n < BURST_SECONDS * PER_SECOND; n += AT_A_TIME) {
    for (let i = n; i < n + AT_A_TIME; i++) {
      peer.send({ type: "room_message", room: "general", message: `message ${i} of a burst` });
    }
    const due = start + (n / AT_A_TIME + 1) * pause - performance.now();
    if (due > 0) await new Promise((done) => setTimeout(done, due));
  }
  await peer.sync();
  await peer.close();
}

/** What a long day of scrolling into a long past leaves in the page. */
async function measurePast({ browser, server, pages }: Setting): Promise<void> {
  const context = await signedIn(browser, server, "Scroller");
  const page = await context.newPage();
  await page.goto(server.url);
  await page.locator("article[data-seq]").first().waitFor();
  tell("before scrolling", ...await weigh(page));
  const { read, rows } = await page.evaluate(async (pages) => {
    const box = document.querySelector<HTMLElement>("[role=log]")!;
    const seqs = () => [...box.querySelectorAll<HTMLElement>("[data-seq]")];
    const first = () => Number(seqs()[0]!.dataset.seq);
    const from = first();
    let rows = 0;
    for (let idle = 0; idle < 600 && from - first() < pages * 50;) {
      const before = first();
      box.scrollTop = 0;
      await new Promise((done) => requestAnimationFrame(done));
      idle = first() === before ? idle + 1 : 0;
      rows = Math.max(rows, seqs().length);
    }
    return { read: from - first(), rows };
  }, pages);
  tell(`after ${read} messages of ${PAST}`, ...await weigh(page));
  tell("rows in the document, at most", `${rows}`);
  await context.close();
}

async function weigh(page: Page): Promise<readonly string[]> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  await session.send("HeapProfiler.collectGarbage");
  const { metrics } = await session.send("Performance.getMetrics");
  const heap = metrics.find(({ name }) => name === "JSHeapUsedSize")?.value ?? NaN;
  const elements = await page.evaluate(() => document.querySelectorAll("*").length);
  return [`heap ${kb(heap)}`, `${elements} elements`];
}

/** A browser that has a session, and nothing else. */
async function signedIn(
  browser: Browser,
  server: ServerProcess,
  name: string,
): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 700 } });
  const response = await context.request.post(`${server.url}/api/session`, { data: { name } });
  if (!response.ok()) throw new Error(`Cannot sign in ${name}: ${await response.text()}`);
  return context;
}

async function slow(page: Page, rate: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate });
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      slowdown: { type: "string", default: "6" },
      pages: { type: "string", default: "200" },
    },
  });
  const only = values.only?.split(",") ?? Object.keys(PARTS);
  await using cleanup = new AsyncDisposableStack();
  const directory = await Deno.makeTempDir();
  cleanup.defer(() => Deno.remove(directory, { recursive: true }));
  const data = `${directory}/chat.db`;
  await writePast(data, { room: "general", count: PAST });
  const server = await spawnServer([`--data=${data}`, "--rate=0"]);
  cleanup.defer(async () => void await server.kill());
  const browser = await chromium.launch({
    executablePath: Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--headless", "--disable-gpu"],
  });
  cleanup.defer(() => browser.close());
  const numbers = { slowdown: Number(values.slowdown), pages: Number(values.pages) };
  for (const [name, run] of Object.entries(PARTS)) {
    if (only.includes(name)) await run({ browser, server, ...numbers });
  }
}
