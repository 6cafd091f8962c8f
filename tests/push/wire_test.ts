import { assert, assertEquals, assertLess } from "@std/assert";
import { notificationOf, type PushMessage } from "../../static/notifications/content.ts";
import { needs } from "../support/permissions.ts";
import { checkVapid, createDevice, FakePushService } from "../support/push_service.ts";
import { spawnServer, startServer } from "../support/server.ts";

const permissions = needs("net", "read");

/** The subscription of a device, in the form of a browser. */
function json({ endpoint, p256dh, auth }: { endpoint: string; p256dh: string; auth: string }) {
  return { endpoint, expirationTime: null, keys: { p256dh, auth } };
}

Deno.test({
  name: "a user with a closed page is notified: from the message to the device",
  ...needs("net", "read", "run"),
  async fn() {
    await using service = new FakePushService();
    // In a separate process, which has dropped the permissions that it does not need.
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
    const { room_id, seq } = await alice.take("private_message");
    const said = { room: "@Alice", room_id, sender: "Alice", text: "Tea?", seq, count: 1 };
    assertEquals(note, said);
    await checkVapid(headers, key, service.presenceSubscriptions);
    // A conversation of several people has no name: the notification has those of the others.
    const [ann, carl] = [
      await server.member(await server.signIn("Ann")),
      await server.member(await server.signIn("Carl")),
    ];
    const bob = await server.member(token);
    for (const peer of [ann, carl, bob]) await peer.ask({ type: "join", room: "team" });
    const names = ["Bob", "Carl"];
    const made = await ann.ask({ type: "create_room", kind: "private", names });
    assert(made.type === "joined", JSON.stringify(made));
    await bob.close();
    await ann.ask({ type: "room_message", room_id: made.room_id, message: "Lunch?" });
    const group = (await service.next()).note as PushMessage;
    assertEquals(
      [group.room, group.room_id, group.sender, group.text],
      ["@Ann, Carl", made.room_id, "Ann", "Lunch?"],
    );
    assertEquals(notificationOf(group).title, "Ann · Ann, Carl");
    await server.kill();
  },
});

Deno.test({
  name: "a subscription belongs to a session, and ends with it",
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
  name: "an invalid subscription, or one for another service, is refused",
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
  name: "a server without push services says so, and notifies no user",
  ...permissions,
  async fn() {
    await using server = await startServer({ "push-services": [] });
    const token = await server.signIn("Bob");
    const { key } = await (await server.request("/api/push", { token })).json();
    assertEquals(key, null);
  },
});

/** Combining marks in descending order of class: normalization must reverse them. */
const MARKS =
  "\u0345\u035d\u035c\u0315\u0301\u1d16\u302a\u031b\u0316\u0321\u05b8\u05b0\u094d\u3099\u0334";

Deno.test({
  name: "finding mentions blocks no other user, whatever the text is",
  ...needs("net", "read", "run"),
  async fn() {
    await using service = new FakePushService();
    const args = ["--data=:memory:", "--rate=0", "--grace=0", `--push-services=${service.origin}`];
    const server = await spawnServer(args);
    const alice = await server.guest("Alice");
    const carol = await server.guest("Carol");
    const tokens: string[] = [];
    for (let i = 0; i < 3; i++) {
      const token = await server.signIn(`Bob ${i}`);
      tokens.push(token);
      const body = json((await service.subscribe(`device${i}`)).subscription);
      await (await server.request("/api/push", { method: "PUT", token, body })).body?.cancel();
    }
    /** The longest time that Carol waited for a reply until all devices were notified. */
    const longestWait = async (room: string, text: string) => {
      await alice.ask({ type: "join", room });
      for (const token of tokens) {
        const bob = await server.member(token);
        await bob.ask({ type: "join", room });
        await bob.close();
      }
      for (let i = 0; i < 20; i++) alice.send({ type: "room_message", room, message: text });
      for (let i = 0; i < 3; i++) {
        await alice.ask({ type: "room_message", room, message: `@Bob ${i}` });
      }
      let [delivered, longest] = [0, 0];
      const all = (async () => {
        while (delivered < 3) {
          await service.next();
          delivered += 1;
        }
      })();
      while (delivered < 3) {
        const asked = performance.now();
        await carol.ask({ type: "ping" });
        longest = Math.max(longest, performance.now() - asked);
      }
      await all;
      return longest;
    };
    const plain = await longestWait("plain", "a".repeat(10_000));
    const marks = Array.from(MARKS, (mark) => mark.repeat(660)).join("");
    // Sorting the marks of all messages for each device took seconds.
    assertLess(await longestWait("marks", `@a${marks}`), 50 * Math.max(plain, 5));
    await server.kill();
  },
});
