/** The filters in the search field, as chips, and what is wrong with them. */
import { parseSearch, type SearchOperator } from "../../../lib/protocol/text/search_query.ts";
import { dateOf } from "../../strings/deferred_format.ts";
import { titleOf } from "../../strings/format.ts";
import type { PageState } from "../../state/reducer.ts";
import {
  filtersOf,
  queryOf,
  type SearchField,
  type SearchFilter,
} from "../../state/search_field.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { Icon } from "../shared/parts.tsx";

const t = deferredStrings.search;

/** The chips; each is a button that removes its filter. */
export function Chips(props: { field: SearchField; onRemove: (filter: string) => void }) {
  return (
    <>
      {filtersOf(props.field).map((filter) => {
        const label = labelOf(filter);
        return (
          <button
            key={filter.text}
            type="button"
            class={`chip ${filter.problem === undefined ? "" : "bad"}`}
            aria-label={t.removeFilter({ filter: label })}
            title={t.removeFilter({ filter: label })}
            onClick={() => props.onRemove(filter.text)}
            onKeyDown={({ key }) => {
              if (key === "Delete" || key === "Backspace") props.onRemove(filter.text);
            }}
          >
            <bdi>{label}</bdi>
            <Icon name="close" />
          </button>
        );
      })}
    </>
  );
}

function labelOf({ operator, value, problem }: SearchFilter): string {
  return t.chips[operator]({ value: problem === undefined ? shown(operator, value) : value });
}

function shown(operator: SearchOperator, value: string): string {
  switch (operator) {
    case "from":
      return value;
    case "in":
      return titleOf(value);
    case "has":
    case "is":
      return t.values[value as keyof typeof t.values];
    case "before":
    case "after": {
      const { before, after } = parseSearch(`${operator}:${value}`, localDay);
      return /^\d+-\d+-\d+$/.test(value) ? dateOf((before ?? after)!) : value;
    }
    default:
      return operator satisfies never;
  }
}

function localDay(year: number, month: number, day: number): number {
  return new Date(year, month, day).getTime();
}

/** What is wrong with the filters, or why the server refused the search. */
export interface FieldProblem {
  readonly text: string;
  readonly isRefusal: boolean;
}

/** Returns what is wrong with the query in the field. */
export function problemIn(field: SearchField, { search }: PageState): FieldProblem | undefined {
  const filters = filtersOf(field);
  const bad = filters.find(({ problem }) => problem !== undefined);
  if (bad !== undefined) {
    const { operator, value, problem } = bad;
    const text = problem === "bad_date" ? t.badDate({ value }) : t.badValue({ operator, value });
    return { text, isRefusal: false };
  }
  const { refusal, terms } = search ?? {};
  if (refusal === undefined || terms?.query !== queryOf(field)) return undefined;
  return { text: refusalText(refusal, filters), isRefusal: true };
}

function refusalText(
  { code, message }: { readonly code: string; readonly message: string },
  filters: readonly SearchFilter[],
): string {
  const valueOf = (operator: SearchOperator) =>
    filters.find((filter) => filter.operator === operator)?.value ?? "";
  switch (code) {
    case "no_such_user":
      return t.noUser({ name: valueOf("from") || valueOf("in").replace(/^@/, "") });
    case "no_such_room":
    case "not_a_member":
      return t.noRoom({ room: titleOf(valueOf("in")) });
    default:
      return message;
  }
}
