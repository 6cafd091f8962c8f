/**
 * The entry of the page: starts it, and says how the code that can wait is loaded.
 *
 * @module
 */
import { start } from "./page.tsx";
import { loadCatalogue } from "./strings/catalogues.ts";

// The texts come first: a module that fails while it awaits them has failed until the page is
// reloaded, and a file that fails to load is loaded again.
start({
  deferred: () => loadCatalogue("deferred").then(() => import("./deferred.ts")),
  signIn: () => loadCatalogue("sign_in").then(() => import("./sign_in.ts")),
});
