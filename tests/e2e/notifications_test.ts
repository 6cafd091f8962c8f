import { assertEquals, assertMatch } from "@std/assert";
import type { Page, Worker } from "playwright-core";
import { createDevice, FakePushService } from "../support/push_service.ts";
import { startServer } from "../support/server.ts";
import { becomes, browserTest, ignore, useBrowser, Visitor } from "./support/browser.ts";

useBrowser({ notifications: true });

/** The shown notifications, as the service worker lists them. */
async function shown(): Promise<string[]> {
  const worker = await navigator.serviceWorker.ready;
  return (await worker.getNotifications()).map(({ title, body }) => `${title}: ${body}`);
}

/** Counts the notifications that a page or a worker shows from now on. */
function countShown(): void {
  const { prototype } = ServiceWorkerRegistration;
  const { showNotification } = prototype;
  const counting = Object.assign(self, { countOfShown: 0 });
  prototype.showNotification = async function (...of) {
    await showNotification.apply(this, of);
    counting.countOfShown += 1;
  };
}

/**
 * Waits until a page or a worker has shown `count` notifications. Polling the list of shown ones
 * does not work: Chromium never shows one that it was about to show when asked for the list.
 */
async function hasShown(by: Page | Worker, count: number): Promise<void> {
  const countOfShown = () => (self as unknown as { countOfShown: number }).countOfShown;
  await becomes(by, countOfShown, count);
}

/** Takes the focus from a page, or gives it back: a browser under test gives it to every page. */
function setFocus(has: boolean): void {
  Object.defineProperty(document, "hasFocus", { value: () => has, configurable: true });
  dispatchEvent(new Event(has ? "focus" : "blur"));
}

/** Opens this device's notification settings. */
async function openSettings({ page }: Visitor): Promise<void> {
  await page.getByRole("button", { name: /\(your account\)/ }).click();
  await page.getByRole("tab", { name: "Notifications" }).click();
}

/** Turns notifications on, in the settings, which stay open. */
async function turnOn(visitor: Visitor): Promise<void> {
  const { context, page } = visitor;
  await context.grantPermissions(["notifications"]);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await openSettings(visitor);
  await page.getByRole("switch", { name: /^Notifications/ }).check();
}

browserTest("a page in the background notifies according to the level", async (server) => {
  const alice = await Visitor.at(server.url, "Alice");
  const bob = await Visitor.at(server.url, "Bob");
  const { page } = alice;
  await turnOn(alice);
  await page.keyboard.press("Escape");
  await page.evaluate(countShown);

  await page.evaluate(setFocus, false);
  await bob.say("Good morning");
  await bob.say("Tea, @Alice?");
  await hasShown(page, 1);
  assertEquals(await page.evaluate(shown), ["Bob · #general: Tea, @Alice?"]);

  await alice.sheet("About");
  await page.getByRole("radio", { name: /^Every new message/ }).click();
  await page.keyboard.press("Escape");
  await bob.say("With milk");
  await hasShown(page, 2);
  assertEquals(await page.evaluate(shown), ["Bob · #general: With milk"]);

  await alice.sheet("About");
  await page.getByRole("radio", { name: /^Nothing/ }).click();
  await page.keyboard.press("Escape");
  await bob.say("@Alice @Alice");
  await alice.sees("@Alice @Alice");
  await hasShown(page, 2);
  assertEquals(await page.evaluate(shown), ["Bob · #general: With milk"]);

  // A page in view needs no notification.
  await page.evaluate(setFocus, true);
  await becomes(page, shown, []);
  return [alice, bob];
});

browserTest("one of two tabs notifies, none while one shows the room", async (server) => {
  const alice = await Visitor.at(server.url, "Alice");
  const bob = await Visitor.at(server.url, "Bob");
  await alice.context.grantPermissions(["notifications"]);
  await alice.page.evaluate(() => navigator.serviceWorker.ready);
  await openSettings(alice);
  await alice.page.getByRole("switch", { name: /^Notifications/ }).check();
  await alice.page.keyboard.press("Escape");
  const other = await alice.newTab(server.url);
  await other.isIn();
  const tabs = [alice.page, other.page];
  const shownBy = () => (self as unknown as { countOfShown: number }).countOfShown;
  for (const tab of tabs) await tab.evaluate(countShown);

  // The tab that has the focus shows the room: nobody is notified.
  await alice.page.evaluate(setFocus, false);
  await other.page.evaluate(setFocus, true);
  await bob.say("@Alice, can you see me?");
  for (const visitor of [alice, other]) await visitor.sees("can you see me?");
  // Neither has it: one notification in all, and what is in view stays unread.
  await other.page.evaluate(setFocus, false);
  await bob.say("@Alice, are you still there?");
  for (const tab of tabs) await tab.waitForFunction(() => /^\(\d\) /.test(document.title));
  const total = async () => {
    const counts = await Promise.all(tabs.map((tab) => tab.evaluate(shownBy)));
    return counts.reduce((sum, count) => sum + count, 0);
  };
  await becomes({ evaluate: async (read) => await read() }, total, 1);
  assertEquals(await alice.page.evaluate(shown), [
    "Bob · #general: @Alice, are you still there?",
  ]);
  await bob.act("are you still there?", "Delete");
  await bob.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await becomes(alice.page, shown, []);
  // The user comes back to one tab: what it shows is read, in both.
  await other.page.evaluate(setFocus, true);
  for (const tab of tabs) await tab.waitForFunction(() => !document.title.startsWith("("));
  assertEquals(await total(), 1);
  return [alice, bob];
});

browserTest(
  "messages are marked as unread, on all tabs, until the room is opened anew",
  async (server) => {
    const alice = await Visitor.at(server.url, "Alice");
    const bob = await Visitor.at(server.url, "Bob");
    for (const text of ["first", "second", "third"]) await bob.say(text);
    await alice.sees("third");
    const other = await alice.newTab(server.url);
    await other.isIn();
    const unread = ({ page }: Visitor, count: number) =>
      page.getByRole("button", { name: new RegExp(`general.*${count} unread message`) }).waitFor();
    await alice.act("second", "Mark unread");
    for (const visitor of [alice, other]) await unread(visitor, 2);
    await alice.page.locator(".unread-line").waitFor();
    // By the keyboard, one message further up.
    await alice.messages("first").focus();
    await alice.page.keyboard.press("u");
    for (const visitor of [alice, other]) await unread(visitor, 3);
    await alice.writeTo("Bob");
    await alice.go(/general/);
    const isRead = () => !document.querySelector("nav")!.textContent.includes("unread");
    for (const { page } of [alice, other]) await page.waitForFunction(isRead);
    return [alice, bob];
  },
);

browserTest("quiet hours silence notifications, and show beside the account", async (server) => {
  const alice = await Visitor.at(server.url, "Alice");
  const bob = await Visitor.at(server.url, "Bob");
  const { page } = alice;
  await turnOn(alice);
  await page.getByRole("button", { name: "For 1 hour" }).click();
  await page.getByRole("button", { name: "Turn off" }).waitFor();
  await page.keyboard.press("Escape");
  const quiet = page.locator(".me", { hasText: "do not disturb until" });
  await quiet.waitFor();
  await page.evaluate(countShown);
  await page.evaluate(setFocus, false);
  await bob.say("@Alice, are you asleep?");
  await page.waitForFunction(() => document.title.startsWith("(1) "));

  await openSettings(alice);
  await page.getByRole("button", { name: "Turn off" }).click();
  await page.getByRole("button", { name: "Add quiet hours" }).click();
  await page.getByRole("checkbox", { name: "Sun" }).uncheck();
  await page.getByLabel("From", { exact: true }).fill("00:00");
  await page.getByLabel("To", { exact: true }).fill("00:00");
  await page.getByRole("button", { name: "Save quiet hours" }).click();
  await page.getByRole("button", { name: "Save quiet hours" }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("button", { name: "Save quiet hours" }).click();
  await page.getByRole("button", { name: "Save quiet hours" }).waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  await quiet.waitFor({ state: "detached" });
  await bob.say("@Alice, and now?");
  await hasShown(page, 1);
  assertEquals(await page.evaluate(shown), ["Bob · #general: @Alice, and now?"]);
  return [alice, bob];
});

browserTest("the title and the icon show the unread count", async (server) => {
  const alice = await Visitor.at(server.url, "Alice");
  const bob = await Visitor.at(server.url, "Bob");
  const { page } = alice;
  const icon = () => page.locator('link[rel="icon"]').getAttribute("href");
  assertEquals(await icon(), "/icon.svg");
  await bob.writeTo("Alice");
  await bob.say("Psst");
  await page.waitForFunction(() => document.title.startsWith("(1) "));
  assertEquals(await icon(), "/icon-unread.svg");
  await alice.go(/Bob/);
  await page.waitForFunction(() => !document.title.startsWith("("));
  assertEquals(await icon(), "/icon.svg");
  return [alice, bob];
});

Deno.test({
  name: "a closed page gets a push notification, and a click opens the room",
  ignore,
  async fn() {
    await using service = new FakePushService();
    await using server = await startServer({ "push-services": [service.origin] });
    const device = await service.subscribe("laptop");
    const alice = await Visitor.open(server.url);
    const { context } = alice;
    await context.grantPermissions(["notifications"]);
    // A real push service is on another host: this browser subscribes to the test's.
    await context.addInitScript(({ endpoint, p256dh, auth }) => {
      let subscription: unknown = null;
      const made = {
        toJSON: () => ({ endpoint, expirationTime: null, keys: { p256dh, auth } }),
        unsubscribe: () => Promise.resolve(subscription = null),
      };
      Object.assign(PushManager.prototype, {
        subscribe: () => Promise.resolve(subscription = made),
        getSubscription: () => Promise.resolve(subscription),
      });
    }, device.subscription);
    await alice.page.reload();
    await alice.enterAs("Alice");
    await alice.page.evaluate(() => navigator.serviceWorker.ready);
    await openSettings(alice);
    await alice.page.getByRole("switch", { name: /^Also when the page is closed/ }).check();
    const isSubscribed = async () => (await (await fetch("/api/push")).json()).subscribed;
    await becomes(alice.page, isSubscribed, true);
    // Only a file of the same origin stays open, to reach the worker through it.
    await alice.page.goto(`${server.url}/manifest.webmanifest`);

    const bob = await Visitor.at(server.url, "Bob");
    await bob.writeTo("Alice");
    await bob.say("Are you there?");
    const { note } = await service.next();
    const { room_id, ...payload } = note as { readonly room_id: string };
    assertEquals<object>(payload, {
      room: "@Bob",
      sender: "Bob",
      text: "Are you there?",
      seq: 1,
      count: 1,
    });
    assertMatch(room_id, /^[\w-]+$/);

    const [worker] = context.serviceWorkers();
    await worker!.evaluate(countShown);
    const cdp = await context.newCDPSession(alice.page);
    const registered = new Promise<string>((resolve) => {
      cdp.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
        const [first] = registrations;
        if (first !== undefined) resolve(first.registrationId);
      });
    });
    await cdp.send("ServiceWorker.enable");
    await cdp.send("ServiceWorker.deliverPushMessage", {
      origin: server.url,
      registrationId: await registered,
      data: JSON.stringify(note),
    });
    await hasShown(worker!, 1);
    assertEquals(await alice.page.evaluate(shown), ["Bob: Are you there?"]);
    const [tag, data] = await alice.page.evaluate(async () => {
      const [shown] = await (await navigator.serviceWorker.ready).getNotifications();
      return [shown?.tag, shown?.data];
    });
    assertEquals([tag, data], [room_id, { room: `id:${room_id}`, seq: 1 }]);

    await alice.page.goto(server.url);
    await alice.isIn();
    await worker!.evaluate(async () => {
      // The typings have the page's globals, not the worker's.
      const { registration, NotificationEvent } = self as unknown as {
        registration: ServiceWorkerRegistration;
        NotificationEvent: new (type: string, init: object) => Event;
      };
      const [notification] = await registration.getNotifications();
      self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
    });
    await alice.page.getByRole("heading", { level: 1, name: "Bob" }).waitFor();
    await alice.sees("Are you there?");
    await context.close();
    await bob.context.close();
  },
});

Deno.test({
  name: "a signed-out device gets no notification",
  ignore,
  async fn() {
    await using server = await startServer({});
    const mallory = await Visitor.at(server.url, "Mallory");
    const { subscription: { p256dh, auth } } = await createDevice("");
    const status = await mallory.page.evaluate(async (keys) => {
      const body = JSON.stringify({ endpoint: "https://192.168.0.1/router", keys });
      const headers = { "content-type": "application/json" };
      return (await fetch("/api/push", { method: "PUT", headers, body })).status;
    }, { p256dh, auth });
    assertEquals(status, 403);
    await mallory.context.close();
  },
});
