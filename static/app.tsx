/**
 * The page: puts store, line and views together, and connects them with the browser.
 *
 * @module
 */
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { foldName, foldRoom } from "../lib/protocol.ts";
import { hashOf, type Place, placeIn } from "./address.ts";
import { entryOf } from "./entry.ts";
import { titleOf } from "./format.ts";
import { Database } from "./kept/database.ts";
import { Keeper } from "./kept/keeper.ts";
import { tabName, Tabs } from "./kept/tabs.ts";
import { newKey } from "./keys.ts";
import { late } from "./late.ts";
import { keepPage } from "./offline.ts";
import { currentRoom, serverName, unreadTotal } from "./select.ts";
import { initialState, type State } from "./state.ts";
import { Store } from "./store.ts";
import { strings } from "./strings.ts";
import { showBadge } from "./told/badge.ts";
import { hush, tell } from "./told/notify.ts";
import { chosenTheme, showTheme } from "./theme.ts";
import { Chat } from "./views/chat.tsx";
import { ActionsContext } from "./views/context.ts";
import { asides, lazyFrom } from "./views/lazy.tsx";
import { Carrier, type KeptFile } from "./carrier.ts";
import { Visit } from "./visit.ts";

/** Being at the keyboard is told at most this often, in ms. */
const activeEvery = 60_000;
/** After how long what a tab left behind is taken over, in ms: it may only be loaded anew. */
const adoptAfter = 2_000;
/** How long after the line is there the first messages have come and are drawn, in ms. */
const settledAfter = 2_000;
/** How often a page that nobody sees is drawn, in ms. */
const drawHiddenEvery = 500;

const later = (ms: number, run: () => void) => setTimeout(run, ms);

const store = new Store(initialState(placeInAddress()), {
  send: (frames) => visit.line?.send(frames),
  later,
  tell: (note) => tell(note, isLooking(note.room)),
});
const keeper = new Keeper({
  database: new Database("hubbub"),
  tabs: new Tabs(
    tabName(newKey(), () => sessionStorage),
    () => later(adoptAfter, () => void visit.adopt()),
    navigator.locks,
    new BroadcastChannel("hubbub-tabs"),
  ),
  now: Date.now,
  later,
});
const visit: Visit = new Visit(store, keeper, takeLink());

const carrier = new Carrier({
  dispatch: store.dispatch,
  state: () => store.state,
  kept: {
    get: (id) => keeper.notes.get(owner(), `file ${id}`) as Promise<KeptFile | undefined>,
    put: (id, file) => void keeper.notes.write(owner(), new Map([[`file ${id}`, file]])),
    drop: (id) => void keeper.notes.write(owner(), new Map(), [`file ${id}`]),
  },
  later,
});

/** Whose things are kept. */
function owner(): string {
  return foldName(store.state.me.name);
}

/** A link's secret is for this page alone: it goes out of sight, and out of the history. */
function takeLink() {
  const entry = entryOf(location.hash);
  if (entry !== undefined) history.replaceState(null, "", location.pathname);
  return entry;
}

const actions = {
  dispatch: store.dispatch,
  signOut: () => void visit.signOut(),
  reconnect: () => visit.line?.reconnect(),
  attach: (room: string, files: readonly File[]) => void carrier.add(room, files),
  drafts: keeper.drafts,
};

/** Draws at most once a frame, however much arrives in it. */
function useStore(): State {
  const [state, setState] = useState(store.state);
  useEffect(() => {
    let due = false;
    const draw = () => {
      due = false;
      setState(store.state);
    };
    // Something may have happened between the first drawing and this.
    draw();
    return store.subscribe(() => {
      if (due) return;
      due = true;
      if (document.hidden) setTimeout(draw, drawHiddenEvery);
      else requestAnimationFrame(draw);
    });
  }, []);
  return state;
}

function App() {
  const state = useStore();
  useEffect(() => showInTitle(state), [state]);
  return (
    <ActionsContext.Provider value={actions}>
      <Page state={state} />
    </ActionsContext.Provider>
  );
}

/** Most people who come are signed in. */
const SignIn = lazyFrom(
  late(() => import("./views/sign_in.tsx")),
  (views) => views.SignIn,
  () => <Starting />,
);

function Starting() {
  return <p class="starting quiet" role="status">{strings.loading}</p>;
}

function Page({ state }: { state: State }) {
  switch (state.phase) {
    case "starting":
      return <Starting />;
    case "signed_out":
      return (
        <SignIn
          state={state}
          onSession={(session, invite) => void visit.settle(session, invite)}
        />
      );
    case "signed_in":
      return <Chat state={state} />;
    default:
      return state.phase satisfies never;
  }
}

/** The room or message that the page's address names, so that both can be linked to. */
function placeInAddress(): Place | undefined {
  return entryOf(location.hash) === undefined ? placeIn(location.hash) : undefined;
}

function followAddress(): void {
  // A link that is opened where the page is open already is a page to be opened.
  if (entryOf(location.hash) !== undefined) return location.reload();
  const place = placeInAddress();
  if (place === undefined) return;
  const { room, seq } = place;
  const { state } = store;
  const id = foldRoom(room);
  if (id !== state.current) {
    store.dispatch({ type: "open", room: state.rooms.get(id)?.name ?? room });
  }
  if (seq !== undefined) store.dispatch({ type: "jump", room, seq });
}

function showInAddress(state: State): void {
  const place = placeInAddress();
  const shown = place === undefined ? undefined : foldRoom(place.room);
  if (state.current === undefined || state.current === shown) return;
  hushCurrent(state);
  history.pushState(null, "", hashOf({ room: state.current }));
}

/** Whether somebody is before the page, and has a room open. */
function isLooking(room: string): boolean {
  return document.hasFocus() && !document.hidden && store.state.current === foldRoom(room);
}

/** What was told of a room is no news once somebody looks at it. */
function hushCurrent(state: State): void {
  const room = currentRoom(state);
  if (room !== undefined && isLooking(room.name)) void hush(room.name);
}

function showInTitle(state: State): void {
  const room = currentRoom(state);
  const unread = unreadTotal(state);
  showBadge(unread);
  const parts = [...(room === undefined ? [] : [titleOf(room.name)]), serverName(state)];
  document.title = `${unread > 0 ? `(${unread}) ` : ""}${parts.join(" – ")}`;
}

let lastActive = Date.now();
function noticeActivity(): void {
  if (Date.now() - lastActive < activeEvery) return;
  lastActive = Date.now();
  store.dispatch({ type: "active" });
}

/** Runs something later, when there is nothing else to do, as far as a browser says when that is. */
function whenIdle(run: () => void): void {
  later(settledAfter, () => "requestIdleCallback" in globalThis ? requestIdleCallback(run) : run());
}

let wasReady = false;
/** The page is kept, or renewed, when the server is there and has said what matters more. */
function noticeReady({ ready }: State): void {
  if (ready && !wasReady) {
    void keepPage();
    whenIdle(() => {
      for (const late of [asides, carrier]) late.load().catch(() => {});
    });
  }
  wasReady = ready;
}

store.subscribe((state) => {
  keeper.note(state);
  carrier.note(state);
  noticeReady(state);
  showInAddress(state);
});
// A notification was followed: the service worker says to which room.
navigator.serviceWorker?.addEventListener("message", ({ data }) => {
  if (typeof data?.open === "string") store.dispatch({ type: "open", room: data.open });
});
addEventListener("focus", () => hushCurrent(store.state));
addEventListener("popstate", followAddress);
// The page may have slept, or be about to; a line that claims to be open may not be.
const check = () => visit.line?.check();
const keep = () => void keeper.flush();
for (const type of ["online", "offline", "pageshow"]) addEventListener(type, check);
addEventListener("pagehide", keep);
document.addEventListener("resume", check);
document.addEventListener("freeze", keep);
document.addEventListener("visibilitychange", () => document.hidden ? keep() : check());
for (const type of ["pointerdown", "pointermove", "keydown", "wheel"]) {
  addEventListener(type, noticeActivity, { passive: true });
}

showTheme(chosenTheme());
render(<App />, document.getElementById("app")!);
void visit.start();
