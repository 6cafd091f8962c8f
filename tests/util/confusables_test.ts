import { assert, assertEquals, assertNotEquals } from "@std/assert";
import data from "../../lib/util/confusables.txt" with { type: "text" };
import { skeletonOf } from "../../lib/util/confusables.ts";
import { confusablesFile } from "../../tools/confusables.ts";

Deno.test("names that look alike have one skeleton", () => {
  const alike = [
    ["John", "ȷohn".replace("ȷ", "J"), "Jоhn"],
    ["john", "ȷohn"],
    ["alice", "ꭤlice", "аlice", "aliсe"],
    ["Maxim", "Maxirn"],
    ["Zoë", "Zoe\u0308", "Zoe\u200d\u0308", "\u00adZoë"],
    ["Al", "AI", "A1", "A|"],
    ["paypal", "раураӏ"],
  ];
  for (const [name = "", ...others] of alike) {
    for (const other of others) assertEquals([other, skeletonOf(other)], [other, skeletonOf(name)]);
  }
  for (const other of ["Kai", "Kal", "Zoe"]) assertNotEquals(skeletonOf("Zoë"), skeletonOf(other));
});

Deno.test("the data of lookalikes is that of a version of Unicode, in one step", () => {
  const [version = "", ...lines] = data.trimEnd().split("\n");
  assert(/^Unicode \d+\.\d+\.\d+$/.test(version), version);
  assert(lines.length > 2_000);
  const seen = new Set<string>();
  for (const line of lines) {
    const [prototype = "", lookalikes = "", ...rest] = line.split("\t");
    assert(prototype !== "" && lookalikes !== "" && rest.length === 0, line);
    for (const character of lookalikes) {
      assert(!seen.has(character), character);
      seen.add(character);
    }
  }
  for (const [prototype = ""] of lines.map((line) => line.split("\t"))) {
    assert(![...prototype].some((character) => seen.has(character)), prototype);
  }
});

Deno.test("the data of lookalikes is read from the tables of unicode-security", () => {
  const tables = `
    pub const UNICODE_VERSION: (u64, u64, u64) = (18, 0, 0);
    pub mod other { const CONFUSABLES: &'static [char] = &['\\u{61}']; }
    pub mod confusable_detection {
    const CONFUSABLES: &'static [(char, &'static [char])] = &[
        ('\\u{6d}',  &['\\u{72}',  '\\u{6e}']), ('\\u{430}', &['\\u{61}']), ('\\u{ff41}',
         &['\\u{61}']), ('\\u{251}',  &['\\u{61}'])
    ];
    }`;
  assertEquals(confusablesFile(tables), "Unicode 18.0.0\nrn\tm\na\tаɑ\n");
});
