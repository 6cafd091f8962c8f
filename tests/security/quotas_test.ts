import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import type { Config } from "../../lib/config/config.ts";
import type { ClientFrame, ServerFrame } from "../../lib/protocol/frames.ts";
import { flagOf, type QuotaName, QUOTAS } from "../../lib/auth/quotas.ts";
import { needs } from "../support/permissions.ts";
import type { Peer } from "../support/peer.ts";
import {
  call,
  enter,
  person,
  PROXIES,
  type ServerFixture,
  startServerFixture,
  SteppingClock,
} from "../support/server_fixture.ts";

const permissions = needs("net", "read");

/** Attempts an action `n` times under a limit of 2; returns the refusals. */
type Attempt = (
  it: { fixture: ServerFixture; eve: Peer; token: string; n: number },
) => Promise<unknown>;

const asks = (frame: (n: number) => ClientFrame): Attempt => ({ eve, n }) => eve.ask(frame(n));

/** Asks about a new message. */
const saying = (frame: (seq: number) => ClientFrame): Attempt => async ({ eve, n }) => {
  const said = await eve.ask({ type: "room_message", room: "general", message: `${n}` });
  return await eve.ask(frame(said.type === "room_message" ? said.seq : 0));
};

/** How each limit is exceeded. */
const ATTEMPTS: Readonly<Record<QuotaName, Attempt>> = {
  accounts_per_day: ({ fixture, n }) =>
    enter(fixture, { name: `New ${n}` }, { from: "203.0.113.77" }),
  rooms_per_user: asks((n) => ({ type: "create_room", room: `r${n}`, kind: "public" })),
  rooms_per_day: asks((n) => ({ type: "join", room: `r${n}` })),
  memberships_per_user: async ({ fixture, eve, n }) => {
    const mo = await fixture.member(fixture.mo);
    await mo.ask({ type: "join", room: `open${n}` });
    await mo.close();
    return await eve.ask({ type: "join", room: `open${n}` });
  },
  conversations_per_day: asks((n) => ({
    type: "private_message",
    receiver: `Person ${n}`,
    message: "hi",
  })),
  invitations_per_user: async ({ eve, n }) => {
    await eve.ask({ type: "create_room", room: `den${n}`, kind: "private" });
    return await eve.ask({ type: "invite", room: `den${n}`, name: "Person 0" });
  },
  invitations_per_day: async ({ eve, n }) => {
    await eve.ask({ type: "create_room", room: "den", kind: "private" });
    return await eve.ask({ type: "invite", room: "den", name: `Person ${n}` });
  },
  blocks_per_user: asks((n) => ({ type: "block", name: `Person ${n}`, on: true })),
  links_per_user: ({ fixture }) =>
    call(fixture, "/api/invites", { method: "POST", token: fixture.mo, body: {} }),
  saved_per_user: saying((seq) => ({ type: "save_message", room: "general", seq, on: true })),
  scheduled_per_user: asks((n) => ({
    ...{ type: "schedule_message", room: "general", message: `${n}`, at: Date.now() + 3_600_000 },
  })),
  reminders_per_user: saying((seq) => ({
    ...{ type: "set_reminder", room: "general", seq, at: Date.now() + 3_600_000 },
  })),
  text_per_day: asks(() => ({ type: "room_message", room: "general", message: "x" })),
  files_per_user: ({ fixture, token, n }) =>
    call(fixture, `/api/rooms/general/files?name=${n}`, {
      method: "POST",
      token,
      raw: "1",
      headers: { "content-type": "application/octet-stream" },
    }),
};

/** The settings with a limit of two each. */
const LIMITS: Partial<Record<QuotaName, number>> = { memberships_per_user: 3, text_per_day: 600 };

function refusalOf(answer: unknown): { code: unknown; message: string } | null {
  const { type, code, message = "", body } = answer as ServerFrame & {
    code?: unknown;
    message?: string;
    body?: { detail?: string };
  };
  if ((type as string) === "error") return { code, message };
  return typeof code === "string" ? { code, message: body?.detail ?? "" } : null;
}

Deno.test({
  name: "everything that one user can store is limited, and the refusal names the limit",
  ...permissions,
  async fn(t) {
    assertEquals(Object.keys(ATTEMPTS), Object.keys(QUOTAS));
    for (const [name, attempt] of Object.entries(ATTEMPTS) as [QuotaName, Attempt][]) {
      await t.step(name, async () => {
        const limit = LIMITS[name] ?? 2;
        const settings = { ...PROXIES, [flagOf(name)]: limit } as Partial<Config>;
        await using fixture = await startServerFixture(settings, new SteppingClock());
        for (let n = 0; n < 4; n++) await fixture.join(`Person ${n}`);
        const { peer: eve, token } = await person(fixture, "Eve");
        await eve.ask({ type: "join", room: "general" });
        const welcome = eve.frames[0];
        assert(welcome?.type === "welcome");
        assertEquals(welcome.limits[name], limit);
        const outcomes = [];
        for (let n = 0; n < 4; n++) {
          outcomes.push(refusalOf(await attempt({ fixture, eve, token, n })));
        }
        assertEquals(outcomes.map((refusal) => refusal?.code ?? "done"), [
          "done",
          "done",
          "limit_reached",
          "limit_reached",
        ]);
        assertStringIncludes(outcomes[2]?.message ?? "", name);
        assertStringIncludes(outcomes[2]?.message ?? "", `${limit}`);
        await eve.close();
      });
    }
  },
});

Deno.test({
  name: "consecutive guests share their address's limits",
  ...permissions,
  async fn() {
    const clock = new SteppingClock();
    await using fixture = await startServerFixture({
      ...{ rate: 10, burst: 40, "address-rate": 10, "address-burst": 40 },
      "rooms-per-day": 1,
    }, clock);
    const reader = await person(fixture, "Reader");
    await reader.peer.ask({ type: "join", room: "general" });
    let stored = 0;
    let rooms = 0;
    for (let n = 0; n < 20; n++) {
      const guest = await fixture.guest(`Guest ${n}`);
      await guest.ask({ type: "join", room: "general" });
      const made = await guest.ask({ type: "create_room", room: `r${n}`, kind: "public" });
      if (made.type === "joined") rooms += 1;
      for (let i = 0; i < 38; i++) {
        const frame = { type: "room_message", room: "general", message: "flood" } as const;
        if ((await guest.ask(frame)).type === "room_message") stored += 1;
      }
      await guest.close();
    }
    // The loopback address has four times the limit of others: a proxy may not be configured.
    assertLess(stored, 4 * 40 + 1);
    assertLess(rooms, 4 + 1);
    assert(stored > 0 && rooms > 0);
    // Members can still send messages.
    const said = await reader.peer.ask({ type: "room_message", room: "general", message: "calm" });
    assertEquals(said.type, "room_message");
    await reader.peer.close();
  },
});
