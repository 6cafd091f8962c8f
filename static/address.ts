/**
 * The part of the page's address from `#` on, which names a room or one message of it: `#/lobby`,
 * `#/%40Bob`, `#/lobby/42`.
 *
 * @module
 */

/** A room, or a message in it. */
export interface Place {
  readonly room: string;
  readonly seq?: number;
}

/** What an address names, if anything. */
export function placeIn(hash: string): Place | undefined {
  const [, name, seq] = /^#\/?([^/=]+)(?:\/([1-9]\d{0,14}))?$/.exec(hash) ?? [];
  if (name === undefined) return undefined;
  try {
    const room = decodeURIComponent(name);
    return seq === undefined ? { room } : { room, seq: Number(seq) };
  } catch {
    // A percent sign that begins nothing.
    return undefined;
  }
}

/** The address of a room or a message, from `#` on. */
export function hashOf({ room, seq }: Place): string {
  return `#/${encodeURIComponent(room)}${seq === undefined ? "" : `/${seq}`}`;
}

/**
 * The place on this very page that a link leads to.
 *
 * @param here The address of the page.
 * @returns `undefined` for a link to anywhere else.
 */
export function placeOnPage(href: string, here: string): Place | undefined {
  const link = URL.parse(href);
  const page = URL.parse(here);
  if (link === null || page === null) return undefined;
  const isSame = link.origin === page.origin && link.pathname === page.pathname;
  return isSame && link.hash.startsWith("#/") ? placeIn(link.hash) : undefined;
}
