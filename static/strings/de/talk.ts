/**
 * What is said: the log, the composer, search.
 *
 * @module
 */
import type { talk as english } from "../en/talk.ts";
import { pluralIn } from "../plural.ts";

const plural = pluralIn("de");

/** In German. */
export const talk: typeof english = {
  log: {
    label: (room: string) => `Nachrichten in ${room}`,
    today: "Heute",
    yesterday: "Gestern",
    loadingOlder: "Ältere Nachrichten werden geladen…",
    loadingNewer: "Neuere Nachrichten werden geladen…",
    toSkipped: "Ältere Nachrichten fehlen hier: dorthin, wo du aufgehört hast",
    toLine: "Zum Anfang der neuen Nachrichten",
    justNow: "gerade eben",
    newMessages: (n: number) => plural(n, "neue Nachricht", "neue Nachrichten"),
    newIn: (n: number, room: string) =>
      `${plural(n, "neue Nachricht", "neue Nachrichten")} in ${room}`,
    said: (name: string, text: string) => `${name}: ${text}`,
    toEnd: "Zur neuesten springen",
    fresh: "Neu",
    edited: "bearbeitet",
    code: (language: string | undefined) => language === undefined ? "Code" : `Code: ${language}`,
    copyCode: "Code kopieren",
    messageIn: (room: string) => `Nachricht in ${room}`,
    blocked: "Nachricht von jemandem, den du blockiert hast.",
    show: "Zeigen",
    deleted: "Diese Nachricht wurde gelöscht.",
    earlier: "eine frühere Nachricht",
    replyTo: (name: string) => `Antwort auf ${name}`,
    waiting: "Wartet aufs Senden",
    sending: "Wird gesendet…",
    saving: "Wird gespeichert…",
    refused: "Nicht gesendet",
    tryAgain: "Noch einmal",
    discard: "Verwerfen",
    actions: "Was mit der Nachricht geschehen soll",
    reply: "Antworten",
    react: "Reagieren",
    edit: "Bearbeiten",
    delete: "Löschen",
    deleteQuestion: "Diese Nachricht löschen?",
    deleteHint: "Sie verschwindet für alle. Das lässt sich nicht zurücknehmen.",
    moreEmoji: "Mehr Emoji",
    copyLink: "Link kopieren",
    linkCopied: "Der Link zur Nachricht wurde kopiert.",
    reactWith: (emoji: string) => `Mit ${emoji} reagieren`,
    reaction: (emoji: string, names: string) => `${emoji} von ${names}`,
    reactionBy: (names: string) => `von ${names}`,
    typing: (names: readonly string[]) =>
      names.length === 1
        ? `${names[0]} schreibt…`
        : names.length === 2
        ? `${names[0]} und ${names[1]} schreiben…`
        : `${names.length} Leute schreiben…`,
  },
  composer: {
    label: (room: string) => `Nachricht an ${room}`,
    placeholder: (room: string) => `Schreib an ${room}`,
    hint: "Enter sendet, Umschalt+Enter beginnt eine neue Zeile",
    send: "Senden",
    save: "Speichern",
    replying: (name: string) => `Antwort an ${name}`,
    editing: "Du bearbeitest deine Nachricht",
    cancel: "Abbrechen",
    tooLong: "Das ist zu lang zum Senden.",
    emoji: "Emoji einfügen",
    names: "Namen",
    offered: (n: number) => plural(n, "Name passt", "Namen passen"),
    locked: "Dieser Raum ist geschlossen: Nur die Moderation kann hier schreiben.",
    muted: (until: string) => `Die Moderation hat dich bis ${until} stumm geschaltet.`,
    over: "Dieser Gast ist weg: Niemand würde es lesen.",
    slow: (every: string) => `Langsamer Modus: eine Nachricht alle ${every}.`,
    wait: (left: string) => `Langsamer Modus: In ${left} kannst du wieder schreiben.`,
  },
};
