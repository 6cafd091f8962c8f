/**
 * The session of the page: who the user is, the connection while they are signed in, and their
 * stored data.
 *
 * @module
 */
import { type ServerFrame } from "../../lib/protocol/frames.ts";
import { foldName } from "../../lib/protocol/names.ts";
import { CLOSE_CODES } from "../../lib/protocol/errors.ts";
import { fetchServerInfo, isRefused, isSignedOut, type Session, signOut } from "../net/api.ts";
import { applyLink } from "./sign_in.ts";
import { ServerConnection } from "@hubbub/client";
import type { InviteLink } from "./invite_link.ts";
import type { Persistence } from "../storage/persistence.ts";
import { serverName } from "../state/selectors.ts";
import type { StateStore } from "../state/store.ts";
import { translated } from "../strings/errors.ts";
import { strings } from "../strings/strings.ts";

/** How long to wait before asking an unreachable server again who the user is, in ms. */
const retryDelay = 2_000;

/** Lives as long as the page. */
export class PageSession {
  readonly #store: StateStore;
  readonly #persistence: Persistence;
  #link: InviteLink | undefined;
  #line: ServerConnection | undefined;
  /** Counts the sign-ins, so that a slow one does not overtake a later one. */
  #signIns = 0;
  /** Why the user was banned, while the connection ends. */
  #banReason: string | undefined;

  /** @param link The link that opened the page. */
  constructor(store: StateStore, persistence: Persistence, link: InviteLink | undefined) {
    this.#store = store;
    this.#persistence = persistence;
    this.#link = link;
  }

  /** The connection to the server, while the user is signed in. */
  get line(): ServerConnection | undefined {
    return this.#line;
  }

  /** Shows the stored state of the last user at once, while it asks the server who the user is. */
  async start(): Promise<void> {
    if (await this.#persistence.isSigningOut()) return await this.#finishSignOut();
    const asked = fetchServerInfo();
    await this.#resume();
    await this.#identify(asked);
  }

  /** Shows the stored state of the last user, if there is one. */
  async #resume(): Promise<void> {
    const last = this.#link === undefined ? await this.#persistence.last() : undefined;
    if (last !== undefined) await this.#signIn(last);
  }

  /** Applies the link that opened the page, and signs the user in if they have a session. */
  async settle(session: Session | null, invite?: string): Promise<void> {
    const link = invite === undefined ? this.#link : { kind: "invite" as const, token: invite };
    this.#link = undefined;
    const result = await applyLink(link, session, serverName(this.#store.state));
    if (result.session === null) {
      const { session: _none, ...rest } = result;
      return await this.#signOutLocally(rest);
    }
    if (!this.#isIn(result.session)) await this.#signIn(result.session);
    if (result.news !== undefined) this.#store.dispatch({ type: "show_news", news: result.news });
  }

  /** Signs the user out and deletes their stored data. */
  async signOut(): Promise<void> {
    this.#signIns += 1;
    this.#disconnect();
    await this.#persistence.close("forget all");
    // If the server cannot be reached now, it is told later: until then the session is valid.
    await this.#persistence.setSigningOut(true);
    await this.#finishSignOut();
  }

  /** Sends the drafts that another tab has left behind. */
  async adopt(): Promise<void> {
    const pending = await this.#persistence.adopt();
    if (pending.length > 0) this.#store.dispatch({ type: "adopted", pending });
  }

  async #finishSignOut(): Promise<void> {
    if (await signOut()) {
      await this.#persistence.setSigningOut(false);
      return await this.#identify();
    }
    this.#store.dispatch({ type: "signed_out", reason: strings.refused.unreachable });
    setTimeout(() => {
      if (this.#store.state.phase === "signed_out") void this.start();
    }, retryDelay);
  }

  async #identify(asked = fetchServerInfo()): Promise<void> {
    const about = await asked;
    if (isRefused(about)) {
      // The browser may have opened its database late.
      if (this.#line === undefined) await this.#resume();
      // A user who is already shown is verified by the connection.
      if (this.#line !== undefined) return;
      if (this.#store.state.phase === "starting") {
        await this.#signOutLocally({ reason: about.detail });
      }
      return void setTimeout(() => void this.#identify(), retryDelay);
    }
    const { name, icon, sign_up: signUp, sign_in: signIn, providers } = about;
    this.#store.dispatch({ type: "server", server: { name, icon, signUp, signIn, providers } });
    await this.settle(about.you);
  }

  #isIn(session: Session): boolean {
    const { phase, me } = this.#store.state;
    return phase === "signed_in" && !isAnother(me, session);
  }

  async #signIn(session: Session): Promise<void> {
    const result = ++this.#signIns;
    this.#disconnect();
    const stored = await this.#persistence.open(session);
    if (result !== this.#signIns) return;
    this.#store.dispatch({ type: "signed_in", ...session, ...stored });
    this.#line = this.#connect(session);
    this.#line.start();
  }

  #connect(session: Session): ServerConnection {
    const line: ServerConnection = new ServerConnection({
      url: new URL("/ws", location.href.replace(/^http/, "ws")).href,
      onLine: (state, retryAt) => {
        if (line !== this.#line) return;
        const due = retryAt === undefined ? {} : { retryAt };
        this.#store.dispatch({ type: "line", line: state, at: Date.now(), ...due });
      },
      onFrames: (frames) => {
        if (line === this.#line) this.#receive(session, frames);
      },
      onEnd: (code) => {
        if (line === this.#line) {
          void this.#signOutLocally({ reason: reasonOf(code, this.#banReason) });
        }
      },
      signedOut: isSignedOut,
    });
    return line;
  }

  #receive(session: Session, frames: readonly ServerFrame[]): void {
    const you = frames.find((frame) => frame.type === "welcome")?.you;
    for (const frame of frames) {
      if (frame.type === "banned" && frame.id === session.id) this.#banReason = frame.reason;
    }
    // Another user has signed in in another tab: the stored data here is not theirs.
    if (you !== undefined && isAnother(you, session)) {
      return void this.#signIn(you);
    }
    this.#store.dispatch({ type: "frames", frames: frames.map(inPageLanguage), at: Date.now() });
    if (you === undefined) return;
    // The page collapses the messages of blocked users, also in shared rooms.
    this.#store.dispatch({ type: "order", order: { type: "list_blocks" } });
  }

  #disconnect(): void {
    const line = this.#line;
    this.#line = undefined;
    line?.stop();
  }

  async #signOutLocally(
    why: { readonly reason?: string; readonly invite?: string },
  ): Promise<void> {
    this.#signIns += 1;
    this.#disconnect();
    await this.#persistence.close("keep drafts");
    this.#store.dispatch({ type: "signed_out", ...why });
  }
}

function isAnother(you: Session, { id, name }: Session): boolean {
  return id === undefined || you.id === undefined
    ? foldName(you.name) !== foldName(name)
    : you.id !== id;
}

function inPageLanguage(frame: ServerFrame): ServerFrame {
  return frame.type === "error" ? { ...frame, message: translated(frame.message) } : frame;
}

function reasonOf(code: number, banReason?: string): string {
  const t = strings.ended;
  if (code === CLOSE_CODES.signed_out.code) return t.signedOut;
  if (code !== CLOSE_CODES.banned.code) return t.byServer;
  return banReason === undefined ? t.banned : t.bannedFor({ reason: banReason });
}
