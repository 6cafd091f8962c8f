/** Maps values of a newer server that this page does not know to the nearest known value. */
import type { Level, PresenceState, RoomKind } from "../../lib/protocol/frames.ts";

/** Maps a kind of room; an unknown kind is at least not public. */
export function knownKind(kind: RoomKind): RoomKind {
  return kind === "public" || kind === "direct" ? kind : "private";
}

/** Maps a notification level. */
export function knownLevel(level: Level): Level {
  return level === "all" || level === "none" ? level : "mentions";
}

/** Maps a presence: every value but `offline` and `away` means that the user is online. */
export function knownPresence(state: PresenceState): PresenceState {
  return state === "offline" || state === "away" ? state : "online";
}
