/**
 * What one is told of, and how; and going somewhere quickly.
 *
 * @module
 */
import type { told as english } from "../en/told.ts";

/** In German. */
export const told: typeof english = {
  level: {
    open: "Benachrichtigungen aus diesem Raum",
    title: (room: string) => `Benachrichtigungen aus ${room}`,
    what: "Wovon du erfahren willst",
    levels: {
      all: { name: "Von jeder Nachricht", hint: "Was immer jemand hier schreibt." },
      mentions: {
        name: "Von Erwähnungen",
        hint: "Dein @Name und Antworten auf das, was du schriebst.",
      },
      none: { name: "Von nichts", hint: "Der Raum steht auch ohne Zahl in der Liste." },
    },
    everywhere: "Gilt auf allen deinen Geräten. Wie ein Gerät sich meldet, steht in deinem Konto.",
  },
  switcher: {
    title: "Gehe zu",
    label: "Ein Raum oder jemandes Name",
    none: "Nichts mit diesem Namen.",
  },
};
