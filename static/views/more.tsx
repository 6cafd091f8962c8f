/** What there is no place for: a button, and behind it a list of what can be done. */
import { useId, useRef } from "preact/hooks";
import { Icon, IconButton, type IconName } from "./parts.tsx";

/** Something that can be done, with its sign and its name. */
export interface Doing {
  readonly icon: IconName;
  readonly label: string;
  readonly run: () => void;
}

/** Each of them as a button with a sign. */
export function InARow({ doings }: { doings: readonly Doing[] }) {
  return (
    <>
      {doings.map(({ icon, label, run }) => (
        <IconButton key={label} icon={icon} label={label} onClick={run} />
      ))}
    </>
  );
}

/** All of them behind one button. The browser closes the list, and gives the focus back. */
export function Behind({ label, doings }: { label: string; doings: readonly Doing[] }) {
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
      <ul ref={list} id={id} class="behind" popover="auto" aria-label={label}>
        {doings.map(({ icon, label, run }) => (
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
