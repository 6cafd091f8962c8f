/**
 * What is unread, on the page's icon: in the tab, and on an installed application.
 *
 * @module
 */

let shownIcon = "/icon.svg";
/** `undefined` at first: the application's badge may be left over from an earlier page. */
let badge: number | "dot" | undefined;

/**
 * Shows how many messages are meant for the user; a dot, if there are only others.
 *
 * @param unread How many messages are unread.
 * @param icon The path of the server's icon, if its owners have given it one. It has no mark.
 */
export function showBadge(attention: number, unread: number, icon?: string): void {
  const shown = icon ?? (unread > 0 ? "/icon-unread.svg" : "/icon.svg");
  if (shown !== shownIcon) {
    shownIcon = shown;
    const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (link !== null) link.href = shown;
  }
  const next = attention > 0 || unread === 0 ? attention : "dot";
  if (next === badge) return;
  badge = next;
  // Not every browser has it, and the page works without it.
  if ("setAppBadge" in navigator) {
    void navigator.setAppBadge(...(next === "dot" ? [] : [next])).catch(() => {});
  }
}
