/** Asks for the members of a large room, of whom the page knows only some. */
import { useEffect } from "preact/hooks";
import type { PageState, RoomState } from "../../state/types.ts";
import { useActions } from "./context.ts";

/** For how many ms a user may pause while typing a name. */
const typingPause = 150;

/** Asks for the members whose names begin with a text, if the page may not know them. */
export function useMembers({ ready }: PageState, room: RoomState, query: string): void {
  const { dispatch } = useActions();
  const { key: room_id, live } = room;
  const knowsAll = room.members.length >= room.memberCount;
  useEffect(() => {
    if (query === "" || knowsAll || !live) return;
    const order = { type: "list_members", room_id, query } as const;
    const timer = setTimeout(() => dispatch({ type: "order", order }), typingPause);
    return () => clearTimeout(timer);
  }, [query, room_id, live, ready]);
}
