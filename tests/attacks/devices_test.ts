import { assertEquals, assertNotEquals } from "@std/assert";
import { needs } from "../support/permissions.ts";
import { call, enter, startTown, SteppingClock } from "../support/town.ts";

const permissions = needs("net", "read");

Deno.test({
  name: "a link to another device works once, for five minutes, and no longer than its session",
  ...permissions,
  async fn(t) {
    const clock = new SteppingClock();
    await using town = await startTown({ "sign-up": "invite" }, clock);
    const token = await town.join("Alice");
    const offer = async (by: string) => {
      const { status, body } = await call(town, "/api/devices", { method: "POST", token: by });
      assertEquals(status, 201);
      return body.token as string;
    };
    await t.step("once, of many at once", async () => {
      const device = await offer(token);
      const all = await Promise.all(Array.from({ length: 20 }, () => enter(town, { device })));
      const codes = all.map(({ code }) => code).sort();
      assertEquals(codes, [200, ...Array(19).fill("bad_invite")]);
      const [{ body } = { body: null }] = all.filter(({ status }) => status === 200);
      assertEquals([body.name, body.role], ["Alice", "member"]);
      assertNotEquals(body.token, token);
    });
    await t.step("five minutes", async () => {
      const [soon, late] = [await offer(token), await offer(token)];
      clock.step(5 * 60_000 - 10_000);
      assertEquals((await enter(town, { device: soon })).status, 200);
      clock.step(10_001);
      assertEquals((await enter(town, { device: late })).code, "bad_invite");
    });
    await t.step("not once its session is over: what was stolen ends with it", async () => {
      const stolen = (await enter(town, { device: await offer(token) })).body.token;
      const device = await offer(stolen);
      await call(town, "/api/session", { method: "DELETE", token: stolen });
      assertEquals((await enter(town, { device })).code, "bad_invite");
    });
    await t.step("not once the bot that made it is no more", async () => {
      const device = await offer(await town.bot("Robot"));
      const gone = await call(town, "/api/bots/Robot", { method: "DELETE", token: town.olga });
      assertEquals(gone.status, 204);
      assertEquals((await enter(town, { device })).code, "bad_invite");
    });
    await t.step("nobody makes one without a session", async () => {
      assertEquals((await call(town, "/api/devices", { method: "POST" })).status, 401);
    });
  },
});

Deno.test({
  name: "an invitation is no device link, a device link no invitation, and neither a session",
  ...permissions,
  async fn() {
    await using town = await startTown({ "sign-up": "invite" });
    const invite = await town.invite();
    const { body } = await call(town, "/api/devices", { method: "POST", token: town.olga });
    assertEquals((await enter(town, { device: invite })).code, "bad_invite");
    assertEquals((await enter(town, { name: "Eve", invite: body.token })).code, "bad_invite");
    for (const token of [invite, body.token]) {
      assertEquals((await call(town, "/api/session", { token })).status, 401);
    }
    assertEquals((await enter(town, { device: body.token })).status, 200);
  },
});
