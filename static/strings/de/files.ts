/**
 * Dateien unter Nachrichten.
 *
 * @module
 */
import type { files as english } from "../en/files.ts";

/** In German. */
export const files: typeof english = {
  files: {
    attach: "Dateien anhängen",
    drop: (room) => `Dateien hier ablegen, um sie an ${room} zu senden`,
    tray: "Zu sendende Dateien",
    remove: (name) => `${name} entfernen`,
    sending: (percent) => `${percent} %`,
    waiting: "Wartet auf die Verbindung",
    tooLarge: "Diese Datei ist größer, als der Server annimmt.",
    full: "Auf diesem Server ist kein Platz für weitere Dateien.",
    off: "Dieser Server nimmt keine Dateien an.",
    lost: "Eine Datei ging beim Neuladen der Seite verloren. Bitte noch einmal anhängen.",
    tooMany: (n) => `Eine Nachricht kann höchstens ${n} Dateien haben.`,
    open: (name) => `${name} anzeigen`,
    download: "Herunterladen",
    gone: "Diese Datei kann nicht angezeigt werden.",
    previous: "Voriges Bild",
    next: "Nächstes Bild",
    count: (n, of) => `${n} von ${of}`,
  },
};
