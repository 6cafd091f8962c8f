/** Tabs in a dialog. */
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

/** A tab list; the arrow keys move between the tabs (ARIA Authoring Practices, Tabs). */
export function Tabs<K extends string>(props: {
  label: string;
  tabs: readonly (readonly [K, ComponentChildren])[];
  chosen: K;
  choose: (tab: K) => void;
  children: ComponentChildren;
}) {
  const { tabs, chosen, choose } = props;
  const id = useId();
  const onKeyDown = (event: KeyboardEvent) => {
    const move = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (move === 0) return;
    const at = tabs.findIndex(([tab]) => tab === chosen);
    const next = (at + move + tabs.length) % tabs.length;
    choose(tabs[next]![0]);
    (event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label={props.label} onKeyDown={onKeyDown}>
        {tabs.map(([tab, label]) => (
          <button
            key={tab}
            type="button"
            role="tab"
            id={`${id}-${tab}`}
            aria-selected={tab === chosen}
            aria-controls={`${id}-panel`}
            tabIndex={tab === chosen ? 0 : -1}
            onClick={({ currentTarget }) => {
              choose(tab);
              // On a phone only a part of it may be in view.
              currentTarget.scrollIntoView({ block: "nearest", inline: "nearest" });
            }}
          >
            {label}
          </button>
        ))}
      </div>
      <div
        class="tab-panel"
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${chosen}`}
      >
        {props.children}
      </div>
    </>
  );
}
