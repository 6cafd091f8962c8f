import { assertEquals } from "@std/assert";
import type { Page, Worker } from "playwright-core";
import { createDevice, FakePushService } from "../support/push_service.ts";
import { startServer } from "../support/server.ts";
import { becomes, browserTest, ignore, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

/** The notifications that are shown, as the service worker knows them. */
async function shown(): Promise<string[]> {
  const worker = await navigator.serviceWorker.ready;
  return (await worker.getNotifications()).map(({ title, body }) => `${title}: ${body}`);
}

/** Counts the notifications that a page or a worker has shown, from now on. */
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
 * Waits until a page or a worker has shown so many. To ask for what is shown until it is there
 * would not do: what Chromium is only about to show when it is asked for it never shows.
 */
async function hasShown(by: Page | Worker, count: number): Promise<void> {
  const countOfShown = () => (self as unknown as { countOfShown: number }).countOfShown;
  await becomes(by, countOfShown, count);
}

/** Opens the settings for how this device tells of messages. */
async function openSettings({ page }: Visitor): Promise<void> {
  await page.getByTitle(/your account/).click();
  await page.getByRole("tab", { name: "Notifications" }).click();
}

browserTest("a page in the background tells of what one wants to be told of", async (server) => {
  const alice = await Visitor.at(server.url, "Alice");
  const bob = await Visitor.at(server.url, "Bob");
  const { page } = alice;
  await alice.context.grantPermissions(["notifications"]);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await openSettings(alice);
  await page.getByRole("switch", { name: /^Notifications/ }).check();
  await page.keyboard.press("Escape");
  await page.evaluate(countShown);

  // As seen by the page: nobody looks at it.
  await page.evaluate(() =>
    Object.defineProperty(document, "hasFocus", { value: () => false, configurable: true })
  );
  await bob.say("Good morning");
  await bob.say("Tea, @Alice?");
  await hasShown(page, 1);
  assertEquals(await page.evaluate(shown), ["Bob · #general: Tea, @Alice?"]);

  await page.getByRole("button", { name: "Notifications of this room" }).click();
  await page.getByRole("radio", { name: /^Every message/ }).click();
  await page.getByRole("button", { name: "Done" }).click();
  await bob.say("With milk");
  await hasShown(page, 2);
  assertEquals(await page.evaluate(shown), ["Bob · #general: With milk"]);

  await page.getByRole("button", { name: "Notifications of this room" }).click();
  await page.getByRole("radio", { name: /^Nothing/ }).click();
  await page.getByRole("button", { name: "Done" }).click();
  await bob.say("@Alice @Alice");
  await alice.sees("@Alice @Alice");
  await hasShown(page, 2);
  assertEquals(await page.evaluate(shown), ["Bob · #general: With milk"]);

  // Whoever looks needs to be told nothing.
  await page.evaluate(() => {
    Object.defineProperty(document, "hasFocus", { value: () => true, configurable: true });
    dispatchEvent(new Event("focus"));
  });
  await becomes(page, shown, []);
  return [alice, bob];
});

browserTest("what is unread stands in the title and on the icon", async (server) => {
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
  name: "a page that is closed is told by its push service, and a click leads to the room",
  ignore,
  async fn() {
    await using service = new FakePushService();
    await using server = await startServer({ "push-services": [service.origin] });
    const device = await service.subscribe("laptop");
    const alice = await Visitor.open(server.url);
    const { context } = alice;
    await context.grantPermissions(["notifications"]);
    // A real push service is on another host: this browser gets its subscription from the test's.
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
    await alice.page.getByRole("switch", { name: /^Also while the page is closed/ }).check();
    const isSubscribed = async () => (await (await fetch("/api/push")).json()).subscribed;
    await becomes(alice.page, isSubscribed, true);
    // Nothing but a file of the same origin is open any more, through which the worker is reached.
    await alice.page.goto(`${server.url}/manifest.webmanifest`);

    const bob = await Visitor.at(server.url, "Bob");
    await bob.writeTo("Alice");
    await bob.say("Are you there?");
    const { note } = await service.next();
    assertEquals(note, { room: "@Bob", sender: "Bob", text: "Are you there?", count: 1 });

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
    assertEquals([tag, data], ["@Bob", { room: "@Bob" }]);

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
  name: "a device that belongs to nobody here is told nothing",
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
