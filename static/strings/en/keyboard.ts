/**
 * Keys, and what they do.
 *
 * @module
 */

type Keys = readonly (readonly [keys: readonly string[], does: string])[];

/** In English. */
export const keyboard = {
  shortcuts: {
    title: "Keyboard shortcuts",
    groups: [
      {
        title: "Everywhere",
        keys: [
          [["?"], "Show this sheet"],
          [["Ctrl", "K"], "Go to a room or a person"],
          [["F6"], "Go to the next part of the page"],
          [["Shift", "F6"], "Go to the part before"],
          [["Alt", "↑"], "Open the room above"],
          [["Alt", "↓"], "Open the room below"],
          [["Alt", "Shift", "↓"], "Open the next room with something unread"],
          [["Esc"], "Close what is open, or go back to writing"],
        ] as Keys,
      },
      {
        title: "Writing",
        keys: [
          [["Enter"], "Send"],
          [["Shift", "Enter"], "Begin a new line"],
          [["↑"], "Edit your last message, where nothing is written yet"],
          [["Esc"], "Stop replying or editing"],
        ] as Keys,
      },
      {
        title: "Messages",
        keys: [
          [["↑"], "Go to the message above"],
          [["↓"], "Go to the message below"],
          [["Tab"], "Reach what can be done with it"],
          [["Esc"], "Go back to the message, then to writing"],
        ] as Keys,
      },
    ],
  },
};
