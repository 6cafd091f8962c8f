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
  presence: { online: "online", away: "abwesend", offline: "offline", unknown: "unbekannt" },
  people: {
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
