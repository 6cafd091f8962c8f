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
  signIn: {
    open: "Wähle einen Namen und schreib los.",
    invited: "Du bist eingeladen: Wähle einen Namen.",
    closed:
      "Du brauchst einen Einladungslink. Schon dabei? Melde dich mit Passkey oder Passwort an.",
    name: "Dein Name",
    password: "Passwort",
    usePassword: "Passwort benutzen",
    passwordHint: "Mit einem Passwort kommst du von überall unter diesem Namen zurück.",
    submit: "Loslegen",
    signIn: "Anmelden",
    passkey: "Mit Passkey anmelden",
    or: "oder",
    busy: "Einen Moment…",
    taken: "Dieser Name ist vergeben. Ist es deiner, melde dich mit Passkey oder Passwort an.",
    badLink:
      "Dieser Link ist verbraucht oder abgelaufen. Erstelle einen neuen auf dem Gerät, das du schon benutzt.",
    wait: (seconds: number) =>
      seconds < 90
        ? `Zu viele Versuche. Bitte warte ${plural(seconds, "Sekunde", "Sekunden")}.`
        : `Zu viele Versuche. Bitte warte ${plural(Math.ceil(seconds / 60), "Minute", "Minuten")}.`,
    malformed: (name: number, password: number) =>
      `Ein Name hat höchstens ${name} Buchstaben und Ziffern, ein Passwort mindestens ${password} Zeichen.`,
    failed: "Das hat nicht geklappt. Bitte versuche es noch einmal.",
    unreachable: "Der Server ist nicht erreichbar.",
  },
  passkey: {
    cancelled: "Nichts ist geschehen: Die Frage des Browsers blieb unbeantwortet.",
    known: "Auf diesem Gerät gibt es für diesen Namen schon einen Passkey.",
    unavailable: "Passkeys gehen unter dieser Adresse nicht: Sie brauchen https oder localhost.",
  },
  entry: {
    owner: (server: string) =>
      `${server} gehört jetzt dir. Im Menü neben dem Namen kannst du andere einladen.`,
    redeemed: "Deine Einladung wurde angenommen.",
    alreadyIn: (name: string) =>
      `Du bist schon als ${name} hier. Melde dich erst ab, um den Link eines anderen Geräts zu benutzen.`,
  },
  keepName: {
    label: "Erinnerung",
    ask: "Behalte deinen Namen:",
    passkey: "Passkey anlegen",
    password: "Passwort setzen",
    why: "– so kommst du als du selbst zurück.",
  },
  ended: {
    signedOut: "Du wurdest abgemeldet.",
    banned: "Du wurdest von diesem Server ausgeschlossen.",
    other: "Der Server hat die Verbindung beendet.",
  },
};
