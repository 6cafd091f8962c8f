/**
 * Which tab notifies the user: every open tab receives every message, and one of them is enough;
 * none, if a tab shows the room. Each tab holds a lock on the room that the user looks at, and the
 * tab that notifies of a message takes a lock on that message (Web Locks). The browser releases
 * the locks of a tab that crashes.
 *
 * Browsers have locks only on https and localhost. Elsewhere each tab knows only itself.
 *
 * @module
 */

const viewPrefix = "hubbub-view:";
const turnPrefix = "hubbub-turn:";

/** How long a message stays taken, in ms: until every tab has received it. */
const takenFor = 30_000;

/** The part of the Web Locks API in use. */
export interface TurnLocks {
  request(
    name: string,
    options: { readonly mode?: "shared"; readonly ifAvailable?: boolean },
    held: (lock: unknown) => Promise<void> | void,
  ): Promise<unknown>;
  query(): Promise<{ readonly held?: readonly { readonly name?: string }[] }>;
}

/** This tab's part in notifying the user. */
export class NotificationTurns {
  readonly #locks: TurnLocks | undefined;
  readonly #later: (ms: number, run: () => void) => void;
  #room: string | undefined;
  #release: (() => void) | undefined;

  constructor(locks: TurnLocks | undefined, later: (ms: number, run: () => void) => void) {
    this.#locks = locks;
    this.#later = later;
  }

  /** Records the room that the user looks at in this tab; `undefined` if they look elsewhere. */
  setView(room: string | undefined): void {
    if (room === this.#room) return;
    this.#room = room;
    this.#release?.();
    this.#release = undefined;
    if (room === undefined || this.#locks === undefined) return;
    const { promise: left, resolve } = Promise.withResolvers<void>();
    this.#release = resolve;
    void this.#locks.request(viewPrefix + room, { mode: "shared" }, () => left).catch(() => {});
  }

  /**
   * Takes the turn to notify the user of a message.
   *
   * @returns Whether this tab notifies: no other tab does, and no tab shows the room.
   */
  async take(room: string, seq: number): Promise<boolean> {
    if (room === this.#room) return false;
    const locks = this.#locks;
    if (locks === undefined) return true;
    // A browser may refuse locks: then each tab knows only itself.
    const answer = await locks.query().catch(() => undefined);
    if (answer === undefined) return true;
    const { held = [] } = answer;
    if (held.some(({ name }) => name === viewPrefix + room)) return false;
    const { promise: taken, resolve } = Promise.withResolvers<boolean>();
    void locks.request(`${turnPrefix}${room}:${seq}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      if (lock === null) return;
      return new Promise<void>((done) => this.#later(takenFor, done));
    });
    return await taken;
  }
}
