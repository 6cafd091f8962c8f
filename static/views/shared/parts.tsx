/** The building blocks of other views: avatars, icons, buttons and dialogs. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { ShownPresence } from "../../state/selectors.ts";
import { huesOf, initialsOf } from "../../strings/format.ts";
import type { PersonRef, RoomState } from "../../state/types.ts";
import { strings } from "../../strings/strings.ts";
import { useProfile } from "./context.ts";
import { useBackCloses } from "./back.ts";

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

const paths = {
  hash: "M9 4 7 20M17 4l-2 16M4 9h17M3 15h17",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M5 11h14v9H5z",
  plus: "M12 5v14M5 12h14",
  compass: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm4 5-2.5 5.5L8 16l2.500-5.500z",
  pencil: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5",
  people:
    "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21c0-4 3-6 7-6s7 2 7 6M16 4a4 4 0 0 1 0 7M18 15c2.500.7 4 2.600 4 6",
  invite:
    "M10 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM3 21c0-4 3-6 7-6 1.500 0 2.900.3 4 .9M19 14v7M15.500 17.500h7",
  leave: "M14 4H5v16h9M10 12h11M17 8l4 4-4 4",
  power: "M12 3v9M6.500 6.500a8 8 0 1 0 11 0",
  close: "M6 6l12 12M18 6 6 18",
  menu: "M4 7h16M4 12h16M4 17h16",
  reply: "M10 8V4l-7 7 7 7v-4c5 0 8 1.500 10 5 0-6-3-11-10-11z",
  forward: "M14 8V4l7 7-7 7v-4c-5 0-8 1.500-10 5 0-6 3-11 10-11z",
  thread: "M4 5h16v11H10l-5 4v-4H4zM8 9h8M8 12h5",
  smile:
    "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8.500 14.500c1.800 2.400 5.200 2.400 7 0M9 9.500v.5M15 9.500v.5",
  trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
  down: "M12 5v14M6 13l6 6 6-6",
  sliders: "M4 8h9M19 8h1M4 16h1M11 16h9M16 5.500v5M8 13.500v5",
  bot: "M6 9h12v10H6zM12 5v4M9.500 13v2M14.500 13v2M3 12v4M21 12v4",
  shield: "M12 3 5 6v5c0 5 3 8 7 10 4-2 7-5 7-10V6zM9 12l2 2 4-4",
  key: "M8 10a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9zM11.500 11.500 20 3M16 7l3 3",
  ban: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM5.700 5.700l12.600 12.600",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  check: "M5 13l4 4L19 7",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  clip:
    "M20 11l-8.500 8.500a5 5 0 0 1-7-7L13 4a3.500 3.500 0 0 1 5 5l-8.500 8.500a2 2 0 0 1-3-3L14 7",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  retry: "M20 12a8 8 0 1 1-2.500-5.800M20 3v5h-5",
  mute: "M4 9v6h4l5 4V5L8 9zM17 10l4 4M21 10l-4 4",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4",
  bellOff: "M6 16V11a6 6 0 0 1 9-5M18 11v5l2 2H6M10 21h4M4 4l16 16",
  phone: "M7 3h10v18H7zM11 18h2",
  pin: "M9 3h6l-1 6 4 4H6l4-4zM12 13v8",
  more:
    "M4 12a1 1 0 1 0 2 0 1 1 0 1 0-2 0M11 12a1 1 0 1 0 2 0 1 1 0 1 0-2 0M18 12a1 1 0 1 0 2 0 1 1 0 1 0-2 0",
  keyboard: "M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M18 10h.01M7 14h10",
  unread: "M3 6h18v12H3zM3 7l9 6 9-6",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3 3",
  poll: "M5 20v-7M12 20V4M19 20V9",
  send: "M4 12 20 4l-5 16-3.500-6.500zM11.500 13.500 20 4",
} as const;

/** The name of an icon. */
export type IconName = keyof typeof paths;

/** An icon. Decorative: the element around it has a label. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
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
  if (people) return <Faces people={people} />;
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
      {...(shortcut === undefined ? {} : { "aria-keyshortcuts": shortcut.keys })}
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
  useBackCloses(true, props.onClose);
  // Before the effects of the children: a field can only take the focus in an open dialog.
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
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
      aria-labelledby="dialog-title"
      onCancel={(event) => {
        // The browser would hide the dialog before it reports that: a shortcut pressed in between
        // would be undone. A file field in the dialog sends this event as well.
        if (event.target !== ref.current) return;
        event.preventDefault();
        props.onClose();
      }}
      onClose={() => open.current && props.onClose()}
      onClick={(event) => event.target === ref.current && props.onClose()}
    >
      <div class="dialog-body">
        <header>
          <h2 id="dialog-title">{props.title}</h2>
          <IconButton icon="close" label={strings.close} onClick={props.onClose} />
        </header>
        {props.children}
      </div>
    </dialog>
  );
}
