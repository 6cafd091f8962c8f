/**
 * The texts of each language: one JSON file for each moment at which the page needs them.
 *
 * @module
 */
import { type Catalogue, compileCatalogue } from "./format_message.ts";
import { type Language, language } from "./language.ts";
// Only its type is used: every placeholder with an example of its value.
import placeholders from "./placeholders.json" with { type: "json" };

const english = {
  page: () => import("./en/page.json", { with: { type: "json" } }),
  deferred: () => import("./en/deferred.json", { with: { type: "json" } }),
  sign_in: () => import("./en/sign_in.json", { with: { type: "json" } }),
};

/** The languages besides English; the type checker reports a text that one of them lacks. */
const catalogues: Readonly<Record<Language, typeof english>> = {
  en: english,
  de: {
    page: () => import("./de/page.json", { with: { type: "json" } }),
    deferred: () => import("./de/deferred.json", { with: { type: "json" } }),
    sign_in: () => import("./de/sign_in.json", { with: { type: "json" } }),
  },
};

type File = keyof typeof english;
type EnglishTexts<F extends File> = Awaited<ReturnType<(typeof english)[F]>>["default"];

/** Loads one file of texts, in the page's language only. */
export async function loadCatalogue<F extends File>(
  file: F,
): Promise<Catalogue<EnglishTexts<F>, (typeof placeholders)[F]>> {
  const { default: texts } = await catalogues[language][file]();
  return compileCatalogue(texts, language);
}
