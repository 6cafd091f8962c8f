/** The sidebar: rooms, conversations and people. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { RoomKind } from "../../../lib/protocol/frames.ts";
import {
  badgeOf,
  isInSection,
  isModerator,
  named,
  partnerIn,
  partnerMark,
  presenceIn,
  roomsOf,
  sectionsOf,
  serverIcon,
  serverName,
  shownPresence,
} from "../../state/selectors.ts";
import type { PageState } from "../../state/reducer.ts";
import type { RoomState } from "../../state/types.ts";
import { membersIn } from "../../state/presence_watch.ts";
import { strings } from "../../strings/strings.ts";
import { isApple } from "../../util/platform.ts";
import { useCountdown } from "../shared/countdown.ts";
import { useActions } from "../shared/context.ts";
import { idle, lazy, soon } from "../shared/lazy.tsx";
import { List } from "../shared/list.tsx";
import { MarkTag, RoleTag, ShownName } from "../shared/names.tsx";
import type { AccountTab, ListRow, LongListProps } from "../shared/deferred_views.ts";
import { Avatar, Faces, Icon, IconButton } from "../shared/parts.tsx";
import { UnreadBadge } from "../shared/unread.tsx";
import { StatusLine } from "./status.tsx";

const Elsewhere = idle("Elsewhere");
const Invitations = idle("Invitations");
const ThreadsEntry = idle(
  "ThreadsEntry",
  () => (
    <section>
      <p class="place" />
    </section>
  ),
);
const LongList = soon(
  "LongList",
  ({ rows, ...props }) => <Rows {...props} rows={rows.slice(0, shortMax)} />,
);
const UnreadBelow = idle("UnreadBelow");
const People = soon("People");
const QuietTag = idle("QuietTag");
const SignInReminder = idle("SignInReminder");
const BrowseRooms = lazy("BrowseRooms");
const CreateRoom = lazy("CreateRoom");
const SignOut = lazy("SignOut");
const StartDirect = lazy("StartDirect");
const Manage = lazy("Manage");
const You = lazy("You");

/** Up to this number of entries, a list is in the document as a whole. */
const shortMax = 30;

/** From this number of entries on, the lists have a filter. */
const filterFrom = 15;

/** The dialogs that the sidebar opens. */
type DialogName = "create" | "browse" | "direct" | "manage" | "signOut" | AccountTab;

/** The sidebar; on a narrow screen, a drawer. */
export function Sidebar({ state, onGo, onKeys, onSwitch, onThreads }: {
  state: PageState;
  onGo: () => void;
  onKeys: () => void;
  onSwitch: () => void;
  onThreads: () => void;
}) {
  const [open, setOpen] = useState<DialogName>();
  return (
    <>
      <Brand state={state} onManage={() => setOpen("manage")} onClose={onGo} />
      <SwitcherButton onClick={onSwitch} />
      <nav aria-label={strings.sidebar.label}>
        <ThreadsEntry state={state} onOpen={onThreads} />
        <Lists state={state} onOpenDialog={setOpen} onGo={onGo} />
        <UnreadBelow state={state} />
      </nav>
      <Invitations invitations={state.invitations} onDone={onGo} />
      <SignInReminder
        key={String(open)}
        name={state.me.name}
        onOpen={() => setOpen("keys")}
      />
      <Me state={state} onOpen={() => setOpen("keys")} />
      <OpenDialog {...{ state, open, setOpen, onGo, onKeys }} />
    </>
  );
}

/** Shows the server's name, and the button to its settings for moderators. */
function Brand(props: { state: PageState; onManage: () => void; onClose: () => void }) {
  const { state, onManage, onClose } = props;
  return (
    <header class="brand">
      <img src={serverIcon(state)} alt="" width="30" height="30" />
      <strong>{serverName(state)}</strong>
      {isModerator(state) && (
        <IconButton icon="shield" label={strings.sidebar.manage} onClick={onManage} />
      )}
      <IconButton icon="close" label={strings.close} onClick={onClose} class="drawer-only" />
    </header>
  );
}

function SwitcherButton({ onClick }: { onClick: () => void }) {
  const t = strings.sidebar;
  return (
    <button
      type="button"
      class="go-to"
      title={t.goTo}
      aria-keyshortcuts={isApple ? "Meta+K" : "Control+K"}
      onClick={onClick}
    >
      <Icon name="search" />
      <span>{t.goToShort}</span>
      <kbd class="keyboard-only" aria-hidden="true">{isApple ? "⌘ K" : t.goToKeys}</kbd>
    </button>
  );
}

/** Lists rooms, conversations and people; long lists can be filtered. */
function Lists({ state, onOpenDialog, onGo }: {
  state: PageState;
  onOpenDialog: (dialog: DialogName) => void;
  onGo: () => void;
}) {
  const { dispatch } = useActions();
  const [filter, setFilter] = useState("");
  const t = strings.sidebar;
  const unsorted = (direct: boolean) => roomsOf(state, direct).filter((room) => !isInSection(room));
  const go = (room: string) => {
    dispatch({ type: "open", room });
    onGo();
  };
  return (
    <>
      {(filter !== "" || isLong(state)) && <FilterField filter={filter} setFilter={setFilter} />}
      {sectionsOf(state).map(({ name, rooms }) => (
        <Section key={name ?? ""} title={name ?? t.favourites}>
          <RoomList state={state} rooms={named(rooms, filter)} go={go} empty={t.noMatch} />
        </Section>
      ))}
      <Section
        title={t.rooms}
        buttons={
          <>
            <IconButton icon="compass" label={t.browse} onClick={() => onOpenDialog("browse")} />
            <IconButton icon="plus" label={t.createRoom} onClick={() => onOpenDialog("create")} />
          </>
        }
      >
        <RoomList
          state={state}
          rooms={named(unsorted(false), filter)}
          go={go}
          empty={filter !== "" ? t.noMatch : roomsOf(state, false).length > 0 ? "" : t.noRooms}
        />
      </Section>
      <Section
        title={t.directs}
        buttons={
          <IconButton
            icon="pencil"
            label={t.newDirect}
            onClick={() => onOpenDialog("direct")}
          />
        }
      >
        <RoomList
          state={state}
          rooms={named(unsorted(true), filter)}
          go={go}
          empty={filter !== "" ? t.noMatch : roomsOf(state, true).length > 0 ? "" : t.noDirects}
        />
      </Section>
      <Section title={t.people}>
        <People state={state} filter={filter} />
      </Section>
      <Elsewhere state={state} filter={filter} onGo={onGo} />
    </>
  );
}

function FilterField(props: { filter: string; setFilter: (filter: string) => void }) {
  const t = strings.sidebar;
  return (
    <div class="list-filter">
      <input
        type="search"
        aria-label={t.filter}
        placeholder={t.filter}
        value={props.filter}
        onInput={(event) => props.setFilter(event.currentTarget.value)}
      />
    </div>
  );
}

function OpenDialog({ state, open, setOpen, onGo, onKeys }: {
  state: PageState;
  open: DialogName | undefined;
  setOpen: (open?: DialogName) => void;
  onGo: () => void;
  onKeys: () => void;
}) {
  const onClose = () => setOpen();
  switch (open) {
    case undefined:
      return null;
    case "create":
      return <CreateRoom onClose={onClose} onDone={onGo} />;
    case "browse":
      return <BrowseRooms state={state} onClose={onClose} onDone={onGo} />;
    case "signOut":
      return <SignOut state={state} onKeep={setOpen} onClose={onClose} />;
    case "manage":
      return <Manage state={state} onClose={onClose} />;
    case "direct":
      return <StartDirect state={state} onClose={onClose} onDone={onGo} />;
    default:
      return (
        <You
          state={state}
          tab={open}
          onKeys={() => {
            onClose();
            onKeys();
          }}
          onSignOut={() => setOpen("signOut")}
          onClose={onClose}
        />
      );
  }
}

function isLong({ rooms, people }: PageState): boolean {
  return rooms.size + Math.max(people.size, membersIn(rooms).size) >= filterFrom;
}

function Section(props: {
  title: string;
  buttons?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <section>
      <header>
        <h2>{props.title}</h2>
        <span class="buttons">{props.buttons}</span>
      </header>
      {props.children}
    </section>
  );
}

/** A list of buttons; a long one is complete once its view is loaded. */
function Rows({ rows, ...props }: LongListProps) {
  if (rows.length > shortMax) return <LongList {...props} rows={rows} />;
  return (
    <List {...props}>
      {rows.map(({ key, view }) => <li key={key}>{view()}</li>)}
    </List>
  );
}

function RoomList({ state, rooms, go, empty }: {
  state: PageState;
  rooms: readonly RoomState[];
  go: (room: string) => void;
  empty: string;
}) {
  if (rooms.length === 0) {
    return empty === "" ? null : <p class="quiet empty-list">{empty}</p>;
  }
  const rows = rooms.map((room): ListRow => ({
    key: room.key,
    text: room.name,
    isOpen: room.key === state.current,
    hasNews: badgeOf(room) > 0,
    view: () => <Place state={state} room={room} go={go} />,
  }));
  return <Rows class="places" rows={rows} />;
}

function Place(
  { state, room, go }: { state: PageState; room: RoomState; go: (room: string) => void },
) {
  const open = state.current === room.key;
  // The open room is about to be read; the log shows what is out of view.
  const hasNews = badgeOf(room) > 0 && (!open || room.markedUnread);
  const ref = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (open) ref.current?.scrollIntoView({ block: "nearest" });
  }, [open]);
  return (
    <button
      ref={ref}
      type="button"
      class={`place ${hasNews ? "has-unread" : ""} ${room.parted || room.over ? "ended" : ""}`}
      onClick={() => go(room.key)}
      {...(open ? { "aria-current": "page" } : {})}
    >
      <PlaceMark state={state} room={room} />
      <span class="place-name" dir="auto">
        {room.kind === "direct"
          ? <ShownName who={partnerIn(state, room)} />
          : room.name.replace(/^@/, "")}
      </span>
      {room.kind === "direct" && <MarkTag mark={partnerMark(state, room)} />}
      {room.parted && (
        <span class="tag earlier" title={strings.sidebar.notInTitle}>{strings.sidebar.notIn}</span>
      )}
      {room.kind === "private" && !room.people && (
        <span class="sr-only">({strings.sidebar.private})</span>
      )}
      {hasNews && <UnreadBadge room={room} />}
    </button>
  );
}

function PlaceMark({ state, room }: { state: PageState; room: RoomState }) {
  if (room.people) return <Faces people={room.people} />;
  if (room.kind !== "direct") return <Icon name={markOf(room.kind)} />;
  const name = room.name.slice(1);
  const presence = shownPresence(state, presenceIn(state, room));
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

function Me({ state, onOpen }: { state: PageState; onOpen: () => void }) {
  const { name } = state.me;
  const muted = useCountdown(state.mutedUntil) > 0;
  const t = strings.sidebar;
  return (
    <footer class="me">
      <button
        type="button"
        class="me-open"
        onClick={onOpen}
      >
        <Avatar name={name} />
        <span class="me-name">
          <strong dir="auto">{name}</strong>
          <span class="sr-only">({t.account})</span>
          <span class="row">
            <RoleTag role={state.me.role} />
            {muted && <span class="tag earlier">{strings.sidebar.muted}</span>}
            <QuietTag quiet={state.quiet} />
          </span>
          <StatusLine state={state} />
        </span>
      </button>
    </footer>
  );
}
