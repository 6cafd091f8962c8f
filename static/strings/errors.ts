/**
 * What the server says, in the page's language. The server speaks English; its sentences are
 * translated by themselves, so that a new one is shown as it is until it is translated.
 *
 * @module
 */
import { lazyModule } from "../util/lazy_module.ts";
import { type Language, language } from "./language.ts";

type Translations = Readonly<Record<string, string>>;

const loaders: Partial<Record<Language, () => Promise<{ readonly default: Translations }>>> = {
  de: () => import("./de/errors.json", { with: { type: "json" } }),
};

/** The translations; none in English. */
export const translations = lazyModule<Translations>(async () =>
  (await loaders[language]?.())?.default ?? {}
);

/** Returns what the server says in the page's language, once the translations are loaded. */
export function translated(text: string): string {
  return translations.loaded?.[text] ?? text;
}
