/** Names of people, with their marks and roles. */
import type { Role } from "../../../lib/protocol/frames.ts";
import type { NameMark } from "../../state/selectors.ts";
import type { PersonRef } from "../../state/types.ts";
import { strings } from "../../strings/strings.ts";
import { joined } from "../../strings/isolate.ts";
import { useActions, useProfile } from "./context.ts";

/** Marks a name that is a guest's, or belongs to another person by now. */
export function MarkTag({ mark }: { mark: NameMark }) {
  if (mark === undefined) return null;
  const t = strings.guest;
  switch (mark) {
    case "bot":
      return <span class="tag">{strings.roles.bot}</span>;
    case "guest":
      return <span class="tag" title={t.markTitle}>{t.mark}</span>;
    case "earlier":
      return <span class="tag earlier" title={t.earlierTitle}>{t.earlier}</span>;
    case "left":
      return <span class="tag earlier" title={t.leftTitle}>{t.left}</span>;
    default:
      return mark satisfies never;
  }
}

/** Shows a special role; nothing for members, and for guests and bots, who have a mark. */
export function RoleTag({ role }: { role: Role | undefined }) {
  if (role === undefined || role === "member" || role === "guest" || role === "bot") {
    return null;
  }
  return <span class="tag role">{strings.roles[role] ?? role}</span>;
}

/** The name that a person shows, with the name that they have beside it, and their status. */
export function ShownName({ who: { name, id } }: { who: PersonRef }) {
  const { display_name, status } = useProfile(name, id) ?? {};
  const { emoji = "", text = "", until = Infinity } = status ?? {};
  const says = joined([emoji, text], " ");
  return (
    <>
      {display_name ?? name}
      {display_name !== undefined && <small class="quiet">@{name}</small>}
      {says !== "" && until > Date.now() && (
        <span class="says" role="img" aria-label={says} title={says}>{emoji || "💬"}</span>
      )}
    </>
  );
}

/** A name that opens the card of the person. */
export function NameButton({ who, tabIndex = 0 }: { who: PersonRef; tabIndex?: number }) {
  const { dispatch } = useActions();
  return (
    <button
      type="button"
      class="name"
      dir="auto"
      tabIndex={tabIndex}
      onClick={() => dispatch({ type: "person", who })}
    >
      {/* Not the button's: a screen reader would say the name twice. */}
      <span title={strings.sidebar.about({ name: who.name })}>
        <ShownName who={who} />
      </span>
    </button>
  );
}
