import { assertEquals } from "@std/assert";
import { needs } from "./support/permissions.ts";
import { checkVapid, createDevice, FakePushService } from "./support/push_service.ts";
import { spawnServer, startServer } from "./support/server.ts";

const permissions = needs("net", "read");

/** A device's subscription as a browser writes it. */
function json({ endpoint, p256dh, auth }: { endpoint: string; p256dh: string; auth: string }) {
  return { endpoint, expirationTime: null, keys: { p256dh, auth } };
}

Deno.test({
  name: "a page that is closed is told: from the message to the device",
  ...needs("net", "read", "run"),
  async fn() {
    await using service = new FakePushService();
    // In a process of its own, which has dropped the permissions that it does not need.
    const server = await spawnServer(["--data=:memory:", `--push-services=${service.origin}`]);
    const token = await server.signIn("Bob");
    const { key, subscribed } = await (await server.request("/api/push", { token })).json();
    assertEquals(subscribed, false);
    const device = await service.subscribe("laptop");
    const body = json(device.subscription);
    const put = await server.request("/api/push", { method: "PUT", token, body });
    assertEquals(put.status, 204);
    const alice = await server.guest("Alice");
    alice.send({ type: "private_message", receiver: "Bob", message: "Tea?" });
    const { headers, note } = await service.next();
    assertEquals(note, { room: "@Alice", sender: "Alice", text: "Tea?", count: 1 });
    await checkVapid(headers, key, service.audience);
    await server.kill();
  },
});

Deno.test({
  name: "a subscription is a session's own: asked for, ended, and over with it",
  ...permissions,
  async fn() {
    await using service = new FakePushService();
    await using server = await startServer({ "push-services": [service.origin] });
    const token = await server.signIn("Bob", "long enough");
    const body = json((await service.subscribe("laptop")).subscription);
    const subscribed = async (token: string) =>
      (await (await server.request("/api/push", { token })).json()).subscribed;
    await server.request("/api/push", { method: "PUT", token, body });
    assertEquals(await subscribed(token), true);
    const other = await server.signIn("Bob", "long enough");
    assertEquals(await subscribed(other), false);
    await server.request("/api/push", { method: "DELETE", token });
    assertEquals(await subscribed(token), false);
  },
});

Deno.test({
  name: "what is no subscription, or leads to no push service, is refused",
  ...permissions,
  async fn() {
    await using server = await startServer({});
    const token = await server.signIn("Bob");
    const good = json((await createDevice("https://fcm.googleapis.com/fcm/send/x")).subscription);
    const put = async (body: unknown, as: { token?: string } = { token }) => {
      const response = await server.request("/api/push", { method: "PUT", body, ...as });
      await response.body?.cancel();
      return response.status;
    };
    assertEquals(await put(good, {}), 401);
    assertEquals(await put({ ...good, endpoint: "https://169.254.169.254/" }), 403);
    assertEquals(await put({ ...good, endpoint: "http://localhost:8000/" }), 403);
    assertEquals(await put({ ...good, endpoint: "no address" }), 400);
    assertEquals(await put({ ...good, keys: { ...good.keys, auth: "short" } }), 400);
    assertEquals(await put({ ...good, keys: { ...good.keys, p256dh: "A".repeat(87) } }), 400);
    assertEquals(await put({}), 400);
    assertEquals(await put(good), 204);
  },
});

Deno.test({
  name: "a server without push services says so, and tells nobody",
  ...permissions,
  async fn() {
    await using server = await startServer({ "push-services": [] });
    const token = await server.signIn("Bob");
    const { key } = await (await server.request("/api/push", { token })).json();
    assertEquals(key, null);
  },
});
