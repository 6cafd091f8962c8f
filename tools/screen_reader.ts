/**
 * Goes through the page with the keyboard and the screen reader Orca, and prints what Orca says:
 * `deno task screen-reader [--language de] [--write]`. With `--write` the tables go into
 * docs/accessibility.md.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { startProxy } from "../tests/support/proxy.ts";
import type { Peer } from "../tests/support/peer.ts";
import { startExample } from "./example.ts";
import { Orca } from "./orca.ts";

/** How often a key is pressed to reach an element, at most. */
const pressesMax = 60;

const DOCUMENT = new URL("../docs/accessibility.md", import.meta.url);

const args = parseArgs(Deno.args, { string: ["language"], boolean: ["write"] });
const { language = "en" } = args as { language?: string };

await using example = await startExample();
await using proxy = startProxy(example.url);
const orca = await Orca.start(proxy.url, language);
const { page } = orca;
const rows: string[] = [];

/** Begins another table. */
function section(title: string): void {
  rows.push("", `### ${title}`, "", "| keys | Orca says |", "| --- | --- |");
  console.error(title);
}

function note(keys: string, said: readonly string[]): void {
  const text = said.join(" ").replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("*", "\\*");
  rows.push(`| ${keys} | ${text === "" ? "(nothing)" : text} |`);
  console.error(`  ${keys}: ${text}`);
}

const named = (keys: readonly string[]) => keys.map((key) => `\`${key}\``).join(" ");

/** Presses keys. */
async function press(...keys: readonly string[]): Promise<void> {
  note(named(keys), await orca.press(...keys));
}

/** Switches Orca to focus mode, in which the page gets the arrow keys and the letters. */
const focusMode = () => press("Insert+a", "Insert+a");

/** Types a text. */
async function type(text: string): Promise<void> {
  note(`“${text}”`, await orca.type(text));
}

/** Presses a key until an element has the focus that matches a selector; notes what is said of it. */
async function reach(key: string, selector: string): Promise<void> {
  for (let presses = 1; presses <= pressesMax; presses++) {
    await orca.tap(key);
    const isThere = await page.evaluate(
      (selector) => document.activeElement?.matches(selector) === true,
      selector,
    );
    if (!isThere) continue;
    const keys = presses === 1 ? named([key]) : `${named([key])} × ${presses}`;
    return note(keys, await orca.said());
  }
  throw new Error(`${key} does not reach ${selector}`);
}

/** Lets something happen that the user has not done. */
async function happens(what: string, act: () => unknown): Promise<void> {
  await act();
  note(`(${what})`, await orca.said());
}

const ask = (name: string, ...[frame]: Parameters<Peer["ask"]>) =>
  example.peers.get(name)!.ask(frame);

/** The last message in the room, by its text. */
const seqOf = (text: string) =>
  page.evaluate(
    (text) =>
      Number(
        [...document.querySelectorAll<HTMLElement>("article[data-seq]")]
          .findLast(({ textContent }) => textContent?.includes(text))?.dataset.seq,
      ),
    text,
  );

section("Sign in");
await reach("Tab", "input[type=radio]");
await reach("Tab", "input[type=text]");
await type("Dana");
await press("Return");

await page.browser().setCookie({
  ...{ name: "hubbub_session", value: example.tokens.get("Alice")!, domain: "localhost" },
  ...{ path: "/", sameSite: "Lax" },
});
await page.goto(`${proxy.url}/?alice#/release`);
await page.waitForSelector("article .reaction");
await page.waitForSelector(".sign-in-reminder");
await orca.enterPage();
await orca.said();

section("Rooms and messages");
await reach("F6", ".sidebar *");
await press("F6");
await focusMode();
await press("Up");
await press("Up");
await press("Up");
await press("Up");
await happens(
  "Ben writes",
  () => ask("Ben", { type: "room_message", room: "release", message: "Back on **solid** ground" }),
);

section("Reactions");
await press("Down");
await press("Down");
await press("1");
await reach("Tab", ".reaction");
await press("Return");
await press("Escape");
await press("r");
await type("parr");
await press("Return");
await reach("Tab", "[aria-haspopup=menu]");
await press("Return");
await press("w");
await press("Return");
await reach("Tab", "[role=tab]");
await press("Right");
await press("Escape");

section("Edit, reply and delete");
await reach("F6", ".composer textarea");
await type("The tunnels are dun");
await press("Return");
await press("Up");
await press("BackSpace", "BackSpace");
await type("one");
await press("Return");
await press("shift+Up");
await focusMode();
await press("q");
await press("Escape");
await press("shift+Up");
await focusMode();
await press("Delete");
await press("Escape");
await press("Delete");
await press("Return");
await press("Up");

section("A thread");
await focusMode();
await press("t");
await type("How was it?");
await press("Return");
const thread = await seqOf("Back on");
await happens(
  "Ben answers in the thread",
  () => ask("Ben", { type: "room_message", room: "release", message: "Dark", thread }),
);
await press("shift+Up");
await focusMode();
await press("Up");
await press("Escape");

section("Names, commands and polls");
await reach("F6", ".composer textarea");
await type("Thanks @Chl");
await press("Return");
await type("and all");
await press("Return");
await type("/weather");
await press("Return");
await press("ctrl+a", "BackSpace");
await reach("Tab", ".composer button:has(+ .send)");
await press("Return");
await type("Lunch?");
await press("Tab");
await type("Soup");
await reach("Tab", "[data-option='2']");
await type("Soup");
await press("Tab");
await reach("Tab", ".dialog-buttons .primary");
await press("Return");
await type(" of the day");
await reach("Tab", ".dialog-buttons .primary");
await press("Return");
await reach("F6", ".composer textarea");
await press("shift+Up");
await reach("Tab", ".poll-option");
await press("Return");
await reach("Tab", ".poll-about button:last-of-type");
await press("Return");

section("The account");
await reach("F6", ".sidebar *");
await reach("Tab", ".me-open");
await press("Return");
await reach("Tab", "[role=tab]");
await reach("Tab", "input[type=password]");
await type("abc");
await press("Return");
await reach("shift+Tab", "[role=tab]");
await press("Right");
await press("Right");
await reach("Tab", "input[type=radio]");
await press("Right");
await press("Left");
await reach("Tab", "select");
await press("Down");
await press("Up");
await reach("shift+Tab", "[role=tab]");
await press("Right");
await reach("Tab", "[role=switch]:not(:disabled)");
await press("space");
await press("space");
await reach("shift+Tab", "[role=tab]");
await press("Right");
await press("Right");
await reach("Tab", ".card-section button");
await press("Return");
await press("Return");
await press("Escape");

section("A lost connection");
await reach("F6", ".composer textarea");
await happens("The connection is lost", async () => {
  proxy.refuse();
  await page.waitForSelector(".banner");
});
await type("From the tunnel");
await press("Return");
await press("shift+Up");
await happens("The connection is back", async () => {
  proxy.flow();
  await page.waitForFunction(() => document.querySelector(".status.open") !== null);
});

section("A notice with Undo");
await press("ctrl+k");
await type("chl");
await press("Return");
await reach("shift+Tab", ".room-header .icon-button:last-of-type");
await press("Return");
await reach("F6", ".notice button");
await press("Return");

const text = `${rows.join("\n").trim()}\n`;
if (args.write) {
  const document = await Deno.readTextFile(DOCUMENT);
  const marks = /(<!-- spoken -->\n)[^]*(<!-- \/spoken -->)/;
  await Deno.writeTextFile(
    DOCUMENT,
    document.replace(marks, (_, begin, end) => begin + "\n" + text + "\n" + end),
  );
} else console.log(text);
await orca[Symbol.asyncDispose]();
Deno.exit();
