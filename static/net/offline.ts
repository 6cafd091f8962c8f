/**
 * Makes the page open without a network, where browsers allow it: on https and localhost.
 *
 * @module
 */

/** Installs the service worker, or checks for a newer one. */
export async function registerServiceWorker(): Promise<void> {
  try {
    // Elsewhere the property is missing, whatever the typings say.
    const workers: ServiceWorkerContainer | undefined = navigator.serviceWorker;
    const registration = await workers?.getRegistration();
    if (registration !== undefined) await registration.update();
    else await workers?.register("/sw.js", { updateViaCache: "none" });
  } catch {
    // The server is unreachable, or the browser refuses storage: the page works without the worker.
  }
}
