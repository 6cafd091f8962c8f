/** The page of a signed-in user. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Role } from "../../lib/protocol/frames.ts";
import { renewSession } from "../session/renew.ts";
import { currentRoom, serverIcon } from "../state/selectors.ts";
import type { PageState } from "../state/reducer.ts";
import type { PersonRef, RoomState } from "../state/types.ts";
import { strings } from "../strings/strings.ts";
import { Boundary } from "./shared/boundary.tsx";
import { Composer } from "./composer/composer.tsx";
import { useBackCloses } from "./shared/back.ts";
import { PendingContext, ProfilesContext, useActions } from "./shared/context.ts";
import { MenuButton, type Panel, RoomHeader } from "./room/header.tsx";
import { Log } from "./log/log.tsx";
import { Typing } from "./log/typing.tsx";
import { MentionProvider } from "./log/mentions.tsx";
import { idle, lazy } from "./shared/lazy.tsx";
import { useNarrow } from "./shared/media.ts";
import { focusOn } from "./shared/regions.ts";
import { useShortcuts } from "./shared/shortcuts.tsx";
import { Sidebar } from "./sidebar/sidebar.tsx";
import { Notice, OfflineBanner } from "./sidebar/status.tsx";

const Background = idle("Background");
const DropTarget = idle("DropTarget");
const Members = lazy("Members");
const Offers = idle("Offers");
const PersonCard = lazy("PersonCard");
const Thread = lazy("Thread");
const ThreadList = lazy("ThreadList");
const SearchPanel = lazy("SearchPanel");
const ShortcutSheet = lazy("ShortcutSheet");
const Switcher = lazy("Switcher");

/** Shows the sidebar, the open room and the side panel. */
export function Chat({ state }: { state: PageState }) {
  const [drawer, setDrawer] = useState(false);
  const [panel, setPanel] = useState<Panel>();
  const [sheet, setSheet] = useState(false);
  const [switching, setSwitching] = useState(false);
  const narrow = useNarrow();
  const room = currentRoom(state);
  const { dispatch } = useActions();
  const thread = state.thread?.room === room?.key ? state.thread : undefined;
  const closeThread = () => dispatch({ type: "thread" });
  useBackCloses(drawer, () => setDrawer(false));
  useBackCloses(panel !== undefined, () => setPanel(undefined));
  useBackCloses(thread !== undefined, closeThread);
  useShortcuts({
    state,
    openSheet: () => setSheet(true),
    openSwitcher: () => setSwitching(true),
    openSearch: () => {
      setDrawer(false);
      setPanel("search");
      focusOn(".panel");
    },
    closePanel: () => {
      setDrawer(false);
      setPanel(undefined);
      closeThread();
      return drawer || panel !== undefined || thread !== undefined;
    },
  });
  useRenewal(state.me.role);
  return (
    <ProfilesContext.Provider value={state.profiles}>
      <PendingContext.Provider value={state.pending}>
        <div class={`chat ${drawer ? "drawer-open" : ""}`}>
          <SkipLink />
          <div class="sidebar" inert={narrow && !drawer}>
            <Boundary says={strings.broken.sidebar}>
              <Sidebar
                state={state}
                onGo={() => setDrawer(false)}
                onKeys={() => setSheet(true)}
                onSwitch={() => setSwitching(true)}
                onThreads={() => {
                  setDrawer(false);
                  setPanel("threads");
                  closeThread();
                }}
              />
            </Boundary>
          </div>
          {drawer && <Veil onClick={() => setDrawer(false)} />}
          <Main
            state={state}
            room={room}
            inert={narrow && drawer}
            panel={panel}
            togglePanel={(next) => setPanel(panel === next ? undefined : next)}
            onMenu={() => setDrawer(true)}
          />
          {room !== undefined && thread !== undefined
            ? (
              <Thread
                key={thread.seq}
                state={state}
                room={room}
                seq={thread.seq}
                onClose={closeThread}
              />
            )
            : panel !== undefined && (
              <SidePanel
                state={state}
                room={room}
                panel={panel}
                onClose={() => setPanel(undefined)}
              />
            )}
          {state.person && <OpenPersonCard state={state} who={state.person} />}
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
          <Background state={state} />
        </div>
      </PendingContext.Provider>
    </ProfilesContext.Provider>
  );
}

/** Covers the room while the sidebar is open as a drawer; a click closes the drawer. */
function Veil({ onClick }: { onClick: () => void }) {
  return <button type="button" class="veil" aria-label={strings.close} onClick={onClick} />;
}

/** Shows the notices and the open room. */
function Main(props: {
  state: PageState;
  room: RoomState | undefined;
  inert: boolean;
  panel: Panel | undefined;
  togglePanel: (panel: Panel) => void;
  onMenu: () => void;
}) {
  const { state, room, inert, panel, togglePanel, onMenu } = props;
  return (
    <main id="main" inert={inert}>
      <div class="notices">
        <OfflineBanner state={state} />
        <Notice state={state} />
        <Offers state={state} />
      </div>
      {room === undefined ? <NoRoom state={state} onMenu={onMenu} /> : (
        <OpenRoom
          key={room.key}
          state={state}
          room={room}
          panel={panel}
          togglePanel={togglePanel}
          onMenu={onMenu}
        />
      )}
    </main>
  );
}

function OpenPersonCard({ state, who }: { state: PageState; who: PersonRef }) {
  const { dispatch } = useActions();
  return (
    <Boundary says={strings.broken.part} onClose={() => dispatch({ type: "person" })}>
      <PersonCard state={state} who={who} />
    </Boundary>
  );
}

/**
 * Renews the session's token when another user changes the role, so that a copy of the old token
 * gains nothing.
 */
function useRenewal(role: Role) {
  const before = useRef(role);
  useEffect(() => {
    if (before.current !== role) void renewSession();
    before.current = role;
  }, [role]);
}

/** Skips the sidebar; visible only with keyboard focus. */
function SkipLink() {
  return (
    <a
      class="skip"
      href="#main"
      onClick={(event) => {
        // The part of the address after # holds the open room.
        event.preventDefault();
        focusOn(".log");
      }}
    >
      {strings.skip}
    </a>
  );
}

function OpenRoom(props: {
  state: PageState;
  room: RoomState;
  panel: Panel | undefined;
  togglePanel: (panel: Panel) => void;
  onMenu: () => void;
}) {
  const { state, room } = props;
  return (
    <>
      <Boundary says={strings.broken.part}>
        <RoomHeader {...props} />
      </Boundary>
      <Boundary says={strings.broken.room}>
        <DropTarget state={state} room={room} />
        <MentionProvider state={state} room={room}>
          <Log key={String(room.loaded)} state={state} room={room} />
        </MentionProvider>
        <Typing room={room} />
      </Boundary>
      <Boundary says={strings.broken.composer}>
        <Composer state={state} room={room} />
      </Boundary>
    </>
  );
}

function SidePanel(
  props: { state: PageState; room: RoomState | undefined; panel: Panel; onClose: () => void },
) {
  const { state, room, panel, onClose } = props;
  if (panel === "search") return <SearchPanel state={state} onClose={onClose} />;
  if (panel === "threads") return <ThreadList state={state} onClose={onClose} />;
  if (room === undefined || room.kind === "direct") return null;
  return <Members state={state} room={room} onClose={onClose} />;
}

function NoRoom({ state, onMenu }: { state: PageState; onMenu: () => void }) {
  const { ready } = state;
  return (
    <>
      <header class="room-header bare">
        <MenuButton state={state} onMenu={onMenu} />
      </header>
      <div class="nothing">
        <img src={serverIcon(state)} alt="" width="72" height="72" />
        <h1>{ready ? strings.room.none : strings.loading}</h1>
        {ready && <p class="quiet">{strings.room.noneHint}</p>}
      </div>
    </>
  );
}
