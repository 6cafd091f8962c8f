/**
 * The page: puts store, line and views together, and connects them with the browser.
 *
 * @module
 */
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { CLOSE_CODES, foldName, foldRoom } from "../lib/protocol.ts";
import { aboutServer, isRefused, isSignedOut, type Session, signOut } from "./api.ts";
import { arrive } from "./arrive.ts";
import { Connection } from "./connection.ts";
import { entryOf } from "./entry.ts";
import { titleOf } from "./format.ts";
import { storedOutbox } from "./outbox.ts";
import { currentRoom, serverName, unreadTotal } from "./select.ts";
import { initialState, type State } from "./state.ts";
import { Store } from "./store.ts";
import { strings } from "./strings.ts";
import { chosenTheme, showTheme } from "./theme.ts";
import { Chat } from "./views/chat.tsx";
import { ActionsContext } from "./views/context.ts";
import { SignIn } from "./views/sign_in.tsx";

/** Being at the keyboard is told at most this often, in ms. */
const activeEvery = 60_000;
/** After how long out of sight the line is checked, in ms: the machine may have slept. */
const checkAfter = 30_000;
/** How long to wait before asking a silent server again who one is, in ms. */
const askAgainAfter = 2_000;
/** How often a page that nobody sees is drawn, in ms. */
const drawHiddenEvery = 500;

const outbox = storedOutbox(sessionStorage);
let connection: Connection | undefined;
let link = takeLink();

const store = new Store(initialState(roomInAddress()), {
  send: (frames) => connection?.send(frames),
  later: (ms, run) => setTimeout(run, ms),
});

/** Finds out where one is and who one is, for as long as it takes. */
async function start(): Promise<void> {
  const about = await aboutServer();
  if (isRefused(about)) return void setTimeout(start, askAgainAfter);
  store.dispatch({ type: "server", name: about.name, signUp: about.sign_up });
  await settle(about.you);
}

/** Makes use of the link that one came with, and goes in where one may. */
async function settle(session: Session | null): Promise<void> {
  const entry = link;
  link = undefined;
  const arrival = await arrive(entry, session, serverName(store.state));
  if (arrival.session === null) {
    const { session: _none, ...rest } = arrival;
    return store.dispatch({ type: "signed_out", ...rest });
  }
  await enter(arrival.session);
  if (arrival.news !== undefined) store.dispatch({ type: "tell", news: arrival.news });
}

/** A link's secret is for this page alone: it goes out of sight, and out of the history. */
function takeLink() {
  const entry = entryOf(location.hash);
  if (entry !== undefined) history.replaceState(null, "", location.pathname);
  return entry;
}

async function enter(session: Session): Promise<void> {
  const pending = await outbox.load(foldName(session.name));
  store.dispatch({ type: "signed_in", ...session, pending });
  const line = new Connection({
    url: new URL("/ws", location.href.replace(/^http/, "ws")).href,
    onLine: (state, retryAt) => {
      if (line !== connection) return;
      store.dispatch({
        type: "line",
        line: state,
        ...(retryAt === undefined ? {} : { retryAt }),
      });
    },
    onFrames: (frames) => {
      if (line === connection) store.dispatch({ type: "frames", frames, at: Date.now() });
    },
    onEnd: leave,
    signedOut: isSignedOut,
  });
  connection = line;
  line.start();
}

function leave(code: number): void {
  connection = undefined;
  store.dispatch({ type: "signed_out", reason: reasonOf(code) });
}

function reasonOf(code: number): string {
  if (code === CLOSE_CODES.signed_out.code) return strings.ended.signedOut;
  return code === CLOSE_CODES.banned.code ? strings.ended.banned : strings.ended.other;
}

async function signOutHere(): Promise<void> {
  const line = connection;
  connection = undefined;
  line?.stop();
  await signOut();
  store.dispatch({ type: "signed_out" });
}

const actions = {
  dispatch: store.dispatch,
  signOut: () => void signOutHere(),
  reconnect: () => connection?.reconnect(),
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
  return (
    <ActionsContext.Provider value={actions}>
      <Page state={state} />
    </ActionsContext.Provider>
  );
}

function Page({ state }: { state: State }) {
  switch (state.phase) {
    case "starting":
      return <p class="starting quiet" role="status">{strings.loading}</p>;
    case "signed_out":
      return (
        <SignIn
          state={state}
          onSession={(session, invite) => {
            if (invite !== undefined) link = { kind: "invite", token: invite };
            void settle(session);
          }}
        />
      );
    case "signed_in":
      return <Chat state={state} />;
    default:
      return state.phase satisfies never;
  }
}

/** The room that the page's address names, so that a room can be linked to and reloaded. */
function roomInAddress(): string | undefined {
  if (entryOf(location.hash) !== undefined) return undefined;
  const name = location.hash.replace(/^#\/?/, "");
  if (name === "") return undefined;
  try {
    return foldRoom(decodeURIComponent(name));
  } catch {
    return undefined;
  }
}

function followAddress(): void {
  // A link that is opened where the page is open already is a page to be opened.
  if (entryOf(location.hash) !== undefined) return location.reload();
  const room = roomInAddress();
  if (room !== undefined && room !== store.state.current) {
    store.dispatch({ type: "open", room: store.state.rooms.get(room)?.name ?? room });
  }
}

function showInAddress(state: State): void {
  if (state.current === undefined || state.current === roomInAddress()) return;
  history.pushState(null, "", `#/${encodeURIComponent(state.current)}`);
}

function showInTitle(state: State): void {
  const room = currentRoom(state);
  const unread = unreadTotal(state);
  const parts = [...(room === undefined ? [] : [titleOf(room.name)]), serverName(state)];
  document.title = `${unread > 0 ? `(${unread}) ` : ""}${parts.join(" – ")}`;
}

let kept = store.state.pending;
function keepPending(state: State): void {
  if (state.phase !== "signed_in" || state.pending === kept) return;
  kept = state.pending;
  void outbox.save(foldName(state.me.name), kept);
}

let hiddenAt = 0;
let lastActive = Date.now();
function noticeActivity(): void {
  if (Date.now() - lastActive < activeEvery) return;
  lastActive = Date.now();
  store.dispatch({ type: "active" });
}

store.subscribe((state) => {
  keepPending(state);
  showInAddress(state);
  showInTitle(state);
});
addEventListener("popstate", followAddress);
addEventListener("online", () => connection?.check());
addEventListener("offline", () => connection?.check());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) hiddenAt = Date.now();
  else if (Date.now() - hiddenAt > checkAfter) connection?.check();
  else actions.reconnect();
});
for (const type of ["pointerdown", "pointermove", "keydown", "wheel"]) {
  addEventListener(type, noticeActivity, { passive: true });
}

showTheme(chosenTheme());
render(<App />, document.getElementById("app")!);
void start();
