/** Rooms, conversations and people: where one can go. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { foldRoom, type RoomKind } from "../../lib/protocol.ts";
import {
  badgeOf,
  everybody,
  guestMark,
  isModerator,
  named,
  presenceOf,
  roleOf,
  roomsOf,
  serverName,
  shownPresence,
  whoIs,
} from "../select.ts";
import type { State } from "../state.ts";
import type { Person, Room, Who } from "../state/types.ts";
import { isLarge } from "../state/watch.ts";
import { strings } from "../strings.ts";
import { useCountdown } from "./countdown.ts";
import { useActions } from "./context.ts";
import { idle, lazy } from "./lazy.tsx";
import { useLook } from "./look.ts";
import { GuestTag, RoleTag } from "./names.tsx";
import { Avatar, Icon, IconButton } from "./parts.tsx";
import { StatusLine } from "./status.tsx";

const Confirm = lazy((views) => views.Confirm);
const KeepName = idle((views) => views.KeepName);
const BrowseRooms = lazy((views) => views.BrowseRooms);
const CreateRoom = lazy((views) => views.CreateRoom);
const StartDirect = lazy((views) => views.StartDirect);
const Manage = lazy((views) => views.Manage);
const You = lazy((views) => views.You);

/** How many people are listed before "and N more". */
const listedMax = 60;

/** From how many places on a field helps to find one in the lists. */
const filterFrom = 15;

type Open = "create" | "browse" | "direct" | "you" | "manage";

/** The sidebar; on a small screen, a drawer. */
export function Sidebar({ state, onGo, onKeys, onSwitch }: {
  state: State;
  onGo: () => void;
  onKeys: () => void;
  onSwitch: () => void;
}) {
  const { dispatch } = useActions();
  const [open, setOpen] = useState<Open>();
  const [filter, setFilter] = useState("");
  const close = () => setOpen(undefined);
  const t = strings.sidebar;
  const go = (room: string) => {
    dispatch({ type: "open", room });
    onGo();
  };
  const show = (dialog: Open) => {
    if (dialog === "browse") dispatch({ type: "browse" });
    setOpen(dialog);
  };
  return (
    <>
      <header class="brand">
        <img src="/icon.svg" alt="" width="30" height="30" />
        <strong>{serverName(state)}</strong>
        {isModerator(state) && (
          <IconButton
            icon="shield"
            label={t.manage}
            onClick={() => show("manage")}
          />
        )}
        <IconButton icon="close" label={strings.close} onClick={onGo} class="drawer-only" />
      </header>
      <button
        type="button"
        class="go-to"
        title={t.goTo}
        aria-keyshortcuts="Control+K"
        onClick={onSwitch}
      >
        <Icon name="search" />
        <span>{t.goToShort}</span>
        <kbd class="keyboard-only" aria-hidden="true">{t.goToKeys}</kbd>
      </button>
      <nav aria-label={t.label}>
        {(filter !== "" || isLong(state)) && (
          <div class="list-filter">
            <input
              type="search"
              aria-label={t.filter}
              placeholder={t.filter}
              value={filter}
              onInput={(event) => setFilter(event.currentTarget.value)}
            />
          </div>
        )}
        <Section
          title={t.rooms}
          buttons={
            <>
              <IconButton icon="compass" label={t.browse} onClick={() => show("browse")} />
              <IconButton icon="plus" label={t.createRoom} onClick={() => show("create")} />
            </>
          }
        >
          <RoomList
            state={state}
            rooms={named(roomsOf(state, false), filter)}
            go={go}
            empty={filter === "" ? t.noRooms : t.noMatch}
          />
        </Section>
        <Section
          title={t.directs}
          buttons={<IconButton icon="pencil" label={t.newDirect} onClick={() => show("direct")} />}
        >
          <RoomList
            state={state}
            rooms={named(roomsOf(state, true), filter)}
            go={go}
            empty={filter === "" ? t.noDirects : t.noMatch}
          />
        </Section>
        <Section title={t.people}>
          <People
            state={state}
            people={named(everybody(state), filter)}
            filtered={filter !== ""}
          />
        </Section>
      </nav>
      <KeepName key={String(open === "you")} name={state.me.name} onOpen={() => show("you")} />
      <Me state={state} onOpen={() => show("you")} onKeys={onKeys} />
      {open === "create" && <CreateRoom onClose={close} onDone={onGo} />}
      {open === "browse" && <BrowseRooms state={state} onClose={close} onDone={onGo} />}
      {open === "you" && <You state={state} onClose={close} />}
      {open === "manage" && <Manage state={state} onClose={close} />}
      {open === "direct" && <StartDirect state={state} onClose={close} go={go} />}
    </>
  );
}

function isLong(state: State): boolean {
  return state.rooms.size + everybody(state).length >= filterFrom;
}

function Section(props: {
  title: string;
  buttons?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <section>
      <h2>
        {props.title}
        <span class="buttons">{props.buttons}</span>
      </h2>
      {props.children}
    </section>
  );
}

function RoomList(props: {
  state: State;
  rooms: readonly Room[];
  go: (room: string) => void;
  empty: string;
}) {
  if (props.rooms.length === 0) return <p class="quiet empty-list">{props.empty}</p>;
  return (
    <ul class="places">
      {props.rooms.map((room) => (
        <li key={foldRoom(room.name)}>
          <Place state={props.state} room={room} go={props.go} />
        </li>
      ))}
    </ul>
  );
}

function Place({ state, room, go }: { state: State; room: Room; go: (room: string) => void }) {
  const open = state.current === foldRoom(room.name);
  const ref = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (open) ref.current?.scrollIntoView({ block: "nearest" });
  }, [open]);
  return (
    <button
      ref={ref}
      type="button"
      class={`place ${badgeOf(room) > 0 && !open ? "has-unread" : ""}`}
      onClick={() => go(room.name)}
      {...(open ? { "aria-current": "page" } : {})}
    >
      <PlaceMark state={state} room={room} />
      <span class="place-name" dir="auto">{room.name.replace(/^@/, "")}</span>
      {room.kind === "direct" && <Mark state={state} who={whoIs(state, room.name.slice(1))} />}
      {room.kind === "private" && <span class="sr-only">({strings.sidebar.private})</span>}
      {/* What is before one's eyes is about to be read; the log says what is out of view. */}
      <Unread count={open ? 0 : badgeOf(room)} />
    </button>
  );
}

function PlaceMark({ state, room }: { state: State; room: Room }) {
  if (room.kind !== "direct") return <Icon name={markOf(room.kind)} />;
  const name = room.name.slice(1);
  const presence = shownPresence(state, presenceOf(state, name));
  return (
    <>
      <Avatar name={name} presence={presence} size="small" />
      <span class="sr-only">{strings.presence[presence]}:</span>
    </>
  );
}

function markOf(kind: RoomKind) {
  return kind === "private" ? "lock" as const : "hash" as const;
}

function Unread({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <span class="badge">
      <span aria-hidden="true">{count > 99 ? "99+" : count}</span>
      <span class="sr-only">{strings.sidebar.unread(count)}</span>
    </span>
  );
}

function Mark({ state, who }: { state: State; who: Who }) {
  return <GuestTag mark={guestMark(state, who)} guest={who.guest} />;
}

function People({ state, people, filtered }: {
  state: State;
  people: readonly Person[];
  filtered: boolean;
}) {
  const t = strings.sidebar;
  const shown = people.slice(0, listedMax);
  const large = isLarge(state);
  // Without a filter those are shown who are here, of whom everybody is told.
  useLook(state, "sidebar", filtered ? shown.map(({ name }) => name) : []);
  if (people.length === 0) {
    return <p class="quiet empty-list">{filtered ? t.noMatch : t.nobody}</p>;
  }
  const hidden = people.length - shown.length;
  return (
    <>
      {!filtered && large && <p class="quiet empty-list">{t.peopleHere(state.onlineCount)}</p>}
      <ul class="places people">
        {shown.map((person) => (
          <li key={person.name}>
            <PersonButton state={state} person={person} />
          </li>
        ))}
      </ul>
      {hidden > 0 && (filtered || !large) && <p class="quiet empty-list">{t.morePeople(hidden)}</p>}
    </>
  );
}

function PersonButton({ state, person }: { state: State; person: Person }) {
  const { dispatch } = useActions();
  const { state: last, ...who } = person;
  const presence = shownPresence(state, last);
  return (
    <button
      type="button"
      class={`place person ${presence}`}
      title={strings.sidebar.about(who.name)}
      onClick={() => dispatch({ type: "person", who })}
    >
      <Avatar name={who.name} presence={presence} size="small" />
      <span class="place-name" dir="auto">{who.name}</span>
      <Mark state={state} who={who} />
      <RoleTag role={roleOf(state, who)} />
      <span class="presence-word">{strings.presence[presence]}</span>
    </button>
  );
}

function Me({ state, onOpen, onKeys }: {
  state: State;
  onOpen: () => void;
  onKeys: () => void;
}) {
  const { signOut } = useActions();
  const { name } = state.me;
  const muted = useCountdown(state.mutedUntil) > 0;
  const [asking, ask] = useState(false);
  const unsent = state.pending.length;
  const t = strings.sidebar;
  return (
    <footer class="me">
      <button
        type="button"
        class="me-open"
        title={strings.sidebar.yourAccount(name)}
        onClick={onOpen}
      >
        <Avatar name={name} />
        <span class="me-name">
          <strong dir="auto">{name}</strong>
          <span class="row">
            <RoleTag role={state.me.role} />
            {muted && <span class="tag earlier">{strings.sidebar.muted}</span>}
          </span>
          <StatusLine state={state} />
        </span>
      </button>
      <IconButton
        icon="keyboard"
        label={t.keys}
        onClick={onKeys}
        class="keyboard-only"
      />
      <IconButton
        icon="power"
        label={t.signOut}
        onClick={() => unsent > 0 ? ask(true) : signOut()}
      />
      {asking && (
        <Confirm
          title={t.signOutQuestion}
          hint={t.signOutHint(unsent)}
          submit={t.signOut}
          onConfirm={signOut}
          onClose={() => ask(false)}
        />
      )}
    </footer>
  );
}
