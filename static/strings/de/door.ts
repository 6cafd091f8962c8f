/**
 * The sign-in page, and passkeys.
 *
 * @module
 */
import type { Door } from "../en/door.ts";

/** In German. */
export const door: Door = {
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
    malformed: (name: number, password: number) =>
      `Ein Name hat höchstens ${name} Buchstaben und Ziffern, ein Passwort mindestens ${password} Zeichen.`,
  },
  passkey: {
    cancelled: "Nichts ist geschehen: Die Frage des Browsers blieb unbeantwortet.",
    known: "Auf diesem Gerät gibt es für diesen Namen schon einen Passkey.",
    unavailable: "Passkeys gehen unter dieser Adresse nicht: Sie brauchen https oder localhost.",
  },
};
