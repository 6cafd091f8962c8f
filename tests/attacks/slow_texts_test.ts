import { assert } from "@std/assert";
import * as v from "valibot";
import { isAddress } from "../../lib/addresses.ts";
import { checkHandshake, chooseSubprotocol, isOwnOrigin } from "../../lib/handshake.ts";
import { skeletonOf } from "../../lib/names.ts";
import { LIMITS } from "../../lib/protocol.ts";
import { decodeCommand } from "../../lib/schemas/frames.ts";
import { nameRequest, roomRequest } from "../../lib/schemas/requests.ts";
import { verify } from "../../lib/secrets.ts";
import { cutSnippet, decodeText, encodeText } from "../../lib/store/text.ts";
import { highlight, matcher } from "../../lib/store/words.ts";
import { needs } from "../support/permissions.ts";
import { call, enter, person, startTown } from "../support/town.ts";

const permissions = needs("net", "read");

/** What makes a careless pattern try again and again: repeated, with something unfit at the end. */
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

/** Everything in this repository that takes a text of anybody's apart. */
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
  "a snippet": (text) => cutSnippet(highlight(text, text)),
  "what is searched for": (text) => matcher(text)(text),
};

/** How often is measured what seems slow: a busy machine makes it longer, never shorter. */
const TRIES = 20;

/** The best of some times in ms; no more of them than it takes to be under `enough`. */
async function best(measure: () => number | Promise<number>, enough = 0): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < (enough === 0 ? 3 : TRIES) && best >= enough; i++) {
    best = Math.min(best, await measure());
  }
  return best;
}

/** How long something takes, in ms. */
function cost(run: () => unknown): number {
  const started = performance.now();
  run();
  return performance.now() - started;
}

/** What a text may cost beside a plain one; the allowance is for what cannot be measured. */
function bound(plain: number, allowance: number): number {
  return plain * 10 + allowance;
}

Deno.test("no text takes much longer to read than a plain one of its length", async (t) => {
  const length = 60_000;
  for (const [what, read] of Object.entries(READERS)) {
    await t.step(what, async () => {
      const plain = await best(() => cost(() => read("a".repeat(length))));
      // A careless pattern takes seconds here.
      const enough = bound(plain, 20);
      for (const [piece, text] of hostile(length)) {
        const time = await best(() => cost(() => read(text)), enough);
        assert(time < enough, `${piece}: ${time} ms, plain ${plain} ms`);
      }
    });
  }
});

function header(value: string): string {
  // What cannot stand in a header does not come by one.
  return new TextDecoder("latin1").decode(new TextEncoder().encode(value))
    .replaceAll(/[^\x20-\x7e\t]/g, "x");
}

const HANDSHAKES = [
  "upgrade",
  "connection",
  "sec-websocket-key",
  "sec-websocket-protocol",
  "origin",
];

Deno.test("nor does a header of an opening handshake", async () => {
  const length = 60_000;
  const read = (name: string, value: string) => {
    const proper = { upgrade: "websocket", connection: "upgrade", "sec-websocket-version": "13" };
    const request = new Request("http://localhost/ws", { headers: { ...proper, [name]: value } });
    checkHandshake(request);
    isOwnOrigin(request, { allowed: [], loopbackOnly: true });
    chooseSubprotocol(request);
  };
  for (const name of HANDSHAKES) {
    const plain = await best(() => cost(() => read(name, "a".repeat(length))));
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
  name: "nor does any header that the server reads, over the wire",
  ...permissions,
  async fn(t) {
    await using town = await startTown({ proxies: ["127.0.0.1"] });
    const length = 60_000;
    const time = async (name: string, value: string) => {
      const started = performance.now();
      const headers = { [name]: value };
      await call(town, "/", { headers });
      // Without a name nothing is made, and nothing is counted.
      await enter(town, {}, { headers });
      await enter(town, { device: "x" }, { headers });
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
  name: "nor does a search",
  ...permissions,
  async fn() {
    await using town = await startTown({ rate: 0 });
    const { peer } = await person(town, "Alice");
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
