import fc from "fast-check";
import type { CommandType } from "../../lib/protocol/frames.ts";
import { clientFrames } from "../../lib/protocol/schemas/frames.ts";

/** Texts of all kinds: plain, empty, markup, Markdown marks, lone surrogates. */
const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom("", " ", "\u0000", "\ud800", "__proto__", "constructor", "<b>", "\u202e", "@"),
  fc.constantFrom("'; DROP TABLE events; --", "NEAR(a b)", "%00", "../..", "\u0010!", "\u0002"),
);

const room = fc.constantFrom("general", "vault", "VAULT", "lobby", "@Alice", "@Bob", "@Eve", "@x");
const name = fc.constantFrom("Alice", "Bob", "Mallory", "nobody", "Olga", "__proto__");
const number = fc.oneof(
  fc.integer({ min: -2, max: 30 }),
  fc.constantFrom(0, -0, 1.5, 1e308, -1, 2 ** 53, 2 ** 53 - 1, Number.MAX_VALUE),
);

/** Well-formed values for each field of a frame or a body. */
const FIELDS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  room,
  name,
  names: fc.array(name, { maxLength: 4 }),
  receiver: name,
  sender: name,
  message: text,
  files: fc.array(fc.constantFrom("a".repeat(43), "", "../x"), { maxLength: 12 }),
  query: fc.oneof(text, fc.constantFrom("hush", "hush*", "a")),
  title: text,
  reason: text,
  emoji: fc.oneof(fc.constantFrom("👍", "🏳️‍🌈", "x"), text),
  key: fc.oneof(fc.constantFrom("k1", "k2"), text),
  kind: fc.constantFrom("public", "private", "direct"),
  role: fc.constantFrom("moderator", "member", "owner"),
  state: fc.constantFrom("online", "away"),
  on: fc.boolean(),
  locked: fc.boolean(),
  address: fc.boolean(),
  seq: number,
  after: number,
  before: number,
  limit: number,
  reply_to: number,
  seconds: number,
  slow_seconds: number,
  epoch: text,
  label: text,
  uses: number,
  hours: number,
  invite: text,
  device: text,
  // Short passwords are refused early; checking a long one takes half a second.
  password: fc.string({ maxLength: 7 }),
  current: fc.string({ maxLength: 7 }),
};

/** JSON values that are not frames. */
const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  text,
  number,
  fc.constantFrom(null, true, [], {}, [[]], { length: 3 }, { toString: 1 }, { __proto__: [] }),
);

type Fields = Record<string, unknown>;

/** Fields: well-formed, missing, or of another type. */
function fieldsOf(names: readonly string[]): fc.Arbitrary<Fields> {
  const each = names.map((field) =>
    fc.oneof(
      { weight: 8, arbitrary: (FIELDS[field] ?? junk).map((value) => [[field, value]]) },
      { weight: 1, arbitrary: junk.map((value) => [[field, value]]) },
      { weight: 1, arbitrary: fc.constant([]) },
    )
  );
  const extra = fc.oneof(
    { weight: 6, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.tuple(text, junk).map((pair) => [pair]) },
  );
  return fc.tuple(...each, extra).map((pairs) => Object.fromEntries(pairs.flat()));
}

/** A frame of a type, possibly malformed. */
function frameOf(type: CommandType): fc.Arbitrary<unknown> {
  const names = Object.keys(clientFrames[type].entries).filter((field) => field !== "type");
  return fieldsOf(names).map((fields) => ({ type, ...fields }));
}

/** JSON text with a part cut, duplicated or changed. */
function damaged(value: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  return fc.tuple(value, fc.nat(), fc.nat(), fc.string({ unit: "binary", maxLength: 3 }))
    .map(([json, a, b, put]) => {
      const whole = JSON.stringify(json) ?? "";
      const [from = 0, to = 0] = [a % (whole.length + 1), b % (whole.length + 1)].sort((x, y) =>
        x - y
      );
      return whole.slice(0, from) + put + whole.slice(to);
    });
}

/** Client input: frames by type, arrays of frames, and anything else. */
export function frames(types: readonly CommandType[]): fc.Arbitrary<string> {
  const one = fc.oneof(...types.map(frameOf));
  return fc.oneof(
    { weight: 12, arbitrary: one.map((value) => JSON.stringify(value)) },
    { weight: 3, arbitrary: fc.array(one, { maxLength: 5 }).map((all) => JSON.stringify(all)) },
    { weight: 3, arbitrary: damaged(one) },
    { weight: 1, arbitrary: junk.map((value) => JSON.stringify(value) ?? "") },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 200 }) },
  );
}

/** An API request, possibly malformed. */
export interface WildRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

const BODIES = [
  ["name", "password", "invite", "device"],
  ["name"],
  ["message", "key", "reply_to", "files"],
  ["uses", "hours", "room"],
  ["password", "current"],
  ["label", "credential"],
  ["id", "rawId", "response", "type"],
];

const part = fc.oneof(
  { weight: 3, arbitrary: room.map(encodeURIComponent) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 8 }).map(encoded) },
  { weight: 1, arbitrary: fc.constantFrom("1", "0", "-1", "%", "%00", "..", "%2e%2e", "") },
);

function encoded(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

const query = fc.oneof(
  { weight: 2, arbitrary: fc.constant("") },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constantFrom("before", "after", "limit", "name", "__proto__"),
      fc.oneof(text, number),
    )
      .map(([field, value]) => `?${field}=${encoded(String(value))}`),
  },
);

/** Requests to the paths of an API. @param paths The paths, with `{names}` for parameters. */
export function requests(paths: readonly string[]): fc.Arbitrary<WildRequest> {
  const body = fc.oneof(...BODIES.map(fieldsOf));
  return fc.record({
    method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH"),
    path: fc.tuple(fc.constantFrom(...paths), part, query)
      .map(([path, given, rest]) => path.replaceAll(/\{\w+\}/g, () => given) + rest),
    headers: fc.record({
      "content-type": fc.constantFrom(
        "application/json",
        "application/json; charset=x",
        "text/plain",
      ),
      cookie: fc.constantFrom("", "hubbub_session=x", "hubbub_device=1.x.y", "=;=", "__proto__=1"),
    }),
    body: fc.oneof(
      { weight: 6, arbitrary: body.map((value) => JSON.stringify(value)) },
      { weight: 2, arbitrary: damaged(body) },
      { weight: 1, arbitrary: junk.map((value) => JSON.stringify(value) ?? "") },
      { weight: 1, arbitrary: fc.constant(null) },
    ),
  });
}
