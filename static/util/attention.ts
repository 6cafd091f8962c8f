/**
 * Whether the user is looking at this page: it is visible, and it has the focus. A page that is
 * visible beside the window in which the user works does not count as read.
 *
 * @module
 */

/** Whether the page is visible and has the focus. */
export function hasAttention(): boolean {
  return !document.hidden && document.hasFocus();
}

/**
 * Calls a function whenever that may have changed.
 *
 * @returns A function that ends it.
 */
export function onAttention(changed: () => void): () => void {
  addEventListener("focus", changed);
  addEventListener("blur", changed);
  document.addEventListener("visibilitychange", changed);
  return () => {
    removeEventListener("focus", changed);
    removeEventListener("blur", changed);
    document.removeEventListener("visibilitychange", changed);
  };
}
