/**
 * Looking for things: messages, places, emoji.
 *
 * @module
 */

/** In English. */
export const finding = {
  search: {
    title: "Search",
    label: "Search messages",
    placeholder: "Words to look for",
    filters: (set: number) => set === 0 ? "Filters" : `Filters (${set})`,
    room: "Room",
    everywhere: "Everywhere",
    sender: "Written by",
    from: "From",
    to: "To",
    none: "Nothing found.",
    start: "Finds messages in all your rooms and conversations.",
    more: "Show more",
    busy: "Searching…",
  },
  switcher: {
    title: "Go to",
    label: "A room or somebody's name",
    none: "Nothing of this name.",
  },
  emoji: {
    title: "Emoji",
    search: "Search emoji",
    none: "No emoji of this name.",
    found: "Found",
    recent: "Used lately",
    groups: {
      "smileys-emotion": "Smileys and feelings",
      "people-body": "People",
      "animals-nature": "Animals and nature",
      "food-drink": "Food and drink",
      "travel-places": "Travel and places",
      "activities": "Activities",
      "objects": "Things",
      "symbols": "Signs",
      "flags": "Flags",
    },
  },
};
