/**
 * The content of the search field: the filters that stand in it as chips, and the text beside them.
 * Both together are one query, in the language of `search_query.ts`. Pure.
 *
 * @module
 */
import {
  parseSearch,
  SEARCH_OPERATORS,
  type SearchOperator,
  type SearchPart,
  type SearchProblem,
  withoutParts,
} from "../../lib/protocol/text/search_query.ts";

/** The content of the search field. */
export interface SearchField {
  /** Operators with their values, as they stand in the query; of each limiting one only one. */
  readonly filters: readonly string[];
  readonly text: string;
}

/** A filter that stands in the field as a chip. */
export interface SearchFilter {
  readonly text: string;
  readonly operator: SearchOperator;
  readonly value: string;
  readonly problem?: SearchProblem;
}

/** The content of an empty field. */
export const emptyField: SearchField = { filters: [], text: "" };

/** Returns the field that shows a query. */
export function fieldOf(query: string): SearchField {
  return settle({ filters: [], text: query });
}

/**
 * Returns the field after the user has typed: an operator becomes a chip once the cursor has left
 * it.
 *
 * @param caret The position of the cursor in `text`.
 */
export function typedInto(field: SearchField, text: string, caret: number): SearchField {
  return collect({ ...field, text }, ({ start, end }) => caret < start || end < caret);
}

/** Returns the field once nothing is being typed any more: every complete operator is a chip. */
export function settle(field: SearchField): SearchField {
  return collect(field, () => true);
}

function collect(field: SearchField, isDone: (part: SearchPart) => boolean): SearchField {
  const { text } = field;
  const { parts } = parseSearch(text);
  const done = new Set(
    parts.filter((part) => isOperator(part) && isComplete(part) && isDone(part)),
  );
  if (done.size === 0) return field;
  const rest = parts.filter((part) => !done.has(part));
  // What ends with a space is complete, and stays so.
  const ending = rest.length > 0 && /\s$/.test(text) ? " " : "";
  const others = rest.map(({ start, end }) => text.slice(start, end)).join(" ");
  return [...done].reduce<SearchField>(
    (next, { start, end }) => withFilter(next, text.slice(start, end)),
    { ...field, text: others + ending },
  );
}

/** Adds a filter; it takes the place of one that cannot hold beside it. */
export function withFilter(field: SearchField, filter: string): SearchField {
  const others = field.filters.filter((other) => {
    const both = parseSearch(`${other} ${filter}`).parts;
    return other !== filter && !both.some(({ problem }) => problem === "repeated");
  });
  return { ...field, filters: [...others, filter] };
}

/** Removes a filter. */
export function withoutFilter(field: SearchField, filter: string): SearchField {
  return { ...field, filters: field.filters.filter((other) => other !== filter) };
}

/** Returns the filters, each with what is wrong with it. */
export function filtersOf({ filters }: SearchField): readonly SearchFilter[] {
  return filters.flatMap((text) => {
    const [part] = parseSearch(text).parts;
    if (part === undefined || !isOperator(part)) return [];
    const { kind: operator, value, problem } = part;
    return [{ text, operator, value, ...(problem === undefined ? {} : { problem }) }];
  });
}

/**
 * Returns the query of a field. The operator at its end, which the user may still be typing, counts
 * once its value cannot be the beginning of another one.
 */
export function queryOf({ filters, text }: SearchField): string {
  const isTyped = (part: SearchPart) =>
    part.end === text.length && isOperator(part) &&
    (part.problem !== undefined || SEARCH_OPERATORS[part.kind] === null);
  const { parts } = parseSearch(text);
  const rest = parts.some(isTyped) ? withoutParts(text, isTyped) : text.trimStart();
  return [...filters, ...(rest === "" ? [] : [rest])].join(" ");
}

type OperatorPart = SearchPart & { readonly kind: SearchOperator };

function isOperator(part: SearchPart): part is OperatorPart {
  return part.kind !== "word" && part.kind !== "phrase";
}

function isComplete({ problem }: SearchPart): boolean {
  return problem !== "missing_value";
}
