/**
 * The service worker's handling of Web Push: shows notifications while the page is closed, and
 * opens the room when the user clicks one.
 *
 * @module
 */
import { hashOf, type LinkTarget } from "../util/address.ts";
import { stripMarkdown } from "../markdown/strip.ts";
import { notificationOf, placeOf, type PushMessage } from "./content.ts";

interface Window {
  readonly url: string;
  readonly focused: boolean;
  focus(): Promise<unknown>;
  postMessage(message: unknown): void;
}

/** The part of `ServiceWorkerGlobalScope` in use: the typings have either it or the DOM's. */
export interface PushWorker extends EventTarget {
  readonly clients: {
    matchAll(options: { type: "window"; includeUncontrolled: boolean }): Promise<Window[]>;
    openWindow(url: string): Promise<unknown>;
  };
  readonly registration: Pick<ServiceWorkerRegistration, "showNotification">;
}

interface PushEvent extends Event {
  readonly data: { json(): PushMessage } | null;
  waitUntil(done: Promise<unknown>): void;
}

interface ClickEvent extends Event {
  readonly notification: Notification;
  waitUntil(done: Promise<unknown>): void;
}

/** Listens for push messages and for clicks on notifications. */
export function handlePushes(worker: PushWorker): void {
  /** Returns the windows that show the page, and not a file opened on its own. */
  async function windows(): Promise<readonly Window[]> {
    const all = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
    return all.filter(({ url }) => new URL(url).pathname === "/");
  }

  async function show(message: PushMessage): Promise<void> {
    // A focused page notifies the user itself.
    if ((await windows()).some(({ focused }) => focused)) return;
    const { title, options } = notificationOf({
      ...message,
      text: stripMarkdown(message.text).text,
    });
    await worker.registration.showNotification(title, options);
  }

  async function follow(place: LinkTarget): Promise<void> {
    const [open] = await windows();
    if (open === undefined) return void await worker.clients.openWindow(`/${hashOf(place)}`);
    open.postMessage({ open: place.room, seq: place.seq });
    await open.focus();
  }

  worker.addEventListener("push", (event) => {
    const { data } = event as PushEvent;
    if (data !== null) (event as PushEvent).waitUntil(show(data.json()));
  });
  worker.addEventListener("notificationclick", (event) => {
    const { notification } = event as ClickEvent;
    notification.close();
    (event as ClickEvent).waitUntil(follow(placeOf(notification.data)));
  });
}
