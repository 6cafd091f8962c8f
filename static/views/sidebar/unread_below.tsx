/** Leads to unread rooms that are out of view below. */
import { useEffect, useRef, useState } from "preact/hooks";
import { badgeOf } from "../../state/selectors.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import type { StateProps } from "../shared/deferred_views.ts";
import { Icon } from "../shared/parts.tsx";

/** The button at the end of the sidebar's lists; nothing while every unread room is in view or above. */
export function UnreadBelow({ state }: StateProps) {
  const end = useRef<HTMLSpanElement>(null);
  const [below, setBelow] = useState<Element>();
  const unread = [...state.rooms.values()].filter((room) => badgeOf(room) > 0)
    .map(({ key }) => key).join();
  useEffect(() => {
    const lists = end.current?.parentElement;
    if (!lists) return;
    const out = new Set<Element>();
    const observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting, boundingClientRect, rootBounds } of entries) {
        const isBelow = !isIntersecting && boundingClientRect.top >= (rootBounds?.bottom ?? 0);
        if (isBelow) out.add(target);
        else out.delete(target);
      }
      const top = (one: Element) => one.getBoundingClientRect().top;
      setBelow([...out].sort((a, b) => top(a) - top(b))[0]);
    }, { root: lists });
    const observe = () => {
      for (const place of lists.querySelectorAll(".has-unread")) observer.observe(place);
    };
    // A long list has other entries in the document when it is scrolled.
    const changes = new MutationObserver(observe);
    changes.observe(lists, { childList: true, subtree: true });
    observe();
    return () => {
      observer.disconnect();
      changes.disconnect();
      setBelow(undefined);
    };
  }, [unread, state.current]);
  return (
    <>
      <span ref={end} />
      {below && (
        <button
          type="button"
          class="primary unread-below"
          onClick={() => below.scrollIntoView({ block: "center" })}
        >
          <Icon name="down" />
          {deferredStrings.sidebar.unreadBelow}
        </button>
      )}
    </>
  );
}
