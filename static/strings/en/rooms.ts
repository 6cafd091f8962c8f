/**
 * Rooms: where they are listed, made and left.
 *
 * @module
 */
import { pluralIn } from "../plural.ts";

const plural = pluralIn("en");

/** In English. */
export const rooms = {
  sidebar: {
    open: "Show rooms and people",
    label: "Rooms and people",
    rooms: "Rooms",
    noRooms: "You are in no room yet.",
    directs: "Direct messages",
    noDirects: "Pick somebody below to write to.",
    people: "People",
    nobody: "Nobody else is here right now.",
    morePeople: (n: number) => `and ${n} more`,
    peopleHere: (n: number) => `${plural(n, "person", "people")} online in all`,
    createRoom: "Create a room",
    browse: "Browse public rooms",
    newDirect: "Write to somebody",
    unread: (n: number) => plural(n, "unread message", "unread messages"),
    private: "private room",
    signOut: "Sign out",
    signOutQuestion: "Sign out now?",
    signOutHint: (n: number) => `What was not sent yet is lost: ${plural(n, "change", "changes")}.`,
    about: (name: string) => `About ${name}`,
    you: "you",
    muted: "muted",
    yourAccount: (name: string) => `${name}: your account`,
    keys: "Keyboard shortcuts",
    manage: "Manage this server",
    filter: "Filter rooms and people",
    goTo: "Go to a room or a person",
    goToShort: "Go to…",
    goToKeys: "Ctrl K",
    noMatch: "Nothing of this name.",
  },
  room: {
    members: (n: number) => plural(n, "member", "members"),
    membersTitle: "Members",
    findMember: "Find a member",
    showMembers: "Show members",
    invite: "Invite",
    level: "Notifications of this room",
    more: "More",
    leave: "Leave",
    hide: "Close conversation",
    leaveQuestion: (room: string) => `Leave ${room}?`,
    leaveHint: "You can come back as long as the room is open to you.",
    search: "Search",
    none: "No room is open",
    noneHint: "Choose one of your rooms, browse the public ones, or start your own.",
    emptyRoom: (room: string) => `This is the beginning of ${room}.`,
    emptyDirect: (name: string) => `This is the beginning of your conversation with ${name}.`,
    emptyHint: "Say hello!",
  },
  rules: {
    title: (room: string) => `Rules of ${room}`,
    open: "Room settings",
    locked: "Locked",
    lockedHint: "Only moderators can write.",
    slow: "Slow mode",
    slowHint: "How long one person waits between two messages.",
    slows: [
      { label: "Off", seconds: 0 },
      { label: "5 s", seconds: 5 },
      { label: "30 s", seconds: 30 },
      { label: "5 min", seconds: 300 },
    ],
    isLocked: "locked",
    isSlow: "slow",
  },
};
