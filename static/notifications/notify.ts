/**
 * Notifies the user of messages in rooms that are not in view: notifications and a sound. Both are
 * off until the user turns them on.
 *
 * @module
 */
import { isQuiet, type Quiet } from "../../lib/protocol/quiet.ts";
import { hashOf } from "../util/address.ts";
import { wordsOf } from "../markdown/markdown.ts";
import { allowed } from "../util/allowed.ts";
import { preference, setPreference } from "../util/preferences.ts";
import type { MessageNotification } from "../state/reducer.ts";
import { notificationOf, placeOf } from "./content.ts";
import { NotificationTurns } from "./turns.ts";

/** The sound: two soft notes, as frequency in Hz and start in s. */
const notes = [[660, 0], [880, 0.12]] as const;
const noteLength = 0.25;
const volume = 0.08;

/** The means of notification that the user can turn on. */
export type NotificationMeans = "notifications" | "sound";

/** Whether a means of notification is on, on this device. */
export function isOn(means: NotificationMeans): boolean {
  return preference(means) === "on" &&
    (means === "sound" || ("Notification" in globalThis && Notification.permission === "granted"));
}

/** Turns a means of notification on or off. */
export function switchTo(means: NotificationMeans, on: boolean): void {
  setPreference(means, on ? "on" : undefined);
}

/**
 * What is under way. Notifications are shown and dismissed one after the other: a message may be
 * deleted while its notification is about to appear, and Chromium forgets a notification if it is
 * asked for the shown ones at that moment.
 */
let last = Promise.resolve();

function inTurn(act: () => Promise<void>): void {
  // A refused notification is no reason not to show the next one.
  last = last.then(act).catch(() => {});
}

/** This tab's part in notifying the user. */
const turns = new NotificationTurns(
  allowed(() => navigator.locks),
  (ms, run) => void setTimeout(run, ms),
);

/** Records the room that the user looks at in this tab; `undefined` if they look elsewhere. */
export function setView(room: string | undefined): void {
  turns.setView(room);
}

/**
 * Notifies the user of a message, unless another tab does, or one of them shows its room.
 *
 * @param quiet When the user wants no notifications.
 */
export function notify(note: MessageNotification, quiet: Quiet | undefined): void {
  if (!isOn("sound") && !isOn("notifications") || isQuiet(quiet, Date.now())) return;
  inTurn(async () => {
    if (!await turns.take(note.room, note.seq)) return;
    if (isOn("sound")) void ring();
    if (isOn("notifications")) await show(note);
  });
}

/** Returns the service worker; a browser may have none, or refuse it. */
async function registeredWorker(): Promise<ServiceWorkerRegistration | undefined> {
  return await allowed(() => navigator.serviceWorker)?.getRegistration().catch(() => undefined);
}

/** Shows a notification; where there is a service worker, the notification outlives the page. */
async function show(note: MessageNotification): Promise<void> {
  const { title, options } = notificationOf({ ...note, text: wordsOf(note.text) });
  const worker = await registeredWorker();
  if (worker !== undefined) return await worker.showNotification(title, options);
  const notification = new Notification(title, options);
  notification.onclick = () => {
    focus();
    location.hash = hashOf(placeOf(options.data));
  };
}

/**
 * Dismisses the notification of a room.
 *
 * @param seq Only if it is about this message.
 */
export function dismiss(room: string, seq?: number): void {
  inTurn(async () => {
    const worker = await registeredWorker();
    for (const shown of await worker?.getNotifications({ tag: room }) ?? []) {
      if (seq === undefined || shown.data?.seq === seq) shown.close();
    }
  });
}

/** Plays the sound. Browsers play none before the user has interacted with the page. */
export async function ring(): Promise<void> {
  const context = new AudioContext();
  const gain = context.createGain();
  gain.gain.value = volume;
  gain.connect(context.destination);
  const oscillators = notes.map(([frequency, at]) => {
    const oscillator = context.createOscillator();
    oscillator.frequency.value = frequency;
    oscillator.connect(gain);
    oscillator.start(context.currentTime + at);
    oscillator.stop(context.currentTime + at + noteLength);
    return oscillator;
  });
  oscillators.at(-1)!.onended = () => void context.close();
  await context.resume();
}
