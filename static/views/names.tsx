/** Names of people, with what is to be known of them. */
import type { Role } from "../../lib/protocol.ts";
import type { GuestMark } from "../select.ts";
import type { Who } from "../state/types.ts";
import { strings } from "../strings.ts";
import { useActions } from "./context.ts";

/** Says that a name is only lent, and whether to who has it now. */
export function GuestTag({ mark, guest }: { mark: GuestMark; guest: number | undefined }) {
  if (mark === undefined || guest === undefined) return null;
  const t = strings.guest;
  return mark === "guest"
    ? <span class="tag" title={t.markTitle(guest)}>{t.mark}</span>
    : <span class="tag earlier" title={t.earlierTitle(guest)}>{t.earlier}</span>;
}

/** Says what somebody is, where it is anything special. */
export function RoleTag({ role }: { role: Role | undefined }) {
  if (role === undefined || role === "member" || role === "guest") return null;
  return <span class="tag role">{strings.roles[role]}</span>;
}

/** A name that opens somebody's card. */
export function NameButton({ who, tabIndex = 0 }: { who: Who; tabIndex?: number }) {
  const { dispatch } = useActions();
  return (
    <button
      type="button"
      class="name"
      dir="auto"
      tabIndex={tabIndex}
      title={strings.sidebar.about(who.name)}
      onClick={() => dispatch({ type: "person", who })}
    >
      {who.name}
    </button>
  );
}
