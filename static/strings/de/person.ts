/**
 * What one can do about somebody.
 *
 * @module
 */
import type { person as english } from "../en/person.ts";

/** In German. */
export const person: typeof english = {
  person: {
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
  },
};
