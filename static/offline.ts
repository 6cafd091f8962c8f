/**
 * Makes the page open without a network, where browsers allow it: on https and localhost.
 *
 * @module
 */

/** Has the page's files kept, or looks whether there are newer ones. */
export async function keepPage(): Promise<void> {
  // Elsewhere the property is missing, whatever the typings say.
  const workers: ServiceWorkerContainer | undefined = navigator.serviceWorker;
  try {
    const kept = await workers?.getRegistration();
    if (kept !== undefined) await kept.update();
    else await workers?.register("/sw.js", { updateViaCache: "none" });
  } catch {
    // The server is gone again, or the browser keeps nothing: the page works as it is.
  }
}
