import { assert, assertEquals } from "@std/assert";
import { LIMITS } from "../../lib/protocol/limits.ts";
import { needs } from "../support/permissions.ts";
import { startServer } from "../support/server.ts";
import {
  call,
  connect,
  enter,
  isAlive,
  loggedAt,
  secretOf,
  type ServerFixture,
  startServerFixture,
  upgradeRequest,
} from "../support/server_fixture.ts";

const permissions = needs("net", "read");

/** Invalid names, by the reason. */
const NO_NAMES: Readonly<Record<string, readonly string[]>> = {
  "nothing": ["", " ", "\u00a0", "\u3000", "\u2003\u2003"],
  "control characters": ["A\u0000", "A\u0007B", "A\nB", "A\rB", "A\tB", "A\u001b[31mB", "A\u0085B"],
  "bidi": ["A\u202eB", "\u202dA", "A\u2066B\u2069", "\u061cA", "A\u200f", "\u200eA"],
  "zero width": ["Al\u200bice", "Al\u200cice", "Al\u200dice", "Al\ufeffice", "Al\u2060ice"],
  "what cannot be seen": [
    "\u3164",
    "\u115f",
    "\u1160",
    "\uffa0",
    "Al\u034fice",
    "Al\ufe0fice",
    "Alice\u{e0100}",
    "Alice\u{e0041}",
    "Al\u00adice",
    "Al\u17b4ice",
    "Al\u180bice",
    "\u2800",
  ],
  "spaces where there are none": ["A  B", "A\u2028B", "A -B", "A- B"],
  "beginnings and ends": [".A", "-A", "_A", "'A", "A.", "A-", "A_", "A'", "\u0301A"],
  "marks of places": [
    "@Alice",
    "A@b",
    "#general",
    "A:B",
    "A,B",
    "A;B",
    "A/B",
    "A\\B",
    "..",
    "A..B",
  ],
  "markup": [
    "<b>",
    "<script>alert(1)</script>",
    "A&amp;B",
    '"A"',
    "`A`",
    "A=B",
    "{{A}}",
    "${A}",
    "%00",
  ],
  "signs": ["A\u{1f600}", "\u2665", "$A", "A+", "A^", "A|B", "A~"],
  "halves of characters": ["A\ud83d", "\udc00"],
  "length": ["A".repeat(33), "\ufdfa".repeat(3), "e\u0301".repeat(200), "A".repeat(60_000)],
};

Deno.test({
  name: "an invalid name is refused for a member, a guest and a bot",
  ...permissions,
  async fn(t) {
    await using fixture = await startServerFixture();
    for (const [what, names] of Object.entries(NO_NAMES)) {
      await t.step(what, async () => {
        for (const name of names) {
          assertEquals([name, (await enter(fixture, { name })).code], [name, "bad_request"]);
          const bot = { method: "POST", token: fixture.olga, body: { name } };
          assertEquals([name, (await call(fixture, "/api/bots", bot)).code], [name, "bad_request"]);
          if (!name.isWellFormed() || name.length > 1_000) continue;
          const { code } = await upgradeRequest(fixture, `/ws?name=${encodeURIComponent(name)}`);
          assertEquals([name, code], [name, "bad_request"]);
        }
      });
    }
    assert(await isAlive(fixture));
    assertEquals(loggedAt(fixture, "error"), []);
  },
});

const NAMES: Readonly<Record<string, string>> = {
  "  Zoë  ": "Zoë",
  "Zoe\u0308 B": "Zoë B",
  "O'Brien-Smith": "O'Brien-Smith",
  "José M de_la Cruz": "José M de_la Cruz",
  "Владимир": "Владимир",
  "李小龍": "李小龍",
  "محمد": "محمد",
  "देवी": "देवी",
  "ﬁona": "fiona",
  "Ｆｒｅｄ": "Fred",
  "Ⅷ": "VIII",
  ["a".repeat(32)]: "a".repeat(32),
};

Deno.test({
  name: "names of all scripts are accepted, and normalized",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    for (const [name, shown] of Object.entries(NAMES)) {
      const { status, body } = await enter(fixture, { name });
      assertEquals([status, body.name], [201, shown]);
      assertEquals((await enter(fixture, { name: shown })).code, "name_taken");
    }
  },
});

/** Other spellings and lookalikes of a name. */
const LOOKALIKES: Readonly<Record<string, readonly string[]>> = {
  "Alice": [
    "alice",
    "ALICE",
    " Alice ",
    "\uff21lice",
    "\u{1d400}lice",
    "\u{1d4d0}\u{1d4f5}\u{1d4f2}\u{1d4ec}\u{1d4ee}",
    "AIice",
    "A1ice",
    "Al\u0131ce",
    "A\u217cice",
  ],
  "Al": ["AI", "A1", "\u0410\u0406", "\u0391\u0399"],
  "Bo": ["B0", "BO", "\u0412\u041e", "\u0392\u039f"],
  "Maxim": ["Maxirn"],
  "\u0440\u0430\u0443\u0440\u0430": ["paypa"],
  "Zo\u00eb": ["Zoe\u0308", "ZO\u00cb"],
  // Characters that Unicode added after version 10, or whose looks it described after that.
  "John": ["\u0237ohn"],
  "Acl": ["\uab64cl"],
  "Strau\u00df": ["STRAUSS", "Strauss"],
  "O\u2019Brien": ["O'Brien", "O\u02bcBrien"],
  "\u0393\u03b9\u03ce\u03c1\u03b3\u03bf\u03c2": ["\u0393\u0399\u038f\u03a1\u0393\u039f\u03a3"],
  "Istanbul": ["\u0130stanbul", "\u0131stanbul"],
  "\u0646\u0627\u0645\u0647\u200c\u0627\u06cc": ["\u0646\u0627\u0645\u0647\u0627\u06cc"],
};

/** Names in letters of two scripts that look alike, in either case. */
const MIXED = [
  "Alic\u0435",
  "\u0410lice",
  "\u0410LICE",
  "\u0391LICE",
  "Al\u0456ce",
  "B\u03bf",
  "Ma\u0445im",
  "\u13aalice",
  "B\u0585",
  "\ua731\u0430m",
  "\u0410nna \u5f20",
];

Deno.test({
  name: "a taken name and its lookalikes are refused to others",
  ...permissions,
  async fn(t) {
    await using fixture = await startServerFixture();
    for (const [name, others] of Object.entries(LOOKALIKES)) {
      assertEquals((await enter(fixture, { name })).status, 201);
      await t.step(name, async () => {
        for (const other of others) {
          assertEquals([other, (await enter(fixture, { name: other })).code], [
            other,
            "name_taken",
          ]);
        }
      });
    }
    await t.step("mixed scripts are refused", async () => {
      for (const name of MIXED) {
        assertEquals([name, (await enter(fixture, { name })).code], [name, "bad_request"]);
      }
    });
    await t.step("other names are free", async () => {
      for (const name of ["Alicia", "Kai", "Kal", "Neil", "Nell", "Zoe"]) {
        assertEquals([name, (await enter(fixture, { name })).status], [name, 201]);
      }
    });
  },
});

/** Names that could be taken for the server, its team or everyone. */
const RESERVED = [
  ...["admin", "Admin", "ADMIN", "ad-min", "ADM1N", "Adm\u0131n", "adm\u00edn"],
  ...["Moderator", "here", "Here", "R00M", "a11", "every.one", "Hubbub", "Acme Chat", "acmechat"],
];

Deno.test({
  name: "a reserved name is refused for a member, a guest, a bot and a group",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ name: "Acme Chat" });
    const olga = await connect(fixture, { token: fixture.olga });
    for (const name of RESERVED) {
      for (const kind of ["member", "guest", "bot"] as const) {
        assertEquals([kind, name, await take(fixture, kind, name)], [kind, name, "name_reserved"]);
      }
      const group = await olga.ask({ type: "set_group", group: name, ids: [] });
      assertEquals([name, group.type === "error" && group.code], [name, "name_reserved"]);
    }
    for (const name of ["Adam", "Rooms", "Allan", "Acme", "Modera"]) {
      assertEquals([name, await take(fixture, "member", name)], [name, "ok"]);
    }
    await olga.close();
  },
});

Deno.test({
  name: "the owner's link may take a reserved name, and whoever has one keeps it",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const admin = { name: "Admin", password: "correct horse" };
    const made = await enter(server, { ...admin, invite: secretOf(server.ownerUrl) });
    assertEquals([made.status, made.body.role], [201, "owner"]);
    assertEquals((await enter(server, admin)).status, 200);
    assertEquals((await enter(server, { name: "admin" })).code, "name_taken");
  },
});

type Kind = "member" | "guest" | "bot";

/** Takes a name; returns the refusal's code or `ok`, and a function that releases the name. */
async function take(fixture: ServerFixture, kind: Kind, name: string) {
  if (kind === "guest") {
    const { code } = await upgradeRequest(fixture, `/ws?name=${encodeURIComponent(name)}`);
    return code === 101 ? "ok" : code;
  }
  const answer = kind === "member"
    ? await enter(fixture, { name })
    : await call(fixture, "/api/bots", { method: "POST", token: fixture.olga, body: { name } });
  return answer.status === 201 ? "ok" : answer.code;
}

Deno.test({
  name: "members, guests and bots share one namespace",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const kinds: readonly Kind[] = ["member", "guest", "bot"];
    for (const [i, kind] of kinds.entries()) {
      const name = ["Tom", "Dick", "Harry"][i] ?? "";
      const peer = kind === "guest" ? await connect(fixture, { name }) : null;
      if (peer === null) assertEquals(await take(fixture, kind, name), "ok");
      for (const other of kinds) {
        for (
          const same of [name, name.toLowerCase(), name.replace("o", "0").replace("i", "\u0131")]
        ) {
          assertEquals([other, same, await take(fixture, other, same)], [
            other,
            same,
            "name_taken",
          ]);
        }
      }
      await peer?.close();
    }
  },
});

Deno.test({
  name: "room names must be visible",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const peer = await connect(fixture, { token: await fixture.join("Alice") });
    const bad = ["", " ", "a b", "a/b", "<b>", "\u3164", "a\u200bb", "a\u202eb", "a\u034fb", "a.b"];
    for (const room of [...bad, "a\u0000", "a".repeat(65), "a\u0301".repeat(3_000)]) {
      for (const type of ["join", "create_room"] as const) {
        const answer = await peer.ask({ type, room, kind: "public" } as never);
        assertEquals([room, answer.type === "error" && answer.code], [room, "bad_request"]);
      }
    }
    await peer.close();
  },
});

/** Returns the length of the longest text that is normalized meanwhile, by the server too. */
async function longestNormalized(run: () => Promise<void>): Promise<number> {
  const { normalize } = String.prototype;
  let longest = 0;
  String.prototype.normalize = function (form) {
    longest = Math.max(longest, this.length);
    return normalize.call(this, form);
  };
  try {
    await run();
  } finally {
    String.prototype.normalize = normalize;
  }
  return longest;
}

Deno.test({
  name: "a text that is expensive to normalize is refused first",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const alice = await connect(fixture, { token: await fixture.join("Alice") });
    // Canonical ordering of marks takes quadratic time.
    const dear = (length: number) => "a" + "\u0301".repeat(length) + "\u0316".repeat(length);
    const frames = (text: string) => [
      { type: "join", room: text },
      { type: "create_room", room: text, kind: "public" },
      { type: "room_message", room: "general", message: "x", sender: text },
      { type: "private_message", receiver: text, message: "x" },
      { type: "join", room: `@${text}` },
      { type: "kick", room: text, name: "x" },
    ];
    for (const frame of frames(dear(14_000))) {
      const longest = await longestNormalized(async () => {
        assertEquals((await alice.ask(frame as never)).type, "error");
      });
      assert(longest <= 4 * LIMITS.room_name_length, `${frame.type}: ${longest} characters`);
    }
    await alice.close();
  },
});
