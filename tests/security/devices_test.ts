import { assertEquals, assertNotEquals } from "@std/assert";
import { needs } from "../support/permissions.ts";
import { call, enter, startServerFixture, SteppingClock } from "../support/server_fixture.ts";

const permissions = needs("net", "read");

Deno.test({
  name: "a device link works once, for five minutes, and only while its session lasts",
  ...permissions,
  async fn(t) {
    const clock = new SteppingClock();
    await using fixture = await startServerFixture({ "sign-up": "invite" }, clock);
    const token = await fixture.join("Alice");
    const offer = async (by: string) => {
      const { status, body } = await call(fixture, "/api/devices", { method: "POST", token: by });
      assertEquals(status, 201);
      return body.token as string;
    };
    await t.step("once, of many concurrent attempts", async () => {
      const device = await offer(token);
      const all = await Promise.all(Array.from({ length: 20 }, () => enter(fixture, { device })));
      const codes = all.map(({ code }) => code).sort();
      assertEquals(codes, [200, ...Array(19).fill("bad_invite")]);
      const [{ body } = { body: null }] = all.filter(({ status }) => status === 200);
      assertEquals([body.name, body.role], ["Alice", "member"]);
      assertNotEquals(body.token, token);
    });
    await t.step("five minutes", async () => {
      const [soon, expired] = [await offer(token), await offer(token)];
      clock.step(5 * 60_000 - 10_000);
      assertEquals((await enter(fixture, { device: soon })).status, 200);
      clock.step(10_001);
      assertEquals((await enter(fixture, { device: expired })).code, "bad_invite");
    });
    await t.step(
      "not after its session has ended: a stolen session leaves no link behind",
      async () => {
        const stolen = (await enter(fixture, { device: await offer(token) })).body.token;
        const device = await offer(stolen);
        await call(fixture, "/api/session", { method: "DELETE", token: stolen });
        assertEquals((await enter(fixture, { device })).code, "bad_invite");
      },
    );
    await t.step("a bot cannot create one", async () => {
      const by = { method: "POST", token: await fixture.bot("Robot") };
      assertEquals((await call(fixture, "/api/devices", by)).code, "forbidden");
    });
    await t.step("creating one requires a session", async () => {
      assertEquals((await call(fixture, "/api/devices", { method: "POST" })).status, 401);
    });
  },
});

Deno.test({
  name: "invitations, device links and session tokens are not interchangeable",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ "sign-up": "invite" });
    const invite = await fixture.invite();
    const { body } = await call(fixture, "/api/devices", { method: "POST", token: fixture.olga });
    assertEquals((await enter(fixture, { device: invite })).code, "bad_invite");
    assertEquals((await enter(fixture, { name: "Eve", invite: body.token })).code, "bad_invite");
    for (const token of [invite, body.token]) {
      assertEquals((await call(fixture, "/api/session", { token })).status, 401);
    }
    assertEquals((await enter(fixture, { device: body.token })).status, 200);
  },
});
