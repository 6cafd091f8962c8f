/**
 * How this device tells of messages while one looks elsewhere: notifications, a sound, a number on
 * the icon. All but the number are off until they are asked for.
 *
 * @module
 */
import { hashOf } from "../address.ts";
import { wordsOf } from "../markdown.ts";
import { remember, remembered } from "../remember.ts";
import type { Note } from "../state.ts";
import { notificationOf } from "./words.ts";

/** The sound: two soft notes, in Hz and s. */
const notes = [[660, 0], [880, 0.12]] as const;
const noteLength = 0.25;
const volume = 0.08;

/** What can be switched on. */
export type Way = "notifications" | "sound";

/** Whether something is switched on, on this device. */
export function isOn(way: Way): boolean {
  return remembered(way) === "on" &&
    (way === "sound" || ("Notification" in globalThis && Notification.permission === "granted"));
}

/** Switches something on or off. */
export function switchTo(way: Way, on: boolean): void {
  remember(way, on ? "on" : undefined);
}

/** Tells of a message. @param looking Whether one is looking at its room. */
export function tell(note: Note, looking: boolean): void {
  if (looking) return;
  if (isOn("sound")) void ring();
  if (isOn("notifications")) void show(note);
}

/** Shows a notification. Where there is a service worker, one that outlives the page. */
async function show(note: Note): Promise<void> {
  const { title, options } = notificationOf({ ...note, text: wordsOf(note.text) });
  const worker = await navigator.serviceWorker?.getRegistration();
  if (worker !== undefined) return await worker.showNotification(title, options);
  const notification = new Notification(title, options);
  notification.onclick = () => {
    focus();
    location.hash = hashOf({ room: note.room });
  };
}

/** Takes away what was shown of a room: one reads it. */
export async function hush(room: string): Promise<void> {
  const worker = await navigator.serviceWorker?.getRegistration();
  for (const shown of await worker?.getNotifications({ tag: room }) ?? []) shown.close();
}

/** Plays the sound. Browsers play none before somebody has touched the page. */
export async function ring(): Promise<void> {
  const context = new AudioContext();
  const gain = context.createGain();
  gain.gain.value = volume;
  gain.connect(context.destination);
  const voices = notes.map(([frequency, at]) => {
    const voice = context.createOscillator();
    voice.frequency.value = frequency;
    voice.connect(gain);
    voice.start(context.currentTime + at);
    voice.stop(context.currentTime + at + noteLength);
    return voice;
  });
  voices.at(-1)!.onended = () => void context.close();
  await context.resume();
}
