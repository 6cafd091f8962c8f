/** The main path through the page in each of the browser engines: Chromium, Firefox and WebKit. */
import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { inflateSync } from "node:zlib";
import { startProxy } from "../support/proxy.ts";
import { png } from "../support/pictures.ts";
import { startServer } from "../support/server.ts";
import { inDirectory } from "../support/temporary_directory.ts";
import {
  type Engine,
  type EngineName,
  type EnginePage,
  ENGINES,
  FIREFOX_WITHOUT_COOKIES,
  type Target,
} from "./support/engines.ts";
import { storesText } from "./support/stored_rooms.ts";

const composer: Target = { css: ".composer textarea" };

/** A message that the server has stored. */
function message(text: string): Target {
  return { css: "article[data-seq]", text };
}

function button(text: string): Target {
  return { css: "button", text };
}

async function signIn(engine: Engine, url: string, name: string): Promise<EnginePage> {
  const page = await engine.open(url);
  await page.click({ css: "input", text: "Your name" });
  await page.type(name);
  await page.click(button("Start chatting"));
  await page.sees({ css: "h1", text: "general" });
  return page;
}

async function write(page: EnginePage, text: string): Promise<void> {
  await page.click(composer);
  await page.type(text);
  await page.press("Enter");
}

/** Opens a tab of the user's account. */
async function openAccount(page: EnginePage, tab: string): Promise<void> {
  await page.click(button("your account"));
  await page.click({ css: "[role=tab]", text: tab });
}

/** Waits until no dialog is open. */
async function closeDialog(page: EnginePage): Promise<void> {
  await page.press("Escape");
  await page.until(() => document.querySelector("dialog[open]") === null);
}

/** Waits until the page is dark, or light. */
async function isDark(page: EnginePage, dark: boolean): Promise<void> {
  await page.until((dark) => {
    const { backgroundColor } = getComputedStyle(document.body);
    const [red = 0, green = 0, blue = 0] = backgroundColor.match(/\d+/g)!.map(Number);
    return (red + green + blue) / 3 < 128 === dark;
  }, dark);
}

/** Waits until the page has stored a message for its next start. */
async function isStored(page: EnginePage, text: string): Promise<void> {
  const until = performance.now() + 15_000;
  const stores = () => page.evaluate(storesText, text);
  while (!await stores()) assert(performance.now() < until, `${text} is not stored`);
}

/** Counts the pages of a PDF, whose objects may be in compressed streams. */
function pagesOf(pdf: Uint8Array): number {
  const text = Buffer.from(pdf).toString("latin1");
  const streams = text.matchAll(/stream\r?\n(.*?)endstream/gs);
  const objects = Array.from(streams, ([, stream = ""]) => {
    try {
      return inflateSync(Buffer.from(stream, "latin1")).toString("latin1");
    } catch {
      return ""; // It is no compressed stream.
    }
  });
  return [text, ...objects].join("\n").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
}

/** What happens in each engine, one step after the other. */
interface Scene {
  readonly name: EngineName;
  readonly engine: Engine;
  readonly alice: EnginePage;
  readonly bob: EnginePage;
  /** Alice's way to the server. */
  readonly proxy: ReturnType<typeof startProxy>;
}

const STEPS: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  async "two people send and receive"({ alice, bob }) {
    await write(alice, "Hello Bob, grüß dich");
    await bob.sees(message("Hello Bob, grüß dich"));
    await write(bob, "Hello Alice");
    await alice.sees(message("Hello Alice"));
  },

  async "a picture is uploaded and shown"({ alice, bob }) {
    await inDirectory(async (directory) => {
      const path = `${directory}/garden.png`;
      await Deno.writeFile(path, png(320, 200));
      await alice.choose(".composer input[type=file]", path);
      await alice.sees(button("Remove garden.png"));
      await write(alice, "The garden");
      await bob.sees(message("The garden"));
    });
    await bob.until(() => {
      const picture = document.querySelector<HTMLImageElement>(`img[alt="garden.png"]`);
      return picture !== null && picture.complete && picture.naturalWidth > 0;
    });
  },

  async "a search finds a message"({ alice }) {
    await alice.click(button("Search"));
    await alice.click({ css: "[role=combobox]", text: "Search messages" });
    await alice.type("hello alice");
    await alice.sees({ css: ".hits li", text: "Hello Alice" });
    assertEquals(await alice.evaluate(() => document.querySelectorAll(".hits li").length), 1);
    await alice.press("Escape");
    await alice.until(() => document.querySelector(".hits") === null);
  },

  async "the page is dark as the system is, until the user chooses"({ alice }) {
    await isDark(alice, true);
    await openAccount(alice, "Appearance");
    await alice.click({ css: "label", text: "Light" });
    await isDark(alice, false);
    await alice.reload();
    await alice.sees({ css: "h1", text: "general" });
    await isDark(alice, false);
    await openAccount(alice, "Appearance");
    await alice.click({ css: "label", text: "System" });
    await isDark(alice, true);
    await closeDialog(alice);
  },

  async "a message written offline survives a reload, and is sent once"({ alice, bob, proxy }) {
    await alice.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    await isStored(alice, "The garden");
    proxy.refuse();
    await alice.sees({ css: ".status", text: "Offline" });
    await write(alice, "Written offline");
    await alice.sees({ css: "article", text: "Waiting to be sent" });
    await alice.reload();
    await alice.sees(message("Hello Alice"));
    await alice.sees({ css: "article", text: "Waiting to be sent" });
    await write(bob, "Are you there?");
    proxy.flow();
    await bob.sees(message("Written offline"));
    await alice.sees(message("Are you there?"));
    await alice.sees({ css: ".status", text: "Connected" });
    for (const page of [alice, bob]) {
      const texts = await page.evaluate(() =>
        [...document.querySelectorAll("article .text")].map(({ textContent }) => textContent)
      );
      assertEquals(texts.filter((text) => text === "Written offline").length, 1, texts.join());
    }
  },

  async "what scrolls in the dark has a dark scrollbar"({ alice }) {
    await alice.resize(1100, 400);
    await alice.until(() => {
      const log = document.querySelector(".log")!;
      return log.scrollHeight > log.clientHeight && innerHeight === 400;
    });
    const picture = (await alice.screenshot()).toBase64();
    const brightest = await alice.evaluate(async (picture) => {
      const bytes = Uint8Array.from(atob(picture), (char) => char.charCodeAt(0));
      const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
      const context = new OffscreenCanvas(image.width, image.height).getContext("2d")!;
      context.drawImage(image, 0, 0);
      // The last columns, beside the middle of the log.
      const { data } = context.getImageData(image.width - 12, image.height / 2, 12, 40);
      return Math.max(...data.filter((_, index) => index % 4 !== 3));
    }, picture);
    assert(brightest < 160, `there is a pixel as bright as ${brightest}`);
    await alice.resize(1100, 700);
  },

  async "the composer is as high as its text"({ alice }) {
    const height = () =>
      alice.evaluate(() => document.querySelector(".composer textarea")!.clientHeight);
    const isHigher = (least: number) =>
      alice.until((least) => {
        const { clientHeight, scrollHeight } = document.querySelector(".composer textarea")!;
        return clientHeight >= least && scrollHeight <= clientHeight;
      }, least);
    const isAgain = (expected: number) =>
      alice.until(
        (expected) => document.querySelector(".composer textarea")!.clientHeight === expected,
        expected,
      );
    const type = async (text: string) => {
      await alice.type(text);
      await alice.until((text) => {
        return document.querySelector<HTMLTextAreaElement>(".composer textarea")!.value.endsWith(
          text,
        );
      }, text);
    };
    const one = await height();
    await alice.click(composer);
    await type("one");
    await alice.press("Shift+Enter");
    await type("two");
    await isHigher(one + 20);
    const two = await height();
    await alice.press("Shift+Enter");
    await type(`and ${"a longer line ".repeat(7)}`);
    await isHigher(two + 20);
    const wide = await height();
    // The same text takes more lines in a narrow window.
    await alice.resize(390, 700);
    await isHigher(wide + 20);
    await alice.resize(1100, 700);
    await isAgain(wide);
    await alice.press("Enter");
    await alice.sees(message("and a longer line"));
    await isAgain(one);
  },

  async "on a phone, nothing scrolls sideways"({ alice }) {
    await alice.resize(390, 700);
    const fits = async (view: string) => {
      const wider = await alice.evaluate(() =>
        [document.documentElement, ...document.querySelectorAll("dialog, .tab-panel, .log")]
          .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
          .map(({ className, localName, scrollWidth, clientWidth }) =>
            `${localName}.${className}: ${scrollWidth} > ${clientWidth}`
          )
      );
      assertEquals(wider, [], view);
    };
    await fits("the log");
    await alice.click(button("Show rooms and people"));
    await alice.until(() => document.querySelector(".sidebar")!.getBoundingClientRect().left === 0);
    for (const dialog of ["your account", "Manage this server"]) {
      await alice.click(button(dialog));
      await alice.sees({ css: ".page-list button" });
      const pages = await alice.evaluate(() =>
        [...document.querySelectorAll(".page-list button")].map(({ textContent }) => textContent)
      );
      for (const name of pages) {
        await alice.click({ css: ".page-list button", text: name });
        await alice.sees({ css: ".page-back", text: name });
        await fits(`${dialog}, ${name}`);
        await alice.click({ css: ".page-back" });
        await alice.sees({ css: ".page-list button" });
      }
      await alice.shoot(`phone ${dialog}`);
      await closeDialog(alice);
    }
    await alice.resize(1100, 700);
    // The drawer was open: in a wide window it is a sidebar, and nothing is between it and the room.
    await alice.until(() => {
      const { right } = document.querySelector(".sidebar")!.getBoundingClientRect();
      return right > 0 && document.querySelector("main")!.getBoundingClientRect().left === right;
    });
  },

  async "the account says what the browser lacks"({ alice }) {
    await openAccount(alice, "Sign-in");
    const has = await alice.evaluate(() => typeof PublicKeyCredential === "function");
    const says = has ? "Sign in with your fingerprint" : "This browser doesn't support passkeys.";
    await alice.sees({ css: "dialog[open] p", text: says });
    await closeDialog(alice);
  },

  async "a translated page still shows what changes"({ alice, bob }) {
    await write(bob, "Good morning");
    for (const page of [alice, bob]) await page.sees(message("Good morning"));
    // As browsers do it: each text node makes way for an element with the translation.
    await alice.evaluate(() => {
      const texts = document.createNodeIterator(document.body, NodeFilter.SHOW_TEXT, (node) => {
        const isUntranslated =
          node.parentElement?.closest("[translate=no], script, textarea") !== null;
        return isUntranslated ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT;
      });
      const found: Node[] = [];
      for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) found.push(text);
      for (const text of found) {
        const outer = document.createElement("font");
        const inner = outer.appendChild(document.createElement("font"));
        inner.textContent = `«${text.textContent}»`;
        text.parentNode?.replaceChild(outer, text);
      }
    });
    await alice.sees(message("«Good morning»"));
    await bob.press("ArrowUp");
    await bob.until(() =>
      document.querySelector<HTMLTextAreaElement>(".composer textarea")!.value === "Good morning"
    );
    await bob.type(" everyone");
    await bob.press("Enter");
    await alice.sees(message("Good morning everyone"));
    assertEquals(
      await alice.evaluate(() => document.querySelector("main")!.innerText.includes("«Good")),
      false,
    );
    await write(bob, "How are you?");
    await alice.sees(message("How are you?"));
    await alice.reload();
    await alice.sees(message("How are you?"));
  },

  async "a long log is printed on several pages"({ alice }) {
    const long = `A paragraph ${"with words ".repeat(60)}`;
    for (let n = 0; n < 12; n += 1) {
      await alice.evaluate(async (message) => {
        await fetch("/api/rooms/general/messages", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ message }),
        });
      }, `${long} ${n}.`);
    }
    await alice.sees(message(" 11."));
    const printed = await alice.print();
    if (printed === undefined) return;
    const pages = pagesOf(printed);
    assert(pages > 2, `${pages} pages`);
  },
};

for (const { name, ignore, start } of ENGINES) {
  Deno.test({
    name: `${name}: the main path through the page`,
    ignore,
    async fn(t) {
      await using server = await startServer();
      await using proxy = startProxy(server.url);
      await using engine = await start();
      const { pathname, hash } = new URL(server.ownerUrl);
      await using alice = await signIn(engine, `${proxy.url}${pathname}${hash}`, "Alice");
      await using bob = await signIn(engine, server.url, "Bob");
      for (const [step, run] of Object.entries(STEPS)) {
        const passed = await t.step(step, async () => {
          await run({ name, engine, alice, bob, proxy });
          assertEquals([await alice.complaints(), await bob.complaints()], [[], []]);
        });
        await alice.shoot(`${name}-${step}`);
        assert(passed, "the next step needs this one");
      }
    },
  });
}

Deno.test({
  name: "Firefox without cookies: the page says why nobody can sign in",
  ignore: FIREFOX_WITHOUT_COOKIES.ignore,
  async fn() {
    await using server = await startServer();
    await using engine = await FIREFOX_WITHOUT_COOKIES.start();
    await using page = await engine.open(server.url);
    await page.sees({ css: "[role=alert]", text: "This browser blocks cookies." });
    assertEquals(await page.complaints(), []);
    await page.shoot("Firefox without cookies");
  },
});
