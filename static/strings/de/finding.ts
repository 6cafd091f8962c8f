/**
 * Looking for things: messages, places, emoji.
 *
 * @module
 */
import type { finding as english } from "../en/finding.ts";

/** In German. */
export const finding: typeof english = {
  search: {
    title: "Suche",
    label: "Nachrichten durchsuchen",
    placeholder: "Wonach suchst du?",
    filters: (set: number) => set === 0 ? "Filter" : `Filter (${set})`,
    room: "Raum",
    everywhere: "Überall",
    sender: "Geschrieben von",
    from: "Von",
    to: "Bis",
    none: "Nichts gefunden.",
    start: "Findet Nachrichten in all deinen Räumen und Gesprächen.",
    more: "Mehr zeigen",
    busy: "Sucht…",
  },
  switcher: {
    title: "Gehe zu",
    label: "Ein Raum oder jemandes Name",
    none: "Nichts mit diesem Namen.",
  },
  emoji: {
    title: "Emoji",
    search: "Emoji suchen",
    none: "Kein Emoji mit diesem Namen.",
    found: "Gefunden",
    recent: "Zuletzt benutzt",
    groups: {
      "smileys-emotion": "Smileys und Gefühle",
      "people-body": "Menschen",
      "animals-nature": "Tiere und Natur",
      "food-drink": "Essen und Trinken",
      "travel-places": "Reisen und Orte",
      "activities": "Aktivitäten",
      "objects": "Dinge",
      "symbols": "Zeichen",
      "flags": "Flaggen",
    },
  },
};
