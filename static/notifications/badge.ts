/**
 * What is unread, on the page's icon: in the tab, and on an installed application.
 *
 * @module
 */

let hasMark = false;
/** `undefined` at first: the application's badge may be left over from an earlier page. */
let badge: number | "dot" | undefined;

/**
 * Shows how many messages are meant for the user; a dot, if there are only others.
 *
 * @param unread How many messages are unread.
 */
export function showBadge(attention: number, unread: number): void {
  const next = attention > 0 || unread === 0 ? attention : "dot";
  if (next === badge) return;
  badge = next;
  // Not every browser has it, and the page works without it.
  if ("setAppBadge" in navigator) {
    void navigator.setAppBadge(...(next === "dot" ? [] : [next])).catch(() => {});
  }
  if (hasMark === unread > 0) return;
  hasMark = unread > 0;
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (link !== null) link.href = hasMark ? "/icon-unread.svg" : "/icon.svg";
}
