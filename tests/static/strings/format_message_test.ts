import { assertEquals } from "@std/assert";
import { compileCatalogue, messageFormatter } from "../../../static/strings/format_message.ts";

Deno.test("a count has the plural form and the digits of its language", () => {
  const words = { one: "{count} word", other: "{count} words" };
  const inEnglish = messageFormatter("en");
  assertEquals(inEnglish(words, { count: 1 }), "1 word");
  assertEquals(inEnglish(words, { count: 0 }), "0 words");
  const inGerman = messageFormatter("de");
  assertEquals(
    inGerman({ one: "{count} Wort", other: "{count} Wörter" }, { count: 1_200 }),
    "1.200 Wörter",
  );
  const inPolish = messageFormatter("pl");
  const files = { one: "{count} plik", few: "{count} pliki", many: "{count} plików", other: "" };
  assertEquals([1, 3, 5].map((count) => inPolish(files, { count })), [
    "1 plik",
    "3 pliki",
    "5 plików",
  ]);
});

Deno.test("text written from right to left is isolated in a sentence, other text is unchanged", () => {
  const format = messageFormatter("en");
  assertEquals(format("{name} said {n}", { name: "Bob", n: 2 }), "Bob said 2");
  assertEquals(format("{name} said {n}", { name: "דנה", n: 2 }), "\u2068דנה\u2069 said 2");
  assertEquals(
    format("{first}, {second}", { first: "Bob", second: "دانا" }),
    "Bob, \u2068دانا\u2069",
  );
});

Deno.test("values that look like placeholders are not filled again", () => {
  const format = messageFormatter("en");
  assertEquals(
    format("{name}: {text}", { name: "{text}", text: "$& {name}" }),
    "{text}: $& {name}",
  );
});

Deno.test("a text that takes values becomes a function, at any depth; other texts stay", () => {
  const texts = {
    plain: "Nothing to fill",
    deep: { said: "{name} said so", files: { one: "{count} file", other: "{count} files" } },
  };
  const placeholders = { deep: { said: { name: "" }, files: { count: 0 } } };
  const catalogue = compileCatalogue<typeof texts, typeof placeholders>(texts, "en");
  assertEquals(catalogue.plain, "Nothing to fill");
  assertEquals(catalogue.deep.said({ name: "Bob" }), "Bob said so");
  assertEquals(catalogue.deep.files({ count: 2 }), "2 files");
});
