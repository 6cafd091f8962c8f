/**
 * The open tabs of the page: each knows the others and learns when one is gone. Each tab holds a
 * lock while it lives (Web Locks); the browser releases the lock even if the tab crashes.
 *
 * Browsers have locks only on https and localhost. Elsewhere a tab knows only itself.
 *
 * @module
 */

const prefix = "hubbub-tab:";
const place = "hubbub-tab";

/**
 * Returns the name of this tab, which survives a reload.
 *
 * @param name The name to use if the tab has none yet.
 * @param storageOf Returns the tab's session storage; a browser may refuse access to it.
 */
export function tabName(
  name: string,
  storageOf: () => Pick<Storage, "getItem" | "setItem">,
): string {
  try {
    const storage = storageOf();
    const known = storage.getItem(place);
    if (known === null) storage.setItem(place, name);
    return known ?? name;
  } catch {
    return name;
  }
}

/** The part of the Web Locks API in use. */
export interface Locks {
  request(name: string, held: () => void | Promise<void>): Promise<unknown>;
  query(): Promise<{ readonly held?: readonly { readonly name?: string }[] }>;
}

/** The part of `BroadcastChannel` in use. */
export interface TabChannel {
  postMessage(tab: string): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

/** This tab and the others. */
export class Tabs {
  readonly #locks: Locks | undefined;
  readonly #onGone: () => void;
  readonly #watched = new Set<string>();
  readonly id: string;

  /**
   * @param id A unique id; a duplicated tab may have the name of the original.
   * @param onGone Called whenever another tab is gone.
   */
  constructor(id: string, onGone: () => void, locks?: Locks, channel?: TabChannel) {
    this.id = id;
    this.#onGone = onGone;
    this.#locks = locks;
    // Held until the tab is closed.
    void locks?.request(prefix + id, () => new Promise(() => {})).catch(() => {});
    if (channel === undefined) return;
    channel.onmessage = ({ data }) => this.#watch(String(data));
    channel.postMessage(id);
  }

  /** Returns the ids of the open tabs, this one included. */
  async living(): Promise<ReadonlySet<string>> {
    // A browser may refuse locks, as it refuses storage.
    const { held = [] } = await this.#locks?.query().catch(() => undefined) ?? {};
    const names = held.map(({ name = "" }) => name).filter((name) => name.startsWith(prefix));
    const others = names.map((name) => name.slice(prefix.length)).filter((id) => id !== this.id);
    for (const other of others) this.#watch(other);
    return new Set([this.id, ...others]);
  }

  /** Queues for the lock of a tab: once the lock is granted, the tab is gone. */
  #watch(other: string): void {
    if (this.#watched.has(other)) return;
    this.#watched.add(other);
    void this.#locks?.request(prefix + other, () => {
      this.#watched.delete(other);
      this.#onGone();
    }).catch(() => {});
  }
}
