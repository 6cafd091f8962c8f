/** Certificates from a real ACME server. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { X509Certificate } from "node:crypto";
import { createPlainHandler } from "../../lib/http/plain.ts";
import { accountKey, AcmeClient, AcmeError, answerChallenge } from "../../lib/tls/acme.ts";
import { validityOf } from "../../lib/tls/certificate.ts";
import { type Clock, systemClock } from "../../lib/util/clock.ts";
import { startPebble, type TestAcme } from "../support/pebble.ts";
import { needsTools } from "../support/tools.ts";

const SECRET = "c2VjcmV0IG9mIGEgdGVzdCB0aGF0IGhhcyAzMiBieXQ";

/** Does not wait between two questions to the authority. */
const hurried: Clock = {
  ...systemClock,
  after: (ms, run) => systemClock.after(Math.min(ms, 20), run),
};

function clientOf({ directory, fetch }: TestAcme, secret = SECRET): AcmeClient {
  return new AcmeClient({
    ...{ directory, fetch, key: accountKey(secret), clock: hurried },
    email: "admin@example.org",
  });
}

/** Answers challenges as the server does, on the port where the authority asks. */
function answering(port: number, secret = SECRET): AsyncDisposable & { readonly asked: string[] } {
  const asked: string[] = [];
  const handle = createPlainHandler({
    key: accountKey(secret),
    url: "https://chat.example.org",
    http: { isProbe: () => false, handle: () => Promise.reject(new Error("no probe")) },
  });
  const server = Deno.serve({ port, hostname: "127.0.0.1", onListen() {} }, (request) => {
    asked.push(new URL(request.url).pathname);
    return handle(request, "127.0.0.1");
  });
  return { asked, [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test({
  name: "an authority issues a certificate for a domain that leads here",
  ...needsTools("pebble"),
  async fn() {
    await using acme = await startPebble();
    await using plain = answering(acme.httpPort);
    const client = clientOf(acme);
    const { chain, key } = await client.order("chat.example.org");
    const [leaf = "", ...others] = chain.split(/(?<=-----END CERTIFICATE-----\n)/);
    const certificate = new X509Certificate(leaf);
    assertEquals(certificate.subjectAltName, "DNS:chat.example.org");
    assertMatch(key, /^-----BEGIN PRIVATE KEY-----\n[\s\S]+\n-----END PRIVATE KEY-----\n$/);
    assert(others.some((one) => one.includes("BEGIN CERTIFICATE")), "no intermediate certificate");
    const { from, to } = validityOf({ chain, key });
    assertEquals(Math.round((to - from) / 86_400_000), 90);
    assertEquals(plain.asked.length > 0, true);
    // The account exists by now, and the key is another one.
    const next = await client.order("other.example.org");
    assert(next.key !== key);
  },
});

Deno.test({
  name: "nonces that the authority rejects are replaced",
  ...needsTools("pebble"),
  async fn() {
    await using acme = await startPebble(15);
    await using _plain = answering(acme.httpPort);
    let rejected = 0;
    const counted: typeof fetch = async (...request) => {
      const response = await acme.fetch(...request);
      if (response.status === 400) rejected += 1;
      return response;
    };
    const client = clientOf({ ...acme, fetch: counted });
    while (rejected === 0) {
      const { chain } = await client.order("chat.example.org");
      assertEquals(new X509Certificate(chain).subjectAltName, "DNS:chat.example.org");
    }
  },
});

Deno.test({
  name: "a domain that leads elsewhere is reported with what to do",
  ...needsTools("pebble"),
  async fn() {
    await using acme = await startPebble();
    // Nothing listens there.
    const refused = await assertRejects(() => clientOf(acme).order("chat.example.org"), AcmeError);
    assertMatch(refused.message, /could not see that chat\.example\.org leads to this server/);
    assertMatch(refused.message, /port 80.*refused/s);
    assertEquals(refused.type, "connection");
    // Another server answers there.
    await using _other = answering(acme.httpPort, SECRET.replace("c2", "d2"));
    const wrong = await assertRejects(() => clientOf(acme).order("chat.example.org"), AcmeError);
    assertEquals(wrong.type, "unauthorized");
  },
});

Deno.test("an authority that cannot be reached is an error of its own", async () => {
  const client = new AcmeClient({
    ...{ directory: "https://acme.example.org/", email: null, key: accountKey(SECRET) },
    clock: hurried,
    fetch: () => Promise.reject(new TypeError("dns error")),
  });
  const error = await assertRejects(() => client.order("chat.example.org"), AcmeError);
  assertEquals(error.message, "Cannot reach the certificate authority: dns error");
  client.close();
  await assertRejects(() => client.order("chat.example.org"), AcmeError);
});

Deno.test("what is no ACME server is reported as such", async () => {
  for (const body of ["<html>", "[]", '{"newNonce":1}', '{"newNonce":"x"}']) {
    const client = new AcmeClient({
      ...{ directory: "https://example.org/", email: null, key: accountKey(SECRET) },
      clock: hurried,
      fetch: () => Promise.resolve(new Response(body)),
    });
    const error = await assertRejects(() => client.order("chat.example.org"), AcmeError);
    assertEquals(error.message, "The certificate authority sent something else than ACME");
  }
});

Deno.test("a challenge is answered for tokens and nothing else", async () => {
  const key = accountKey(SECRET);
  const path = "/.well-known/acme-challenge/";
  const answer = await answerChallenge(`${path}a_-9`, key);
  assertMatch(answer ?? "", /^a_-9\.[A-Za-z0-9_-]{43}$/);
  for (const token of ["", "a/b", "a.b", "<script>", "%3Cscript%3E", "a".repeat(257)]) {
    assertEquals(await answerChallenge(path + token, key), null);
  }
  assertEquals(await answerChallenge("/", key), null);
});
