/**
 * People, and what one can do about them.
 *
 * @module
 */
import type { people as english } from "../en/people.ts";

/** In German. */
export const people: typeof english = {
  roles: {
    owner: "Inhaber",
    moderator: "Moderation",
    member: "Mitglied",
    bot: "Bot",
    guest: "Gast",
  },
  guest: {
    mark: "Gast",
    earlier: "früherer Gast",
    markTitle: (n: number) => `Gast Nummer ${n}: hat diesen Namen nur für jetzt`,
    earlierTitle: (n: number) => `Gast Nummer ${n}: nicht, wer den Namen jetzt hat`,
  },
  presence: { online: "online", away: "abwesend", offline: "offline" },
  people: {
    write: "Direktnachricht schreiben",
    block: "Blockieren",
    unblock: "Nicht mehr blockieren",
    blockHint: "Die Person kann dir nicht mehr schreiben.",
    moderate: "Ordnung halten",
    muteFor: "Stumm für",
    unmute: "Wieder sprechen lassen",
    mutes: [
      { label: "10 Minuten", seconds: 600 },
      { label: "1 Stunde", seconds: 3_600 },
      { label: "1 Tag", seconds: 86_400 },
    ],
    kick: (room: string) => `Aus ${room} entfernen`,
    ban: "Ausschließen…",
    makeModerator: "Moderation übertragen",
    unmakeModerator: "Moderation entziehen",
    earlierHint: "Dieser Gast ist weg. Wer den Namen jetzt hat, ist jemand anders.",
    itsYou: "Das bist du.",
    banTitle: (name: string) => `${name} ausschließen?`,
    banHint:
      "Die Person wird überall abgemeldet und kann erst zurück, wenn der Ausschluss aufgehoben ist.",
    banReason: "Grund",
    banAddress: "Auch die Netzwerkadresse ausschließen",
    banAddressHint: "Hält alle fern, die sie teilen, zu Hause oder bei der Arbeit.",
    banSubmit: "Ausschließen",
    banned: (name: string) => `${name} ist ausgeschlossen.`,
    unbanned: (name: string) => `${name} darf wiederkommen.`,
    muted: (name: string, until: string) => `${name} ist stumm bis ${until}.`,
    unmuted: (name: string) => `${name} kann wieder sprechen.`,
    youAreUnmuted: "Du kannst wieder sprechen.",
    blocked: (name: string) => `Du hast ${name} blockiert.`,
    unblocked: (name: string) => `${name} kann dir wieder schreiben.`,
    yourRole: (role: string) => `Deine Rolle ist jetzt: ${role}.`,
    theirRole: (name: string, role: string) => `${name} ist jetzt: ${role}.`,
    putOutBy: (by: string, room: string) => `${by} hat dich aus ${room} entfernt.`,
    noLongerIn: (room: string) => `Du bist nicht mehr in ${room}.`,
  },
};
