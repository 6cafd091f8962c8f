/**
 * Rooms: where they are listed, made and left.
 *
 * @module
 */
import type { rooms as english } from "../en/rooms.ts";
import { pluralIn } from "../plural.ts";

const plural = pluralIn("de");

/** In German. */
export const rooms: typeof english = {
  sidebar: {
    open: "Räume und Leute zeigen",
    label: "Räume und Leute",
    rooms: "Räume",
    noRooms: "Du bist noch in keinem Raum.",
    directs: "Direktnachrichten",
    noDirects: "Wähle unten jemanden, um zu schreiben.",
    people: "Leute",
    nobody: "Gerade ist sonst niemand hier.",
    morePeople: (n: number) => `und ${n} weitere`,
    createRoom: "Raum anlegen",
    browse: "Öffentliche Räume",
    newDirect: "Jemandem schreiben",
    unread: (n: number) => plural(n, "ungelesene Nachricht", "ungelesene Nachrichten"),
    private: "privater Raum",
    signOut: "Abmelden",
    signOutQuestion: "Jetzt abmelden?",
    signOutHint: (n: number) =>
      `Was noch nicht gesendet ist, geht verloren: ${plural(n, "Änderung", "Änderungen")}.`,
    about: (name: string) => `Über ${name}`,
    you: "du",
    muted: "stumm",
    yourAccount: (name: string) => `${name}: dein Konto`,
    manage: "Diesen Server verwalten",
    filter: "Raum oder Person finden",
    goTo: "Zu einem Raum oder einer Person gehen",
    noMatch: "Nichts mit diesem Namen.",
  },
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
  room: {
    members: (n: number) => plural(n, "Mitglied", "Mitglieder"),
    membersTitle: "Mitglieder",
    findMember: "Mitglied finden",
    showMembers: "Mitglieder zeigen",
    invite: "Einladen",
    more: "Mehr",
    leave: "Verlassen",
    hide: "Gespräch schließen",
    leaveQuestion: (room: string) => `${room} verlassen?`,
    leaveHint: "Du kannst zurückkommen, solange der Raum für dich offen ist.",
    search: "Suchen",
    none: "Kein Raum ist offen",
    noneHint: "Wähle links einen Raum, sieh dir die öffentlichen an oder lege selbst einen an.",
    emptyRoom: (room: string) => `Hier beginnt ${room}.`,
    emptyDirect: (name: string) => `Hier beginnt dein Gespräch mit ${name}.`,
    emptyHint: "Sag hallo!",
  },
  rules: {
    title: (room: string) => `Regeln für ${room}`,
    open: "Raum einstellen",
    locked: "Geschlossen",
    lockedHint: "Nur die Moderation kann schreiben.",
    slow: "Langsamer Modus",
    slowHint: "Wie lange jemand zwischen zwei Nachrichten wartet.",
    slows: [
      { label: "Aus", seconds: 0 },
      { label: "5 s", seconds: 5 },
      { label: "30 s", seconds: 30 },
      { label: "5 min", seconds: 300 },
    ],
    isLocked: "geschlossen",
    isSlow: "langsam",
  },
};
