/**
 * The service worker: keeps the files of this build of the page, so that it opens at once and
 * without a network. What people say never passes through it.
 *
 * A new build is fetched in the background and shown from the next load on. Tabs that are open go
 * on with what they were loaded from, so the files of the build before it stay.
 *
 * @module
 */

import { type TellingWorker, tellOfPushes } from "./worker/told.ts";

/** Which build this is, and what of it to keep; the server puts it in front of this file. */
declare const PAGE: { readonly version: string; readonly files: readonly string[] };

interface LaterEvent extends Event {
  waitUntil(done: Promise<unknown>): void;
}

interface RequestEvent extends LaterEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

/** The part of a `ServiceWorkerGlobalScope` that is used: the typings have it or the DOM's. */
interface Worker extends TellingWorker {
  readonly clients: TellingWorker["clients"] & { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
}

const worker = self as unknown as Worker;
const prefix = "hubbub-page-";
const current = prefix + PAGE.version;

async function install(): Promise<void> {
  const cache = await caches.open(current);
  // Asks whether what the browser holds is still good, instead of taking or fetching all of it.
  await cache.addAll(PAGE.files.map((path) => new Request(path, { cache: "no-cache" })));
  await worker.skipWaiting();
}

async function activate(): Promise<void> {
  const builds = (await caches.keys()).filter((name) => name.startsWith(prefix));
  const older = builds.filter((name) => name !== current).slice(0, -1);
  await Promise.all(older.map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/** Whether a request is for a part of the page: everything else goes to the server alone. */
function isPage({ method, mode, url }: Request): boolean {
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin) return false;
  if (mode === "navigate") return pathname === "/";
  // A tab of an earlier build asks for what was split off that one.
  return PAGE.files.includes(pathname) || /^\/[^/]+\.js$/.test(pathname);
}

async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const options = { ignoreSearch: true, ignoreVary: true };
  const cache = await caches.open(current);
  const kept = await cache.match(pathname, options) ?? await caches.match(pathname, options);
  if (kept !== undefined) return kept;
  const response = await fetch(request);
  // What was too large to be kept before somebody had a use for it.
  if (response.ok) await cache.put(pathname, response.clone());
  return response;
}

worker.addEventListener("install", (event) => (event as LaterEvent).waitUntil(install()));
worker.addEventListener("activate", (event) => (event as LaterEvent).waitUntil(activate()));
worker.addEventListener("fetch", (event) => {
  const { request } = event as RequestEvent;
  if (isPage(request)) (event as RequestEvent).respondWith(answer(request));
});
tellOfPushes(worker);
