/**
 * What a new name may consist of, beyond its form: one script, few marks, nothing that cannot be
 * seen. Names from before these rules stay as they are.
 *
 * @module
 */

/** The scripts in use today (UAX #31, tables 5 and 7), by their names in regular expressions. */
const SCRIPTS = [
  ...["Arab", "Armn", "Beng", "Cyrl", "Deva", "Ethi", "Geor", "Grek", "Gujr", "Guru", "Hebr"],
  ...["Khmr", "Knda", "Laoo", "Mlym", "Mymr", "Orya", "Sinh", "Taml", "Telu", "Thaa", "Thai"],
  ...["Tibt", "Adlm", "Bali", "Bamu", "Batk", "Cakm", "Cans", "Cham", "Cher", "Hmnp", "Java"],
  ...["Kali", "Lana", "Lepc", "Limb", "Lisu", "Mand", "Mong", "Mtei", "Newa", "Nkoo", "Olck"],
  ...["Osge", "Plrd", "Rohg", "Saur", "Sund", "Sylo", "Syrc", "Tale", "Talu", "Tavt", "Tfng"],
  ...["Vaii", "Wcho", "Yiii"],
];

/** The sets of scripts in which a name may be written (UTS #39, section 5.2, highly restrictive). */
const SETS = [
  ["Latn", "Hani", "Hira", "Kana"],
  ["Latn", "Hani", "Bopo"],
  ["Latn", "Hani", "Hang"],
  ...SCRIPTS.map((script) => [script]),
];

const ONE_SCRIPT = new RegExp(`^(?:${SETS.map(lettersOf).join("|")})$`, "u");

/** A run of characters of these scripts, and of those that belong to no script. */
function lettersOf(scripts: readonly string[]): string {
  return `[${[...scripts, "Zyyy", "Zinh"].map((script) => `\\p{scx=${script}}`).join("")}]*`;
}

/**
 * Whether a text is highly restrictive in the sense of UTS #39: in one script, or in the scripts of
 * Japanese, Chinese or Korean, with Latin.
 */
export function isInOneScript(text: string): boolean {
  return ONE_SCRIPT.test(text);
}

/**
 * Too many marks in a row: more than two on a letter of these scripts, more than four on others. What
 * NFKC composes with its letter, as in Vietnamese, does not count.
 */
const STACKED = /[\p{Script=Latn}\p{Script=Grek}\p{Script=Cyrl}]\p{M}{3}|\p{M}{5}/u;

/** The same mark twice: only one of them can be seen. */
const REPEATED = /(\p{Mn})\1/u;

/** Whether marks are stacked so that they cover other lines, or hide one another. */
export function isStacked(text: string): boolean {
  return STACKED.test(text) || REPEATED.test(text.normalize("NFD"));
}

const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;

/** A joiner or non-joiner of letters, with the characters before and behind it. */
const JOINED = /(^|[^])([\u200c\u200d])(?=([^]?))/gu;

/** A non-joiner between letters that would be joined without it. */
const UNJOINED = /(?<=[\p{scx=Arab}&&\p{L}]\p{M}{0,4})\u200c(?=[\p{scx=Arab}&&\p{L}])/gv;

/**
 * Whether all of a text can be seen. The joiner (U+200D) shapes what follows a virama, the non-joiner
 * (U+200C) also Arabic letters (RFC 5892, appendices A.1 and A.2). Bengali and Kannada write a joiner
 * before the virama too (Unicode Standard, chapter 12). Elsewhere neither can be seen.
 */
export function isVisible(text: string): boolean {
  if (!INVISIBLE.test(text)) return true;
  const shaped = text.replace(UNJOINED, "")
    .replace(JOINED, (all, before, joiner, behind) => {
      const isShaping = joiner === "\u200d" && /^\p{L}$/u.test(before) && isVirama(behind);
      return isShaping || isVirama(before) ? before : all;
    });
  return !INVISIBLE.test(shaped);
}

/** Whether a character is a virama: its canonical combining class is 9, between 8 and 10. */
function isVirama(character: string): boolean {
  return character !== "" && isPutBefore("\u05b0", character) &&
    isPutBefore(character, "\u3099");
}

/** Whether normalization puts a mark before the one that it follows: its class is a lower one. */
function isPutBefore(one: string, next: string): boolean {
  return one !== next && (one + next).normalize("NFD") === next + one;
}
