/** Subscribes to the rooms of the user that `welcome` does not list, page by page. */
import { useEffect, useRef, useState } from "preact/hooks";
import { call, isRefused } from "../../net/api.ts";
import { type MembershipPage, RestRooms } from "../../state/rest.ts";
import { useActions } from "../shared/context.ts";
import type { StateProps } from "../shared/deferred_views.ts";

/** How long to wait before the next rooms, in ms: something else may be more urgent. */
const pause = 200;
/** How long to wait before the same page is asked for again, in ms. */
const retryAfter = 2_000;

/** Works while it is mounted; renders nothing. */
export function RestFollower({ state }: StateProps) {
  const { dispatch } = useActions();
  const [rest] = useState(() => new RestRooms());
  const latest = useRef(state);
  latest.current = state;
  const isWanted = state.ready && state.moreRooms === true;
  useEffect(() => {
    if (!isWanted) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const known = [...rest.resume(state, Date.now())];
    const follow = async () => {
      const again = known.shift();
      if (again !== undefined) {
        dispatch(again);
        timer = setTimeout(follow, pause);
        return;
      }
      const { missing } = rest;
      if (missing === undefined) return;
      const query = new URLSearchParams({ ...missing });
      const page = await call<MembershipPage>("GET", `/api/memberships?${query}`);
      if (isOver) return;
      if (isRefused(page)) {
        timer = setTimeout(follow, retryAfter);
        return;
      }
      const intent = rest.add(latest.current, page);
      if (intent !== undefined) dispatch(intent);
      timer = setTimeout(follow, pause);
    };
    timer = setTimeout(follow, pause);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [isWanted]);
  return null;
}
