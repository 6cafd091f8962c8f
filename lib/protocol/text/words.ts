/**
 * What a word is, for everything that searches: both stores index the terms of this file, a query
 * is read with it, and the page marks matches with it.
 *
 * A **term** is the form in which equal words are equal. A run of letters and digits is one term,
 * folded: compatibility forms (`ﬁ`, full-width letters), case (`ß` is `ss`, both sigmas are one) and
 * invisible characters (soft hyphens, zero-width spaces) make no difference, nor do marks where a
 * reader takes the letter with and without one for the same word: accents, Hebrew points, Arabic
 * vowels and hamzas. Vowel signs of Indic scripts and the voicing marks of kana are letters of their
 * own and stay. Hangul is decomposed, so that an unfinished syllable is the beginning of a word.
 *
 * Chinese, Japanese, Thai, Lao, Khmer, Burmese and a few others write no spaces between words. A run
 * of these is indexed by its pairs of adjacent letters and by its last letter, so that any part of it
 * is found: a single letter as the beginning of a pair, a longer part by the pairs in it, which must
 * follow each other. Pairs need no dictionary, and so are the same on every host.
 *
 * @module
 */

/** A term in a text. Positions are in UTF-16 code units. */
export interface Token {
  readonly term: string;
  readonly start: number;
  readonly end: number;
  /** In a pair: the length of its first letter in `term`, and the end of it in the text. */
  readonly letter?: { readonly length: number; readonly end: number };
  /**
   * `word`: separated from others; `pair`: two adjacent letters of a run without spaces;
   * `last`: the last letter of such a run.
   */
  readonly kind: "word" | "pair" | "last";
}

/** Reads texts as terms. */
export interface Analyzer {
  /** The terms of a text, in order. */
  analyze(text: string): readonly Token[];
  /** The terms of a text in the form in which an index holds them, in order. */
  indexTerms(text: string): readonly string[];
  /** The form in which an index holds a term: an entry has some hundred bytes at most. */
  cut(term: string): string;
}

/**
 * The version of the definition below. An index of another version is made anew. Raise it with each
 * change that gives any text other terms.
 */
export const WORDS_VERSION = 1;

/**
 * Makes an analyzer. A thread receives the source text of this function: it must not refer to
 * anything outside.
 */
export function createAnalyzer(): Analyzer {
  /** The significant characters of a term in an index. */
  const maxIndexed = 64;
  /**
   * The most marks on one letter. No language has more, and to sort a thousand of them, normalizing
   * would take seconds.
   */
  const longMarks = /(\p{M}{8})\p{M}+/gu;
  // deno-lint-ignore no-control-regex -- it is all of ASCII that is meant
  const ascii = /^[\u0000-\u007f]*$/;
  const asciiWord = /[A-Za-z0-9]+/g;
  const word = /[\p{L}\p{N}][\p{L}\p{N}\p{M}\p{DI}]*/gu;
  const unspaced = "\\p{scx=Hani}\\p{scx=Hira}\\p{scx=Kana}\\p{scx=Bopo}\\p{scx=Thai}" +
    "\\p{scx=Laoo}\\p{scx=Khmr}\\p{scx=Mymr}\\p{scx=Lana}\\p{scx=Java}\\p{scx=Bali}";
  const hasUnspaced = new RegExp(`[${unspaced}]`, "u");
  const runs = new RegExp(`[${unspaced}][${unspaced}\\p{M}\\p{DI}]*|[^${unspaced}]+`, "gu");
  // The half-width voicing marks of kana are letters to Unicode.
  const letters = /[^][\p{M}\p{DI}\uff9e\uff9f]*/gu;
  // U+3099 and U+309A, the voicing marks of kana, are inherited marks too. U+0640 stretches a word.
  const removed = new RegExp(
    "(?![\\u3099\\u309a])(?:[\\p{DI}\\u0640]|(?=\\p{M})" +
      "[\\p{sc=Zinh}\\p{sc=Arab}\\p{sc=Copt}\\p{sc=Cyrl}\\p{sc=Grek}\\p{sc=Hebr}\\p{sc=Syrc}])+",
    "gu",
  );
  const others = /[^\p{L}\p{N}\p{M}]+/gu;
  // Persian keyboards have letters of their own for the same two letters of Arabic.
  const persian = /[\u06a9\u06cc]/g;

  function fold(written: string): string {
    if (ascii.test(written)) return written.toLowerCase();
    return written.replace(removed, "").replace(longMarks, "$1")
      .normalize("NFKD").replace(removed, "")
      // By way of the capitals, which is where letters meet that differ only in case.
      .toLowerCase().toUpperCase().toLowerCase().replaceAll("ς", "σ")
      .replace(persian, (letter) => letter === "\u06a9" ? "\u0643" : "\u064a")
      .replace(others, "");
  }

  function addRun(run: string, start: number, tokens: Token[]): void {
    const units: { term: string; start: number; end: number }[] = [];
    for (const { 0: letter, index } of run.matchAll(letters)) {
      const term = fold(letter);
      if (term === "") continue;
      units.push({ term, start: start + index, end: start + index + letter.length });
    }
    for (const [index, unit] of units.entries()) {
      const next = units[index + 1];
      tokens.push({
        term: unit.term + (next?.term ?? ""),
        start: unit.start,
        end: next?.end ?? unit.end,
        ...(next === undefined
          ? { kind: "last" }
          : { kind: "pair", letter: { length: unit.term.length, end: unit.end } }),
      });
    }
  }

  function addWord(written: string, start: number, tokens: Token[]): void {
    const term = fold(written);
    if (term !== "") tokens.push({ term, start, end: start + written.length, kind: "word" });
  }

  function analyze(text: string): readonly Token[] {
    const tokens: Token[] = [];
    for (const { 0: written, index } of text.matchAll(ascii.test(text) ? asciiWord : word)) {
      if (!hasUnspaced.test(written)) {
        addWord(written, index, tokens);
        continue;
      }
      for (const { 0: part, index: at } of written.matchAll(runs)) {
        if (hasUnspaced.test(part)) addRun(part, index + at, tokens);
        else addWord(part, index + at, tokens);
      }
    }
    return tokens;
  }

  function cut(term: string): string {
    return term.length <= maxIndexed
      ? term
      // Not within a character.
      : term.slice(0, maxIndexed).replace(/[\ud800-\udbff]$/, "");
  }

  function indexTerms(text: string): readonly string[] {
    if (!ascii.test(text)) return analyze(text).map(({ term }) => cut(term));
    return (text.toLowerCase().match(asciiWord) ?? []).map(cut);
  }

  return { analyze, indexTerms, cut };
}

const analyzer = createAnalyzer();

/** Reads a text as terms, in order. Takes time in proportion to the length of the text. */
export function analyze(text: string): readonly Token[] {
  return analyzer.analyze(text);
}

/** The terms of a text in the form in which an index holds them, in order. */
export function indexTerms(text: string): readonly string[] {
  return analyzer.indexTerms(text);
}

/** What a text must contain: words in any order, and phrases. */
export interface Wanted {
  /** Words in any order; the last one may be unfinished, unless a space follows it. */
  readonly words: string;
  /** Texts whose words must follow each other. */
  readonly phrases?: readonly string[];
}

/** Terms that must follow each other in a text. */
export interface TermSequence {
  readonly terms: readonly string[];
  /** Whether the last term may be the beginning of the one in the text. */
  readonly isPrefix: boolean;
}

/** The sequences of terms that a text must contain, each of them; empty if no term is wanted. */
export function sequencesOf({ words, phrases = [] }: Wanted): readonly TermSequence[] {
  const tokens = analyze(words);
  const sequences: TermSequence[] = [];
  let first = 0;
  for (const [index, { kind }] of tokens.entries()) {
    if (kind === "pair") continue;
    const isLast = index === tokens.length - 1 && !/\s$/.test(words);
    sequences.push(toSequence(tokens.slice(first, index + 1), isLast));
    first = index + 1;
  }
  for (const phrase of phrases) {
    const wanted = analyze(phrase);
    if (wanted.length > 0) sequences.push(toSequence(wanted, false));
  }
  const idOf = ({ terms, isPrefix }: TermSequence) => `${isPrefix} ${terms.join(" ")}`;
  return [...new Map(sequences.map((sequence) => [idOf(sequence), sequence])).values()];
}

function toSequence(tokens: readonly Token[], isPrefix: boolean): TermSequence {
  const terms = tokens.map(({ term }) => term);
  if (tokens.at(-1)?.kind !== "last") return { terms, isPrefix };
  // A last letter that is alone begins pairs; otherwise the pair before has it.
  if (tokens.at(-2)?.kind !== "pair") return { terms, isPrefix: true };
  return { terms: terms.slice(0, -1), isPrefix };
}

/** Whether a text must be read to know that it matches: an index knows single, short terms. */
export function needsReading(sequences: readonly TermSequence[]): boolean {
  return sequences.some(({ terms }) =>
    terms.length > 1 || terms.some((term) => analyzer.cut(term) !== term || term.length > 60)
  );
}

/** The form in which an index holds a term of a query. */
export function indexTerm(term: string): string {
  return analyzer.cut(term);
}

/** Sequences, apart from the many that are a single word: those are looked up at once. */
function readWanted(wanted: Wanted) {
  const all = sequencesOf(wanted);
  const isWord = ({ terms, isPrefix }: TermSequence) => terms.length === 1 && !isPrefix;
  return {
    isEmpty: all.length === 0,
    words: new Set(all.filter(isWord).map(({ terms }) => terms[0]!)),
    sequences: all.filter((sequence) => !isWord(sequence)),
  };
}

/**
 * Prepares a query.
 *
 * @returns A function that tests whether the texts of one message, such as what it says and the names
 * of its files, contain every wanted sequence. No text does where nothing is wanted.
 */
export function matcher(wanted: Wanted): (...texts: readonly string[]) => boolean {
  const { isEmpty, words, sequences } = readWanted(wanted);
  return (...texts) => {
    const read = texts.map(analyze);
    const there = new Set(read.flatMap((tokens) => tokens.map(({ term }) => term)));
    return !isEmpty && words.isSubsetOf(there) &&
      sequences.every((sequence) =>
        read.some((tokens) => !matchesIn(tokens, sequence).next().done)
      );
  };
}

/** A part of a text: the start, and the end. */
export type TextRange = readonly [start: number, end: number];

/**
 * Finds what a query matches in a text.
 *
 * @returns Ranges in the text, in order and apart from each other, in UTF-16 code units.
 */
export function highlight(text: string, wanted: Wanted): readonly TextRange[] {
  const tokens = analyze(text);
  const { words, sequences } = readWanted(wanted);
  const found = [
    ...tokens.filter(({ term }) => words.has(term)).map(({ start, end }) => [start, end] as const),
    ...sequences.flatMap((sequence) => [...matchesIn(tokens, sequence)]),
  ];
  const ranges: [number, number][] = [];
  for (const [start, end] of found.sort(([a], [b]) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && start < last[1]) last[1] = Math.max(last[1], end);
    else ranges.push([start, end]);
  }
  return ranges;
}

/** The places of a sequence in a text. */
function* matchesIn(tokens: readonly Token[], sequence: TermSequence): Generator<TextRange> {
  const { terms, isPrefix } = sequence;
  const length = terms.length;
  for (let at = 0; at + length <= tokens.length; at++) {
    if (!isAt(tokens, at, sequence)) continue;
    const last = tokens[at + length - 1]!;
    // Of a pair, a single letter of the query is the first one only.
    const isLetter = isPrefix && terms.at(-1)!.length <= (last.letter?.length ?? 0);
    yield [tokens[at]!.start, isLetter ? last.letter!.end : last.end];
  }
}

function isAt(tokens: readonly Token[], at: number, { terms, isPrefix }: TermSequence): boolean {
  return terms.every((term, index) => {
    const there = tokens[at + index]!.term;
    return isPrefix && index === terms.length - 1 ? there.startsWith(term) : there === term;
  });
}
