/** The server's certificate in the store: ordered once, renewed in time, shared by instances. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { createLog } from "../../lib/observability/log.ts";
import { openPostgres } from "../../lib/store/postgres/store.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import type { Store } from "../../lib/store/store.ts";
import { accountKey } from "../../lib/tls/acme.ts";
import { Certificates } from "../../lib/tls/certificates.ts";
import { createAuthority, type TestAuthority } from "../support/certificates.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { ignore, usePostgres } from "../support/postgres.ts";

const DIRECTORY = "https://acme.example.org/directory";
const DOMAIN = "chat.example.org";
const DAY_MS = 86_400_000;

/** An authority that decides at once, and counts its orders. */
function fakeAcme(authority: TestAuthority, now: () => number = () => 0) {
  let orders = 0;
  /** When they were made. */
  const at: number[] = [];
  /** What it answers to the next orders instead. */
  const refusals: Response[] = [];
  const urlOf = (path: string) => `https://acme.example.org/${path}`;
  const json = (body: unknown) =>
    Response.json(body, { headers: { "replay-nonce": "nonce", "location": urlOf("order") } });
  const answers: Readonly<Record<string, () => Response | Promise<Response>>> = {
    directory: () =>
      json({
        newNonce: urlOf("nonce"),
        newAccount: urlOf("account"),
        newOrder: urlOf("new-order"),
      }),
    nonce: () => json(null),
    account: () => json({}),
    "new-order": () => {
      orders += 1;
      at.push(now());
      return refusals.shift() ?? answers.order!();
    },
    order: () =>
      json({
        status: "valid",
        authorizations: [],
        finalize: urlOf("finalize"),
        certificate: urlOf("certificate"),
      }),
    finalize: () => json({}),
    async certificate() {
      return new Response((await authority.issue(DOMAIN, { since: 0, left: 90 })).chain);
    },
  };
  const send = (input: string | URL | Request) =>
    Promise.resolve(answers[new URL(String(input)).pathname.slice(1)]!());
  return { fetch: send as typeof fetch, refusals, at, orders: () => orders };
}

function certificatesOf(
  store: Store,
  clock: FakeClock,
  send: typeof fetch,
  directory = DIRECTORY,
) {
  const logged: string[] = [];
  const certificates = new Certificates({
    ...{ domain: DOMAIN, directory, email: null, store, clock, fetch: send },
    key: accountKey("c2VjcmV0IG9mIGEgdGVzdCB0aGF0IGhhcyAzMiBieXQ"),
    log: createLog("info", (line) => void logged.push(line)),
  });
  return { certificates, logged };
}

/** Advances the clock in steps until something is so. */
async function until(clock: FakeClock, isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    await clock.advance(5_000);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

const memory = () =>
  openSqlite({
    ...{ path: ":memory:", durability: "process", exclusive: true, onDamage: "refuse" },
    onNotice() {},
    onFault() {},
  });

Deno.test("a certificate is ordered once, and renewed after two thirds of its time", async () => {
  const store = await memory();
  const acme = fakeAcme(await createAuthority());
  const clock = new FakeClock(Date.now());
  const { certificates } = certificatesOf(store, clock, acme.fetch);
  await certificates.start();
  const first = certificates.current;
  assert(first !== null);
  let renewed = 0;
  certificates.onRenewed(() => Promise.resolve(void (renewed += 1)));
  clock.jump(59 * DAY_MS);
  for (let i = 0; i < 3; i++) await clock.advance(5_000);
  assertEquals([acme.orders(), renewed], [1, 0]);
  clock.jump(2 * DAY_MS);
  // The authority's clock is the real one: what it issues now seems to be as old.
  await until(clock, () => renewed > 0);
  assertEquals(acme.orders() > 1, true);
  assert(certificates.current?.chain !== first.chain);
  await certificates.close();
  await store.close();
});

Deno.test("a restarted server uses the certificate that it has", async () => {
  const store = await memory();
  const acme = fakeAcme(await createAuthority());
  const clock = new FakeClock(Date.now());
  const one = certificatesOf(store, clock, acme.fetch).certificates;
  await one.start();
  await one.close();
  const other = certificatesOf(store, clock, acme.fetch).certificates;
  await other.start();
  assertEquals([other.current, acme.orders()], [one.current, 1]);
  await other.close();
  // Another authority, such as the one for trials, has certificates of its own.
  const trial = certificatesOf(store, clock, acme.fetch, `${DIRECTORY}?trial`).certificates;
  await trial.start();
  assertEquals([trial.current === one.current, acme.orders()], [false, 2]);
  await trial.close();
  await store.close();
});

Deno.test("a failure is followed by longer and longer pauses, also across restarts", async () => {
  const store = await memory();
  const clock = new FakeClock(Date.now());
  const acme = fakeAcme(await createAuthority(), () => clock.now());
  const refuse = (retryAfter?: string) =>
    acme.refusals.push(
      Response.json(
        { type: "urn:ietf:params:acme:error:rateLimited", detail: "too many certificates" },
        {
          status: 429,
          headers: {
            "replay-nonce": "nonce",
            ...(retryAfter === undefined ? {} : { "retry-after": retryAfter }),
          },
        },
      ),
    );
  for (const wait of [undefined, undefined, undefined, "3600"]) refuse(wait);
  const one = certificatesOf(store, clock, acme.fetch);
  const first = one.certificates.start();
  const waitFor = (count: number) => until(clock, () => acme.orders() === count);
  for (const count of [1, 2, 3]) await waitFor(count);
  await until(clock, () => one.logged.filter((line) => /cannot get/.test(line)).length === 3);
  assertMatch(
    one.logged.join("\n"),
    /cannot get a certificate for chat\.example\.org\. .*too many/,
  );
  await one.certificates.close();
  // The next process goes on where the last one was.
  const other = certificatesOf(store, clock, acme.fetch);
  const second = other.certificates.start();
  for (const count of [4, 5]) await waitFor(count);
  await second;
  // 1, 2 and 4 minutes after a failure, and then as long as the authority asked for. The clock goes on
  // while an attempt is under way.
  const pauses = acme.at.slice(1).map((time, i) => (time - acme.at[i]!) / 60_000);
  for (const [i, wanted] of [1, 2, 4, 60].entries()) {
    assert(pauses[i]! >= wanted && pauses[i]! < wanted + 10, `${pauses}`);
  }
  assert(other.certificates.current !== null);
  await other.certificates.close();
  void first;
  await store.close();
});

Deno.test("an expired certificate is not used", async () => {
  const store = await memory();
  const authority = await createAuthority();
  const acme = fakeAcme(authority);
  const old = await authority.issue(DOMAIN, { since: 90, left: -1 });
  const record = { certificate: old, next: 0, failures: 0 };
  await store.replaceValue(`certificate ${DOMAIN} ${DIRECTORY}`, null, JSON.stringify(record));
  const { certificates } = certificatesOf(store, new FakeClock(Date.now()), acme.fetch);
  await certificates.start();
  assert(certificates.current !== null && certificates.current.chain !== old.chain);
  await certificates.close();
  await store.close();
});

/** Several instances on one store. */
async function share(stores: readonly Store[]): Promise<void> {
  const acme = fakeAcme(await createAuthority());
  const clock = new FakeClock(Date.now());
  const instances = stores.map((store) => certificatesOf(store, clock, acme.fetch).certificates);
  let started = 0;
  for (const one of instances) void one.start().then(() => started += 1);
  await until(clock, () => started === instances.length);
  assertEquals(acme.orders(), 1);
  const [first] = instances;
  for (const one of instances) assertEquals(one.current, first?.current);
  for (const one of instances) await one.close();
}

Deno.test("of instances that share a store one orders, and all use the certificate", async () => {
  const store = await memory();
  await share([store, store, store]);
  await store.close();
});

const cluster = usePostgres();

Deno.test({
  name: "postgres: of instances that share a store one orders, and all use the certificate",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const database = await cluster.make();
    const open = () => openPostgres({ url: cluster.url(database), serving: true, onNotice() {} });
    const stores = [await open(), await open(), await open()];
    await share(stores);
    for (const store of stores) await store.close();
    await cluster.drop(database);
  },
});
