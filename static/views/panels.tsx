/** The panels beside the log: who is in the room, and what was said about something. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { foldRoom, LIMITS, type SearchHit } from "../../lib/protocol.ts";
import { highlighted, titleOf, whenOf } from "../format.ts";
import { guestMark, presenceOf, roleOf, sortPeople, whoIs } from "../select.ts";
import type { State } from "../state.ts";
import { roomOf, samePerson } from "../state/room.ts";
import type { Room } from "../state/types.ts";
import { strings } from "../strings.ts";
import { useActions } from "./context.ts";
import { GuestTag, RoleTag } from "./names.tsx";
import { Avatar, IconButton } from "./parts.tsx";

/** How long to wait for the next letter before searching, in ms. */
const searchDelay = 250;

function PanelFrame(props: { title: string; onClose: () => void; children: ComponentChildren }) {
  const ref = useRef<HTMLElement>(null);
  useFocusReturn(ref);
  return (
    <aside ref={ref} class="panel" aria-label={props.title}>
      <header>
        <h2>{props.title}</h2>
        <IconButton icon="close" label={strings.close} onClick={props.onClose} />
      </header>
      {props.children}
    </aside>
  );
}

/** Gives the focus back to where it was before the panel opened, if it is still in the panel. */
function useFocusReturn(panel: { current: HTMLElement | null }): void {
  // Taken while drawing: a field in the panel takes the focus right after.
  const before = useRef(document.activeElement);
  useLayoutEffect(() => () => {
    if (!panel.current?.contains(document.activeElement)) return;
    if (before.current instanceof HTMLElement) before.current.focus();
  }, []);
}

/** Who is in a room. */
export function Members({ state, room, onClose }: {
  state: State;
  room: Room;
  onClose: () => void;
}) {
  const { dispatch } = useActions();
  const people = room.members.map((name) => ({
    ...whoIs(state, name),
    state: presenceOf(state, name),
  }));
  return (
    <PanelFrame title={strings.room.membersTitle} onClose={onClose}>
      <ul class="places">
        {sortPeople(people).map(({ state: presence, ...who }) => (
          <li key={who.name}>
            <button
              type="button"
              class={`place person ${presence}`}
              title={strings.sidebar.about(who.name)}
              onClick={() => dispatch({ type: "person", who })}
            >
              <Avatar name={who.name} presence={presence} size="small" />
              <span class="place-name" dir="auto">{who.name}</span>
              <GuestTag mark={guestMark(state, who)} guest={who.guest} />
              <RoleTag role={roleOf(state, who)} />
              <span class="presence-word">
                {samePerson(who.name, state.me.name)
                  ? strings.sidebar.you
                  : strings.presence[presence]}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </PanelFrame>
  );
}

/** Finds messages. */
export function SearchPanel({ state, room, onClose }: {
  state: State;
  room: Room;
  onClose: () => void;
}) {
  const { dispatch } = useActions();
  const [query, setQuery] = useState(state.search?.query ?? "");
  const [here, setHere] = useState(false);
  const t = strings.search;
  const where = here ? room.name : undefined;
  useEffect(() => {
    const timer = setTimeout(() => {
      dispatch({
        type: "search",
        query: query.trim(),
        ...(where === undefined ? {} : { room: where }),
      });
    }, searchDelay);
    return () => clearTimeout(timer);
  }, [query, where]);
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
        <label class="check">
          <input
            type="checkbox"
            checked={here}
            onChange={(event) => setHere(event.currentTarget.checked)}
          />
          {t.here(titleOf(room.name))}
        </label>
      </div>
      <Results state={state} query={query.trim()} />
    </PanelFrame>
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
  const t = strings.search;
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
        {highlighted(hit.snippet, hit.highlights).map(({ text, marked }, index) =>
          marked ? <mark key={index}>{text}</mark> : text
        )}
      </span>
    </button>
  );
}
