/**
 * Measures the page in a real browser, with a server in a separate process:
 *
 *     deno task measure [--only=size,start,burst,past] [--slowdown=6] [--pages=200]
 *
 * `--slowdown` is the factor by which the browser slows the processor down, as in a cheap phone;
 * `--pages` is the number of pages to scroll in a room of 100,000 messages.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { buildPage } from "../lib/build/bundle.ts";
import { writePast } from "../tests/support/past.ts";
import { type ServerProcess, spawnServer } from "../tests/support/server.ts";

/** The number of messages in the long room. */
const HISTORY = 100_000;
/** The length and the rate of the burst. */
const BURST_SECONDS = 5;
const PER_SECOND = 1_000;
/** How many messages of the burst are sent at a time. */
const BURST_GROUP = 10;
/** How often a cold start is measured; the median counts. */
const STARTS = 5;

interface Setting {
  readonly browser: Browser;
  readonly server: ServerProcess;
  readonly slowdown: number;
  readonly pages: number;
}

/** The measurements by name. */
const MEASUREMENTS = {
  size: measureSize,
  start: measureStart,
  burst: measureBurst,
  past: measureHistory,
};

function report(what: string, ...values: readonly string[]): void {
  console.log(`${what.padEnd(46)}${values.join("   ")}`);
}

/** Writes a number of bytes. */
export function kb(bytes: number): string {
  return `${(bytes / 1_024).toFixed(1)} KB`;
}

/** Writes a time. */
export function ms(time: number): string {
  return `${time.toFixed(time < 10 ? 1 : 0)} ms`;
}

/** Returns the value below which a share of all values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** Measures the size of the script that a browser loads first, and of all script. */
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
  report("script of the first load, compressed", ...sizes(first), `${first.length} files`);
  report("all script, compressed", ...sizes(scripts), `${scripts.length} files`);
  await context.close();
}

/** Measures the time from navigation to the first message, in a browser with a session and no cache. */
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
    report(`first message, cold, processor ${rate}× slower`, ms(quantile(times, 0.5)));
  }
}

interface BurstResults {
  readonly frames: readonly number[];
  readonly long: readonly number[];
  readonly keys: readonly number[];
  readonly rows: number;
}

/** Measures frames, long tasks and typing during a burst of a thousand messages a second. */
async function measureBurst({ browser, server, slowdown }: Setting): Promise<void> {
  for (const rate of [1, slowdown]) {
    const context = await signedIn(browser, server, `Typist${rate}`);
    const page = await context.newPage();
    await page.goto(server.url);
    await page.locator("article[data-seq]").first().waitFor();
    await slow(page, rate);
    const composer = page.getByRole("textbox", { name: /^Message / });
    await composer.click();
    await page.evaluate(watch);
    const burst = sendBurst(server);
    const until = performance.now() + BURST_SECONDS * 1_000;
    while (performance.now() < until) await composer.pressSequentially("abcdefgh ", { delay: 60 });
    await burst;
    const results = await page.evaluate("globalThis.results()") as BurstResults;
    const which = `processor ${rate}× slower`;
    report(`burst, ${which}: a frame`, ...spread(results.frames));
    report(`burst, ${which}: long tasks`, `${results.long.length}`, ...spread(results.long));
    report(`burst, ${which}: from key to paint`, ...spread(results.keys));
    report(`burst, ${which}: rows in the document`, `${results.rows}`);
    await context.close();
  }
}

function spread(values: readonly number[]): readonly string[] {
  if (values.length === 0) return ["none"];
  return [`p50 ${ms(quantile(values, 0.5))}`, `p99 ${ms(quantile(values, 0.99))}`];
}

/** Runs in the page. Records every frame, every long task, and the time from each key to paint. */
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
      // A task after the frame: by then it was painted.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => keys.push(performance.now() - timeStamp);
      port2.postMessage(null);
    });
  }, { capture: true });
  Object.assign(globalThis, {
    results: () => ({
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
  const pause = BURST_GROUP / PER_SECOND * 1_000;
  const start = performance.now();
  for (let n = 0; n < BURST_SECONDS * PER_SECOND; n += BURST_GROUP) {
    for (let i = n; i < n + BURST_GROUP; i++) {
      peer.send({ type: "room_message", room: "general", message: `message ${i} of a burst` });
    }
    const due = start + (n / BURST_GROUP + 1) * pause - performance.now();
    if (due > 0) await new Promise((done) => setTimeout(done, due));
  }
  await peer.sync();
  await peer.close();
}

/** Measures the memory of the page after scrolling through a long history. */
async function measureHistory({ browser, server, pages }: Setting): Promise<void> {
  const context = await signedIn(browser, server, "Scroller");
  const page = await context.newPage();
  await page.goto(server.url);
  await page.locator("article[data-seq]").first().waitFor();
  report("before scrolling", ...await weigh(page));
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
  report(`after ${read} messages of ${HISTORY}`, ...await weigh(page));
  report("rows in the document, at most", `${rows}`);
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

/** Creates a browser context that has a session and nothing else. */
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
  const only = values.only?.split(",") ?? Object.keys(MEASUREMENTS);
  await using cleanup = new AsyncDisposableStack();
  const directory = await Deno.makeTempDir();
  cleanup.defer(() => Deno.remove(directory, { recursive: true }));
  const data = `${directory}/chat.db`;
  await writePast(data, { room: "general", count: HISTORY });
  const server = await spawnServer([`--data=${data}`, "--rate=0"]);
  cleanup.defer(async () => void await server.kill());
  const browser = await chromium.launch({
    executablePath: Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--headless", "--disable-gpu"],
  });
  cleanup.defer(() => browser.close());
  const numbers = { slowdown: Number(values.slowdown), pages: Number(values.pages) };
  for (const [name, run] of Object.entries(MEASUREMENTS)) {
    if (only.includes(name)) await run({ browser, server, ...numbers });
  }
}
