/** Finding what was said: by words, room, person and date. */
import { useEffect, useId, useState } from "preact/hooks";
import { foldRoom, LIMITS, type SearchHit } from "../../lib/protocol.ts";
import { highlighted, startOfDay, titleOf, whenOf } from "../format.ts";
import { withoutMarks } from "../marks.ts";
import { everybody, guestMark, roomsOf } from "../select.ts";
import type { State } from "../state.ts";
import { roomOf } from "../state/room.ts";
import type { SearchTerms } from "../state/types.ts";
import { asides } from "../strings/aside.ts";
import { useActions } from "./context.ts";
import { GuestTag } from "./names.tsx";
import { PanelFrame } from "./panel_frame.tsx";
import { Select } from "./select.tsx";

/** How long to wait for the next letter before searching, in ms. */
const searchDelay = 250;

/** What was filled in, as it stands in the fields. */
interface Filters {
  readonly room: string;
  readonly sender: string;
  /** As a date field has them: `2026-11-20`. */
  readonly from: string;
  readonly to: string;
}

const nothing: Filters = { room: "", sender: "", from: "", to: "" };

/** The panel. */
export function SearchPanel({ state, onClose }: { state: State; onClose: () => void }) {
  const { dispatch } = useActions();
  const [query, setQuery] = useState(state.search?.terms.query ?? "");
  const [filters, setFilters] = useState(nothing);
  const t = asides.search;
  useEffect(() => {
    const timer = setTimeout(() => {
      dispatch({ type: "search", terms: termsOf(query, filters) });
    }, searchDelay);
    return () => clearTimeout(timer);
  }, [query, filters]);
  useEffect(() => () => dispatch({ type: "search_close" }), []);
  return (
    <PanelFrame title={t.title} onClose={onClose}>
      <div class="search-form" role="search">
        <input
          type="search"
          aria-label={t.label}
          placeholder={t.placeholder}
          value={query}
          maxLength={LIMITS.query_length}
          ref={focusOnce}
          onInput={(event) => setQuery(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Escape" && onClose()}
        />
        <FilterFields state={state} filters={filters} onChange={setFilters} />
      </div>
      <Results state={state} query={query.trim()} />
    </PanelFrame>
  );
}

function termsOf(query: string, { room, sender, from, to }: Filters): SearchTerms {
  return {
    query: query.trim(),
    ...(room === "" ? {} : { room }),
    ...(sender === "" ? {} : { sender }),
    ...(from === "" ? {} : { since: startOfDay(from) }),
    // The last day is searched as well.
    ...(to === "" ? {} : { until: startOfDay(to, 1) }),
  };
}

function FilterFields(props: {
  state: State;
  filters: Filters;
  onChange: (filters: Filters) => void;
}) {
  const { state, filters, onChange } = props;
  const t = asides.search;
  const set = Object.values(filters).filter((value) => value !== "").length;
  const rooms = [...roomsOf(state, false), ...roomsOf(state, true)].map(({ name }) => name);
  return (
    <details class="filters">
      <summary>{t.filters(set)}</summary>
      <div class="filter-fields">
        <Select
          label={t.room}
          value={filters.room}
          options={[["", t.everywhere], ...rooms.map((name) => [name, titleOf(name)] as const)]}
          onChange={(room) => onChange({ ...filters, room })}
        />
        <Sender state={state} onChange={(sender) => onChange({ ...filters, sender })} />
        <Day label={t.from} value={filters.from} set={(from) => onChange({ ...filters, from })} />
        <Day label={t.to} value={filters.to} set={(to) => onChange({ ...filters, to })} />
      </div>
    </details>
  );
}

/** A person: searched for once the name is finished, for a part of one is nobody's. */
function Sender({ state, onChange }: { state: State; onChange: (name: string) => void }) {
  const id = useId();
  return (
    <div class="field">
      <span class="field-label">
        <label for={id}>{asides.search.sender}</label>
      </span>
      <input
        id={id}
        type="text"
        list={`${id}-people`}
        autocomplete="off"
        maxLength={LIMITS.name_length}
        onChange={(event) => onChange(event.currentTarget.value.trim())}
      />
      <datalist id={`${id}-people`}>
        {[state.me.name, ...everybody(state).map(({ name }) => name)].map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </div>
  );
}

function Day(props: { label: string; value: string; set: (day: string) => void }) {
  const id = useId();
  return (
    <div class="field">
      <span class="field-label">
        <label for={id}>{props.label}</label>
      </span>
      <input
        id={id}
        type="date"
        value={props.value}
        onChange={(event) => props.set(event.currentTarget.value)}
      />
    </div>
  );
}

function focusOnce(input: HTMLInputElement | null): void {
  if (input !== null && !input.dataset.focused) {
    input.dataset.focused = "yes";
    input.focus();
  }
}

function Results({ state, query }: { state: State; query: string }) {
  const { dispatch } = useActions();
  const { search } = state;
  const t = asides.search;
  if (query === "" || search === undefined) return <p class="quiet hint">{t.start}</p>;
  return (
    <>
      <p class="quiet hint" role="status">
        {search.busy ? t.busy : search.hits.length === 0 ? t.none : ""}
      </p>
      <ul class="hits">
        {search.hits.map((hit) => {
          const room = roomOf(hit, state.me.name);
          return (
            <li key={`${foldRoom(room)}:${hit.seq}`}>
              <Hit state={state} hit={hit} room={room} />
            </li>
          );
        })}
      </ul>
      {search.more && (
        <button
          type="button"
          class="more"
          onClick={() => dispatch({ type: "search_more" })}
        >
          {t.more}
        </button>
      )}
    </>
  );
}

function Hit({ state, hit, room }: { state: State; hit: SearchHit; room: string }) {
  const { dispatch } = useActions();
  const found = withoutMarks(hit.snippet, hit.highlights);
  return (
    <button
      type="button"
      class="hit"
      onClick={() => dispatch({ type: "jump", room, seq: hit.seq })}
    >
      <span class="hit-head">
        <strong>
          <bdi>{hit.sender}</bdi>
        </strong>
        <GuestTag
          mark={guestMark(state, { ...hit, name: hit.sender })}
          guest={hit.guest}
        />
        <span class="hit-room" dir="auto">{titleOf(room)}</span>
        <time>{whenOf(hit.at, Date.now())}</time>
      </span>
      <span class="hit-text" dir="auto">
        {highlighted(found.text, found.highlights).map(({ text, marked }, index) =>
          marked ? <mark key={index}>{text}</mark> : text
        )}
      </span>
    </button>
  );
}
