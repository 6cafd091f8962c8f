import { assert } from "@std/assert";
import process from "node:process";
import * as v from "valibot";
import { isAddress } from "../../lib/util/ip_address.ts";
import { checkHandshake, chooseSubprotocol } from "../../lib/http/handshake.ts";
import { isOwnHost, isOwnOrigin } from "../../lib/http/hosts.ts";
import { skeletonOf } from "../../lib/util/confusables.ts";
import { LIMITS } from "../../lib/protocol/limits.ts";
import { decodeCommand } from "../../lib/protocol/schemas/frames.ts";
import { nameRequest, roomRequest } from "../../lib/protocol/schemas/requests.ts";
import { verify } from "../../lib/util/secrets.ts";
import { cutSnippet, decodeText, encodeText } from "../../lib/store/sql/text.ts";
import { highlight, matcher } from "../../lib/protocol/text/words.ts";
import { needs } from "../support/permissions.ts";
import { call, enter, person, startServerFixture } from "../support/server_fixture.ts";

const permissions = needs("net", "read");

/** Repeated patterns that make a naive regular expression backtrack, with a mismatch at the end. */
const PIECES = [
  " ",
  ".",
  "-",
  "_",
  "'",
  ",",
  ";",
  "=",
  ":",
  '"',
  "/",
  "\t",
  "a ",
  "a.",
  "a-a",
  "a,",
  "1",
  "0:",
  "::",
  "é",
  "\u0301",
  "\u0301\u0316",
  "\u200d",
  "👍🏽",
  "\ud83d",
  "\u0010",
  "\u0002",
  'W/"a",',
  "Bearer ",
  "gzip;q=0.1,",
  "Android ",
  "Version/1 ",
  "iPhone ",
  "(Linux; ",
];

function hostile(length: number): readonly (readonly [piece: string, text: string])[] {
  return PIECES.flatMap((piece) => {
    const text = piece.repeat(Math.ceil(length / piece.length)).slice(0, length - 1);
    return ["", "a", "!"].map((end) =>
      [`${JSON.stringify(piece)}…${end}`, `a${text}${end}`] as const
    );
  });
}

/** The beginning of a text as a query. */
function wanted(text: string): { readonly words: string } {
  return { words: text.slice(0, LIMITS.query_length) };
}

/** Every function of this repository that parses user text. */
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  "a name": (text) => v.safeParse(nameRequest, text),
  "a name's looks": (text) => skeletonOf(text.slice(0, LIMITS.name_length)),
  "a room's name": (text) => v.safeParse(roomRequest, text),
  "an emoji": (emoji) => decodeCommand({ type: "react", room: "a", seq: 1, emoji, on: true }),
  "a key": (key) => decodeCommand({ type: "ping", key }),
  "a message": (message) => decodeCommand({ type: "room_message", room: "a", message }),
  "a title": (title) => decodeCommand({ type: "create_room", room: "a", kind: "public", title }),
  "a type": (type) => decodeCommand({ type }),
  "a person": (name) => decodeCommand({ type: "ban", name, reason: name }),
  "a query": (query) => decodeCommand({ type: "search", query, before: query }),
  "an address": (text) => isAddress(text),
  "a device's cookie": (text) => verify(text, "secret"),
  "a stored text": (text) => decodeText(encodeText(text)),
  "a snippet": (text) => cutSnippet({ snippet: text, highlights: highlight(text, wanted(text)) }),
  "what is searched for": (text) => matcher(wanted(text))(text),
};

/** How often a slow measurement is repeated: load makes it longer, never shorter. */
const TRIES = 20;

/** The shortest of several times in ms; stops early once one is below `enough`. */
async function best(measure: () => number | Promise<number>, enough = 0): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < (enough === 0 ? 3 : TRIES) && best >= enough; i++) {
    best = Math.min(best, await measure());
  }
  return best;
}

/** The duration of a call, in ms. */
function duration(run: () => unknown): number {
  const started = performance.now();
  run();
  return performance.now() - started;
}

/**
 * The CPU time that this thread spends on a call, in ms, which excludes preemption. Systems count it
 * in steps of some ms: a shorter call may count as zero.
 */
function cost(run: () => unknown): number {
  const before = process.threadCpuUsage();
  const passed = duration(run);
  const { user, system } = process.threadCpuUsage(before);
  return Math.min(passed, (user + system) / 1_000);
}

/** The allowed cost relative to a plain text; the allowance covers measurement noise. */
function bound(plain: number, allowance: number): number {
  return plain * 10 + allowance;
}

Deno.test("no text takes much longer to read than a plain one of its length", async (t) => {
  const length = 60_000;
  for (const [what, read] of Object.entries(READERS)) {
    await t.step(what, async () => {
      const plain = await best(() => duration(() => read("a".repeat(length))));
      // A naive pattern takes seconds here.
      const enough = bound(plain, 20);
      for (const [piece, text] of hostile(length)) {
        const time = await best(() => cost(() => read(text)), enough);
        assert(time < enough, `${piece}: ${time} ms, plain ${plain} ms`);
      }
    });
  }
});

function header(value: string): string {
  // Characters that headers cannot contain do not arrive in one.
  return new TextDecoder("latin1").decode(new TextEncoder().encode(value))
    .replaceAll(/[^\x20-\x7e\t]/g, "x");
}

const HANDSHAKES = [
  "upgrade",
  "connection",
  "sec-websocket-key",
  "sec-websocket-protocol",
  "origin",
  "host",
];

Deno.test("no header of an opening handshake takes much longer than a plain one", async () => {
  const length = 60_000;
  const read = (name: string, value: string) => {
    const proper = { upgrade: "websocket", connection: "upgrade", "sec-websocket-version": "13" };
    const request = new Request("http://localhost/ws", { headers: { ...proper, [name]: value } });
    checkHandshake(request);
    const rules = { url: null, origins: [], loopbackOnly: true };
    isOwnHost(request, rules);
    isOwnOrigin(request, rules);
    chooseSubprotocol(request);
  };
  for (const name of HANDSHAKES) {
    const plain = await best(() => duration(() => read(name, "a".repeat(length))));
    const enough = bound(plain, 20);
    for (const [piece, text] of hostile(length)) {
      const time = await best(() => cost(() => read(name, header(text))), enough);
      assert(time < enough, `${name} ${piece}: ${time} ms, plain ${plain} ms`);
    }
  }
});

const HEADERS = [
  "if-none-match",
  "accept-encoding",
  "cookie",
  "authorization",
  "user-agent",
  "x-forwarded-for",
  "content-type",
];

Deno.test({
  name: "no header that the server reads takes much longer, over the wire",
  ...permissions,
  async fn(t) {
    await using fixture = await startServerFixture({ proxies: ["127.0.0.1"] });
    const length = 60_000;
    const time = async (name: string, value: string) => {
      const started = performance.now();
      const headers = { [name]: value };
      await call(fixture, "/", { headers });
      // Without a name, nothing is created or counted.
      await enter(fixture, {}, { headers });
      await enter(fixture, { device: "x" }, { headers });
      return performance.now() - started;
    };
    for (const name of HEADERS) {
      await t.step(name, async () => {
        await time(name, "a".repeat(length));
        const plain = await time(name, "a".repeat(length));
        const enough = bound(plain, 50);
        for (const [piece, text] of hostile(length)) {
          const took = await best(() => time(name, header(text)), enough);
          assert(took < enough, `${piece}: ${took} ms, plain ${plain} ms`);
        }
      });
    }
  },
});

Deno.test({
  name: "no search takes much longer than a plain one",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ rate: 0 });
    const { peer } = await person(fixture, "Alice");
    await peer.ask({ type: "join", room: "general" });
    for (let i = 0; i < 20; i++) {
      await peer.ask({ type: "room_message", room: "general", message: "a ".repeat(5_000) });
    }
    const time = async (query: string) => {
      const started = performance.now();
      await peer.ask({ type: "search", query });
      return performance.now() - started;
    };
    const syntax = ['"', "a*", "NEAR(a", "a AND ", "(", "^a ", "-a ", "{a} : ", "a OR ", "* "];
    const plain = Math.max(await time("a"), await time("a ".repeat(100)));
    for (const piece of [...PIECES, ...syntax]) {
      const query = piece.repeat(200).slice(0, LIMITS.query_length);
      const enough = bound(plain, 50);
      const took = await best(() => time(query), enough);
      assert(took < enough, `${JSON.stringify(piece)}: ${took} ms, plain ${plain} ms`);
    }
    await peer.close();
  },
});
