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
    peopleHere: (n: number) => `insgesamt ${plural(n, "Person", "Personen")} online`,
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
    keys: "Tastenkürzel",
    manage: "Diesen Server verwalten",
    filter: "Räume und Leute filtern",
    goTo: "Gehe zu Raum oder Person",
    goToShort: "Gehe zu …",
    goToKeys: "Strg K",
    noMatch: "Nichts mit diesem Namen.",
  },
  room: {
    members: (n: number) => plural(n, "Mitglied", "Mitglieder"),
    membersTitle: "Mitglieder",
    findMember: "Mitglied finden",
    showMembers: "Mitglieder zeigen",
    invite: "Einladen",
    level: "Benachrichtigungen aus diesem Raum",
    more: "Mehr",
    leave: "Verlassen",
    hide: "Gespräch schließen",
    leaveQuestion: (room: string) => `${room} verlassen?`,
    leaveHint: "Du kannst zurückkommen, solange der Raum für dich offen ist.",
    search: "Suchen",
    none: "Kein Raum ist offen",
    noneHint: "Wähle einen deiner Räume, sieh dir die öffentlichen an oder lege selbst einen an.",
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
