/** Subscribes to the rooms of the user that `welcome` does not list, page by page. */
import { useEffect, useRef } from "preact/hooks";
import type { RoomSummary } from "../../../lib/protocol/frames.ts";
import { call, isRefused } from "../../net/api.ts";
import { restOf } from "../../state/rest.ts";
import { useActions } from "../shared/context.ts";
import type { StateProps } from "../shared/deferred_views.ts";

/** How long to wait before the next page, in ms: something else may be more urgent. */
const pause = 200;
/** How long to wait before the same page is asked for again, in ms. */
const retryAfter = 2_000;

interface MembershipPage {
  readonly rooms: readonly RoomSummary[];
  readonly next?: string;
}

/** Works while it is mounted; renders nothing. */
export function RestFollower({ state }: StateProps) {
  const { dispatch } = useActions();
  const latest = useRef(state);
  latest.current = state;
  const isWanted = state.ready && state.moreRooms === true;
  useEffect(() => {
    if (!isWanted) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const follow = async (after?: string) => {
      const place = after === undefined ? "" : `?after=${after}`;
      const page = await call<MembershipPage>("GET", `/api/memberships${place}`);
      if (isOver) return;
      if (isRefused(page)) {
        timer = setTimeout(() => follow(after), retryAfter);
        return;
      }
      const intent = restOf(latest.current, page.rooms);
      if (intent.rooms.length + intent.held.length > 0) dispatch(intent);
      if (page.next !== undefined) timer = setTimeout(() => follow(page.next), pause);
    };
    timer = setTimeout(follow, pause);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [isWanted]);
  return null;
}
