/**
 * The part of the page's address from `#` on, which names a room or one of its messages: `#/lobby`,
 * `#/%40Bob`, `#/lobby/42`.
 *
 * @module
 */

/** A room, or a message in it. */
export interface LinkTarget {
  readonly room: string;
  readonly seq?: number;
}

/** Parses an address. @returns `undefined` if it names neither a room nor a message. */
export function linkTargetOf(hash: string): LinkTarget | undefined {
  const [, name, seq] = /^#\/?([^/=]+)(?:\/([1-9]\d{0,14}))?$/.exec(hash) ?? [];
  if (name === undefined) return undefined;
  try {
    const room = decodeURIComponent(name);
    return seq === undefined ? { room } : { room, seq: Number(seq) };
  } catch {
    // A percent sign that begins no escape.
    return undefined;
  }
}

/** Formats the address of a room or a message, from `#` on. */
export function hashOf({ room, seq }: LinkTarget): string {
  return `#/${encodeURIComponent(room).replace("%3A", ":")}${seq === undefined ? "" : `/${seq}`}`;
}

/**
 * Resolves a link to a room or message of this page.
 *
 * @param here The address of the page.
 * @returns `undefined` for any other link.
 */
export function linkTargetOnPage(href: string, here: string): LinkTarget | undefined {
  const link = URL.parse(href);
  const page = URL.parse(here);
  if (link === null || page === null) return undefined;
  const isSame = link.origin === page.origin && link.pathname === page.pathname;
  return isSame && link.hash.startsWith("#/") ? linkTargetOf(link.hash) : undefined;
}
