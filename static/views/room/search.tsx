/** Searching messages: a field with filters as chips, and what was found. */
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type SearchHit } from "../../../lib/protocol/frames.ts";
import { parseSearch } from "../../../lib/protocol/text/search_query.ts";
import { highlight } from "../../../lib/protocol/text/words.ts";
import { LIMITS } from "../../../lib/protocol/limits.ts";
import { highlighted } from "../../strings/deferred_format.ts";
import { momentOf, titleOf, whenOf } from "../../strings/format.ts";
import { stripMarkdown } from "../../markdown/strip.ts";
import { nameMark } from "../../state/selectors.ts";
import type { PageState } from "../../state/reducer.ts";
import { roomNameOf, senderOf } from "../../state/room.ts";
import {
  emptyField,
  fieldOf,
  queryOf,
  type SearchField,
  settle,
  typedInto,
  withFilter,
  withoutFilter,
} from "../../state/search_field.ts";
import { nameAt, type Suggestion, suggestionsAt } from "../../state/search_suggestions.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { useActions } from "../shared/context.ts";
import { focusOn } from "../shared/regions.ts";
import { useFound } from "../shared/use_found.ts";
import { useNarrow } from "../shared/media.ts";
import { MarkTag } from "../shared/names.tsx";
import { List } from "../shared/list.tsx";
import { PanelFrame } from "../shared/panel_frame.tsx";
import { Avatar, Icon, IconButton } from "../shared/parts.tsx";
import type { StateDialogProps } from "../shared/deferred_views.ts";
import { Chips, problemIn } from "./search_chips.tsx";

/** How long to wait for the next keystroke before searching, in ms. */
const searchDelay = 250;

const t = deferredStrings.search;

/** The panel. */
export function SearchPanel({ state, onClose }: StateDialogProps) {
  const { dispatch } = useActions();
  const narrow = useNarrow();
  const [field, setField] = useState(() => fieldOf(state.search?.terms.query ?? ""));
  const query = queryOf(field);
  const problem = problemIn(field, state);
  const canSearch = problem === undefined || problem.isRefusal;
  const isKnown = (state.search?.terms.query ?? "") === query;
  const search = () => {
    const { timeZone: time_zone } = Intl.DateTimeFormat().resolvedOptions();
    dispatch({ type: "search", terms: { query, time_zone } });
  };
  // What was asked without a connection is asked again once there is one.
  const isDue = canSearch && (!isKnown || (state.ready && isWaiting(state)));
  useEffect(() => {
    if (!isDue) return;
    const timer = setTimeout(search, searchDelay);
    return () => clearTimeout(timer);
  }, [query, isDue]);
  return (
    <PanelFrame title={t.title} onClose={onClose}>
      <div class="search-form" role="search">
        <Field
          state={state}
          field={field}
          problem={problem?.text}
          onChange={setField}
          onSearch={() => canSearch && search()}
          onClose={onClose}
        />
      </div>
      {canSearch && (
        <Results
          state={state}
          isStale={!isKnown}
          onHit={(hit) => {
            dispatch({ type: "open_hit", hit });
            if (!narrow) return;
            // On a phone the panel covers the message; and where the focus was before, a keyboard
            // would.
            focusOn(".log");
            onClose();
          }}
        />
      )}
    </PanelFrame>
  );
}

/** Whether the search was neither answered nor refused, and no answer is on its way. */
function isWaiting({ search }: PageState): boolean {
  return search !== undefined && !search.busy && !search.answered && search.refusal === undefined;
}

/** The field: a combobox with a listbox (WAI-ARIA APG), whose focus stays in the text. */
function Field(props: {
  state: PageState;
  field: SearchField;
  problem: string | undefined;
  onChange: (field: SearchField) => void;
  onSearch: () => void;
  onClose: () => void;
}) {
  const { state, field, problem, onChange } = props;
  const input = useRef<HTMLInputElement>(null);
  const [caret, setCaret] = useState(field.text.length);
  /** Where the cursor goes once the changed text is there. */
  const moved = useRef<number | undefined>(undefined);
  const [active, setActive] = useState<number>();
  const [open, setOpen] = useState(field.text === "" && field.filters.length === 0);
  const id = useId();
  useLayoutEffect(() => input.current?.focus(), []);
  const now = Date.now();
  const found = useFound(state, nameAt(field.text, caret));
  const { options: all, start, end, eager } = suggestionsAt(field.text, caret, state, now, found);
  const options = open ? all : [];
  const chosen = options[active ?? (eager ? 0 : -1)];

  const moveCaret = (at: number) => {
    moved.current = at;
    setCaret(at);
  };
  /** Reads where the cursor is, unless the text is about to be replaced. */
  const followCaret = ({ value, selectionStart }: HTMLInputElement) => {
    if (value === field.text) setCaret(selectionStart ?? value.length);
  };
  const change = (next: SearchField) => {
    setActive(undefined);
    onChange(next);
  };
  const onInput = ({ value, selectionStart }: HTMLInputElement, isComposing = false) => {
    const at = selectionStart ?? value.length;
    // An input method would lose what it is composing if the text changed under it.
    const next = isComposing ? { ...field, text: value } : typedInto(field, value, at);
    if (next.text === value) setCaret(at);
    else moveCaret(next.text.length);
    // Between words there is nothing to complete.
    setOpen(value !== "" && !/\s$/.test(value.slice(0, at)));
    change(next);
  };
  const choose = ({ kind, text }: Suggestion) => {
    const [before, after] = [field.text.slice(0, start), field.text.slice(end)];
    if (kind === "operator") {
      moveCaret(start + text.length);
      setOpen(true);
      change({ ...field, text: before + text + after });
    } else {
      const rest = `${before.trimEnd()} ${after.trimStart()}`.trim();
      const ended = rest === "" ? "" : `${rest} `;
      moveCaret(ended.length);
      setOpen(false);
      change(withFilter({ ...field, text: ended }, text));
    }
    input.current?.focus();
  };
  const remove = (filter: string) => {
    change(withoutFilter(field, filter));
    input.current?.focus();
  };
  // Only where the page has changed the text: otherwise the cursor is where the user has put it.
  useLayoutEffect(() => {
    if (moved.current !== undefined) input.current?.setSelectionRange(moved.current, moved.current);
    moved.current = undefined;
  }, [field]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (onKey(event)) event.preventDefault();
  };
  const onKey = (event: KeyboardEvent): boolean => {
    const { key, altKey, ctrlKey, metaKey } = event;
    if (altKey || ctrlKey || metaKey) return false;
    const atStart = input.current?.selectionStart === 0 && input.current.selectionEnd === 0;
    const last = options.length - 1;
    switch (key) {
      case "ArrowDown":
      case "ArrowUp": {
        if (options.length === 0) return setOpen(true), true;
        const from = chosen === undefined ? -1 : options.indexOf(chosen);
        const step = key === "ArrowDown" ? 1 : -1;
        setActive(from === -1 && step === -1 ? last : (from + step + options.length) % (last + 1));
        return true;
      }
      case "Enter":
        if (chosen !== undefined) return choose(chosen), true;
        setOpen(false);
        if (settle(field) === field) props.onSearch();
        else change(settle(field));
        return true;
      case "Tab":
        return !event.shiftKey && chosen !== undefined && (choose(chosen), true);
      case "Escape":
        return options.length > 0 ? setOpen(false) : props.onClose(), true;
      case "Backspace": {
        const filter = field.filters.at(-1);
        return atStart && filter !== undefined && (remove(filter), true);
      }
      default:
        return false;
    }
  };
  return (
    <>
      <div class="search-box" onClick={(event) => isBeside(event) && input.current?.focus()}>
        <Icon name="search" />
        <Chips field={field} onRemove={remove} />
        <input
          ref={input}
          type="text"
          role="combobox"
          inputMode="search"
          enterkeyhint="search"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          aria-label={t.label}
          aria-autocomplete="list"
          aria-expanded={options.length > 0}
          aria-describedby={`${id}-problem`}
          aria-invalid={problem !== undefined}
          placeholder={field.filters.length === 0 ? t.placeholder : ""}
          value={field.text}
          maxLength={LIMITS.query_length}
          onInput={(event) => onInput(event.currentTarget, event.isComposing)}
          onCompositionEnd={(event) => onInput(event.currentTarget)}
          onKeyDown={onKeyDown}
          onClick={(event) => {
            followCaret(event.currentTarget);
            if (field.text === "") setOpen(true);
          }}
          onBlur={() => setOpen(false)}
          onKeyUp={(event) => followCaret(event.currentTarget)}
          {...(options.length === 0 ? {} : { "aria-controls": id })}
          {...(chosen === undefined
            ? {}
            : { "aria-activedescendant": `${id}-${options.indexOf(chosen)}` })}
        />
        {(field.text !== "" || field.filters.length > 0) && (
          <IconButton
            icon="close"
            label={t.clear}
            onClick={() => {
              change(emptyField);
              moveCaret(0);
              input.current?.focus();
            }}
          />
        )}
      </div>
      <p class="form-error" id={`${id}-problem`} role="alert">{problem}</p>
      <SuggestionList id={id} options={options} chosen={chosen} choose={choose} />
    </>
  );
}

/** Whether a click went beside the buttons of the field. */
function isBeside({ target }: MouseEvent): boolean {
  return target instanceof Element && target.closest("button, input") === null;
}

function SuggestionList(props: {
  id: string;
  options: readonly Suggestion[];
  chosen: Suggestion | undefined;
  choose: (option: Suggestion) => void;
}) {
  const { id, options, chosen, choose } = props;
  return (
    <>
      <span class="sr-only" role="status">
        {options.length > 0 && t.offered({ count: options.length })}
      </span>
      {options.length > 0 && (
        <ul class="completion" id={id} role="listbox" aria-label={t.suggestions}>
          {options.map((option, index) => (
            <li
              key={option.id}
              id={`${id}-${index}`}
              role="option"
              aria-selected={option === chosen}
              // The text field keeps the focus, and a phone its keyboard.
              onPointerDown={(event) => event.preventDefault()}
              onClick={() =>
                choose(option)}
            >
              {option.kind === "person" && <Avatar name={option.label} size="small" />}
              {option.kind === "room" && <Icon name="hash" />}
              <bdi class="completion-name">{option.label}</bdi>
              {option.hint && <span class="quiet">{option.hint}</span>}
              {option.presence && <span class="quiet">{strings.presence[option.presence]}</span>}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Before anything was searched. */
const nothing = { hits: [], busy: false, answered: false, more: false, refusal: undefined };

function Results(props: {
  state: PageState;
  /** Whether the field says something else by now. */
  isStale: boolean;
  onHit: (hit: SearchHit) => void;
}) {
  const { state, isStale, onHit } = props;
  const { dispatch } = useActions();
  const { search, ready } = state;
  if (search === undefined && !isStale) return <p class="quiet hint">{t.start}</p>;
  const { hits, busy, answered, more, refusal } = search ?? nothing;
  const status = !ready && !answered
    ? t.offline
    : busy || (isStale && ready)
    ? t.busy
    : !answered
    ? ""
    : hits.length === 0
    ? t.none
    : (more ? t.latest : t.found)({ count: hits.length });
  // What was found for another query stays only until the answer is there.
  const shown = answered || busy ? hits : [];
  return (
    <>
      <p class="quiet hint" role="status">{refusal === undefined ? status : ""}</p>
      <List class="hits" busy={busy}>
        {shown.map((hit) => (
          <li key={`${hit.room_id}:${hit.seq}`}>
            <Hit state={state} hit={hit} onClick={() => onHit(hit)} />
          </li>
        ))}
      </List>
      {more && answered && (
        <button
          type="button"
          class="more"
          disabled={busy || !ready}
          onClick={() => dispatch({ type: "search_more" })}
        >
          {t.more}
        </button>
      )}
    </>
  );
}

function Hit(props: { state: PageState; hit: SearchHit; onClick: () => void }) {
  const { state, hit, onClick } = props;
  const found = stripMarkdown(hit.snippet, hit.highlights);
  const { files = [] } = hit;
  const wanted = parseSearch(state.search?.terms.query ?? "");
  return (
    <button type="button" class="hit" onClick={onClick}>
      <span class="hit-head">
        <strong>
          <bdi>{hit.sender}</bdi>
        </strong>
        <MarkTag mark={nameMark(state, senderOf(hit))} />
        <span class="hit-room" dir="auto">
          {titleOf(state.rooms.get(hit.room_id)?.name ?? roomNameOf(hit, state.me))}
        </span>
        <time dateTime={new Date(hit.at).toISOString()} title={momentOf(hit.at)}>
          {whenOf(hit.at, Date.now())}
        </time>
      </span>
      {found.text !== "" && (
        <span class="hit-text" dir="auto">
          <Marked text={found.text} highlights={found.highlights} />
        </span>
      )}
      {files.map(({ id, name }) => (
        <span key={id} class="hit-file">
          <Icon name="file" />
          <bdi>
            <Marked text={name} highlights={highlight(name, wanted)} />
          </bdi>
        </span>
      ))}
    </button>
  );
}

function Marked(props: { text: string; highlights: SearchHit["highlights"] }) {
  return (
    <>
      {highlighted(props.text, props.highlights).map(({ text, marked }, index) =>
        marked ? <mark key={index}>{text}</mark> : text
      )}
    </>
  );
}
