import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { createDeliver, isPushService, vapidKeys } from "../../lib/push/web_push.ts";
import { needs } from "../support/permissions.ts";
import { checkVapid, FakePushService } from "../support/push_service.ts";

const permissions = needs("net", "read");
const keys = vapidKeys("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
const note = { room: "lobby", room_id: "room-1", sender: "Bob", text: "Tea? 🍵", seq: 7, count: 2 };
const SERVICES = [
  "fcm.googleapis.com",
  "*.push.apple.com",
  "https://push.example.org:8443",
  "http://127.0.0.1:9",
];

Deno.test("the public key is derived from the secret", () => {
  // The pair of RFC 8291 section 5.
  assertEquals(
    keys.publicKey,
    "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
  );
  assertNotEquals(
    keys.publicKey,
    vapidKeys("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94").publicKey,
  );
});

for (
  const [endpoint, expected] of [
    ["https://fcm.googleapis.com/fcm/send/abc", true],
    ["https://web.push.apple.com/QGG", true],
    ["https://push.example.org:8443/x", true],
    ["http://127.0.0.1:9/x", true],
    ["http://fcm.googleapis.com/fcm/send/abc", false],
    ["https://fcm.googleapis.com:8080/", false],
    ["https://fcm.googleapis.com.evil.example/", false],
    ["https://evil.example/fcm.googleapis.com", false],
    ["https://fcm.googleapis.com@evil.example/", false],
    ["https://user:pass@fcm.googleapis.com/", false],
    ["https://push.apple.com/", false],
    ["https://evilpush.apple.com/", false],
    ["https://push.example.org/", false],
    ["https://127.0.0.1/", false],
    ["https://127.0.0.1:9/", false],
    ["https://[::1]/", false],
    ["https://localhost/", false],
    ["https://169.254.169.254/latest/meta-data", false],
    ["https://10.0.0.1/", false],
    ["file:///etc/passwd", false],
    ["ftp://fcm.googleapis.com/", false],
    ["no address", false],
  ] as const
) {
  Deno.test(`${endpoint} is ${expected ? "a" : "no"} push service`, () => {
    assertEquals(isPushService(endpoint, SERVICES), expected);
    assertEquals(isPushService(endpoint, []), false);
  });
}

Deno.test({
  name: "a notification reaches a device, encrypted for it and signed by the server",
  ...permissions,
  async fn() {
    await using service = new FakePushService();
    const device = await service.subscribe("laptop");
    const deliver = createDeliver({
      keys,
      subject: "https://chat.example.org",
      services: [service.origin],
    });
    assertEquals(await deliver(device.subscription, note), "sent");
    const { headers, note: read } = await service.next();
    assertEquals(read, note);
    assertEquals(headers.get("content-encoding"), "aes128gcm");
    assert(Number(headers.get("ttl")) > 0);
    await checkVapid(headers, keys.publicKey, service.presenceSubscriptions);
  },
});

Deno.test({
  name: "an unknown device, a refusal and a redirect are reported",
  ...permissions,
  async fn() {
    await using service = new FakePushService();
    await using elsewhere = new FakePushService();
    const { subscription } = await service.subscribe("laptop");
    const deliver = createDeliver({
      keys,
      subject: "mailto:owner@example.org",
      services: [service.origin],
    });
    for (
      const [status, expected] of [
        [401, "gone"],
        [403, "gone"],
        [404, "gone"],
        [410, "gone"],
        [429, "failed"],
        [500, "failed"],
        [307, "failed"],
        [301, "failed"],
      ] as const
    ) {
      service.status = status;
      service.location = `${elsewhere.origin}/laptop`;
      assertEquals(await deliver(subscription, note), expected, String(status));
    }
    assertEquals(elsewhere.pending, 0, "no request follows the redirect");
  },
});

Deno.test({
  name: "nothing is sent to a push service that is no longer allowed",
  ...permissions,
  async fn() {
    await using service = new FakePushService();
    const { subscription } = await service.subscribe("laptop");
    const deliver = createDeliver({ keys, subject: "mailto:owner@example.org", services: [] });
    assertEquals(await deliver(subscription, note), "gone");
    assertEquals(service.pending, 0);
  },
});
