/**
 * Makes a contact sheet of the page: every view on a phone, a desktop and a wide screen, light and
 * dark, as pictures and one HTML page that shows them all.
 *
 * `deno task contact-sheet [FOLDER] [--language de] [--only NAME,…]`
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { type Example, startExample } from "./example.ts";

const args = parseArgs(Deno.args, { string: ["_", "language", "only"] });
const folder = String(args._[0] ?? "contact-sheet");
const locale = String(args.language ?? "en");
const only = args.only === undefined ? undefined : String(args.only).split(",");

const screens = {
  phone: { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true },
  desktop: { viewport: { width: 1280, height: 800 } },
  wide: { viewport: { width: 1920, height: 1080 } },
} satisfies Record<string, BrowserContextOptions>;

/** Opens a view, from the room that the page begins with. Selectors are the same in any language. */
type View = (page: Page, isPhone: boolean) => Promise<unknown>;

const row = (page: Page) => page.locator("article", { hasText: "Three tunnels later" });
const key = (keys: string): View => (page) => page.keyboard.press(keys);
/** Opens a page of the settings, by its place in their list. */
const account = (at: number): View => async (page, isPhone) => {
  if (isPhone) await page.locator(".room-header .drawer-only").click();
  await page.locator(".me-open").click();
  await page.locator("dialog [role=tab]").nth(at).click();
};

const views: Readonly<Record<string, View>> = {
  room: () => Promise.resolve(),
  sidebar: (page, isPhone) =>
    isPhone ? page.locator(".room-header .drawer-only").click() : Promise.resolve(),
  conversation: (page) => page.goto("#/@Chloé"),
  empty: (page) => page.goto("#/design"),
  beginning: (page) => page.goto("#/lobby"),
  scrolled: (page) => page.locator(".log").evaluate((log) => log.scrollTo(0, 90)),
  actions: (page, isPhone) => isPhone ? longPress(page) : row(page).hover(),
  more: async (page, isPhone) => {
    if (isPhone) return await longPress(page);
    await row(page).hover();
    await page.locator(".toolbar [aria-haspopup=menu]").click();
  },
  emoji: (page) => page.locator(".composer .emoji-place button").first().click({ timeout: 2_000 }),
  completion: (page) => page.locator(".composer textarea").fill("Thanks @"),
  writing: (page) =>
    page.locator(".composer textarea").fill("Some **bold** words\n\n> and a quote"),
  switcher: key("Control+K"),
  search: key("Control+Shift+F"),
  members: (page) => page.locator(".room-header > .icon-button").last().click(),
  sheet: (page) => page.locator(".room-name").click(),
  shortcuts: async (page) => {
    await page.locator(".log").focus();
    await page.keyboard.press("?");
  },
  person: (page) => page.locator(".byline .name").first().click(),
  profile: account(0),
  keys: account(2),
  appearance: account(4),
  notifications: account(5),
};

async function longPress(page: Page): Promise<void> {
  const box = (await row(page).boundingBox())!;
  const at = { clientX: box.x + 100, clientY: box.y + 20, pointerType: "touch", isPrimary: true };
  await row(page).dispatchEvent("pointerdown", { ...at, bubbles: true });
  await page.locator("dialog").waitFor({ timeout: 3_000 });
}

await Deno.mkdir(folder, { recursive: true });
const chosen = Object.keys(views).filter((name) => only?.includes(name) ?? true);
await using example = await startExample();
await example.sayMore();
const browser = await chromium.launch({
  executablePath: Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--headless", "--disable-gpu"],
});
for (const [screen, options] of Object.entries(screens)) {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const name of chosen) {
      const page = await open(browser, example, { ...options, colorScheme, locale });
      await views[name]!(page, screen === "phone")
        .catch((error) => console.error(`${name}, ${screen}: ${String(error).split("\n")[0]}`));
      await page.evaluate(() => document.fonts.ready);
      await page.waitForLoadState("networkidle");
      await page.screenshot({ path: `${folder}/${name}-${screen}-${colorScheme}.png` });
      // The draft would be there on the next page.
      if (/writing|completion/.test(name)) await page.locator(".composer textarea").fill("");
      await page.context().close();
    }
  }
}
await Deno.writeTextFile(`${folder}/index.html`, sheet());
const page = await browser.newPage({ viewport: { width: 2_400, height: 1_000 } });
await page.goto(new URL(`${folder}/index.html`, `file://${Deno.cwd()}/`).href);
await page.screenshot({ path: `${folder}/sheet.png`, fullPage: true });
await browser.close();
console.log(`${folder}/index.html`);
Deno.exit();

/** Opens the page as Alice, in the room `release`. */
async function open(browser: Browser, { url, tokens }: Example, options: BrowserContextOptions) {
  const context = await browser.newContext({
    reducedMotion: "reduce",
    baseURL: `${url}/`,
    ...options,
  });
  await context.addCookies([{ name: "hubbub_session", value: tokens.get("Alice")!, url }]);
  const page = await context.newPage();
  await page.goto(`${url}/#/release`);
  await row(page).waitFor();
  await page.locator("article img").first().waitFor();
  // The deferred views are there.
  await page.locator(".sign-in-reminder").waitFor({ state: "attached" });
  return page;
}

function sheet(): string {
  const columns = Object.keys(screens).flatMap((screen) =>
    ["light", "dark"].map((scheme) => `${screen}-${scheme}`)
  );
  const rows = chosen.map((name) =>
    `<tr><th>${name}</th>${
      columns.map((column) => `<td><img src="${name}-${column}.png" height="320" alt=""></td>`)
        .join("")
    }</tr>`
  );
  return `<!DOCTYPE html><meta charset="utf-8"><title>Contact sheet</title>
<style>body{font:14px system-ui;background:#888}td,th{padding:4px;vertical-align:top}</style>
<table><tr><th></th>${columns.map((column) => `<th>${column}</th>`).join("")}</tr>
${rows.join("\n")}</table>
`;
}
