/**
 * Which language the page speaks: the one that was chosen, or the first that the browser asks for
 * and the page knows.
 *
 * @module
 */
import { preference, setPreference } from "../util/preferences.ts";

/** The languages that the page knows, by their own names. */
export const LANGUAGES = { en: "English", de: "Deutsch" } as const;

/** A language that the page knows. */
export type Language = keyof typeof LANGUAGES;

function isLanguage(value: string | undefined): value is Language {
  return value !== undefined && Object.hasOwn(LANGUAGES, value);
}

/** The language that was chosen on this device, or `undefined` where the browser decides. */
export function chosenLanguage(): Language | undefined {
  const chosen = preference("language");
  return isLanguage(chosen) ? chosen : undefined;
}

/** Chooses a language for this device; it holds from the next loading of the page on. */
export function chooseLanguage(language: Language | undefined): void {
  setPreference("language", language);
}

/**
 * The language and the regional form of it to be used.
 *
 * @param chosen What was chosen, if anything was.
 * @param wanted What the browser asks for, as language tags (BCP 47), the best first.
 * @returns A locale for dates and numbers: `en-GB` where the page speaks English in Britain.
 */
export function pickLanguage(chosen: Language | undefined, wanted: readonly string[]) {
  const languageOf = (tag: string) => tag.split("-")[0]!.toLowerCase();
  const known = wanted.map(languageOf).find(isLanguage);
  const language = chosen ?? known ?? "en";
  return { language, locale: wanted.find((tag) => languageOf(tag) === language) ?? language };
}

// Outside of a page, in a test, the language must not hang on the machine.
const inPage = typeof document !== "undefined";

const picked = inPage
  ? pickLanguage(chosenLanguage(), navigator.languages)
  : pickLanguage(undefined, []);

/** The page's language. */
export const language: Language = picked.language;

/** The locale for the page's dates and numbers. */
export const locale: string = picked.locale;

if (inPage) document.documentElement.lang = locale;
