/**
 * The page: creates the store, the session and the views, and connects them to the browser when it
 * starts.
 *
 * @module
 */
import { type ComponentType, render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { hashOf, type LinkTarget, linkTargetOf } from "./util/address.ts";
import { inviteLinkOf } from "./session/invite_link.ts";
import { titleOf } from "./strings/format.ts";
import { PageDatabase } from "./storage/database.ts";
import { isAlmostFull } from "./storage/space.ts";
import { ownerOf, Persistence } from "./storage/persistence.ts";
import { tabName, Tabs } from "./storage/tabs.ts";
import { newKey } from "./util/uuid.ts";
import { lazyModule } from "./util/lazy_module.ts";
import { parser } from "./markdown/markdown.ts";
import { registerServiceWorker } from "./net/offline.ts";
import { attentionTotal, currentRoom, serverName, unreadTotal } from "./state/selectors.ts";
import { initialState, type PageState } from "./state/reducer.ts";
import { addressOf, resolve } from "./state/places.ts";
import { StateStore } from "./state/store.ts";
import { watchStrandedDrafts } from "./storage/stranded_drafts.ts";
import { joined } from "./strings/isolate.ts";
import { translations } from "./strings/errors.ts";
import { strings } from "./strings/strings.ts";
import { showBadge } from "./notifications/badge.ts";
import type * as notifications from "./notifications/notify.ts";
import { allowed } from "./util/allowed.ts";
import { hasAttention, onAttention } from "./util/attention.ts";
import { keepSignedIn } from "./util/signed_in.ts";
import { balanceAllText } from "./views/shared/balance_all_text.ts";
import { Boundary } from "./views/shared/boundary.tsx";
import { Chat } from "./views/chat.tsx";
import { overlayHistory } from "./views/shared/back.ts";
import { ActionsContext } from "./views/shared/context.ts";
import { deferredViews, lazyFrom, setDeferredViewsLoader } from "./views/shared/lazy.tsx";
import { LazyUploads, type StoredFile, type UploadsModule } from "./net/lazy_uploads.ts";
import { PageSession } from "./session/page_session.ts";
import type { DeferredViews } from "./views/shared/deferred_views.ts";
import type { SignInProps } from "./views/sign_in.tsx";

/** The minimum interval between two reports that the user is active, in ms. */
const activeEvery = 60_000;
/**
 * How long to wait before adopting the drafts of a tab that is gone, in ms: it may only be
 * reloading.
 */
const adoptAfter = 2_000;
/** How long after `welcome` the first messages are there and rendered, in ms. */
const settledAfter = 2_000;
/** The interval at which a hidden page renders, in ms. */
const drawHiddenEvery = 500;

const later = (ms: number, run: () => void) => setTimeout(run, ms);

const store = new StateStore(initialState(placeInAddress()), {
  send: (frames) => pageSession.line?.send(frames),
  later,
  notify: (note) => withNotifications(({ notify }) => notify(note, store.state.quiet)),
  dismissNotification: (room, seq) => withNotifications(({ dismiss }) => dismiss(room, seq)),
  draft: (draft) => persistence.drafts.merge(draft),
});
const persistence = new Persistence({
  database: new PageDatabase("hubbub", (why) => store.dispatch({ type: "unstored", why })),
  tabs: new Tabs(
    tabName(newKey(), () => sessionStorage),
    () => later(adoptAfter, () => void pageSession.adopt()),
    allowed(() => navigator.locks),
    allowed(() => new BroadcastChannel("hubbub-tabs")),
  ),
  draftChannel: allowed(() => new BroadcastChannel("hubbub-drafts")),
  now: Date.now,
  later,
});
const pageSession: PageSession = new PageSession(store, persistence, takeLink());

const lazyUploads = new LazyUploads({
  load: () => loaders.deferred(),
  dispatch: store.dispatch,
  state: () => store.state,
  storage: {
    get: (id) => persistence.notes.get(owner(), `file ${id}`) as Promise<StoredFile | undefined>,
    put: (id, file) => void persistence.notes.write(owner(), new Map([[`file ${id}`, file]])),
    drop: (id) => void persistence.notes.write(owner(), new Map(), [`file ${id}`]),
  },
  later,
});

/** Runs a function with the code for notifications. Without that code there is nothing to dismiss. */
function withNotifications(run: (code: NotificationsModule) => void): void {
  void loaders.deferred().then(run, () => {});
}

/** The owner of the stored data. */
function owner(): string {
  return ownerOf(store.state.me.name);
}

/** Reads the link that opened the page, and removes its secret from the address and the history. */
function takeLink() {
  const link = inviteLinkOf(location.hash);
  if (link !== undefined) history.replaceState(null, "", location.pathname);
  return link;
}

/** Tells the user before the browser has no space left for what they write. */
async function checkSpace(): Promise<void> {
  if (await isAlmostFull()) store.dispatch({ type: "unstored", why: "full" });
}

const actions = {
  dispatch: store.dispatch,
  store,
  signOut: () => void pageSession.signOut(),
  reconnect: () => pageSession.line?.reconnect(),
  attach: (room: string, files: readonly File[], thread?: number) => {
    void lazyUploads.add(room, files, thread);
    void checkSpace();
  },
  drafts: persistence.drafts,
};

/**
 * Renders at most once per frame, however many changes arrive in it. What the user composes is
 * rendered at once: the next key may come before the next frame, and belongs to it.
 */
function useStore(): PageState {
  const [state, setState] = useState(store.state);
  useEffect(() => {
    let due = false;
    let shown: PageState;
    const show = () => setState(shown = store.state);
    const draw = () => {
      due = false;
      show();
    };
    // The state may have changed between the first render and this effect.
    draw();
    return store.subscribe((state) => {
      if (currentRoom(state)?.composing !== currentRoom(shown)?.composing) return show();
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
      <Boundary says={strings.broken.part}>
        <Page state={state} />
      </Boundary>
    </ActionsContext.Provider>
  );
}

/** The code for notifications. */
type NotificationsModule = Pick<typeof notifications, "dismiss" | "notify" | "setView">;

/** How the page loads the code that it can be shown without. */
export interface PageLoaders {
  /** Loads the deferred views, and the code for uploads and notifications. */
  readonly deferred: () => Promise<DeferredViews & UploadsModule & NotificationsModule>;
  /** Loads the sign-in page. */
  readonly signIn: () => Promise<{ readonly SignIn: ComponentType<SignInProps> }>;
}

let loaders: PageLoaders;

const SignIn = lazyFrom(
  lazyModule(() => loaders.signIn()),
  "SignIn",
  () => <Starting />,
);

function Starting() {
  return <p class="starting quiet" role="status">{strings.loading}</p>;
}

function Page({ state }: { state: PageState }) {
  switch (state.phase) {
    case "starting":
      return null;
    case "signed_out":
      return (
        <SignIn
          state={state}
          onSession={(session, invite) => void pageSession.settle(session, invite)}
        />
      );
    case "signed_in":
      return <Chat state={state} />;
    default:
      return state.phase satisfies never;
  }
}

let isShown = false;
/** Puts the page in the place of the skeleton, once there is something to show. */
function showPage(state: PageState): void {
  if (isShown || !hasContent(state)) return;
  isShown = true;
  const root = document.getElementById("app")!;
  const show = () => {
    root.replaceChildren();
    root.ariaBusy = null;
    render(<App />, root);
  };
  if (state.phase === "signed_in") show();
  else void loaders.signIn().then(show, show);
}

/** Whether the state has more to show than a skeleton. */
function hasContent({ phase, ready, rooms, retryAt }: PageState): boolean {
  if (phase !== "signed_in") return phase === "signed_out";
  // Without a connection, the page says so.
  return ready || rooms.size > 0 || retryAt !== undefined;
}

/** Returns the room or message in the page's address; both can be linked to. */
function placeInAddress(): LinkTarget | undefined {
  return inviteLinkOf(location.hash) === undefined ? linkTargetOf(location.hash) : undefined;
}

/** The part of the address after # that the page has followed or set last. */
let followed = location.hash;

function followAddress(): void {
  // Only an overlay was closed or opened. A room may have been opened meanwhile.
  if (location.hash === followed) return showInAddress(store.state);
  followed = location.hash;
  // The user has opened an invite link in an open page: start again with it.
  if (inviteLinkOf(location.hash) !== undefined) return location.reload();
  const place = placeInAddress();
  if (place === undefined) return;
  const { room: to, seq } = place;
  const { state } = store;
  if (seq === undefined && resolve(state, to) === state.current) return;
  goTo(place);
}

function goTo({ room: to, seq }: LinkTarget): void {
  store.dispatch({ type: "go", to, ...(seq === undefined ? {} : { seq }) });
}

function showInAddress(state: PageState): void {
  // Once the history has arrived, the address is looked at again.
  if (overlayHistory.isGoingBack) return;
  const place = placeInAddress();
  const room = currentRoom(state);
  if (room === undefined) return;
  if (place !== undefined && resolve(state, place.room) === room.key) return;
  const hash = hashOf({ room: addressOf(state, room) });
  // A room that was chosen in the drawer takes the drawer's entry.
  if (overlayHistory.depth > 0) history.replaceState(null, "", hash);
  else history.pushState(null, "", hash);
  followed = hash;
}

/** The room that the user looks at. */
let inView: string | undefined;

/** Notes the room that the user looks at, and dismisses its notifications. */
function onView(state: PageState): void {
  const room = hasAttention() ? currentRoom(state) : undefined;
  if (room?.key === inView) return;
  inView = room?.key;
  withNotifications(({ dismiss, setView }) => {
    setView(room?.key);
    if (room !== undefined) { for (const tag of [room.key, room.name]) dismiss(tag); }
  });
}

function showInTitle(state: PageState): void {
  const room = currentRoom(state);
  const unread = unreadTotal(state);
  const attention = attentionTotal(state);
  showBadge(attention, unread, state.server?.icon);
  const titles = [...(room === undefined ? [] : [titleOf(room.name)]), serverName(state)];
  const mark = attention > 0 ? `(${attention}) ` : unread > 0 ? "• " : "";
  document.title = mark + joined(titles, " – ");
}

let lastActive = Date.now();
function reportActivity(): void {
  if (Date.now() - lastActive < activeEvery) return;
  lastActive = Date.now();
  store.dispatch({ type: "active" });
}

/** Runs a function when the browser is idle, or later where the browser cannot tell. */
function whenIdle(run: () => void): void {
  later(settledAfter, () => "requestIdleCallback" in globalThis ? requestIdleCallback(run) : run());
}

let wasReady = false;
/** Installs or updates the service worker, and loads the deferred code, once the page is ready. */
function onReady({ ready, wanted }: PageState): void {
  if (ready && !wasReady) {
    void registerServiceWorker();
    // A deferred view looks up where the link led that opened the page.
    if (wanted !== undefined) deferredViews.load().catch(() => {});
    whenIdle(() => {
      void checkSpace();
      for (const lazyModule of [parser, deferredViews, lazyUploads, translations]) {
        lazyModule.load().catch(() => {});
      }
    });
  }
  wasReady = ready;
}

/** Connects the page to the browser, and shows it. Call it once. */
export function start(pageLoaders: PageLoaders): void {
  loaders = pageLoaders;
  setDeferredViewsLoader(loaders.deferred);
  store.subscribe(watchStrandedDrafts({ drafts: persistence.drafts, dispatch: store.dispatch }));
  store.subscribe((state) => {
    persistence.note(state);
    lazyUploads.note(state);
    if (state.phase !== "starting") keepSignedIn(state.phase === "signed_in");
    onReady(state);
    showPage(state);
    showInAddress(state);
    onView(state);
  });
  // The user has clicked a notification: the service worker names the place.
  allowed(() => navigator.serviceWorker)?.addEventListener("message", ({ data }) => {
    if (typeof data?.open === "string") goTo({ room: data.open, seq: data.seq });
  });
  onAttention(() => onView(store.state));
  addEventListener("popstate", followAddress);
  // The page may have been suspended, or be about to be; a connection may look open and be dead.
  const check = () => pageSession.line?.check();
  const flush = () => void persistence.flush();
  for (const type of ["online", "offline", "pageshow"]) addEventListener(type, check);
  addEventListener("pagehide", flush);
  addEventListener("beforeunload", (event) => {
    const { unstored, pending } = store.state;
    if (unstored !== undefined && pending.length > 0) event.preventDefault();
  });
  document.addEventListener("resume", check);
  document.addEventListener("freeze", flush);
  document.addEventListener("visibilitychange", () => document.hidden ? flush() : check());
  for (const type of ["pointerdown", "pointermove", "keydown", "wheel"]) {
    addEventListener(type, reportActivity, { passive: true });
  }

  balanceAllText();
  // Before the first message is shown: Markdown changes the height of a text.
  parser.load().catch(() => {});
  void pageSession.start();
}
