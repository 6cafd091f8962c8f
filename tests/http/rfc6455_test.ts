// RFC 6455 on the wire: what is sent, what the RFC requires of a server, and what this server does.
// Most of it is Deno's layer. If a new version of Deno does better, a test fails: update the list.
// The numbers are those of the Autobahn test suite, where it has such a case.
import { assertEquals } from "@std/assert";
import { LIMITS } from "../../lib/protocol/limits.ts";
import { itemsOf } from "../support/doc_lists.ts";
import { needs } from "../support/permissions.ts";
import {
  closePayload,
  frame,
  type FrameOptions,
  OPCODES,
  RawSocket,
} from "../support/raw_socket.ts";
import { startServer } from "../support/server.ts";

/** Sent frames, and the response: texts, pongs, a close, or the end without a close. */
interface Case {
  /** The name, with Autobahn's number. */
  readonly name: string;
  readonly send: readonly (FrameOptions | Uint8Array)[];
  /** The response that the RFC requires. */
  readonly expect: readonly string[];
  /** The response of Deno, if it deviates. */
  readonly seen?: readonly string[];
  /** The deviation: one of `SHORTFALLS`. */
  readonly shortfall?: string;
}

/** The deviations of Deno from the RFC; docs/proof.md lists the same. */
const SHORTFALLS = {
  cut: "A protocol error ends the connection without a close frame.",
  unmasked: "Unmasked frames are accepted.",
  lengths: "Lengths that are encoded longer than necessary are accepted.",
  longClose: "A close frame of more than 125 bytes is answered.",
} as const;

const { text, binary, continuation, close, ping, pong } = OPCODES;
const encode = (value: string) => new TextEncoder().encode(value);
const repeat = <T>(count: number, make: (i: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i));

/** A text to which the server replies with the same `key`. */
const say = (key: string) => encode(JSON.stringify({ type: "ping", key }));
const closing = (code: number, reason = "") => ({
  opcode: close,
  payload: closePayload(code, reason),
});

/** RFC 6455, 7.1.7: a protocol error ends the connection, with close code 1002 if possible. */
const FAILED = ["close 1002"];
const CUT = { seen: ["cut"], shortfall: SHORTFALLS.cut } as const;

/** Creates a text of an exact number of bytes. */
function sized(bytes: number): Uint8Array {
  const [head, tail] = ['{"type":"ping","key":"k","x":"', '"}'];
  return encode(head + "*".repeat(bytes - head.length - tail.length) + tail);
}

/** Creates a frame whose length field is longer than necessary. */
function longWritten(size: 2 | 8): Uint8Array {
  const plain = frame({ payload: say("k") });
  const length = (plain[1] ?? 0) & 0x7f;
  const head = [plain[0] ?? 0, 0x80 | (size === 2 ? 126 : 127), ...Array(size - 1).fill(0), length];
  return new Uint8Array([...head, ...plain.subarray(2)]);
}

/** Splits a frame into octets. */
function octets(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (byte) => new Uint8Array([byte]));
}

/** Splits a message into fragments. */
function pieces(bytes: Uint8Array, count: number): FrameOptions[] {
  const size = Math.ceil(bytes.length / count);
  return repeat(count, (i) => ({
    opcode: i === 0 ? text : continuation,
    fin: i === count - 1,
    payload: bytes.subarray(i * size, (i + 1) * size),
  }));
}

const TEXTS: readonly Case[] = [
  ...[125, 126, 127, 128, 65_535, LIMITS.frame_bytes].map((size) => ({
    name: `1.1 a text of ${size} bytes`,
    send: [{ payload: sized(size) }],
    expect: ["text k"],
  })),
  {
    name: "1.1.8 a text in octets",
    send: octets(frame({ payload: say("k") })),
    expect: ["text k"],
  },
  {
    name: "9.1 a text over the limit",
    send: [{ payload: sized(LIMITS.frame_bytes + 1) }],
    expect: ["close 1009"],
  },
  { name: "1.2 bytes", send: [{ opcode: binary, payload: say("k") }], expect: ["close 1003"] },
  { name: "1.2.1 no bytes", send: [{ opcode: binary }], expect: ["close 1003"] },
  {
    name: "a length of 16 bits that fits in 7",
    send: [longWritten(2)],
    expect: FAILED,
    shortfall: SHORTFALLS.lengths,
    seen: ["text k"],
  },
  {
    name: "a length of 64 bits that fits in 7",
    send: [longWritten(8)],
    expect: FAILED,
    shortfall: SHORTFALLS.lengths,
    seen: ["text k"],
  },
  {
    name: "a length with its highest bit set",
    send: [new Uint8Array([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5])],
    expect: FAILED,
    ...CUT,
  },
  {
    name: "a frame without a mask",
    send: [{ payload: say("k"), masked: false }],
    expect: FAILED,
    shortfall: SHORTFALLS.unmasked,
    seen: ["text k"],
  },
];

const PINGS: readonly Case[] = [
  { name: "2.1 a ping without payload", send: [{ opcode: ping }], expect: ["pong "] },
  {
    name: "2.2 a ping with payload",
    send: [{ opcode: ping, payload: "hello" }],
    expect: ["pong hello"],
  },
  {
    name: "2.4 a ping of 125 bytes",
    send: [{ opcode: ping, payload: "x".repeat(125) }],
    expect: [`pong ${"x".repeat(125)}`],
  },
  {
    name: "2.5 a ping of 126 bytes",
    send: [{ opcode: ping, payload: "x".repeat(126) }],
    expect: FAILED,
    ...CUT,
  },
  {
    name: "2.6 a ping in octets",
    send: octets(frame({ opcode: ping, payload: "hello" })),
    expect: ["pong hello"],
  },
  {
    name: "2.7 an unsolicited pong",
    send: [{ opcode: pong, payload: "hello" }],
    expect: [],
  },
  {
    name: "2.10 ten pings",
    send: repeat(10, (i) => ({ opcode: ping, payload: `${i}` })),
    expect: repeat(10, (i) => `pong ${i}`),
  },
];

const RESERVED: readonly Case[] = [
  ...repeat(7, (i) => ({
    name: `3.${i + 1} reserved bits ${i + 1} in a text`,
    send: [{ rsv: i + 1, payload: say("k") }],
    expect: FAILED,
    ...CUT,
  })),
  {
    name: "3.6 reserved bits in a ping",
    send: [{ opcode: ping, rsv: 2 }],
    expect: FAILED,
    ...CUT,
  },
  {
    name: "3.7 reserved bits in a close",
    send: [{ ...closing(1000), rsv: 1 }],
    expect: FAILED,
    ...CUT,
  },
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => ({
    name: `4 reserved opcode ${opcode}`,
    send: [{ opcode }],
    expect: FAILED,
    ...CUT,
  })),
];

const FRAGMENTS: readonly Case[] = [
  {
    name: "5.1 a ping in fragments",
    send: [{ opcode: ping, fin: false }, { opcode: continuation }],
    expect: FAILED,
    ...CUT,
  },
  {
    name: "5.2 a pong in fragments",
    send: [{ opcode: pong, fin: false }, { opcode: continuation }],
    expect: FAILED,
    ...CUT,
  },
  {
    name: "a close in fragments",
    send: [{ ...closing(1000), fin: false }, { opcode: continuation }],
    expect: FAILED,
    ...CUT,
  },
  { name: "5.3 a text in two", send: pieces(say("k"), 2), expect: ["text k"] },
  {
    name: "5.6 a ping between two fragments",
    send: pieces(say("k"), 2).flatMap((piece, i) =>
      i === 0 ? [piece, { opcode: ping, payload: "now" }] : [piece]
    ),
    expect: ["pong now", "text k"],
  },
  {
    name: "5.8 a text in octets, each a fragment",
    send: pieces(say("k"), say("k").length),
    expect: ["text k"],
  },
  {
    name: "a text whose fragments are empty but one",
    send: [{ fin: false }, { opcode: continuation, fin: false, payload: say("k") }, {
      opcode: continuation,
    }],
    expect: ["text k"],
  },
  {
    name: "5.9 the last fragment of nothing",
    send: [{ opcode: continuation, payload: "x" }],
    expect: FAILED,
    ...CUT,
  },
  {
    name: "5.12 a fragment of nothing",
    send: [{ opcode: continuation, fin: false, payload: "x" }],
    expect: FAILED,
    ...CUT,
  },
  {
    name: "5.18 a text within a text",
    send: [{ fin: false, payload: "[" }, { payload: say("k") }],
    expect: FAILED,
    ...CUT,
  },
  {
    name: "9.4 fragments that are over the limit together",
    send: pieces(sized(LIMITS.frame_bytes + 1), 3),
    expect: ["close 1009"],
  },
];

/** Valid and invalid UTF-8. */
const UTF8: readonly Case[] = [
  ...[
    "κόσμε",
    "é",
    "語",
    "😀",
    "\u{10ffff}",
    "\ufffd",
    "\uffff",
    "\ufdd0",
    "\u0080",
    "\u07ff",
    "\u0800",
  ].map((key) => ({
    name: `6 U+${key.codePointAt(0)?.toString(16)}`,
    send: [{ payload: say(key) }],
    expect: [`text ${key}`],
  })),
  {
    name: "6.2 characters cut by fragments",
    send: pieces(say("κόσμε"), say("κόσμε").length),
    expect: ["text κόσμε"],
  },
  ...Object.entries({
    "6.3 a byte that starts nothing": [0x80],
    "6.4 a surrogate": [0xed, 0xa0, 0x80],
    "6.6 a character that ends too early": [0xce],
    "6.11 beyond U+10FFFF": [0xf4, 0x90, 0x80, 0x80],
    "6.14 0xfe and 0xff": [0xfe, 0xff],
    "6.16 two bytes for one": [0xc0, 0xaf],
    "6.17 three bytes for one": [0xe0, 0x80, 0xaf],
    "6.18 four bytes for one": [0xf0, 0x80, 0x80, 0xaf],
    "6.20 a surrogate pair": [0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80],
  }).map(([name, bytes]) => ({
    name,
    send: [{ payload: new Uint8Array([0x22, ...bytes, 0x22]) }],
    expect: ["close 1007"],
    ...CUT,
  })),
];

const CLOSES: readonly Case[] = [
  {
    name: "7.1.1 a text and a close",
    send: [{ payload: say("k") }, closing(1000)],
    expect: ["text k", "close 1000"],
  },
  { name: "7.1.2 two closes", send: [closing(1000), closing(1000)], expect: ["close 1000"] },
  {
    name: "7.1.3 a ping after the close",
    send: [closing(1000), { opcode: ping }],
    expect: ["close 1000"],
  },
  {
    name: "7.1.4 a text after the close",
    send: [closing(1000), { payload: say("k") }],
    expect: ["close 1000"],
  },
  {
    name: "7.1.5 a close within a text",
    send: [{ fin: false, payload: "[" }, closing(1000), { opcode: continuation, payload: "]" }],
    expect: ["close 1000"],
  },
  { name: "7.3.1 a close without payload", send: [{ opcode: close }], expect: ["close"] },
  {
    name: "7.3.2 a close of one byte",
    send: [{ opcode: close, payload: new Uint8Array([3]) }],
    expect: FAILED,
    ...CUT,
  },
  { name: "7.3.4 a close with a reason", send: [closing(1000, "bye")], expect: ["close 1000 bye"] },
  {
    name: "7.3.5 a reason of 123 bytes",
    send: [closing(1000, "*".repeat(123))],
    expect: [`close 1000 ${"*".repeat(123)}`],
  },
  {
    name: "7.3.6 a reason of 124 bytes",
    send: [closing(1000, "*".repeat(124))],
    expect: FAILED,
    // Deno replies with the same overlong frame.
    shortfall: SHORTFALLS.longClose,
    seen: [`close 1000 ${"*".repeat(124)}`],
  },
  {
    name: "7.5.1 a reason that is no UTF-8",
    send: [{ opcode: close, payload: new Uint8Array([...closePayload(1000), 0xce]) }],
    expect: ["close 1007"],
    ...CUT,
  },
  ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999].map((code) => ({
    name: `7.7 code ${code}`,
    send: [closing(code)],
    expect: [`close ${code}`],
  })),
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535].map((code) => ({
    name: `7.9 code ${code}, which may not be sent`,
    send: [closing(code)],
    expect: FAILED,
  })),
];

const MARK = "the end of the case";

/** Reads the response up to the end of the connection, or to the reply to a last text. */
async function answers(
  url: string,
  { send, expect, seen: comes = expect }: Case,
): Promise<string[]> {
  using socket = await RawSocket.open(url, "/ws?name=Case");
  await socket.frameOf(text);
  for (const item of send) {
    await socket.write(item instanceof Uint8Array ? item : frame(item));
  }
  // Deno resets a connection that sends more after a close, and the code may be lost.
  if (!comes.at(-1)?.startsWith("close")) await socket.write(frame({ payload: say(MARK) }));
  const seen: string[] = [];
  for (;;) {
    const next = await socket.frame().catch(() => null);
    if (next === null) return [...seen, "cut"];
    const said = new TextDecoder().decode(next.payload);
    if (next.opcode === pong) seen.push(`pong ${said}`);
    if (next.opcode === text) {
      const { key, code } = JSON.parse(said);
      if (key === MARK) return seen;
      seen.push(`text ${key ?? code}`);
    }
    if (next.opcode !== close) continue;
    const [high = 0, low = 0, ...reason] = next.payload;
    const code = next.payload.length < 2 ? "" : ` ${high * 256 + low}`;
    // A close for a limit of the server has its own reason.
    const why = reason.length === 0 || [1003, 1009].includes(high * 256 + low)
      ? ""
      : ` ${new TextDecoder().decode(new Uint8Array(reason))}`;
    // A peer replies to a close with a close (RFC 6455, 5.5.1), and nothing follows that.
    await socket.write(frame({ opcode: close, payload: next.payload.subarray(0, 2) }));
    await socket.ended();
    return [...seen, `close${code}${why}`];
  }
}

const SUBJECTS: Readonly<Record<string, readonly Case[]>> = {
  "texts and their lengths": TEXTS,
  "pings and pongs": PINGS,
  "reserved bits and opcodes": RESERVED,
  "fragments": FRAGMENTS,
  "UTF-8": UTF8,
  "closing": CLOSES,
};

Deno.test({
  name: "docs/proof.md lists every deviation of Deno from RFC 6455",
  ...needs("read"),
  async fn() {
    const cases = Object.values(SUBJECTS).flat();
    const items = await itemsOf(new URL("../../docs/proof.md", import.meta.url), "RFC 6455");
    assertEquals(
      new Set(items.map(({ title }) => title)),
      new Set(cases.flatMap(({ shortfall }) => shortfall ?? [])),
    );
  },
});

for (const [subject, cases] of Object.entries(SUBJECTS)) {
  Deno.test({
    name: `RFC 6455: ${subject}`,
    ...needs("net", "read"),
    async fn(t) {
      await using server = await startServer();
      for (const one of cases) {
        const seen = [...one.seen ?? one.expect];
        await t.step(one.name, async () => assertEquals(await answers(server.url, one), seen));
      }
      assertEquals(server.logged, []);
    },
  });
}
