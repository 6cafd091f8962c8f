/**
 * The service worker: stores the files of this build of the page, so that the page opens at once
 * and without a network. No message ever passes through it.
 *
 * The browser fetches a new build in the background and shows it from the next load on. Open tabs
 * keep running the build they were loaded from, so the worker keeps the files of the previous
 * build.
 *
 * @module
 */

import { handlePushes, type PushWorker } from "./notifications/service_worker.ts";

/** The version of this build and the paths to store; the server puts this in front of the file. */
declare const PAGE: { readonly version: string; readonly files: readonly string[] };

interface ExtendableEvent extends Event {
  waitUntil(done: Promise<unknown>): void;
}

interface RequestEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

/** The part of `ServiceWorkerGlobalScope` in use: the typings have either it or the DOM's. */
interface Worker extends PushWorker {
  readonly clients: PushWorker["clients"] & { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
}

const worker = self as unknown as Worker;
const prefix = "hubbub-page-";
const current = prefix + PAGE.version;

async function install(): Promise<void> {
  const cache = await caches.open(current);
  // `no-cache` revalidates the browser's cached copies instead of trusting or refetching them.
  await cache.addAll(PAGE.files.map((path) => new Request(path, { cache: "no-cache" })));
  await worker.skipWaiting();
}

async function activate(): Promise<void> {
  const builds = (await caches.keys()).filter((name) => name.startsWith(prefix));
  const older = builds.filter((name) => name !== current).slice(0, -1);
  await Promise.all(older.map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/** Whether a request is for a file of the page. Every other request goes to the server. */
function isPage({ method, mode, url }: Request): boolean {
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin) return false;
  if (mode === "navigate") return pathname === "/";
  // A tab of an earlier build requests that build's chunks.
  return PAGE.files.includes(pathname) || /^\/[^/]+\.js$/.test(pathname);
}

async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const options = { ignoreSearch: true, ignoreVary: true };
  const cache = await caches.open(current);
  const cached = await cache.match(pathname, options) ?? await caches.match(pathname, options);
  if (cached !== undefined) return cached;
  const response = await fetch(request);
  // A file too large to be stored before it was first used.
  if (response.ok) await cache.put(pathname, response.clone());
  return response;
}

worker.addEventListener("install", (event) => (event as ExtendableEvent).waitUntil(install()));
worker.addEventListener("activate", (event) => (event as ExtendableEvent).waitUntil(activate()));
worker.addEventListener("fetch", (event) => {
  const { request } = event as RequestEvent;
  if (isPage(request)) (event as RequestEvent).respondWith(answer(request));
});
handlePushes(worker);
