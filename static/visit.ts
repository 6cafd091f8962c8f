/**
 * Somebody's visit: who it is, the line to the server for as long as they are in, and what is kept
 * of them when they are not.
 *
 * @module
 */
import { CLOSE_CODES, foldName, type ServerFrame } from "../lib/protocol.ts";
import { aboutServer, isRefused, isSignedOut, type Session, signOut } from "./api.ts";
import { arrive } from "./arrive.ts";
import { Connection } from "./connection.ts";
import type { Entry } from "./entry.ts";
import type { Keeper } from "./kept/keeper.ts";
import { serverName } from "./select.ts";
import type { Store } from "./store.ts";
import { strings } from "./strings.ts";

/** How long to wait before asking a silent server again who one is, in ms. */
const askAgainAfter = 2_000;

/** From the first moment of the page to its last. */
export class Visit {
  readonly #store: Store;
  readonly #keeper: Keeper;
  #link: Entry | undefined;
  #line: Connection | undefined;
  /** Counts who came in, so that nobody overtakes who came later. */
  #arrivals = 0;

  /** @param link The link that the page was opened with. */
  constructor(store: Store, keeper: Keeper, link: Entry | undefined) {
    this.#store = store;
    this.#keeper = keeper;
    this.#link = link;
  }

  /** The line to the server, while somebody is in. */
  get line(): Connection | undefined {
    return this.#line;
  }

  /** Shows at once what was kept of whoever was here last, while it finds out who is here. */
  async start(): Promise<void> {
    if (await this.#keeper.isLeaving()) return await this.#goOnLeaving();
    const asked = aboutServer();
    const last = this.#link === undefined ? await this.#keeper.last() : undefined;
    if (last !== undefined) await this.#enter(last);
    await this.#learn(asked);
  }

  /** Makes use of the link that one came with, and goes in where one may. */
  async settle(session: Session | null, invite?: string): Promise<void> {
    const entry = invite === undefined ? this.#link : { kind: "invite" as const, token: invite };
    this.#link = undefined;
    const arrival = await arrive(entry, session, serverName(this.#store.state));
    if (arrival.session === null) {
      const { session: _none, ...rest } = arrival;
      return await this.#leave(rest);
    }
    if (!this.#isIn(arrival.session.name)) await this.#enter(arrival.session);
    if (arrival.news !== undefined) this.#store.dispatch({ type: "tell", news: arrival.news });
  }

  /** Goes, and leaves nothing behind. */
  async signOut(): Promise<void> {
    this.#arrivals += 1;
    this.#hangUp();
    await this.#keeper.close("forget all");
    // A server that cannot be told now must be told later: until then the session is good.
    await this.#keeper.setLeaving(true);
    await this.#goOnLeaving();
  }

  /** Sends what another tab has left behind. */
  async adopt(): Promise<void> {
    const pending = await this.#keeper.adopt();
    if (pending.length > 0) this.#store.dispatch({ type: "adopted", pending });
  }

  async #goOnLeaving(): Promise<void> {
    if (await signOut()) {
      await this.#keeper.setLeaving(false);
      return await this.#learn();
    }
    this.#store.dispatch({ type: "signed_out", reason: strings.refused.unreachable });
    setTimeout(() => {
      if (this.#store.state.phase === "signed_out") void this.start();
    }, askAgainAfter);
  }

  async #learn(asked = aboutServer()): Promise<void> {
    const about = await asked;
    if (isRefused(about)) {
      // Whoever is shown already is asked for by the line.
      if (this.#line !== undefined) return;
      if (this.#store.state.phase === "starting") await this.#leave({ reason: about.detail });
      return void setTimeout(() => void this.#learn(), askAgainAfter);
    }
    this.#store.dispatch({ type: "server", name: about.name, signUp: about.sign_up });
    await this.settle(about.you);
  }

  #isIn(name: string): boolean {
    const { phase, me } = this.#store.state;
    return phase === "signed_in" && foldName(me.name) === foldName(name);
  }

  async #enter(session: Session): Promise<void> {
    const arrival = ++this.#arrivals;
    this.#hangUp();
    const remembered = await this.#keeper.open(session.name);
    if (arrival !== this.#arrivals) return;
    this.#store.dispatch({ type: "signed_in", ...session, ...remembered });
    this.#line = this.#connect(session);
    this.#line.start();
  }

  #connect(session: Session): Connection {
    const line: Connection = new Connection({
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
        if (line === this.#line) void this.#leave({ reason: reasonOf(code) });
      },
      signedOut: isSignedOut,
    });
    return line;
  }

  #receive(session: Session, frames: readonly ServerFrame[]): void {
    const you = frames.find((frame) => frame.type === "welcome")?.you;
    // Somebody else signed in in another tab: what is kept here is not theirs.
    if (you !== undefined && foldName(you.name) !== foldName(session.name)) {
      return void this.#enter(you);
    }
    this.#store.dispatch({ type: "frames", frames, at: Date.now() });
    if (you === undefined) return;
    // What those say is folded away, also in the rooms that one shares with them.
    this.#store.dispatch({ type: "order", order: { type: "list_blocks" } });
  }

  #hangUp(): void {
    const line = this.#line;
    this.#line = undefined;
    line?.stop();
  }

  async #leave(why: { readonly reason?: string; readonly invite?: string }): Promise<void> {
    this.#arrivals += 1;
    this.#hangUp();
    await this.#keeper.close("keep drafts");
    this.#store.dispatch({ type: "signed_out", ...why });
  }
}

function reasonOf(code: number): string {
  if (code === CLOSE_CODES.signed_out.code) return strings.ended.signedOut;
  return code === CLOSE_CODES.banned.code ? strings.ended.banned : strings.ended.other;
}
