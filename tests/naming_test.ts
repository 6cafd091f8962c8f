/**
 * Checks names: each type name has one meaning, and identifiers use the field's terms.
 */
import { assert, assertEquals } from "@std/assert";
import { allCode, readText, sources, withoutComments } from "./support/sources.ts";
import { identifiersOf, wordsOf } from "./support/identifiers.ts";
import { needs } from "./support/permissions.ts";

const permissions = needs("read");

/** Type names that are defined in more than one source file, and why. Shorten this list only. */
const SHARED_TYPE_NAMES: readonly { readonly reason: string; readonly names: readonly string[] }[] =
  [
    {
      reason: "a part of the store, in SQLite and in PostgreSQL",
      names: [
        "Read",
      ],
    },
    {
      reason: "a type of the chat, and a local type of a store or of the transfer",
      names: ["Batch", "Connection", "Fields", "Message", "Place", "Room"],
    },
    {
      reason: "a type of the protocol, and a local type of a store",
      names: ["Answer"],
    },
    {
      reason: "local types of modules that do not import each other",
      names: ["OtherEvent", "Values"],
    },
  ];

/**
 * Words that identifiers must not contain: this project once gave them a meaning of its own. Use the
 * field's term instead. A phrase matches consecutive words.
 */
const PRIVATE_WORDS: readonly string[] = [
  "aside",
  "audience",
  "backlog",
  "carrier",
  "caught up",
  "clauses",
  "desk",
  "doorkeeper",
  "figures",
  "flock",
  "haste",
  "healer",
  "heard",
  "hush",
  "intake",
  "journal",
  "keeper",
  "kept",
  "keyring",
  "keyrings",
  "knock",
  "late",
  "lobby",
  "measures",
  "moving",
  "parting",
  "partings",
  "passage",
  "promised",
  "roll call",
  "shorthand",
  "silenced",
  "slowed",
  "stage",
  "teller",
  "told",
  "town",
  "truth",
  "voice",
  "weather",
  "welcoming",
  "witness",
  "witnesses",
  "world",
];

/** Identifiers that standards or other projects define. */
const FOREIGN_IDENTIFIERS: readonly string[] = [
  // A pragma of SQLite.
  "journal_mode",
  // The claim "aud" of a token (RFC 7519), as jose calls it.
  "audience",
];

/** Lists the source files that define each type name. */
async function typeDefinitions(): Promise<ReadonlyMap<string, readonly string[]>> {
  const definitions = new Map<string, string[]>();
  for (const path of await sources()) {
    const names = withoutComments(await readText(path))
      .matchAll(/^(?:export )?(?:abstract )?(?:interface|type|class|enum) (\w+)/gm);
    for (const [, name = ""] of names) {
      definitions.set(name, [...definitions.get(name) ?? [], path]);
    }
  }
  return definitions;
}

Deno.test({
  name: "a type name is defined in one source file only",
  ...permissions,
  async fn() {
    const definitions = await typeDefinitions();
    assert(definitions.size > 300, "The types were not found");
    const shared = new Map([...definitions].filter(([, paths]) => new Set(paths).size > 1));
    const listed = SHARED_TYPE_NAMES.flatMap(({ names }) => names);
    const unexpected = [...shared].filter(([name]) => !listed.includes(name))
      .map(([name, paths]) => `${name}: ${paths.join(", ")}`);
    assertEquals(unexpected.sort(), []);
    const outdated = listed.filter((name) => !shared.has(name));
    assertEquals(outdated, [], "Remove these from the list: each is defined in one file only");
  },
});

Deno.test({
  name: "no identifier uses a private word",
  ...permissions,
  async fn() {
    const found: string[] = [];
    let count = 0;
    for (const path of await allCode()) {
      for (const identifier of new Set(identifiersOf(await readText(path)))) {
        count += 1;
        if (FOREIGN_IDENTIFIERS.includes(identifier)) continue;
        const words = ` ${wordsOf(identifier).join(" ")} `;
        const word = PRIVATE_WORDS.find((one) => words.includes(` ${one} `));
        if (word !== undefined) found.push(`${path}: ${identifier}`);
      }
    }
    assert(count > 5_000, "The identifiers were not found");
    assertEquals(found, []);
  },
});
