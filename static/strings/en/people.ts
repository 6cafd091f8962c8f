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
  presence: { online: "online", away: "away", offline: "offline", unknown: "unknown" },
  people: {
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
