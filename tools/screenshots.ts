/**
 * Takes the screenshots of the README with a real server and Chromium: `deno task screenshots`.
 *
 * @module
 */
import { type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { startExample } from "./example.ts";

const DOCS = new URL("../docs/", import.meta.url);

const example = await startExample();
const browser = await chromium.launch({
  executablePath: Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--headless", "--disable-gpu"],
});
const wide = { viewport: { width: 1280, height: 800 } };
const phone = {
  viewport: { width: 390, height: 780 },
  deviceScaleFactor: 1.5,
  hasTouch: true,
  isMobile: true,
};
const pages = [
  await open({ ...wide, colorScheme: "light" }),
  await open({ ...wide, colorScheme: "dark" }),
  await open({ ...phone, colorScheme: "light" }),
];
await example.sayMore();
for (const [index, name] of ["screenshot", "screenshot-dark", "screenshot-phone"].entries()) {
  const page = pages[index]!;
  example.peers.get("Emre")!.send({ type: "typing", room: "release" });
  await page.getByText("Emre is typing").waitFor();
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: new URL(`${name}.png`, DOCS).pathname });
}
await browser.close();
await example[Symbol.asyncDispose]();
Deno.exit();

/** Opens the page as Alice, in the room `release`. */
async function open(options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({
    locale: "en-GB",
    reducedMotion: "reduce",
    ...options,
  });
  await context.addCookies([
    { name: "hubbub_session", value: example.tokens.get("Alice")!, url: example.url },
  ]);
  const page = await context.newPage();
  await page.goto(`${example.url}/#/release`);
  await page.locator("article", { hasText: "Three tunnels later" }).waitFor();
  await page.locator("article img").first().waitFor();
  const reminder = page.locator(".sign-in-reminder").getByRole("button", { name: "Dismiss" });
  if (options.isMobile !== true) await reminder.click();
  return page;
}
