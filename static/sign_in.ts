/**
 * The sign-in page. Most users are signed in when they open the page.
 *
 * @module
 */
// For one file, as in `deferred.ts`.
import "./page.tsx";

export { SignIn } from "./views/sign_in.tsx";
