/**
 * The way in and out.
 *
 * @module
 */
import type { entry as english } from "../en/entry.ts";
import { pluralIn } from "../plural.ts";

const plural = pluralIn("de");

/** In German. */
export const entry: typeof english = {
  refused: {
    badLink:
      "Dieser Link ist verbraucht oder abgelaufen. Erstelle einen neuen auf dem Gerät, das du schon benutzt.",
    wait: (seconds: number) =>
      seconds < 90
        ? `Zu viele Versuche. Bitte warte ${plural(seconds, "Sekunde", "Sekunden")}.`
        : `Zu viele Versuche. Bitte warte ${plural(Math.ceil(seconds / 60), "Minute", "Minuten")}.`,
    failed: "Das hat nicht geklappt. Bitte versuche es noch einmal.",
    unreachable: "Der Server ist nicht erreichbar.",
  },
  entry: {
    owner: (server: string) =>
      `${server} gehört jetzt dir. Im Menü neben dem Namen kannst du andere einladen.`,
    redeemed: "Deine Einladung wurde angenommen.",
    alreadyIn: (name: string) =>
      `Du bist schon als ${name} hier. Melde dich erst ab, um den Link eines anderen Geräts zu benutzen.`,
  },
  ended: {
    signedOut: "Du wurdest abgemeldet.",
    banned: "Du wurdest von diesem Server ausgeschlossen.",
    other: "Der Server hat die Verbindung beendet.",
  },
};
