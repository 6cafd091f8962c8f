/** The page of somebody who is signed in. */
import { useState } from "preact/hooks";
import { foldRoom } from "../../lib/protocol.ts";
import { currentRoom } from "../select.ts";
import type { State } from "../state.ts";
import type { Room } from "../state/types.ts";
import { strings } from "../strings.ts";
import { Announcer } from "./announcer.tsx";
import { DropTarget } from "./attach.tsx";
import { Composer } from "./composer.tsx";
import { MenuButton, type Panel, RoomHeader } from "./header.tsx";
import { Log } from "./log.tsx";
import { KnownNames } from "./mentions.tsx";
import { lazy } from "./lazy.tsx";
import { useNarrow } from "./media.ts";
import { focusOn } from "./regions.ts";
import { useShortcuts } from "./shortcuts.tsx";
import { Sidebar } from "./sidebar.tsx";
import { Notice, Offer, OfflineBanner } from "./status.tsx";

const Members = lazy((views) => views.Members);
const PersonCard = lazy((views) => views.PersonCard);
const SearchPanel = lazy((views) => views.SearchPanel);
const ShortcutSheet = lazy((views) => views.ShortcutSheet);
const Switcher = lazy((views) => views.Switcher);

/** Sidebar, room and panel. */
export function Chat({ state }: { state: State }) {
  const [drawer, setDrawer] = useState(false);
  const [panel, setPanel] = useState<Panel>();
  const [sheet, setSheet] = useState(false);
  const [switching, setSwitching] = useState(false);
  const narrow = useNarrow();
  const room = currentRoom(state);
  const togglePanel = (next: Panel) => setPanel(panel === next ? undefined : next);
  useShortcuts({
    state,
    openSheet: () => setSheet(true),
    openSwitcher: () => setSwitching(true),
    closePart: () => {
      setDrawer(false);
      setPanel(undefined);
      return drawer || panel !== undefined;
    },
  });
  return (
    <div class={`chat ${drawer ? "drawer-open" : ""}`}>
      <SkipLink />
      <div class="sidebar" inert={narrow && !drawer}>
        <Sidebar
          state={state}
          onGo={() => setDrawer(false)}
          onKeys={() => setSheet(true)}
          onSwitch={() => setSwitching(true)}
        />
      </div>
      {drawer && (
        <button
          type="button"
          class="veil"
          aria-label={strings.close}
          onClick={() => setDrawer(false)}
        />
      )}
      <main id="main" inert={narrow && drawer}>
        <div class="notices">
          <OfflineBanner state={state} />
          <Notice state={state} />
          <Offer state={state} />
        </div>
        {room === undefined ? <NoRoom state={state} onMenu={() => setDrawer(true)} /> : (
          <OpenRoom
            key={foldRoom(room.name)}
            state={state}
            room={room}
            panel={panel}
            togglePanel={togglePanel}
            onMenu={() => setDrawer(true)}
          />
        )}
      </main>
      {room !== undefined && panel !== undefined && (
        <SidePanel
          state={state}
          room={room}
          panel={panel}
          onClose={() => setPanel(undefined)}
        />
      )}
      {state.person && <PersonCard state={state} who={state.person} />}
      {switching && (
        <Switcher
          state={state}
          onClose={() => {
            setSwitching(false);
            setDrawer(false);
          }}
        />
      )}
      {sheet && <ShortcutSheet onClose={() => setSheet(false)} />}
      <Announcer state={state} />
    </div>
  );
}

/** Past everything in the sidebar; seen only by whoever comes to it with the keyboard. */
function SkipLink() {
  return (
    <a
      class="skip"
      href="#main"
      onClick={(event) => {
        // What stands behind the # is the room that is open.
        event.preventDefault();
        focusOn(".log");
      }}
    >
      {strings.skip}
    </a>
  );
}

function OpenRoom(props: {
  state: State;
  room: Room;
  panel: Panel | undefined;
  togglePanel: (panel: Panel) => void;
  onMenu: () => void;
}) {
  const { state, room } = props;
  return (
    <>
      <RoomHeader {...props} />
      <DropTarget state={state} room={room} />
      <KnownNames state={state} room={room}>
        <Log key={String(room.loaded)} state={state} room={room} />
      </KnownNames>
      <Typing room={room} />
      <Composer state={state} room={room} />
    </>
  );
}

function Typing({ room }: { room: Room }) {
  const names = [...room.typing.keys()];
  return (
    <p class="typing quiet">
      {names.length > 0 && strings.log.typing(names)}
    </p>
  );
}

function SidePanel(props: { state: State; room: Room; panel: Panel; onClose: () => void }) {
  return props.panel === "members" && props.room.kind !== "direct"
    ? <Members {...props} />
    : props.panel === "search"
    ? <SearchPanel state={props.state} onClose={props.onClose} />
    : null;
}

function NoRoom({ state, onMenu }: { state: State; onMenu: () => void }) {
  const { ready } = state;
  return (
    <>
      <header class="room-header bare">
        <MenuButton state={state} onMenu={onMenu} />
      </header>
      <div class="nothing">
        <img src="/icon.svg" alt="" width="72" height="72" />
        <h1>{ready ? strings.room.none : strings.loading}</h1>
        {ready && <p class="quiet">{strings.room.noneHint}</p>}
      </div>
    </>
  );
}
