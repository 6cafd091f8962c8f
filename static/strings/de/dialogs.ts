/**
 * What one does with rooms in dialogs: making, finding, setting them.
 *
 * @module
 */
import type { dialogs as english } from "../en/dialogs.ts";
import { pluralIn } from "../plural.ts";

const plural = pluralIn("de");

/** In German. */
export const dialogs: typeof english = {
  create: {
    title: "Raum anlegen",
    name: "Name",
    nameHint: "Buchstaben, Ziffern, - und _",
    roomTitle: "Thema",
    kind: "Wer hinein darf",
    public: "Alle",
    publicHint: "Auf diesem Server für alle zu sehen.",
    private: "Nur wer eingeladen ist",
    privateHint: "Nicht zu sehen und für andere geschlossen.",
    submit: "Raum anlegen",
  },
  browse: {
    title: "Öffentliche Räume",
    empty: "Es gibt noch keine öffentlichen Räume.",
    members: (n: number) => plural(n, "Mitglied", "Mitglieder"),
    join: "Beitreten",
    open: "Öffnen",
    filter: "Raum suchen",
    none: "Kein Raum heißt so.",
  },
  direct: { title: "Jemandem schreiben", name: "Name", submit: "Gespräch beginnen" },
  invite: { title: "In diesen Raum einladen", name: "Name", submit: "Einladen" },
  level: {
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
};
