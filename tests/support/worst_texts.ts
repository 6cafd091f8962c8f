/**
 * Texts that are slow to parse: they make naive patterns backtrack, make normalization sort, nest
 * deeply, or look like the beginning of an unterminated construct.
 */

/** Returns a text of about `length` UTF-16 code units. */
export type Generator = (length: number) => string;

/** Ordinary messages. */
export function plainText(length: number): string {
  return repeated("Some words as people write them, see the plan.\nAnd more of it: 12 of 20.\n")(
    length,
  );
}

function repeated(piece: string): Generator {
  return (length) => piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
}

/** One text in the first half, another in the second. */
function halves(first: string, second: string): Generator {
  return (length) => repeated(first)(length / 2) + repeated(second)(length / 2);
}

/** Marks of many combining classes, in descending order: normalization has to reverse them. */
const MARKS =
  "\u0345\u035d\u035c\u0315\u0301\u1d16\u302a\u031b\u0316\u0321\u05b8\u05b0\u094d\u3099\u0334";

function descendingMarks(length: number): string {
  const each = Math.ceil(length / MARKS.length);
  return Array.from(MARKS, (mark) => mark.repeat(each)).join("").slice(0, length);
}

const PUNCTUATION = Array.from("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");

/** Characters that have a meaning in Markdown and its relatives. */
const MARKUP = Array.from("*_~`[](<>!#-+|\\:@&\n");

const PIECES = [
  ...PUNCTUATION,
  ...PUNCTUATION.map((sign) => `a${sign}`),
  ...PUNCTUATION.map((sign) => `${sign} `),
  ...PUNCTUATION.map((sign) => `${sign}a `),
  ...PUNCTUATION.map((sign, i) => `${sign}${PUNCTUATION[i + 1] ?? "!"}`),
  // White space, words and numbers
  " ",
  "\t",
  "\n",
  " \n",
  "\u00a0",
  "\u2028",
  "a",
  "a ",
  "a\n",
  "Ab1",
  "1",
  "0x",
  "1e",
  "1. ",
  // Other scripts, and characters composed of several
  "é",
  "e\u0301",
  "ж",
  "א ",
  "\u202e",
  "𝔸",
  "😀",
  "\ud83d",
  "\udc00",
  "\u200d",
  "👨\u200d👩\u200d👧",
  "👍🏽",
  "🇩",
  "\u0301\u0316",
  "\u1100",
  "\u1100\u1161\u11a8",
  "\uff76\uff9e",
  "\ufdfa",
  "ΑΣ",
  "İ",
  // Control characters
  "\u0000",
  "\u0002\u0003",
  "\u0010",
  // Names
  "@a ",
  "@a.",
  "@a",
  "@Anna ",
  "#a ",
  "a@b.",
  "a@b.c ",
  // Marks, links, code, blocks
  "**a ",
  "__a ",
  "**a* ",
  "*a _a ",
  "a**b",
  "***a",
  "~~a",
  "*_ _*",
  "[a](",
  "![a](<b",
  "[a]: ",
  "\\[",
  "<a ",
  "<a b=",
  "<!--",
  "&amp;",
  "http://a",
  "http://a.b/(",
  "http://a:b>",
  "www.",
  "```\n",
  "```a\nb\n",
  "~~~\n",
  "`a ``",
  "- a\n\n",
  "- [ ] ",
  "> - ",
  "> a\n\n",
  "  *",
  "    a\n",
  "# \n",
  "\n#",
  "|a|\n|-|\n",
  "a\n|a|\n|-|\n",
  "a|\n-|-\n",
  // JSON, and headers
  '{"a":',
  '"\\u0041',
  '[{"type":"ping"},',
  'W/"a",',
  "gzip;q=0.1,",
  "Bearer ",
  "127.0.0.1,",
  "::1,",
] as const;

/** Texts that may be slow for any parser. */
export const WORST: Readonly<Record<string, Generator>> = {
  "marks in descending classes": descendingMarks,
  "a name with marks in descending classes": (length) => `@a${descendingMarks(length - 2)}`,
  "names with as many marks as can be": (length) => repeated(`@a${descendingMarks(60)} `)(length),
  ...Object.fromEntries(PIECES.map((piece) => [JSON.stringify(piece), repeated(piece)])),
  ...Object.fromEntries(
    ["[]", "()", "{}", "<>", "*_", "“”"].map((
      [open = "", close = ""],
    ) => [`${open}…${close}`, halves(open, close)]),
  ),
  "_… *_…": halves("_", "*_"),
  "*_… _*…": halves("*_", "_*"),
  "[… ](a)…": halves("[", "](a)"),
  "runs of backticks": (length) =>
    Array.from({ length: 2 * Math.sqrt(length) }, (_, i) => "`".repeat(i)).join("a")
      .slice(0, length),
  "a table of many columns and as many short rows": (length) =>
    `${repeated("|a")(length / 3)}\n${repeated("|-")(length / 3)}\n${repeated("|\n")(length / 3)}`,
  "spaces before the end": (length) => `a${" ".repeat(length - 2)}b`,
  "a line of it, and none": (length) => `${"a ".repeat(length / 2 - 1)}\n`,
};

/** Texts that may be slow for a Markdown parser: every pair of characters with a meaning. */
export const WORST_MARKUP: Readonly<Record<string, Generator>> = Object.fromEntries(
  MARKUP.flatMap((a) => MARKUP.flatMap((b) => [`${a}${b}`, `${a}a${b}`, `${a}a${b} `])).map((
    piece,
  ) => [JSON.stringify(piece), repeated(piece)]),
);
