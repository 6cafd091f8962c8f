import { assertEquals } from "@std/assert";
import { pickLanguage } from "../../../static/strings/language.ts";

Deno.test("pickLanguage takes the chosen language, else the browser's first known one, else English", () => {
  assertEquals(pickLanguage(undefined, ["fr-FR", "de-AT", "en"]), {
    language: "de",
    locale: "de-AT",
  });
  assertEquals(pickLanguage("en", ["de-DE", "en-GB"]), { language: "en", locale: "en-GB" });
  assertEquals(pickLanguage("de", ["fr"]), { language: "de", locale: "de" });
  assertEquals(pickLanguage(undefined, ["fr", "toString"]), { language: "en", locale: "en" });
});
