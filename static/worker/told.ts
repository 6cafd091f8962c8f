/**
 * The part of the service worker that tells of messages while the page is closed (Push API), and
 * brings whoever follows to their room.
 *
 * @module
 */
import { hashOf } from "../address.ts";
import { withoutMarks } from "../marks.ts";
import { notificationOf, type Told } from "../told/words.ts";

interface Window {
  readonly url: string;
  readonly focused: boolean;
  focus(): Promise<unknown>;
  postMessage(message: unknown): void;
}

/** The part of a `ServiceWorkerGlobalScope` that is used: the typings have it or the DOM's. */
export interface TellingWorker extends EventTarget {
  readonly clients: {
    matchAll(options: { type: "window"; includeUncontrolled: boolean }): Promise<Window[]>;
    openWindow(url: string): Promise<unknown>;
  };
  readonly registration: Pick<ServiceWorkerRegistration, "showNotification">;
}

interface PushEvent extends Event {
  readonly data: { json(): Told } | null;
  waitUntil(done: Promise<unknown>): void;
}

interface ClickEvent extends Event {
  readonly notification: Notification;
  waitUntil(done: Promise<unknown>): void;
}

/** Listens to what the push service brings, and to whoever follows it. */
export function tellOfPushes(worker: TellingWorker): void {
  /** The windows that show the page, and not some file that was opened on its own. */
  async function windows(): Promise<readonly Window[]> {
    const all = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
    return all.filter(({ url }) => new URL(url).pathname === "/");
  }

  async function show(told: Told): Promise<void> {
    // An open page that somebody looks at tells them itself.
    if ((await windows()).some(({ focused }) => focused)) return;
    const { title, options } = notificationOf({ ...told, text: withoutMarks(told.text).text });
    await worker.registration.showNotification(title, options);
  }

  async function follow({ room }: { readonly room: string }): Promise<void> {
    const [open] = await windows();
    if (open === undefined) return void await worker.clients.openWindow(`/${hashOf({ room })}`);
    open.postMessage({ open: room });
    await open.focus();
  }

  worker.addEventListener("push", (event) => {
    const { data } = event as PushEvent;
    if (data !== null) (event as PushEvent).waitUntil(show(data.json()));
  });
  worker.addEventListener("notificationclick", (event) => {
    const { notification } = event as ClickEvent;
    notification.close();
    (event as ClickEvent).waitUntil(follow(notification.data));
  });
}
