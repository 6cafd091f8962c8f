/**
 * Keys, and what they do.
 *
 * @module
 */
import type { keyboard as english } from "../en/keyboard.ts";

/** In German. */
export const keyboard: typeof english = {
  shortcuts: {
    title: "Tastenkürzel",
    groups: [
      {
        title: "Überall",
        keys: [
          [["?"], "Diese Übersicht zeigen"],
          [["Strg", "K"], "Zu einem Raum oder einer Person gehen"],
          [["F6"], "Zum nächsten Teil der Seite"],
          [["Umschalt", "F6"], "Zum Teil davor"],
          [["Alt", "↑"], "Den Raum darüber öffnen"],
          [["Alt", "↓"], "Den Raum darunter öffnen"],
          [["Alt", "Umschalt", "↓"], "Den nächsten Raum mit Ungelesenem öffnen"],
          [["Esc"], "Schließen, was offen ist, oder zurück zum Schreiben"],
        ],
      },
      {
        title: "Schreiben",
        keys: [
          [["Enter"], "Senden"],
          [["Umschalt", "Enter"], "Eine neue Zeile beginnen"],
          [["↑"], "Die letzte eigene Nachricht bearbeiten, wenn noch nichts geschrieben ist"],
          [["Esc"], "Nicht mehr antworten oder bearbeiten"],
        ],
      },
      {
        title: "Nachrichten",
        keys: [
          [["↑"], "Zur Nachricht darüber"],
          [["↓"], "Zur Nachricht darunter"],
          [["Tab"], "Zu dem, was sich mit ihr tun lässt"],
          [["Esc"], "Zurück zur Nachricht, dann zum Schreiben"],
        ],
      },
    ],
  },
};
