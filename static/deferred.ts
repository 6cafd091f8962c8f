/**
 * The code that is loaded after the chat, in one file: the deferred views, uploads and notifications.
 *
 * @module
 */
// The page is loaded before this. Named here, everything that the two share stays in one file with the
// rest of the page: one file is 7 % smaller, compressed, than the four that the bundler makes otherwise.
import "./page.tsx";

export * from "./views/deferred.ts";
export { isReadable, prepare, sendFile, Uploads } from "./net/uploads.ts";
export { dismiss, notify, setView } from "./notifications/notify.ts";
