/** The page without a network, with an unstable one, and with a silent one. */
import { assert, assertEquals } from "@std/assert";
import type { PageFile } from "../../lib/http/assets.ts";
import { systemClock } from "../../lib/util/clock.ts";
import { buildPage } from "../../lib/build/bundle.ts";
import { startProxy } from "../support/proxy.ts";
import { startServer } from "../support/server.ts";
import { becomes, browserTest, ignore, useBrowser, Visitor } from "./support/browser.ts";
import { storesText } from "./support/stored_rooms.ts";

useBrowser();

/** Waits until the page works without the server, and has stored a text. */
async function isStored({ page }: Visitor, text?: string): Promise<void> {
  await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
  if (text === undefined) return;
  await page.waitForFunction(storesText, text);
}

async function isWaiting(visitor: Visitor, text: string): Promise<void> {
  await visitor.messages(text).getByText("Waiting to be sent").waitFor();
}

/** The texts of all messages, in their order. */
function textsOf({ page }: Visitor): Promise<string[]> {
  return page.locator("article[data-seq] .text").allInnerTexts();
}

browserTest(
  "a message written offline survives a reload and the tab, and is sent once",
  async ({ url }) => {
    const alice = await Visitor.at(url, "Alice");
    const bob = await Visitor.at(url, "Bob");
    await alice.say("before");
    await bob.sees("before");
    await isStored(alice);
    await alice.goOffline();
    for (const text of ["one", "two"]) await alice.write(text);
    await alice.act("before", "React with 👍");
    await isWaiting(alice, "two");

    await alice.page.reload();
    await alice.sees("before");
    await isWaiting(alice, "two");
    await alice.write("three");
    await isWaiting(alice, "three");
    await alice.page.close();

    await alice.context.setOffline(false);
    const next = await alice.newTab(url);
    for (const text of ["one", "two", "three"]) await bob.sees(text);
    await bob.page.getByRole("button", { name: "👍 1 by Alice" }).waitFor();
    await next.say("after");
    await bob.sees("after");
    const all = ["before", "one", "two", "three", "after"];
    assertEquals([await textsOf(bob), await textsOf(next)], [all, all]);
    return [next, bob];
  },
);

browserTest(
  "messages of a closed tab are sent by the other tab, and only by that one",
  async ({ url }) => {
    const first = await Visitor.at(url, "Alice");
    const bob = await Visitor.at(url, "Bob");
    const second = await first.newTab(url);
    await second.isIn();
    await isStored(first);
    for (const tab of [first, second]) await tab.goOffline();
    await first.write("from the first");
    await second.write("from the second");
    await isWaiting(first, "from the first");
    assertEquals(await second.messages("from the first").count(), 0, "each tab sends its own");

    await first.page.close();
    await isWaiting(second, "from the first");
    await second.context.setOffline(false);
    for (const text of ["from the first", "from the second"]) await bob.sees(text);
    await second.say("after");
    await bob.sees("after");
    assertEquals((await textsOf(bob)).length, 3);
    assertEquals(await textsOf(second), await textsOf(bob));
    return [second, bob];
  },
);

browserTest("a connection that only seems open is detected and replaced", async (server) => {
  await using proxy = startProxy(server.url);
  const alice = await Visitor.at(proxy.url, "Alice");
  const bob = await Visitor.at(server.url, "Bob");
  await alice.say("before");
  proxy.silence();
  await bob.say("while she was away");

  // The event a browser sends to a page that it had frozen; it does not freeze a page in view.
  await alice.page.evaluate(`document.dispatchEvent(new Event("resume"))`);
  await alice.sees("while she was away");
  await alice.say("back");
  await bob.sees("back");
  await alice.status("Connected");
  return [alice, bob];
});

browserTest("without a network the page opens and shows the stored rooms", async (server) => {
  const alice = await Visitor.at(server.url, "Alice");
  const bob = await Visitor.at(server.url, "Bob");
  await alice.button("Create a room").click();
  await alice.page.getByLabel("Name", { exact: true }).fill("garden");
  await alice.button("Create room").click();
  await alice.page.getByRole("heading", { level: 1, name: "garden" }).waitFor();
  await alice.say("The beans are up");
  await alice.go(/general/);
  await bob.write("Good **morning**");
  await alice.sees("Good morning");
  await isStored(alice, "**morning**");

  // The last room is stored by itself, later: the address names it.
  const address = alice.page.url();
  await alice.context.setOffline(true);
  await alice.page.close();
  const tab = await alice.newTab(address);
  await tab.sees("Good morning");
  await tab.page.locator(".text strong", { hasText: "morning" }).waitFor();
  await tab.page.locator(".banner", { hasText: /As of \d/ }).waitFor();
  await tab.go(/garden/);
  await tab.sees("The beans are up");
  // A request for a file in no cache goes to the server only, and so fails.
  const failed = await tab.page.evaluate(`fetch("/api/server").then(() => false, () => true)`);
  assert(failed);

  await bob.say("Are you there?");
  await tab.context.setOffline(false);
  await tab.page.getByRole("button", { name: /general.*unread message/ }).click();
  await tab.sees("Are you there?");
  await tab.page.locator(".banner").waitFor({ state: "detached" });
  return [tab, bob];
});

/** A browser that takes longer to open its storage than the page waits for it. */
const slowStorage = `{
  const { open } = IDBFactory.prototype;
  IDBFactory.prototype.open = function (...args) {
    const late = {};
    setTimeout(() => {
      const request = open.apply(this, args);
      request.onsuccess = () => {
        late.result = request.result;
        late.onsuccess();
      };
    }, 1_500);
    return late;
  };
}`;

browserTest(
  "a browser that opens its storage late still shows the stored rooms",
  async ({ url }) => {
    const alice = await Visitor.at(url, "Alice");
    await alice.say("before");
    await isStored(alice);
    await alice.goOffline();
    await alice.page.addInitScript(slowStorage);
    await alice.page.reload();
    await alice.sees("before");
    await alice.context.setOffline(false);
    await alice.say("after");
    return [alice];
  },
);

/** Everything that a page has stored: the contents of IndexedDB, and the paths in caches. */
const stored = `(async () => {
  const stored = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((done) => {
      indexedDB.open(name).onsuccess = ({ target }) => done(target.result);
    });
    for (const table of database.objectStoreNames) {
      const store = database.transaction(table).objectStore(table);
      stored.push(...await new Promise((done) => {
        store.getAll().onsuccess = ({ target }) => done(target.result);
      }));
    }
    database.close();
  }
  const cached = [];
  for (const name of await caches.keys()) {
    for (const { url } of await (await caches.open(name)).keys()) cached.push(new URL(url).pathname);
  }
  return { stored, cached };
})()`;

interface Stored {
  readonly stored: readonly unknown[];
  readonly cached: readonly string[];
}

browserTest(
  "signing out deletes everything, also while the server is unreachable",
  async (server) => {
    const { url } = server;
    const alice = await Visitor.at(url, "Alice");
    await alice.say("something private");
    await isStored(alice);
    const look = () => alice.page.evaluate(stored) as Promise<Stored>;
    await alice.goOffline();
    await alice.write("not sent yet");
    await isWaiting(alice, "not sent yet");
    await alice.page.reload();
    await isWaiting(alice, "not sent yet");
    assert(JSON.stringify(await look()).includes("something private"), "it was stored before");

    await alice.page.getByRole("button", { name: /\(your account\)/ }).click();
    await alice.button("Sign out").click();
    await alice.page.getByText("1 unsent change will be lost.").waitFor();
    await alice.button("Sign out anyway").click();
    await alice.isOut("The server can't be reached.");
    const left = await look();
    assertEquals(left.stored, [true], "only the sign-out that the server must still receive");
    for (const path of left.cached) assert(!/^\/(api|ws|metrics|healthz)/.test(path), path);

    await alice.context.setOffline(false);
    await alice.page.reload();
    await alice.page.getByLabel("Your name").waitFor();
    assertEquals((await look()).stored, []);
    const who = await alice.page.evaluate(`fetch("/api/session").then(({ status }) => status)`);
    assertEquals(who, 401);
    return [alice];
  },
);

/** The page as built after a change: another script, split into other chunks. */
async function buildNumber(n: number): Promise<readonly PageFile[]> {
  const files = await buildPage(new URL("../../static/", import.meta.url));
  const part = `/part-${n}.js`;
  const change: Readonly<Record<string, (text: string) => string>> = {
    "/app.js": (text) => `document.documentElement.dataset.build = ${n};${text}`,
    "/sw.js": (text) =>
      text.replace(/"version":"\w+","files":\[/, `"version":"build-${n}","files":["${part}",`),
  };
  const encode = (text: string) => new TextEncoder().encode(text);
  const script = { type: "text/javascript", immutable: true };
  return [
    { path: part, ...script, body: encode(`export const build = ${n};`) },
    ...files.map((file) => {
      const text = change[file.path]?.(new TextDecoder().decode(file.body));
      return text === undefined ? file : { ...file, body: encode(text) };
    }),
  ];
}

/** The latest cached build, once its service worker is active. Runs in the page. */
async function newestBuild(): Promise<string | undefined> {
  // In this order: a worker caches its files before its installation ends.
  const names = await caches.keys();
  const worker = await navigator.serviceWorker.getRegistration();
  const isDone = !worker?.installing && !worker?.waiting && worker?.active?.state === "activated";
  return isDone ? names.at(-1) : undefined;
}

Deno.test({
  name: "a new build applies from the next load on, and breaks no open tab",
  ignore,
  async fn() {
    await using cleanup = new AsyncDisposableStack();
    const directory = await Deno.makeTempDir();
    cleanup.defer(() => Deno.remove(directory, { recursive: true }));
    const data = `${directory}/chat.db`;
    const serve = async (n: number, port = 0) => {
      const server = await startServer(
        { data, port },
        systemClock,
        undefined,
        () => buildNumber(n),
      );
      cleanup.defer(() => server.stop());
      return server;
    };
    let server = await serve(1);
    const port = Number(new URL(server.url).port);
    const alice = await Visitor.at(server.url, "Alice");
    const { page } = alice;
    const shown = () => page.evaluate("document.documentElement.dataset.build");
    const part = (n: number) => page.evaluate(`import("/part-${n}.js").then((it) => it.build)`);
    await isStored(alice);
    for (const n of [2, 3]) {
      await server.stop();
      server = await serve(n, port);
      await alice.status("Connected");
      await becomes(page, newestBuild, `hubbub-page-build-${n}`);
      assertEquals(await shown(), String(n - 1), "an open tab goes on as it is");
      // Its own server no longer has such a file.
      assertEquals(await part(n - 1), n - 1);
      await page.reload();
      await alice.isIn();
      assertEquals(await shown(), String(n));
    }
    const builds = await page.evaluate(() => caches.keys());
    assertEquals(builds, ["hubbub-page-build-2", "hubbub-page-build-3"]);
    await alice.say("still here");
    assertEquals(alice.complaints, []);
    await alice.context.close();
  },
});

/** A browser that refuses what blocked cookies take away, or never answers. */
const REFUSALS = {
  refuses: `for (const [owner, names] of [
      [window, ["indexedDB", "localStorage", "sessionStorage", "caches", "BroadcastChannel"]],
      [navigator, ["locks", "serviceWorker", "storage"]],
    ]) {
      for (const name of names) {
        Object.defineProperty(owner, name, {
          get() {
            throw new DOMException("blocked", "SecurityError");
          },
        });
      }
    }`,
  "never answers": "IDBFactory.prototype.open = () => ({});",
};

for (const [what, script] of Object.entries(REFUSALS)) {
  browserTest(
    `a browser whose storage ${what} shows the chat, and says what is lost`,
    async ({ url }) => {
      const alice = await Visitor.open("about:blank");
      await alice.page.addInitScript(script);
      await alice.page.goto(url);
      await alice.enterAs("Alice");
      await alice.say("hello");
      await alice.page.getByText("This browser isn't storing anything for this page.").waitFor();
      await alice.page.locator(".banner").getByRole("button", { name: "Dismiss" }).click();
      await alice.page.getByRole("alert").getByText("isn't storing").waitFor({ state: "detached" });
      return [alice];
    },
  );
}
