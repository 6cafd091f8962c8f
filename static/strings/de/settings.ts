/**
 * One's own account, and the server's.
 *
 * @module
 */
import type { settings as english } from "../en/settings.ts";
import { pluralIn } from "../plural.ts";

const plural = pluralIn("de");

/** In German. */
export const settings: typeof english = {
  you: {
    title: "Dein Konto",
    tabs: {
      keys: "Anmeldung",
      devices: "Geräte",
      look: "Aussehen",
      told: "Benachrichtigungen",
      blocked: "Blockiert",
    },
    told: {
      notifications: "Benachrichtigungen",
      notificationsHint: "Während diese Seite offen ist und du woanders hinsiehst.",
      closed: "Auch wenn die Seite geschlossen ist",
      closedHint: "Über den Push-Dienst deines Browsers, verschlüsselt für dieses Gerät.",
      noPush: "Dieser Server benutzt keine Push-Dienste.",
      sound: "Ton",
      soundHint: "Zwei leise Töne, während du woanders hinsiehst.",
      cannot:
        "Dieser Browser kann es hier nicht. Manche brauchen https oder die installierte Seite.",
      denied:
        "Dem Browser wurde gesagt, es nicht zu erlauben: siehe seine Einstellungen für diese Seite.",
      here: "Gilt auf diesem Gerät. Wovon du erfährst, stellst du in jedem Raum ein.",
    },
    look: {
      theme: "Farben",
      system: "Wie das System",
      light: "Hell",
      dark: "Dunkel",
      language: "Sprache",
      browsers: "Wie der Browser",
      here: "Gilt auf diesem Gerät.",
    },
    passkeys: "Passkeys",
    passkeysHint:
      "Melde dich mit Fingerabdruck, Gesicht oder Bildschirmsperre an: Nichts ist zu merken.",
    addPasskey: "Passkey hinzufügen",
    added: (when: string) => `hinzugefügt ${when}`,
    password: "Passwort",
    passwordHint: (min: number) => `Mindestens ${min} Zeichen. Für Geräte ohne Passkeys.`,
    newPassword: "Neues Passwort",
    currentPassword: "Bisheriges Passwort",
    setPassword: "Passwort setzen",
    passwordSet: "Dein Passwort ist gesetzt.",
    needsCurrent: "Du hast schon ein Passwort: Gib es ein, um es zu ändern.",
    thisDevice: "dieses Gerät",
    seen: (when: string) => `zuletzt benutzt ${when}`,
    signOut: "Abmelden",
    another: "Weiteres Gerät benutzen",
    anotherHint: "Öffne dort den Link oder richte die Kamera auf den Code. Das geht genau einmal.",
    linkLabel: "Link für das andere Gerät",
    expiresIn: (time: string) => `Gültig für ${time}`,
    expired: "Dieser Link ist abgelaufen.",
    qrLabel: "QR-Code des Links",
    noBlocked: "Du hast niemanden blockiert.",
    keepLabel: "Erinnerung",
    keep: "Behalte deinen Namen:",
    keepPasskey: "Füge einen Passkey hinzu",
    keepPassword: "Setze ein Passwort",
    keepWhy: "– dann kommst du als du selbst zurück.",
  },
  manage: {
    title: "Dieser Server",
    tabs: { invites: "Einladungen", bots: "Bots", bans: "Ausschlüsse", log: "Protokoll" },
    uses: "Wie oft",
    expiry: "Gültig für",
    room: "Führt nach",
    noRoom: "kein Raum",
    forever: "immer",
    expiries: [
      { label: "1 Tag", hours: 24 },
      { label: "7 Tage", hours: 168 },
      { label: "30 Tage", hours: 720 },
    ],
    anyUses: "unbegrenzt",
    manyUses: "beliebig oft",
    useCounts: [1, 5, 25, 100],
    makeInvite: "Einladung erstellen",
    inviteLink: "Der Link, nur jetzt zu sehen",
    noInvites: "Keine Einladung ist offen.",
    inviteBy: (name: string) => `von ${name}`,
    usesLeft: (n: number) => `noch ${plural(n, "Mal", "Mal")}`,
    expires: (when: string) => `bis ${when}`,
    revoke: "Zurückziehen",
    botName: "Name des Bots",
    makeBot: "Bot anlegen",
    botToken: "Sein Token, nur jetzt zu sehen",
    noBots: "Es gibt keine Bots.",
    noBans: "Niemand ist ausgeschlossen.",
    anAddress: "eine Adresse",
    unban: "Ausschluss aufheben",
    unmuted: "kann wieder sprechen",
    muteDetail: (span: string) => `für ${span}`,
    noLog: "Noch musste nichts getan werden.",
    more: "Frühere Einträge zeigen",
    actions: {
      kick: "entfernte",
      ban: "schloss aus:",
      unban: "hob den Ausschluss auf von",
      mute: "schaltete stumm:",
      set_room: "änderte die Regeln von",
      set_role: "änderte die Rolle von",
      delete: "löschte eine Nachricht von",
    },
  },
};
