/** The members of a room. */
import { useState } from "preact/hooks";
import type { Notice } from "../../../lib/protocol/frames.ts";
import { foldName } from "../../../lib/protocol/names.ts";
import { named, personNamed, presenceOf } from "../../state/selectors.ts";
import { sortPeople } from "../../state/directory.ts";
import type { PageState, PersonPresence, PersonRef, RoomState } from "../../state/types.ts";
import { samePerson } from "../../state/room.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { LongList } from "../shared/long_list.tsx";
import { PageError } from "../shared/page_error.tsx";
import { usePages } from "../shared/use_pages.ts";
import { useVisibleNames } from "../shared/visible_names.ts";
import { PanelFrame } from "../shared/panel_frame.tsx";
import { PersonButton } from "../shared/person_button.tsx";
import type {
  ListRow,
  RoomDialogProps,
  RowRange,
  StateDialogProps,
} from "../shared/deferred_views.ts";

type MemberPage = Extract<Notice, { type: "members" }>;

/** A member on a page that the server sends. */
interface ListedMember extends PersonRef {
  readonly isDeactivated: boolean;
}

/** From this number of members on, the list has a filter. */
const listedMin = 8;
/** Of how many of those who come first the page watches the presence: it decides about their order. */
const watchedMax = 200;

/** The panel. */
export function Members({ state, room, onClose }: StateDialogProps & RoomDialogProps) {
  return (
    <PanelFrame title={deferredStrings.members.title} onClose={onClose}>
      <MemberList key={room.key} state={state} room={room} />
    </PanelFrame>
  );
}

/**
 * The members, with a filter where they are many. Of a large room the page knows some, those who are
 * online first; the others follow by name, in pages.
 */
export function MemberList({ state, room }: { state: PageState; room: RoomState }) {
  const [filter, setFilter] = useState("");
  const [view, setView] = useState<RowRange>({ from: 0, to: 0 });
  const knowsAll = room.members.length >= room.memberCount;
  const query = filter.trim();
  const pages = usePages({
    path: knowsAll || !room.live || !state.ready ? undefined : `/api/rooms/id:${room.key}/members`,
    query,
    version: room.memberCount,
    entriesIn: membersOn,
    keyOf: ({ name }) => foldName(name),
  });
  const known = sortPeople(named(
    room.members.map((name) => ({ ...personNamed(state, name), state: presenceOf(state, name) })),
    filter,
  ));
  const others = knowsAll ? [] : named(pages.entries, pages.query === query ? "" : filter)
    .filter(({ name }) => !room.memberIds.has(foldName(name)));
  const rows = [
    ...known.map((person): ListRow => ({
      ...rowOf(person.name),
      view: () => (
        <Member
          state={state}
          person={person}
          isDeactivated={person.id !== undefined && room.deactivated?.includes(person.id) === true}
        />
      ),
    })),
    ...others.map(({ isDeactivated, ...who }): ListRow => ({
      ...rowOf(who.name),
      view: () => (
        <Member
          state={state}
          person={{ ...who, state: presenceOf(state, who.name) }}
          isDeactivated={isDeactivated}
        />
      ),
    })),
  ];
  useVisibleNames("members", [
    ...known.slice(0, watchedMax).map(({ name }) => name),
    ...rows.slice(Math.max(view.from, known.length), view.to).map(({ text }) => text),
  ]);
  const isAll = knowsAll || (pages.isLoaded && pages.query === query && pages.next === undefined);
  return (
    <>
      {room.memberCount > listedMin && (
        <div class="list-filter">
          <input
            type="search"
            aria-label={deferredStrings.members.find}
            placeholder={deferredStrings.members.find}
            value={filter}
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
        </div>
      )}
      <LongList
        class="places"
        rows={rows}
        size={isAll ? rows.length : query === "" ? room.memberCount : -1}
        onView={(now) => {
          setView(now);
          pages.onView(others[now.from - known.length - 1], rows.length - now.to);
        }}
      />
      {rows.length === 0 && (
        <p class="quiet empty-list" role="status">
          {isAll ? strings.sidebar.noMatch : strings.loading}
        </p>
      )}
      <PageError {...pages} />
    </>
  );
}

function rowOf(name: string): Pick<ListRow, "key" | "text"> {
  return { key: name, text: name };
}

/** The members on a page. */
function membersOn(
  { members, member_ids, deactivated_ids = [] }: MemberPage,
): readonly ListedMember[] {
  return members.map((name, index) => {
    const id = member_ids[index];
    const isDeactivated = id !== undefined && deactivated_ids.includes(id);
    return { name, ...(id === undefined ? {} : { id }), isDeactivated };
  });
}

function Member({ state, person, isDeactivated }: {
  state: PageState;
  person: PersonPresence;
  isDeactivated: boolean;
}) {
  return (
    <PersonButton state={state} person={person}>
      {samePerson(person.name, state.me.name)
        ? <span class="presence-word you">{deferredStrings.sidebar.you}</span>
        : isDeactivated
        ? <span class="presence-word">{deferredStrings.manage.people.deactivated}</span>
        : undefined}
    </PersonButton>
  );
}
