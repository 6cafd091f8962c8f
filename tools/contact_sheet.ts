/**
 * Makes a contact sheet of the page: every view on a phone, a desktop and a wide screen, light and
 * dark, as pictures and one HTML page that shows them all.
 *
 * `deno task contact-sheet [FOLDER] [--language de] [--only NAME,…] [--screens NAME,…]`
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { type Browser, chromium } from "playwright-core";
import {
  isOn,
  SCREENS,
  startViewServers,
  VIEWS,
  type ViewServers,
} from "../tests/e2e/support/views.ts";

const args = parseArgs(Deno.args, { string: ["_", "language", "only", "screens"] });
const folder = String(args._[0] ?? "contact-sheet");
const locale = String(args.language ?? "en");
const names = chosen(Object.keys(VIEWS), args.only);
const screens = chosen(Object.keys(SCREENS), args.screens) as (keyof typeof SCREENS)[];

await Deno.mkdir(folder, { recursive: true });
await using servers = await startViewServers();
const browser = await chromium.launch({
  executablePath: Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--headless", "--disable-gpu"],
});
const failures: string[] = [];
for (const screen of screens) {
  for (const name of names) {
    if (!isOn(screen, VIEWS[name]!)) continue;
    await shoot(browser, servers, name, screen).catch((error) => {
      failures.push(`${name} on ${screen}: ${String(error).split("\n")[0]}`);
    });
  }
}
await Deno.writeTextFile(`${folder}/index.html`, sheet());
await browser.close();
console.log(`${folder}/index.html`);
// A view that cannot be opened has no picture.
for (const failure of failures) console.error(failure);
Deno.exit(failures.length === 0 ? 0 : 1);

function chosen(all: readonly string[], wanted: unknown): readonly string[] {
  const list = wanted === undefined ? all : String(wanted).split(",");
  return all.filter((name) => list.includes(name));
}

/** Takes the pictures of a view on a screen. */
async function shoot(
  browser: Browser,
  servers: ViewServers,
  name: string,
  screen: keyof typeof SCREENS,
): Promise<void> {
  const { of = "member", open } = VIEWS[name]!;
  const context = await browser.newContext({ reducedMotion: "reduce", locale, ...SCREENS[screen] });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    await servers.enter(of, page);
    await open(page, screen === "phone");
    await page.evaluate(() => document.fonts.ready);
    await page.waitForLoadState("networkidle");
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.screenshot({ path: `${folder}/${name}-${screen}-${colorScheme}.png` });
    }
  } finally {
    await context.close();
  }
}

function sheet(): string {
  const columns = screens.flatMap((screen) =>
    ["light", "dark"].map((scheme) => [screen, `${screen}-${scheme}`] as const)
  );
  const rows = names.map((name) =>
    `<tr><th>${name}</th>${
      columns.map(([screen, column]) =>
        isOn(screen, VIEWS[name]!)
          ? `<td><img src="${name}-${column}.png" height="320" alt=""></td>`
          : "<td></td>"
      ).join("")
    }</tr>`
  );
  return `<!DOCTYPE html><meta charset="utf-8"><title>Contact sheet</title>
<style>body{font:14px system-ui;background:#888}td,th{padding:4px;vertical-align:top}</style>
<table><tr><th></th>${columns.map(([, column]) => `<th>${column}</th>`).join("")}</tr>
${rows.join("\n")}</table>
`;
}
