/** The head of a room: what it is, who is in it, and what can be done with it. */
import { useState } from "preact/hooks";
import { spanOf, titleOf } from "../format.ts";
import {
  badgeOf,
  currentRoom,
  guestMark,
  isModerator,
  presenceOf,
  shownPresence,
  unreadTotal,
  whoIs,
} from "../select.ts";
import type { State } from "../state.ts";
import type { Room } from "../state/types.ts";
import { strings } from "../strings.ts";
import { useActions } from "./context.ts";
import { lazy } from "./lazy.tsx";
import { useNarrow } from "./media.ts";
import { Behind, type Doing, InARow } from "./more.tsx";
import { GuestTag, NameButton } from "./names.tsx";
import { Avatar, IconButton, RoomSign } from "./parts.tsx";

const Confirm = lazy((views) => views.Confirm);
const Invite = lazy((views) => views.Invite);
const LevelDialog = lazy((views) => views.LevelDialog);
const Rules = lazy((views) => views.Rules);

/** A panel beside the log. */
export type Panel = "members" | "search";

/** The room's header. */
export function RoomHeader(props: {
  state: State;
  room: Room;
  panel: Panel | undefined;
  togglePanel: (panel: Panel) => void;
  onMenu: () => void;
}) {
  const { state, room, panel, togglePanel } = props;
  const t = strings.room;
  const direct = room.kind === "direct";
  return (
    <header class="room-header">
      <MenuButton state={state} onMenu={props.onMenu} />
      <RoomMark state={state} room={room} />
      <div class="room-title">
        <h1>{direct ? <DirectName state={state} room={room} /> : room.name}</h1>
        <p class="quiet">{subtitle(state, room)}</p>
      </div>
      <IconButton
        icon="search"
        label={t.search}
        pressed={panel === "search"}
        onClick={() => togglePanel("search")}
      />
      {!direct && (
        <IconButton
          icon="people"
          label={t.showMembers}
          pressed={panel === "members"}
          onClick={() => togglePanel("members")}
        />
      )}
      <RoomActions state={state} room={room} />
    </header>
  );
}

/** Opens the drawer, and tells whether there is news elsewhere. */
export function MenuButton({ state, onMenu }: { state: State; onMenu: () => void }) {
  const room = currentRoom(state);
  const news = unreadTotal(state) - (room === undefined ? 0 : badgeOf(room));
  const t = strings.sidebar;
  return (
    <IconButton
      icon="menu"
      label={news > 0 ? `${t.open} (${t.unread(news)})` : t.open}
      onClick={onMenu}
      class={`drawer-only ${news > 0 ? "has-news" : ""}`}
    />
  );
}

function DirectName({ state, room }: { state: State; room: Room }) {
  const who = whoIs(state, room.name.slice(1));
  return (
    <>
      <NameButton who={who} /> <GuestTag mark={guestMark(state, who)} guest={who.guest} />
    </>
  );
}

function RoomMark({ state, room }: { state: State; room: Room }) {
  if (room.kind === "direct") {
    const name = room.name.slice(1);
    return <Avatar name={name} presence={shownPresence(state, presenceOf(state, name))} />;
  }
  return <RoomSign room={room} />;
}

function subtitle(state: State, room: Room): string {
  if (room.kind === "direct") {
    return strings.presence[shownPresence(state, presenceOf(state, room.name.slice(1)))];
  }
  const members = room.loaded ? strings.room.members(room.members.length) : "";
  const t = strings.rules;
  const rules = [
    room.locked && t.isLocked,
    room.slowSeconds !== undefined && `${t.isSlow}: ${spanOf(room.slowSeconds)}`,
  ];
  return [room.title, members, ...rules].filter(Boolean).join(" · ");
}

function RoomActions({ state, room }: { state: State; room: Room }) {
  const { dispatch } = useActions();
  const narrow = useNarrow();
  const [asking, ask] = useState<"leave" | "invite" | "rules" | "level">();
  const t = strings.room;
  const leave = () => dispatch({ type: "leave", room: room.name });
  const close = () => ask(undefined);
  const direct = room.kind === "direct";
  const doings: Doing[] = [
    ...(direct || !isModerator(state) ? [] : [
      { icon: "sliders" as const, label: strings.rules.open, run: () => ask("rules") },
    ]),
    {
      icon: room.level === "none" ? "bellOff" : "bell",
      label: t.level,
      run: () => ask("level"),
    },
    ...(room.kind !== "private" ? [] : [
      { icon: "invite" as const, label: t.invite, run: () => ask("invite") },
    ]),
    direct
      ? { icon: "close", label: t.hide, run: leave }
      : { icon: "leave", label: t.leave, run: () => ask("leave") },
  ];
  return (
    <>
      {narrow ? <Behind label={t.more} doings={doings} /> : <InARow doings={doings} />}
      {asking === "invite" && <Invite state={state} room={room.name} onClose={close} />}
      {asking === "level" && <LevelDialog room={room} onClose={close} />}
      {asking === "rules" && <Rules room={room} onClose={close} />}
      {asking === "leave" && (
        <Confirm
          title={t.leaveQuestion(titleOf(room.name))}
          hint={t.leaveHint}
          submit={t.leave}
          onConfirm={leave}
          onClose={close}
        />
      )}
    </>
  );
}
