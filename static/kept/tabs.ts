/**
 * The tabs in which the page is open: each knows which others live, and hears when one is gone,
 * in whatever way. A lock that a tab holds for as long as it lives says so (Web Locks); a browser
 * takes it away also from a tab that crashed.
 *
 * Browsers have locks only on https and localhost. Elsewhere a tab knows of itself alone.
 *
 * @module
 */

const prefix = "hubbub-tab:";
const place = "hubbub-tab";

/**
 * The name of this tab, which it keeps when it is loaded anew.
 *
 * @param name What it is to be called if it has none yet.
 * @param storageOf What a tab has for itself; a browser may refuse to give it.
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

/** The part of the browser's locks that is used. */
export interface Locks {
  request(name: string, held: () => void | Promise<void>): Promise<unknown>;
  query(): Promise<{ readonly held?: readonly { readonly name?: string }[] }>;
}

/** The part of a channel between tabs that is used. */
export interface TabChannel {
  postMessage(tab: string): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

/** This tab among the others. */
export class Tabs {
  readonly #locks: Locks | undefined;
  readonly #onGone: () => void;
  readonly #watched = new Set<string>();
  readonly id: string;

  /**
   * @param id What no other tab is called; a copied tab may have the name of the first.
   * @param onGone Called whenever another tab is gone.
   */
  constructor(id: string, onGone: () => void, locks?: Locks, channel?: TabChannel) {
    this.id = id;
    this.#onGone = onGone;
    this.#locks = locks;
    // Held until the tab is no more.
    void locks?.request(prefix + id, () => new Promise(() => {}));
    if (channel === undefined) return;
    channel.onmessage = ({ data }) => this.#watch(String(data));
    channel.postMessage(id);
  }

  /** The tabs that live, this one among them. */
  async living(): Promise<ReadonlySet<string>> {
    const { held = [] } = await this.#locks?.query() ?? {};
    const names = held.map(({ name = "" }) => name).filter((name) => name.startsWith(prefix));
    const others = names.map((name) => name.slice(prefix.length)).filter((id) => id !== this.id);
    for (const other of others) this.#watch(other);
    return new Set([this.id, ...others]);
  }

  /** Waits in line for a tab's lock: whoever gets it knows that the tab is gone. */
  #watch(other: string): void {
    if (this.#watched.has(other)) return;
    this.#watched.add(other);
    void this.#locks?.request(prefix + other, () => {
      this.#watched.delete(other);
      this.#onGone();
    });
  }
}
