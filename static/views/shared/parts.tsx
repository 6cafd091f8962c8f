/** The building blocks of other views: avatars, icons, buttons and dialogs. */
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import type { ShownPresence } from "../../state/selectors.ts";
import { huesOf, initialsOf } from "../../strings/format.ts";
import type { PersonRef, RoomState } from "../../state/types.ts";
import { strings } from "../../strings/strings.ts";
import { useProfile } from "./context.ts";
import { useBackCloses } from "./back.ts";
import type { DeferredIconName } from "./deferred_icons.ts";
import { type FirstIconName, iconPath } from "./icons.ts";

/** The avatar of a person. Decorative: the name stands beside it. */
export function Avatar(
  props: { name: string; id?: string; presence?: ShownPresence; size?: "small" },
) {
  const { name, id, presence, size } = props;
  const picture = useProfile(name, id)?.avatar;
  const [hue, other] = huesOf(name);
  return (
    <span
      class={`avatar ${size ?? ""}`}
      style={{ "--hue": hue, "--other": other }}
      aria-hidden="true"
    >
      {picture === undefined
        ? initialsOf(name)
        : <img src={`/api/avatars/${picture}`} alt="" loading="lazy" />}
      {presence && <PresenceDot state={presence} />}
    </span>
  );
}

/** Presence by shape as well as by colour: a disc, a crescent, a ring. */
function PresenceDot({ state }: { state: ShownPresence }) {
  return <span class={`dot ${state}`} title={strings.presence[state]} />;
}

/** The name of an icon. */
export type IconName = FirstIconName | DeferredIconName;

/** An icon. Decorative: the element around it has a label. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={iconPath(name)} />
    </svg>
  );
}

/** The faces of two of the people in a conversation without a name. Decorative. */
export function Faces({ people }: { people: readonly PersonRef[] }) {
  return (
    <span class="faces">
      {people.length === 0 && <Icon name="people" />}
      {people.slice(0, 2).map((one) => <Avatar key={one.name} {...one} size="small" />)}
    </span>
  );
}

/** The icon of a room, or the avatars of the others in a conversation. Decorative. */
export function RoomSign(
  { room: { name, kind, people } }: { room: Pick<RoomState, "name" | "kind" | "people"> },
) {
  if (people?.length) return <Faces people={people} />;
  if (kind === "direct") return <Avatar name={name.slice(1)} />;
  return (
    <span class="room-mark">
      <Icon name={kind === "private" ? "lock" : "hash"} />
    </span>
  );
}

/** A button with an icon and a label. */
export function IconButton(props: {
  icon: IconName;
  label: string;
  onClick: () => void;
  pressed?: boolean;
  class?: string;
  tabIndex?: number;
  /** The shortcut: as the title shows it, and for `aria-keyshortcuts`. */
  shortcut?: { readonly shown: string; readonly keys: string };
}) {
  const { shortcut } = props;
  const pressed = props.pressed === undefined ? {} : { "aria-pressed": props.pressed };
  return (
    <button
      type="button"
      class={`icon-button ${props.class ?? ""}`}
      title={shortcut === undefined ? props.label : `${props.label} (${shortcut.shown})`}
      aria-label={props.label}
      onClick={props.onClick}
      {...(shortcut === undefined ? {} : {
        "aria-keyshortcuts": shortcut.keys,
        // Instead of the title: a screen reader would say the label twice.
        "aria-description": shortcut.shown,
      })}
      {...(props.tabIndex === undefined ? {} : { tabIndex: props.tabIndex })}
      {...pressed}
    >
      <Icon name={props.icon} />
    </button>
  );
}

/** A modal dialog; the browser traps the focus in it and closes it on Escape. */
export function Dialog(props: {
  title: string;
  wide?: boolean;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  const open = useRef(true);
  const title = useId();
  useBackCloses(true, props.onClose);
  // Before the effects of the children: a field can only take the focus in an open dialog.
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // Itself, and a field in it afterwards: some screen readers say what it is only then, because they
    // forget what had the focus before.
    dialog?.focus();
    return () => {
      open.current = false;
      // Restores the focus.
      dialog?.close();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      class={props.wide ? "wide" : ""}
      aria-labelledby={title}
      tabIndex={-1}
      onCancel={(event) => {
        // The browser would hide the dialog before it reports that: a shortcut pressed in between
        // would be undone. A file field in the dialog sends this event as well.
        if (event.target !== ref.current) return;
        event.preventDefault();
        props.onClose();
      }}
      onClose={() => open.current && props.onClose()}
    >
      <div class="dialog-body">
        <header>
          <h2 id={title}>{props.title}</h2>
          <IconButton icon="close" label={strings.close} onClick={props.onClose} />
        </header>
        {props.children}
      </div>
    </dialog>
  );
}
