/**
 * What one can do about somebody.
 *
 * @module
 */

/** In English. */
export const person = {
  person: {
    write: "Send a direct message",
    block: "Block",
    unblock: "Unblock",
    blockHint: "They can write to you no more.",
    moderate: "Keep order",
    muteFor: "Mute for",
    unmute: "Unmute",
    mutes: [
      { label: "10 minutes", seconds: 600 },
      { label: "1 hour", seconds: 3_600 },
      { label: "1 day", seconds: 86_400 },
    ],
    kick: (room: string) => `Remove from ${room}`,
    ban: "Ban…",
    makeModerator: "Make moderator",
    unmakeModerator: "Take back moderator",
    earlierHint: "This guest is gone. Whoever has the name now is somebody else.",
    itsYou: "This is you.",
    banTitle: (name: string) => `Ban ${name}?`,
    banHint: "They are signed out everywhere and cannot come back until the ban is lifted.",
    banReason: "Reason",
    banAddress: "Also ban their network address",
    banAddressHint: "Keeps out everybody who shares it, at home or at work.",
    banSubmit: "Ban",
  },
};
