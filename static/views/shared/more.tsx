/** Menus: actions in a row of buttons, or in a list behind one button. */
import { useId, useRef } from "preact/hooks";
import { Icon, IconButton, type IconName } from "./parts.tsx";

/** An action with its icon and label. */
export interface MenuAction {
  readonly icon: IconName;
  readonly label: string;
  readonly run: () => void;
}

/** Shows each action as an icon button. */
export function ActionRow({ actions }: { actions: readonly MenuAction[] }) {
  return (
    <>
      {actions.map(({ icon, label, run }) => (
        <IconButton key={label} icon={icon} label={label} onClick={run} />
      ))}
    </>
  );
}

/** Shows the actions behind one button. The browser closes the list and restores the focus. */
export function ActionMenu({ label, actions }: { label: string; actions: readonly MenuAction[] }) {
  const list = useRef<HTMLUListElement>(null);
  const id = useId();
  return (
    <>
      <button
        type="button"
        class="icon-button"
        title={label}
        aria-label={label}
        popovertarget={id}
      >
        <Icon name="more" />
      </button>
      <ul ref={list} id={id} class="action-menu" popover="auto" aria-label={label}>
        {actions.map(({ icon, label, run }) => (
          <li key={label}>
            <button
              type="button"
              class="place"
              onClick={() => {
                list.current?.hidePopover();
                run();
              }}
            >
              <Icon name={icon} />
              {label}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
