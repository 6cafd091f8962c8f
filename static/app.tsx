/**
 * The entry of the page: starts it, and says how the code that can wait is loaded.
 *
 * @module
 */
import { start } from "./page.tsx";

start({
  deferred: () => import("./deferred.ts"),
  signIn: () => import("./sign_in.ts"),
});
