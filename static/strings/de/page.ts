/**
 * What stands everywhere: the frame, the line to the server.
 *
 * @module
 */
import type { page as english } from "../en/page.ts";

/** In German. */
export const page: typeof english = {
  app: "Hubbub",
  loading: "Wird geladen…",
  skip: "Zu den Nachrichten springen",
  later: {
    title: "Nicht geladen",
    failed:
      "Dieser Teil der Seite ließ sich nicht laden. Vielleicht hat der Server eine neuere Fassung.",
    reload: "Seite neu laden",
  },
  close: "Schließen",
  done: "Fertig",
  cancel: "Abbrechen",
  dismiss: "Ausblenden",
  copy: "Kopieren",
  copied: "Kopiert",
  remove: "Entfernen",
  optional: "freiwillig",
  line: {
    connecting: "Verbindet sich…",
    open: "Verbunden",
    catchingUp: "Holt auf…",
    closing: "Trennt sich…",
    closed: "Getrennt",
    retrying: (seconds: number) =>
      seconds <= 0 ? "Getrennt. Neuer Versuch…" : `Getrennt. Neuer Versuch in ${seconds} s`,
    tryNow: "Jetzt versuchen",
    notIn: (room: string) => `Du bist nicht in ${room}.`,
    join: "Beitreten",
    decline: "Jetzt nicht",
    asOf: (when: string) => `Stand: ${when}.`,
    kept: "Was du schreibst, wird gesendet, sobald du wieder verbunden bist.",
  },
};
