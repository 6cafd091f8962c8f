/** The frame of the panels beside the log. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { strings } from "../../strings/strings.ts";
import { IconButton } from "./parts.tsx";

/** A panel with a title and a close button. */
export function PanelFrame(
  props: {
    title: string;
    onClose: () => void;
    /** More buttons of the panel. */
    buttons?: ComponentChildren;
    children: ComponentChildren;
  },
) {
  const ref = useRef<HTMLElement>(null);
  useFocusReturn(ref);
  return (
    <aside ref={ref} class="panel" aria-label={props.title}>
      <header>
        <h2>{props.title}</h2>
        <span class="buttons">
          {props.buttons}
          <IconButton icon="close" label={strings.close} onClick={props.onClose} />
        </span>
      </header>
      {props.children}
    </aside>
  );
}

/** Restores the focus when the panel closes, if the focus is still in the panel. */
function useFocusReturn(panel: { current: HTMLElement | null }): void {
  // Read while rendering: a field in the panel takes the focus right after.
  const before = useRef(document.activeElement);
  useLayoutEffect(() => () => {
    if (!panel.current?.contains(document.activeElement)) return;
    if (before.current instanceof HTMLElement) before.current.focus();
  }, []);
}
