import { assertEquals } from "@std/assert";
import { pickLanguage } from "../../static/language.ts";
import { pluralIn } from "../../static/strings/plural.ts";
import { de } from "../../static/strings/de.ts";
import { aside as deAside } from "../../static/strings/de/aside.ts";
import { door as deDoor } from "../../static/strings/de/door.ts";
import { en } from "../../static/strings/en.ts";
import { aside as enAside } from "../../static/strings/en/aside.ts";
import { door as enDoor } from "../../static/strings/en/door.ts";

Deno.test("pickLanguage takes what was chosen, else the first wish that it knows, else English", () => {
  assertEquals(pickLanguage(undefined, ["fr-FR", "de-AT", "en"]), {
    language: "de",
    locale: "de-AT",
  });
  assertEquals(pickLanguage("en", ["de-DE", "en-GB"]), { language: "en", locale: "en-GB" });
  assertEquals(pickLanguage("de", ["fr"]), { language: "de", locale: "de" });
  assertEquals(pickLanguage(undefined, ["fr", "toString"]), { language: "en", locale: "en" });
});

Deno.test("what is counted has the form and the digits of its language", () => {
  assertEquals(pluralIn("en")(1, "word", "words"), "1 word");
  assertEquals(pluralIn("en")(0, "word", "words"), "0 words");
  assertEquals(pluralIn("de")(1_200, "Wort", "Wörter"), "1.200 Wörter");
});

/** Every sentence of a catalogue, by its place in it; one with gaps has them filled. */
function sentences(catalogue: object, path = ""): [place: string, sentence: string][] {
  return Object.entries(catalogue).flatMap(([key, value]): [string, string][] => {
    const place = `${path}/${key}`;
    if (typeof value === "string") return [[place, value]];
    if (typeof value === "object") return sentences(value, place);
    if (typeof value === "function") return [[place, value(["a", "b"], "c")]];
    return [];
  });
}

Deno.test("a translation has a sentence wherever English has one", () => {
  const german = new Map(sentences({ chat: de, aside: deAside, door: deDoor }));
  const all = sentences({ chat: en, aside: enAside, door: enDoor });
  for (const [place, english] of all) {
    const translated = german.get(place);
    assertEquals(typeof translated, "string", place);
    assertEquals(translated!.trim() !== "" && english.trim() !== "", true, place);
  }
  assertEquals(german.size, all.length);
});
