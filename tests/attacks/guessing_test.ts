import { assert, assertEquals } from "@std/assert";
import { clientAddress } from "../../lib/addresses.ts";
import { needs } from "../support/permissions.ts";
import {
  type Answer,
  call,
  connect,
  enter,
  PASSWORD,
  PROXIES,
  startTown,
  SteppingClock,
  type Town,
} from "../support/town.ts";

const permissions = needs("net", "read");

/** One guess from an address. */
function guess(town: Town, name: string, from: string, headers = {}): Promise<Answer> {
  return enter(town, { name, password: "not the password" }, { from, headers });
}

/** An address for each number. */
const stranger = (i: number) => `203.0.113.${i}`;

/** Many guesses at a name at once, each from another address; how many were heard. */
async function guessMany(town: Town, name: string, count: number): Promise<number> {
  const guesses = Array.from({ length: count }, (_, i) => guess(town, name, stranger(i)));
  const codes = (await Promise.all(guesses)).map(({ code }) => code);
  assertEquals(codes.filter((code) => code !== "rate_limited" && code !== "wrong_password"), []);
  return codes.filter((code) => code === "wrong_password").length;
}

Deno.test({
  name: "whoever guesses from one address is told to wait, whatever names they try",
  ...permissions,
  async fn() {
    const clock = new SteppingClock();
    await using town = await startTown({ ...PROXIES, "sign-up": "invite" }, clock);
    await town.join("Alice", PASSWORD);
    const codes: (string | number)[] = [];
    for (const round of [1, 2]) {
      const names = Array.from({ length: 10 }, (_, i) => `Nobody ${round} ${i}`);
      const answers = await Promise.all(names.map((name) => guess(town, name, stranger(7))));
      codes.push(...answers.map(({ code }) => code));
    }
    assertEquals(codes, Array(20).fill("wrong_password"));
    const refused = await guess(town, "Nobody", stranger(7));
    assertEquals([refused.status, refused.code], [429, "rate_limited"]);
    const wait: number = refused.body.retry_after;
    assertEquals(wait, 6_000);
    assertEquals(refused.headers.get("retry-after"), "6");
    // The right password does not help there either, and is as good as ever elsewhere.
    const right = { name: "Alice", password: PASSWORD };
    assertEquals((await enter(town, right, { from: stranger(7) })).code, "rate_limited");
    assertEquals((await enter(town, right, { from: stranger(8) })).status, 200);
    clock.step(wait);
    assertEquals((await enter(town, right, { from: stranger(7) })).status, 200);
  },
});

Deno.test({
  name: "many who guess at one name from everywhere lock nobody out of their own device",
  ...permissions,
  async fn(t) {
    await using town = await startTown({ ...PROXIES, "sign-up": "invite" }, new SteppingClock());
    await town.join("Alice", PASSWORD);
    await town.join("Bob", PASSWORD);
    const right = { name: "Alice", password: PASSWORD };
    const device = cookie(await enter(town, right, { from: stranger(99) }), "hubbub_device");
    const bobs = cookie(await enter(town, { ...right, name: "Bob" }), "hubbub_device");
    await t.step("the guesses are bounded, for a name that is nobody's just the same", async () => {
      assertEquals(await guessMany(town, "Alice", 14), 9);
      assertEquals(await guessMany(town, "Nobody", 14), 10);
      assertEquals((await enter(town, right, { from: stranger(98) })).code, "rate_limited");
    });
    await t.step("the known device gets in, from wherever it is", async () => {
      const known = { from: stranger(97), headers: { cookie: device } };
      assertEquals((await enter(town, right, known)).status, 200);
    });
    await t.step("another's device does not", async () => {
      const { code } = await guess(town, "Alice", stranger(96), { cookie: bobs });
      assertEquals(code, "rate_limited");
    });
    await t.step("nor does one that was not made here", async () => {
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
        const { code } = await guess(town, "Alice", stranger(95), headers);
        assertEquals([forgery, code], [forgery, "rate_limited"]);
      }
    });
    await t.step("and what is tried on a stolen device is counted too", async () => {
      const headers = { cookie: device };
      const tries = Array.from({ length: 14 }, () => guess(town, "Alice", stranger(94), headers));
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
  name: "without an invitation nobody finds out who is here: not by the answer",
  ...permissions,
  async fn(t) {
    await using town = await startTown({ ...PROXIES, "sign-up": "invite" });
    await town.join("Alice", PASSWORD);
    await town.join("Bob");
    await town.bot("Robot");
    for (const [what, rest] of UNINVITED) {
      await t.step(what, async () => {
        const answers = [];
        for (const name of ["Alice", "Bob", "Robot", "Nobody"]) {
          const { status, text, headers } = await enter(town, { name, ...rest });
          const shown = [...headers].filter(([header]) => header !== "date");
          answers.push({ status, text, shown });
        }
        for (const answer of answers) assertEquals(answer, answers.at(-1));
      });
    }
    await t.step("nor by asking for a guest's socket", async () => {
      for (const name of ["Alice", "Nobody"]) {
        const { code } = await call(town, `/ws?name=${name}`);
        assertEquals(code, "upgrade_required");
      }
    });
  },
});

Deno.test({
  name: "nor by how long the answer takes: the first as little as the others",
  ...permissions,
  async fn() {
    const times = { Alice: [] as number[], Bob: [] as number[], Nobody: [] as number[] };
    const names = ["Nobody", "Bob", "Alice"] as const;
    for (let round = 0; round < 2; round++) {
      await using town = await startTown({ "sign-up": "invite" });
      await town.join("Alice", PASSWORD);
      await town.join("Bob");
      // A different one is first each time.
      for (let i = 0; i < 3; i++) {
        const name = names[(2 * round + i) % 3] ?? "Bob";
        const started = performance.now();
        assertEquals((await guess(town, name, "")).code, "wrong_password");
        times[name].push(performance.now() - started);
      }
    }
    // A check that is left out takes next to nothing; scrypt takes about half a second.
    const { Alice: alice, Bob: bob, Nobody: nobody } = times;
    const shown = JSON.stringify(times);
    for (const [one, other] of [[alice, nobody], [bob, nobody], [alice, bob]] as const) {
      assert(least(one) < least(other) * 3 && least(other) < least(one) * 3, shown);
    }
  },
});

/** A busy machine makes a check longer, never shorter. */
function least(values: readonly number[]): number {
  return Math.min(...values);
}

const HOPS: readonly (readonly [header: string | null, address: string])[] = [
  [null, "127.0.0.1"],
  ["", "127.0.0.1"],
  ["203.0.113.1", "203.0.113.1"],
  // What stands to the left was written by whoever asks.
  ["198.51.100.9, 203.0.113.1", "203.0.113.1"],
  ["127.0.0.1, 203.0.113.1", "203.0.113.1"],
  ["10.0.0.1, 203.0.113.1", "203.0.113.1"],
  ["198.51.100.9, 203.0.113.1, 10.0.0.1", "203.0.113.1"],
  ["198.51.100.9,203.0.113.1 ,  10.0.0.1,127.0.0.1", "203.0.113.1"],
  ["10.0.0.1, 10.0.0.1", "10.0.0.1"],
  ["evil", "127.0.0.1"],
  ["203.0.113.1, evil", "127.0.0.1"],
  ["203.0.113.1, evil, 10.0.0.1", "10.0.0.1"],
  ["203.0.113.1,", "127.0.0.1"],
  ["::ffff:203.0.113.1", "203.0.113.1"],
];

Deno.test("X-Forwarded-For is read from the right, as far as named proxies wrote it", () => {
  const proxies = ["127.0.0.1", "10.0.0.1"];
  for (const [header, address] of HOPS) {
    const headers = new Headers(header === null ? {} : { "x-forwarded-for": header });
    assertEquals([header, clientAddress("127.0.0.1", headers, proxies)], [header, address]);
    assertEquals(clientAddress("203.0.113.50", headers, proxies), "203.0.113.50");
    assertEquals(clientAddress("127.0.0.1", headers, []), "127.0.0.1");
  }
});

Deno.test("addresses that one home has without asking count as one: an IPv6 network of 64 bits", () => {
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

/** The addresses that are banned with somebody who seems to come from one. */
async function banned(town: Town, from: string): Promise<unknown> {
  const eve = await connect(town, { token: await town.join("Eve"), from });
  const mo = await town.member(town.mo);
  await mo.ask({ type: "ban", name: "Eve", address: true });
  const list = await mo.ask({ type: "list_bans" });
  await Promise.all([eve.closed, mo.close()]);
  return list.type === "bans" && list.bans.map(({ name, address }) => ({ name, address }));
}

Deno.test({
  name: "where nobody named a proxy, nobody is believed to be elsewhere",
  ...permissions,
  async fn() {
    await using believing = await startTown(PROXIES);
    await using doubting = await startTown();
    const left = "198.51.100.9, 203.0.113.1";
    assertEquals(await banned(believing, left), [{ name: "Eve", address: "203.0.113.1" }]);
    // This machine is everybody's, then: it cannot be banned.
    assertEquals(await banned(doubting, left), [{ name: "Eve", address: undefined }]);
  },
});

Deno.test({
  name: "who has a network of IPv6 addresses is not let in from the next one",
  ...permissions,
  async fn() {
    await using town = await startTown(PROXIES);
    await banned(town, "2001:db8::1");
    const again = await enter(town, { name: "Eve 2" }, { from: "2001:db8::2" });
    assertEquals(again.code, "banned");
    assertEquals((await enter(town, { name: "Adam" }, { from: "2001:db8:0:1::2" })).status, 201);
  },
});
