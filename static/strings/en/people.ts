/**
 * People, and what one can do about them.
 *
 * @module
 */

/** In English. */
export const people = {
  roles: {
    owner: "owner",
    moderator: "moderator",
    member: "member",
    bot: "bot",
    guest: "guest",
  },
  guest: {
    mark: "guest",
    earlier: "earlier guest",
    markTitle: (n: number) => `Guest number ${n}: has this name only for now`,
    earlierTitle: (n: number) => `Guest number ${n}: not who has this name now`,
  },
  presence: { online: "online", away: "away", offline: "offline" },
  people: {
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
    banned: (name: string) => `${name} is banned.`,
    unbanned: (name: string) => `${name} may come back.`,
    muted: (name: string, until: string) => `${name} is muted until ${until}.`,
    unmuted: (name: string) => `${name} can speak again.`,
    youAreUnmuted: "You can speak again.",
    blocked: (name: string) => `You have blocked ${name}.`,
    unblocked: (name: string) => `${name} can write to you again.`,
    yourRole: (role: string) => `Your role is now: ${role}.`,
    theirRole: (name: string, role: string) => `${name} is now: ${role}.`,
    putOutBy: (by: string, room: string) => `${by} has removed you from ${room}.`,
    noLongerIn: (room: string) => `You are no longer in ${room}.`,
  },
};
