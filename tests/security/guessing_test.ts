import { assert, assertEquals } from "@std/assert";
import { Passwords } from "../../lib/auth/passwords.ts";
import { clientAddress } from "../../lib/util/ip_address.ts";
import { needs } from "../support/permissions.ts";
import {
  type Answer,
  call,
  connect,
  enter,
  PASSWORD,
  PROXIES,
  type ServerFixture,
  startServerFixture,
  SteppingClock,
  upgradeRequest,
} from "../support/server_fixture.ts";

const permissions = needs("net", "read");

/** One guess from an address. */
function guess(fixture: ServerFixture, name: string, from: string, headers = {}): Promise<Answer> {
  return enter(fixture, { name, password: "not the password" }, { from, headers });
}

/** An address for each number. */
const stranger = (i: number) => `203.0.113.${i}`;

/** Guesses at a name concurrently, each from another address; returns how many were checked. */
async function guessMany(fixture: ServerFixture, name: string, count: number): Promise<number> {
  const guesses = Array.from({ length: count }, (_, i) => guess(fixture, name, stranger(i)));
  const codes = (await Promise.all(guesses)).map(({ code }) => code);
  assertEquals(codes.filter((code) => code !== "rate_limited" && code !== "wrong_password"), []);
  return codes.filter((code) => code === "wrong_password").length;
}

Deno.test({
  name: "a client that guesses from one address is told to wait, whichever names it tries",
  ...permissions,
  async fn() {
    const clock = new SteppingClock();
    await using fixture = await startServerFixture({ ...PROXIES, "sign-up": "invite" }, clock);
    await fixture.join("Alice", PASSWORD);
    const codes: (string | number)[] = [];
    for (const round of [1, 2]) {
      const names = Array.from({ length: 10 }, (_, i) => `Nobody ${round} ${i}`);
      const answers = await Promise.all(names.map((name) => guess(fixture, name, stranger(7))));
      codes.push(...answers.map(({ code }) => code));
    }
    assertEquals(codes, Array(20).fill("wrong_password"));
    const refused = await guess(fixture, "Nobody", stranger(7));
    assertEquals([refused.status, refused.code], [429, "rate_limited"]);
    const wait: number = refused.body.retry_after;
    assertEquals(wait, 6_000);
    assertEquals(refused.headers.get("retry-after"), "6");
    // The right password does not help from there either, and still works elsewhere.
    const right = { name: "Alice", password: PASSWORD };
    assertEquals((await enter(fixture, right, { from: stranger(7) })).code, "rate_limited");
    assertEquals((await enter(fixture, right, { from: stranger(8) })).status, 200);
    clock.step(wait);
    assertEquals((await enter(fixture, right, { from: stranger(7) })).status, 200);
  },
});

Deno.test({
  name: "a distributed guessing attack on a name does not lock its user out of a known device",
  ...permissions,
  async fn(t) {
    await using fixture = await startServerFixture(
      { ...PROXIES, "sign-up": "invite" },
      new SteppingClock(),
    );
    await fixture.join("Alice", PASSWORD);
    await fixture.join("Bob", PASSWORD);
    const right = { name: "Alice", password: PASSWORD };
    const device = cookie(await enter(fixture, right, { from: stranger(99) }), "hubbub_device");
    const bobs = cookie(await enter(fixture, { ...right, name: "Bob" }), "hubbub_device");
    await t.step("the guesses are limited, equally for an unknown name", async () => {
      assertEquals(await guessMany(fixture, "Alice", 14), 9);
      assertEquals(await guessMany(fixture, "Nobody", 14), 10);
      assertEquals((await enter(fixture, right, { from: stranger(98) })).code, "rate_limited");
    });
    await t.step("the known device signs in from any address", async () => {
      const known = { from: stranger(97), headers: { cookie: device } };
      assertEquals((await enter(fixture, right, known)).status, 200);
    });
    await t.step("a device known for another account does not", async () => {
      const { code } = await guess(fixture, "Alice", stranger(96), { cookie: bobs });
      assertEquals(code, "rate_limited");
    });
    await t.step("nor does a forged device cookie", async () => {
      const [, value = ""] = device.split("=");
      const [account = "", chance = "", mac = ""] = value.split(".");
      const forged = [
        "",
        ".",
        value.slice(0, -2),
        `${account}.${chance}`,
        `${account}.${chance}.`,
        `${account}.${"A".repeat(43)}.${mac}`,
        `${account}.${chance}.${"A".repeat(43)}`,
        `${account}.x.${chance}.${mac}`,
        `1.${chance}.${mac}`,
      ];
      for (const forgery of forged) {
        const headers = { cookie: `hubbub_device=${forgery}` };
        const { code } = await guess(fixture, "Alice", stranger(95), headers);
        assertEquals([forgery, code], [forgery, "rate_limited"]);
      }
    });
    await t.step("guesses from a stolen device are limited as well", async () => {
      const headers = { cookie: device };
      const tries = Array.from(
        { length: 14 },
        () => guess(fixture, "Alice", stranger(94), headers),
      );
      const codes = (await Promise.all(tries)).map(({ code }) => code);
      assertEquals(codes.filter((code) => code === "wrong_password").length, 9);
    });
  },
});

function cookie({ headers }: Answer, name: string): string {
  const found = headers.getSetCookie().find((line) => line.startsWith(`${name}=`));
  return found?.split(";")[0] ?? "";
}

const UNINVITED: readonly (readonly [what: string, rest: object])[] = [
  ["a name alone", {}],
  ["a password", { password: "not the password" }],
  ["an invitation that is none", { invite: "a".repeat(43) }],
  ["both", { password: "not the password", invite: "a".repeat(43) }],
];

Deno.test({
  name: "without an invitation, replies do not reveal which names exist",
  ...permissions,
  async fn(t) {
    await using fixture = await startServerFixture({ ...PROXIES, "sign-up": "invite" });
    await fixture.join("Alice", PASSWORD);
    await fixture.join("Bob");
    await fixture.bot("Robot");
    for (const [what, rest] of UNINVITED) {
      await t.step(what, async () => {
        const answers = [];
        for (const name of ["Alice", "Bob", "Robot", "Nobody"]) {
          const { status, text, headers } = await enter(fixture, { name, ...rest });
          const shown = [...headers].filter(([header]) => header !== "date");
          answers.push({ status, text, shown });
        }
        for (const answer of answers) assertEquals(answer, answers.at(-1));
      });
    }
    await t.step("nor does a guest connection", async () => {
      for (const name of ["Alice", "Nobody"]) {
        const { code } = await call(fixture, `/ws?name=${name}`);
        assertEquals(code, "upgrade_required");
      }
    });
  },
});

Deno.test({
  name: "nor does the time until a reply",
  ...permissions,
  async fn() {
    const times = { Alice: [] as number[], Bob: [] as number[], Nobody: [] as number[] };
    const names = ["Nobody", "Bob", "Alice"] as const;
    for (let round = 0; round < 2; round++) {
      await using fixture = await startServerFixture({
        "sign-up": "invite",
        passwords: new Passwords(),
      });
      await fixture.join("Alice", PASSWORD);
      await fixture.join("Bob");
      // Each round begins with another one.
      for (let i = 0; i < 3; i++) {
        const name = names[(2 * round + i) % 3] ?? "Bob";
        const started = performance.now();
        assertEquals((await guess(fixture, name, "")).code, "wrong_password");
        times[name].push(performance.now() - started);
      }
    }
    // A skipped check takes next to no time; scrypt takes about half a second.
    const { Alice: alice, Bob: bob, Nobody: nobody } = times;
    const shown = JSON.stringify(times);
    for (const [one, other] of [[alice, nobody], [bob, nobody], [alice, bob]] as const) {
      assert(least(one) < least(other) * 3 && least(other) < least(one) * 3, shown);
    }
  },
});

/** Load makes a check longer, never shorter. */
function least(values: readonly number[]): number {
  return Math.min(...values);
}

const HOPS: readonly (readonly [header: string | null, address: string])[] = [
  [null, "127.0.0.1"],
  ["", "127.0.0.1"],
  ["203.0.113.1", "203.0.113.1"],
  // The leftmost entries are written by the client.
  ["198.51.100.9, 203.0.113.1", "203.0.113.1"],
  ["127.0.0.1, 203.0.113.1", "203.0.113.1"],
  ["10.0.0.1, 203.0.113.1", "203.0.113.1"],
  ["198.51.100.9, 203.0.113.1, 10.0.0.1", "203.0.113.1"],
  ["198.51.100.9,203.0.113.1 ,  10.0.0.1,127.0.0.1", "203.0.113.1"],
  ["10.0.0.1, 10.0.0.1", "10.0.0.1"],
  // An empty element is skipped.
  ["203.0.113.1,", "203.0.113.1"],
  [" , ,", "127.0.0.1"],
  ["::ffff:203.0.113.1", "203.0.113.1"],
  // Some proxies write ports, which differ for each connection.
  ["203.0.113.1:1111", "203.0.113.1"],
  ["203.0.113.1:2222, 10.0.0.1:80", "203.0.113.1"],
  ["[2001:db8:0:1::7]:4711", "2001:db8:0:1::/64"],
  ["[2001:db8:0:1::8]", "2001:db8:0:1::/64"],
  ["[::ffff:203.0.113.1]:9", "203.0.113.1"],
  // Clients unknown to the proxy count as one, distinct from the proxy.
  ["unknown", "unknown"],
  ["203.0.113.1, Unknown, 10.0.0.1", "unknown"],
  ["evil", "unknown"],
  ["203.0.113.1, evil", "unknown"],
  ["203.0.113.1, evil, 10.0.0.1", "unknown"],
  ["[evil]:1", "unknown"],
  ["_hidden", "unknown"],
  ["999.999.1.1", "unknown"],
  ["1.1.1.1.1", "unknown"],
  ["1:2:3", "unknown"],
  // Every spelling of an address is the same address.
  ['"203.0.113.1"', "203.0.113.1"],
  ['"[2001:db8:0:1::7]:4711"', "2001:db8:0:1::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
];

Deno.test("X-Forwarded-For is read from the right, as far as trusted proxies wrote it", () => {
  const proxies = ["127.0.0.1", "10.0.0.1"];
  for (const [header, address] of HOPS) {
    const headers = new Headers(header === null ? {} : { "x-forwarded-for": header });
    assertEquals([header, clientAddress("127.0.0.1", headers, proxies)], [header, address]);
    assertEquals(clientAddress("203.0.113.50", headers, proxies), "203.0.113.50");
    assertEquals(clientAddress("127.0.0.1", headers, []), "127.0.0.1");
  }
});

const NETWORKS: readonly (readonly [network: string, inside: string[], outside: string[]])[] = [
  ["10.0.0.0/8", ["10.0.0.1", "10.255.255.255", "::ffff:10.1.2.3"], ["11.0.0.1", "9.255.255.255"]],
  ["10.1.2.3", ["10.1.2.3"], ["10.1.2.4"]],
  ["192.0.2.128/25", ["192.0.2.128", "192.0.2.255"], ["192.0.2.127", "192.0.3.128"]],
  ["0.0.0.0/0", ["203.0.113.1"], ["2001:db8::1"]],
  ["fd00:1::/32", ["fd00:1::1", "FD00:1:ffff::"], ["fd00:2::1", "10.0.0.1"]],
  ["2001:db8::/33", ["2001:db8:7fff::1"], ["2001:db8:8000::1"]],
  ["::1/128", ["::1"], ["::2"]],
];

Deno.test("a whole network can be trusted as proxies", () => {
  const headers = new Headers({ "x-forwarded-for": "203.0.113.99" });
  for (const [network, inside, outside] of NETWORKS) {
    for (const [proxies, trusted] of [[inside, true], [outside, false]] as const) {
      for (const proxy of proxies) {
        const isTrusted = clientAddress(proxy, headers, [network]) === "203.0.113.99";
        assertEquals([network, proxy, isTrusted], [network, proxy, trusted]);
      }
    }
  }
});

Deno.test({
  name:
    "a client counts once, whatever port its proxy writes, and also if the proxy knows no address",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ proxies: ["127.0.0.0/8"], connections: 2 });
    const places = [
      (port: number) => `9.9.9.2:${port}`,
      (port: number) => `[2001:db8::${port}]:${port}`,
      () => "unknown",
    ];
    for (const [n, from] of places.entries()) {
      const names = [1, 2, 3].map((port) => `${n}-${port}`);
      const first = await connect(fixture, { name: `Anna${names[0]}`, from: from(1) });
      const second = await connect(fixture, { name: `Anna${names[1]}`, from: from(2) });
      const third = await upgradeRequest(fixture, `/ws?name=Anna${names[2]}`, {
        "x-forwarded-for": from(3),
      });
      assertEquals(third.code, "rate_limited");
      await Promise.all([first.close(), second.close()]);
    }
  },
});

Deno.test("the addresses of one IPv6 /64 network count as one", () => {
  const from = (address: string) =>
    clientAddress("127.0.0.1", new Headers({ "x-forwarded-for": address }), ["127.0.0.1"]);
  const one = from("2001:db8:0:1::1");
  for (const same of ["2001:db8:0:1::2", "2001:DB8::1:ffff:2:3:4", "2001:0db8:0000:0001:0:0:0:9"]) {
    assertEquals(from(same), one);
  }
  for (const other of ["2001:db8:0:2::1", "2001:db8::1", "203.0.113.1"]) {
    assert(from(other) !== one);
  }
  assertEquals(clientAddress("::1", new Headers(), []), "::1");
  assertEquals(clientAddress("::ffff:127.0.0.1", new Headers(), []), "127.0.0.1");
  assertEquals(clientAddress("::ffff:cb00:7101", new Headers(), []), "203.0.113.1");
});

/** The addresses banned with a user who claims to come from one. */
async function banned(fixture: ServerFixture, from: string): Promise<unknown> {
  const eve = await connect(fixture, { token: await fixture.join("Eve"), from });
  const mo = await fixture.member(fixture.mo);
  await mo.ask({ type: "ban", name: "Eve", address: true });
  const list = await mo.ask({ type: "list_bans" });
  await Promise.all([eve.closed, mo.close()]);
  return list.type === "bans" && list.bans.map(({ name, address }) => ({ name, address }));
}

Deno.test({
  name: "without a trusted proxy, forwarded addresses are ignored",
  ...permissions,
  async fn() {
    await using believing = await startServerFixture(PROXIES);
    await using doubting = await startServerFixture();
    const left = "198.51.100.9, 203.0.113.1";
    assertEquals(await banned(believing, left), [{ name: "Eve", address: "203.0.113.1" }]);
    // The loopback address is then shared by all clients, and cannot be banned.
    assertEquals(await banned(doubting, left), [{ name: "Eve", address: undefined }]);
  },
});

Deno.test({
  name: "a ban of an IPv6 address covers its /64 network",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture(PROXIES);
    await banned(fixture, "2001:db8::1");
    const again = await enter(fixture, { name: "Eve 2" }, { from: "2001:db8::2" });
    assertEquals(again.code, "banned");
    assertEquals((await enter(fixture, { name: "Adam" }, { from: "2001:db8:0:1::2" })).status, 201);
  },
});
