/** The badge of a room that has unread messages. */
import { attentionOf, badgeOf } from "../../state/selectors.ts";
import type { RoomState } from "../../state/types.ts";
import { strings } from "../../strings/strings.ts";

/** How much is unread and meant for the user. */
export function Count({ count }: { count: number }) {
  return (
    <span class="badge" translate={false}>
      <span aria-hidden="true">{count > 99 ? "99+" : count}</span>
      <span class="sr-only">{strings.sidebar.unread({ count })}</span>
    </span>
  );
}

/** Counts what is unread; what is meant for the user stands out, and mentions have their sign. */
export function UnreadBadge({ room }: { room: RoomState }) {
  const { mentions } = room;
  const [unread, attention] = [badgeOf(room), attentionOf(room)];
  if (unread === 0) return null;
  const count = attention > 0 ? attention : unread;
  const isMention = attention > 0 && mentions > 0 && room.kind !== "direct";
  const t = strings.sidebar;
  return (
    <span class={`badge ${attention > 0 ? "" : "quiet"}`} translate={false}>
      <span aria-hidden="true">{isMention && "@"}{count > 99 ? "99+" : count}</span>
      <span class="sr-only">
        {t.unread({ count: unread })}
        {isMention && `, ${t.mentions({ count: mentions })}`}
      </span>
    </span>
  );
}
