/**
 * The number on the page's icon: in the tab, and on an installed application.
 *
 * @module
 */

let shown = false;
/** What is there from an earlier visit is not known. */
let told: number | undefined;

/** Shows that so many messages are unread. */
export function showBadge(count: number): void {
  if (count === told) return;
  told = count;
  // Not every browser has it, and where it may not be used it is no loss.
  if ("setAppBadge" in navigator) void navigator.setAppBadge(count).catch(() => {});
  if (shown === count > 0) return;
  shown = count > 0;
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (link !== null) link.href = shown ? "/icon-unread.svg" : "/icon.svg";
}
