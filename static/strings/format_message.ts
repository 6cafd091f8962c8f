/**
 * Fills the placeholders of a text and picks its plural form. No DOM.
 *
 * @module
 */
import { isolated } from "./isolate.ts";

/** A text for each plural category of the language: `{ one: "{count} file", other: "…" }`. */
export type PluralForms =
  & { readonly other: string }
  & { readonly [category in Intl.LDMLPluralRule]?: string };

/** What stands in a catalogue: a text, with placeholders in braces, or one per plural category. */
export type MessagePattern = string | PluralForms;

/** The values for the placeholders, by name; `count` picks the plural form. */
export type Values = Readonly<Record<string, string | number>>;

/** A catalogue as it is written: groups of messages. */
export interface Texts {
  readonly [key: string]: MessagePattern | Texts;
}

/** A catalogue as it is used: a text, or a function where the text takes values. */
export type Catalogue<T, Placeholders> = {
  readonly [K in keyof T]: K extends keyof Placeholders
    ? T[K] extends MessagePattern ? (values: Placeholders[K]) => string
    : Catalogue<T[K], Placeholders[K]>
    : T[K] extends string ? string
    : Catalogue<T[K], unknown>;
};

/** Whether an entry of a catalogue is a message rather than a group of messages. */
export function isMessage(entry: MessagePattern | Texts): entry is MessagePattern {
  return typeof entry === "string" || typeof entry.other === "string";
}

/**
 * Makes the function that formats the messages of a language.
 *
 * @returns A function that fills a message. Numbers get the digits of the language; texts are
 * isolated, so that a name written from right to left does not turn the sentence around it.
 */
export function messageFormatter(
  language: string,
): (message: MessagePattern, values: Values) => string {
  const rules = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);
  return (message, values) => {
    const text = typeof message === "string"
      ? message
      : message[rules.select(Number(values.count))] ?? message.other;
    return text.replace(/\{(\w+)\}/g, (placeholder, name) => {
      const value = values[name] ?? placeholder;
      return typeof value === "number" ? numbers.format(value) : isolated(value);
    });
  };
}

/** Turns every message that takes values into a function of them. */
export function compileCatalogue<T, Placeholders>(
  texts: T & Texts,
  language: string,
): Catalogue<T, Placeholders> {
  const format = messageFormatter(language);
  const compile = (entry: MessagePattern | Texts): unknown => {
    if (!isMessage(entry)) {
      return Object.fromEntries(Object.entries(entry).map(([key, part]) => [key, compile(part)]));
    }
    const isPlain = typeof entry === "string" && !entry.includes("{");
    return isPlain ? entry : (values: Values) => format(entry, values);
  };
  return compile(texts) as Catalogue<T, Placeholders>;
}
