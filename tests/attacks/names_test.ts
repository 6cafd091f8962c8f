import { assert, assertEquals } from "@std/assert";
import { needs } from "../support/permissions.ts";
import {
  call,
  connect,
  enter,
  isAlive,
  knock,
  loggedAt,
  startTown,
  type Town,
} from "../support/town.ts";

const permissions = needs("net", "read");

/** What is no name, by what is wrong with it. */
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
  name: "what is no name is none for a member, a guest and a bot",
  ...permissions,
  async fn(t) {
    await using town = await startTown();
    for (const [what, names] of Object.entries(NO_NAMES)) {
      await t.step(what, async () => {
        for (const name of names) {
          assertEquals([name, (await enter(town, { name })).code], [name, "bad_request"]);
          const bot = { method: "POST", token: town.olga, body: { name } };
          assertEquals([name, (await call(town, "/api/bots", bot)).code], [name, "bad_request"]);
          if (!name.isWellFormed() || name.length > 1_000) continue;
          const { code } = await knock(town, `/ws?name=${encodeURIComponent(name)}`);
          assertEquals([name, code], [name, "bad_request"]);
        }
      });
    }
    assert(await isAlive(town));
    assertEquals(loggedAt(town, "error"), []);
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
  name: "names of all the world are names, in one form",
  ...permissions,
  async fn() {
    await using town = await startTown();
    for (const [name, shown] of Object.entries(NAMES)) {
      const { status, body } = await enter(town, { name });
      assertEquals([status, body.name], [201, shown]);
      assertEquals((await enter(town, { name: shown })).code, "name_taken");
    }
  },
});

/** Other ways to write, or to seem to write, a name. */
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
    "\u13aalice",
  ],
  "Al": ["AI", "A1", "\u0410\u0406", "\u0391\u0399"],
  "Bo": ["B0", "BO", "\u0412\u041e", "\u0392\u039f", "B\u0585"],
  "Maxim": ["Maxirn"],
  "\u0440\u0430\u0443\u0440\u0430": ["paypa"],
  "Zo\u00eb": ["Zoe\u0308", "ZO\u00cb"],
};

/** Names in letters of two scripts that look alike, here or in their other case. */
const MIXED = [
  "Alic\u0435",
  "\u0410lice",
  "\u0410LICE",
  "\u0391LICE",
  "Al\u0456ce",
  "B\u03bf",
  "Ma\u0445im",
];

Deno.test({
  name: "a name that is somebody's, or only looks like it, is nobody else's",
  ...permissions,
  async fn(t) {
    await using town = await startTown();
    for (const [name, others] of Object.entries(LOOKALIKES)) {
      assertEquals((await enter(town, { name })).status, 201);
      await t.step(name, async () => {
        for (const other of others) {
          assertEquals([other, (await enter(town, { name: other })).code], [other, "name_taken"]);
        }
      });
    }
    await t.step("a mixture of scripts is no name", async () => {
      for (const name of MIXED) {
        assertEquals([name, (await enter(town, { name })).code], [name, "bad_request"]);
      }
    });
    await t.step("others are free", async () => {
      for (const name of ["Alicia", "Kai", "Kal", "Neil", "Nell", "Zoe"]) {
        assertEquals([name, (await enter(town, { name })).status], [name, 201]);
      }
    });
  },
});

type Kind = "member" | "guest" | "bot";

/** Takes a name; answers the code of the refusal or `ok`, and how to be gone again. */
async function take(town: Town, kind: Kind, name: string) {
  if (kind === "guest") {
    const { code } = await knock(town, `/ws?name=${encodeURIComponent(name)}`);
    return code === 101 ? "ok" : code;
  }
  const answer = kind === "member"
    ? await enter(town, { name })
    : await call(town, "/api/bots", { method: "POST", token: town.olga, body: { name } });
  return answer.status === 201 ? "ok" : answer.code;
}

Deno.test({
  name: "members, guests and bots share one space of names",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const kinds: readonly Kind[] = ["member", "guest", "bot"];
    for (const [i, kind] of kinds.entries()) {
      const name = ["Tom", "Dick", "Harry"][i] ?? "";
      const peer = kind === "guest" ? await connect(town, { name }) : null;
      if (peer === null) assertEquals(await take(town, kind, name), "ok");
      for (const other of kinds) {
        for (
          const same of [name, name.toLowerCase(), name.replace("o", "0").replace("i", "\u0131")]
        ) {
          assertEquals([other, same, await take(town, other, same)], [other, same, "name_taken"]);
        }
      }
      await peer?.close();
    }
  },
});

Deno.test({
  name: "rooms have names that can be seen",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const peer = await connect(town, { token: await town.join("Alice") });
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

Deno.test({
  name: "a text that is dear to normalise is refused before that: it holds nobody up",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const alice = await connect(town, { token: await town.join("Alice") });
    // Canonical ordering of marks takes time with the square of their number.
    const dear = (length: number) => "a" + "\u0301".repeat(length) + "\u0316".repeat(length);
    const frames = (text: string) => [
      { type: "join", room: text },
      { type: "create_room", room: text, kind: "public" },
      { type: "room_message", room: "general", message: "x", sender: text },
      { type: "private_message", receiver: text, message: "x" },
      { type: "join", room: `@${text}` },
      { type: "kick", room: text, name: "x" },
    ];
    // A busy machine makes it longer, never shorter: what seems slow is measured again.
    const time = async (frame: unknown, enough = 0) => {
      let best = Infinity;
      for (let i = 0; i < (enough === 0 ? 3 : 20) && best >= enough; i++) {
        const started = performance.now();
        assertEquals((await alice.ask(frame as never)).type, "error");
        best = Math.min(best, performance.now() - started);
      }
      return best;
    };
    const plain = frames("a".repeat(28_000));
    for (const [i, frame] of frames(dear(14_000)).entries()) {
      const cheap = await time(plain[i]);
      // Normalising it took a hundred times as long.
      const enough = cheap * 10 + 10;
      const took = await time(frame, enough);
      assert(took < enough, `${frame.type}: ${took} ms against ${cheap} ms`);
    }
    await alice.close();
  },
});
