/**
 * The language of search queries: words, `"exact phrases"` and operators such as `from:Ann`. The
 * server reads queries with it, and the page completes and marks them with it.
 *
 * @module
 */

/** The operators, each with the values it takes; `null` for any. */
export const SEARCH_OPERATORS = {
  /** The sender, by name: `from:Ann`, `from:@Ann`, `from:"Ann Marie"`. */
  from: null,
  /** The room, by name, or a direct conversation: `in:lobby`, `in:#lobby`, `in:@Ann`. */
  in: null,
  /** What a message contains. */
  has: ["file", "link", "image"],
  /** What a message is. */
  is: ["pinned", "saved", "thread"],
  /** Sent before the first moment of a day, month or year: `before:2026-11-01`, `before:2026`. */
  before: null,
  /** Sent at the first moment of a day, month or year, or later. */
  after: null,
} as const;

/** The name of an operator. */
export type SearchOperator = keyof typeof SEARCH_OPERATORS;
/** What a message can contain. */
export type MessageContent = (typeof SEARCH_OPERATORS.has)[number];
/** What a message can be. */
export type MessageProperty = (typeof SEARCH_OPERATORS.is)[number];

/**
 * Why a part of a query cannot be used: an operator without a value, a value that it does not take
 * or that is no date, or an operator that limits the search to one thing and occurs again.
 */
export type SearchProblem = "missing_value" | "unknown_value" | "bad_date" | "repeated";

/** A part of a query. Positions are in UTF-16 code units. */
export interface SearchPart {
  readonly kind: SearchOperator | "word" | "phrase";
  /** Without the operator, quotation marks and the sign of a name. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
  /** Where the text of the value begins, after the operator. */
  readonly valueStart: number;
  readonly problem?: SearchProblem;
}

/** A query that was read. Parts with a problem have no effect on the other fields. */
export interface ParsedSearch {
  /** Every part, in order. */
  readonly parts: readonly SearchPart[];
  /** The words outside phrases and operators, joined by spaces. */
  readonly words: string;
  /** Whether the last of the words ends the query: then it may be unfinished. */
  readonly endsInWord: boolean;
  readonly phrases: readonly string[];
  /** The name of the sender. */
  readonly from: string | null;
  /** The name of the room; `@Name` for a direct conversation. */
  readonly in: string | null;
  readonly has: readonly MessageContent[];
  readonly is: readonly MessageProperty[];
  /** In ms since the Unix epoch: only messages sent before this moment. */
  readonly before: number | null;
  /** In ms since the Unix epoch: only messages sent at this moment or later. */
  readonly after: number | null;
}

/** Returns the first moment of a day, in ms since the Unix epoch. @param month From 0. */
export type StartOfDay = (year: number, month: number, day: number) => number;

/** The quotation marks of several languages: the keyboards of phones insert them by themselves. */
const QUOTES = '"\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02';
/** The signs before a name. */
const SIGNS = "@#\uff20\uff03";
/** An operator with its value, a phrase, or a word. A missing closing quotation mark is at the end. */
const PART = new RegExp(
  `([A-Za-z]{2,6})[:\uff1a](?:([${SIGNS}]?)[${QUOTES}]([^${QUOTES}]*)[${QUOTES}]?|(\\S*))` +
    `|[${QUOTES}]([^${QUOTES}]*)[${QUOTES}]?|\\S+`,
  "gu",
);
const DATE = /^([12]\d{3})(?:-(\d{2})(?:-(\d{2}))?)?$/;

/**
 * Reads a query. Takes time in proportion to its length.
 *
 * @param startOfDay Where days begin: by default in UTC.
 */
export function parseSearch(query: string, startOfDay: StartOfDay = Date.UTC): ParsedSearch {
  const seen = new Set<SearchOperator>();
  const parts = Array.from(query.matchAll(PART), (match) => partOf(match, seen, startOfDay));
  const usable = parts.filter(({ problem }) => problem === undefined);
  const valuesOf = (kind: SearchPart["kind"]) =>
    usable.filter((part) => part.kind === kind).map(({ value }) => value);
  const momentOf = (kind: "before" | "after") => {
    const [date] = valuesOf(kind);
    return date === undefined ? null : toMoment(date, startOfDay);
  };
  const last = parts.at(-1);
  return {
    parts,
    words: valuesOf("word").join(" "),
    endsInWord: last?.kind === "word" && last.end === query.length,
    phrases: valuesOf("phrase").filter((phrase) => phrase !== ""),
    from: valuesOf("from")[0] ?? null,
    in: valuesOf("in")[0] ?? null,
    has: SEARCH_OPERATORS.has.filter((content) => valuesOf("has").includes(content)),
    is: SEARCH_OPERATORS.is.filter((state) => valuesOf("is").includes(state)),
    before: momentOf("before"),
    after: momentOf("after"),
  };
}

/** Returns where days begin in a time zone, such as `Europe/Berlin`. */
export function daysIn(timeZone: string): StartOfDay {
  if (timeZone === "UTC") return Date.UTC;
  const format = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" });
  const offsetAt = (moment: number) => {
    const parts = format.formatToParts(moment);
    const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
    const [, sign, hours = "0", minutes = "0"] = /([+-])(\d+):(\d+)/.exec(name) ?? [];
    return (sign === "-" ? -60_000 : 60_000) * (Number(hours) * 60 + Number(minutes));
  };
  return (...date) => {
    const utc = Date.UTC(...date);
    // The clocks may change between midnight in UTC and in the zone.
    return utc - offsetAt(utc - offsetAt(utc));
  };
}

/** A query without its parts that match, with single spaces between the rest. */
export function withoutParts(query: string, matches: (part: SearchPart) => boolean): string {
  return parseSearch(query).parts.filter((part) => !matches(part))
    .map(({ start, end }) => query.slice(start, end)).join(" ");
}

/** The text of an operator with a value, quoted where it has to be. */
export function operatorText(operator: SearchOperator, value: string): string {
  return `${operator}:${/\s/u.test(value) ? `"${value}"` : value}`;
}

function partOf(
  match: RegExpExecArray,
  seen: Set<SearchOperator>,
  startOfDay: StartOfDay,
): SearchPart {
  const [text, name, sign = "", quoted, plain, phrase] = match;
  const [start, end] = [match.index, match.index + text.length];
  if (phrase !== undefined) {
    return { kind: "phrase", value: phrase.trim(), start, end, valueStart: start };
  }
  const operator = toOperator(name);
  if (operator === undefined) return { kind: "word", value: text, start, end, valueStart: start };
  const value = nameIn(operator, sign + (quoted ?? plain ?? "").trim());
  const problem = problemOf(operator, value, seen, startOfDay);
  return {
    kind: operator,
    value,
    start,
    end,
    valueStart: start + (name?.length ?? 0) + 1,
    ...(problem === undefined ? {} : { problem }),
  };
}

function toOperator(name: string | undefined): SearchOperator | undefined {
  const operator = name?.toLowerCase();
  return operator !== undefined && Object.hasOwn(SEARCH_OPERATORS, operator)
    ? operator as SearchOperator
    : undefined;
}

/** The value of an operator in the form in which it is compared. */
function nameIn(operator: SearchOperator, value: string): string {
  if (operator === "from") return value.replace(/^[@\uff20]/u, "");
  if (operator === "in") return value.replace(/^[#\uff03]/u, "").replace(/^\uff20/u, "@");
  return value.toLowerCase();
}

function problemOf(
  operator: SearchOperator,
  value: string,
  seen: Set<SearchOperator>,
  startOfDay: StartOfDay,
): SearchProblem | undefined {
  if (value === "" || value === "@") return "missing_value";
  const values: readonly string[] | null = SEARCH_OPERATORS[operator];
  if (values !== null) return values.includes(value) ? undefined : "unknown_value";
  const isDate = operator === "before" || operator === "after";
  if (isDate && toMoment(value, startOfDay) === null) return "bad_date";
  if (seen.has(operator)) return "repeated";
  seen.add(operator);
  return undefined;
}

/** The first moment of a date; `null` if it is none. */
function toMoment(date: string, startOfDay: StartOfDay): number | null {
  const [, year, month = "01", day = "01"] = DATE.exec(date) ?? [];
  if (year === undefined) return null;
  const utc = new Date(`${year}-${month}-${day}T00:00:00Z`);
  // A day that its month does not have would be one of the next month.
  if (Number.isNaN(utc.getTime()) || utc.getUTCDate() !== Number(day)) return null;
  return startOfDay(Number(year), Number(month) - 1, Number(day));
}
