/** The header of a room: its name, its members and its actions. */
import { useState } from "preact/hooks";
import { retentionDays } from "../../../lib/protocol/retention.ts";
import { joined } from "../../strings/isolate.ts";
import { spanOf } from "../../strings/format.ts";
import {
  badgeOf,
  currentRoom,
  partnerIn,
  partnerMark,
  presenceIn,
  shownPresence,
  unreadTotal,
} from "../../state/selectors.ts";
import type { PageState } from "../../state/reducer.ts";
import type { RoomState } from "../../state/types.ts";
import { strings } from "../../strings/strings.ts";
import { isApple } from "../../util/platform.ts";
import { useActions } from "../shared/context.ts";
import { lazy } from "../shared/lazy.tsx";
import { useNarrow } from "../shared/media.ts";
import { ActionMenu, ActionRow, type MenuAction } from "../shared/more.tsx";
import { MarkTag, NameButton } from "../shared/names.tsx";
import { Avatar, IconButton, RoomSign } from "../shared/parts.tsx";

const LevelDialog = lazy("LevelDialog");
const RoomSheet = lazy("RoomSheet");

/** A panel beside the log. */
export type Panel = "members" | "search" | "threads";

/** The room's header. */
export function RoomHeader(props: {
  state: PageState;
  room: RoomState;
  panel: Panel | undefined;
  togglePanel: (panel: Panel) => void;
  onMenu: () => void;
}) {
  const { state, room, panel, togglePanel } = props;
  const t = strings.room;
  const direct = room.kind === "direct";
  const [open, setOpen] = useState(false);
  return (
    <header class="room-header">
      <MenuButton state={state} onMenu={props.onMenu} />
      <RoomMark state={state} room={room} />
      <div class="room-title">
        <h1>
          {direct
            ? <DirectName state={state} room={room} />
            : <RoomName room={room} onOpen={() => setOpen(true)} />}
        </h1>
        <p class="quiet">{subtitle(state, room)}</p>
      </div>
      <IconButton
        icon="search"
        label={t.search}
        shortcut={isApple
          ? { shown: "⇧⌘F", keys: "Meta+Shift+F" }
          : { shown: t.searchKeys, keys: "Control+Shift+F" }}
        pressed={panel === "search"}
        onClick={() => togglePanel("search")}
      />
      {!direct && !room.parted && (
        <IconButton
          icon="people"
          label={t.showMembers}
          pressed={panel === "members"}
          onClick={() => togglePanel("members")}
        />
      )}
      {direct && <DirectActions state={state} room={room} />}
      {open && <RoomSheet state={state} room={room} onClose={() => setOpen(false)} />}
    </header>
  );
}

/** Opens the drawer, and shows whether there are unread messages elsewhere, or invitations. */
export function MenuButton({ state, onMenu }: { state: PageState; onMenu: () => void }) {
  const room = currentRoom(state);
  const news = unreadTotal(state) - (room === undefined ? 0 : badgeOf(room));
  const t = strings.sidebar;
  return (
    <IconButton
      icon="menu"
      label={news > 0 ? `${t.open} (${t.unread({ count: news })})` : t.open}
      onClick={onMenu}
      class={`drawer-only ${news + state.invitations.length > 0 ? "has-news" : ""}`}
    />
  );
}

function DirectName({ state, room }: { state: PageState; room: RoomState }) {
  return (
    <>
      <NameButton who={partnerIn(state, room)} />{" "}
      {/* For an ended conversation, the line below says so. */}
      {!room.over && <MarkTag mark={partnerMark(state, room)} />}
    </>
  );
}

function RoomMark({ state, room }: { state: PageState; room: RoomState }) {
  if (room.kind === "direct") {
    const name = room.name.slice(1);
    return <Avatar name={name} presence={shownPresence(state, presenceIn(state, room))} />;
  }
  return <RoomSign room={room} />;
}

function subtitle(state: PageState, room: RoomState): string {
  if (room.parted) return strings.sidebar.notIn;
  const days = retentionDays(room.retentionDays, state.limits.retention_days);
  const retention = days > 0 && `${strings.rules.retention}: ${spanOf(days * 86_400)}`;
  if (room.kind === "direct") {
    if (room.over) return strings.room.gone({ name: room.name.slice(1) });
    const presence = strings.presence[shownPresence(state, presenceIn(state, room))];
    return joined([presence, retention], " · ");
  }
  const members = room.loaded ? strings.room.members({ count: room.memberCount }) : "";
  const t = strings.rules;
  const rules = [
    room.archived && t.isArchived,
    room.locked && t.isLocked,
    room.slowSeconds !== undefined && `${t.isSlow}: ${spanOf(room.slowSeconds)}`,
    retention,
  ];
  // On a narrow screen only the topic is cut off.
  return joined([...rules, members, room.title], " · ");
}

/** The name of a room: it opens the room's sheet. For one that the user has left there is none. */
function RoomName({ room, onOpen }: { room: RoomState; onOpen: () => void }) {
  const name = room.name.replace(/^@/, "");
  if (room.parted) return <>{name}</>;
  return (
    <button type="button" class="name room-name" aria-haspopup="dialog" onClick={onOpen}>
      {name}
    </button>
  );
}

function DirectActions({ state, room }: { state: PageState; room: RoomState }) {
  const { dispatch } = useActions();
  const narrow = useNarrow();
  const [asking, ask] = useState(false);
  const t = strings.room;
  // For a conversation that is over, the place of the composer has the actions.
  if (room.parted) return null;
  const actions: MenuAction[] = [
    { icon: room.level === "none" ? "bellOff" : "bell", label: t.level, run: () => ask(true) },
    { icon: "close", label: t.hide, run: () => dispatch({ type: "leave", room: room.key }) },
  ];
  return (
    <>
      {narrow ? <ActionMenu label={t.more} actions={actions} /> : <ActionRow actions={actions} />}
      {asking && <LevelDialog state={state} room={room} onClose={() => ask(false)} />}
    </>
  );
}
