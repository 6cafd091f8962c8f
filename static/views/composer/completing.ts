/** The list of suggested names, from the composer's side: it is a deferred view. */
import { deferredViews, idle } from "../shared/lazy.tsx";

/** The list of suggested names, once it is loaded. */
export const Completion = idle("Completion");

/** Loads the list once the text has a character that a name can begin with. */
export function preloadCompletion(text: string): void {
  // Without a connection there are no suggestions; the next character tries again.
  if (deferredViews.loaded === undefined && /^\/|[@#:]/.test(text)) {
    deferredViews.load().catch(() => {});
  }
}
