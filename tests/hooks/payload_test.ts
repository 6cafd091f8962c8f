import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { readDelivery } from "../../lib/hooks/payload.ts";
import { LIMITS } from "../../lib/protocol/limits.ts";
import { namesIn } from "../../lib/protocol/text/mentions.ts";
import { FIXTURES } from "./payloads.ts";

function read(body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return readDelivery({
    headers: new Headers({ "content-type": "application/json", ...headers }),
    body: typeof body === "string" ? body : JSON.stringify(body),
  }, "Webhook");
}

for (const [title, { body, headers, text }] of Object.entries(FIXTURES)) {
  Deno.test(`payload: ${title}`, async () => {
    assertEquals((await read(body, headers))?.text, text);
  });
}

Deno.test("payload: the name of the bot is not repeated", async () => {
  assertEquals((await read({ text: "Hi", username: "webhook" }))?.text, "Hi");
});

Deno.test("payload: a payload without anything to show is none", async () => {
  const headers = { "content-type": "text/plain" };
  for (const body of [{}, [], null, 1, { text: "" }, { text: 7 }, { blocks: "no" }, "{broken"]) {
    assertEquals(await read(body), null, JSON.stringify(body));
  }
  assertEquals(await read(" \n", headers), null);
  for (const header of ["x-github-event", "x-gitlab-event", "sentry-hook-resource"]) {
    for (const body of [[], null, 7]) {
      assertEquals(await read(body, { [header]: "push" }), null, header);
    }
  }
  const multipart = { "content-type": "multipart/form-data; boundary=b" };
  for (const body of ["", "no form", '--b\r\nContent-Disposition: form-data; name="payload"\r\n']) {
    assertEquals(await read(body, multipart), null, body);
  }
  // A text that only looks like JSON is a text.
  assertEquals((await read("{broken", headers))?.text, "{broken");
});

Deno.test("payload: a long text is cut", async () => {
  const { text = "" } = await read({ text: "é".repeat(20_000) }) ?? {};
  assertEquals([text.length, text.at(-1)], [LIMITS.message_length, "…"]);
});

Deno.test("payload: a delivery that is repeated has the same key", async () => {
  const body = { text: "a" };
  assertEquals((await read(body, { "x-github-delivery": "72d3162e" }))?.key, "72d3162e");
  assertEquals((await read(body, { "idempotency-key": "k1" }))?.key, "k1");
  // One that is longer than a key identifies the delivery as well.
  const long = async (last: string) =>
    (await read(body, { "idempotency-key": `${"k".repeat(64)}${last}` }))?.key;
  assertEquals(await long("a"), await long("a"));
  assertNotEquals(await long("a"), await long("b"));
  assert((await long("a"))!.length <= LIMITS.key_length);
  assertEquals((await read(body))?.key, null);
});

Deno.test("payload: words of strangers mention nobody", async () => {
  const meaning = (folded: string) => folded === "room" ? folded : undefined;
  for (const [title, { body, headers }] of Object.entries(FIXTURES)) {
    const isForeign = /^(?:GitHub|GitLab|Sentry|Grafana|Alertmanager|Uptime)/.test(title);
    if (!isForeign || typeof body === "string") continue;
    const planted = JSON.parse(
      JSON.stringify(body),
      (key, value) =>
        typeof value === "string" && !/url|state|status|kind|action|ref|level/i.test(key)
          ? `@room ${value}`
          : value,
    );
    const { text = "" } = await read(planted, headers) ?? {};
    // Names in code have no meaning.
    const prose = text.replace(/`[^`\n]*`/g, "");
    assertEquals([...namesIn(prose, meaning)], [], `${title}: ${text}`);
  }
  assert([...namesIn("@room", meaning)].length === 1);
});
