/** Tabs in a dialog. */
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { deferredStrings } from "../../strings/deferred.ts";
import { useBackCloses } from "./back.ts";
import { useNarrow } from "./media.ts";
import { Icon } from "./parts.tsx";

/** The props of pages of settings. */
interface PagesProps<K extends string> {
  label: string;
  tabs: readonly (readonly [K, ComponentChildren])[];
  chosen: K;
  choose: (tab: K) => void;
  children: ComponentChildren;
}

/** Pages of settings: tabs beside them, or on a narrow screen a list that leads to each. */
export function Pages<K extends string>(props: PagesProps<K>) {
  if (useNarrow()) return <PageList {...props} />;
  return (
    <div class="pages">
      <Tabs {...props} vertical />
    </div>
  );
}

function PageList<K extends string>({ label, tabs, chosen, choose, children }: PagesProps<K>) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const back = useRef<HTMLButtonElement>(null);
  const title = tabs.find(([tab]) => tab === chosen)?.[1];
  useBackCloses(isOpen, () => setOpen(false));
  // The button that opened the page is gone.
  useLayoutEffect(() => back.current?.focus(), [isOpen]);
  if (!isOpen) {
    return (
      <ul class="page-list" role="list" aria-label={label}>
        {tabs.map(([tab, label]) => (
          <li key={tab}>
            <button
              type="button"
              class="place"
              onClick={() => {
                choose(tab);
                setOpen(true);
              }}
            >
              <span class="place-name">{label}</span>
              <Icon name="right" />
            </button>
          </li>
        ))}
      </ul>
    );
  }
  return (
    <div role="group" aria-labelledby={id} class="tab-panel">
      <button
        type="button"
        class="page-back"
        ref={back}
        onClick={() => setOpen(false)}
      >
        <Icon name="left" />
        <span class="sr-only">{deferredStrings.back}</span>
        <strong id={id}>{title}</strong>
      </button>
      {children}
    </div>
  );
}

/** How many tabs a key goes on. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowDown: 1,
  ArrowLeft: -1,
  ArrowUp: -1,
};

/** A tab list; the arrow keys move between the tabs (ARIA Authoring Practices, Tabs). */
export function Tabs<K extends string>(props: PagesProps<K> & { vertical?: boolean }) {
  const { tabs, chosen, choose, vertical } = props;
  const id = useId();
  const onKeyDown = (event: KeyboardEvent) => {
    const move = STEPS[event.key] ?? 0;
    if (move === 0) return;
    event.preventDefault();
    const at = tabs.findIndex(([tab]) => tab === chosen);
    const next = (at + move + tabs.length) % tabs.length;
    choose(tabs[next]![0]);
    (event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
  };
  return (
    <>
      <div
        class="tabs"
        role="tablist"
        aria-label={props.label}
        aria-orientation={vertical ? "vertical" : "horizontal"}
        onKeyDown={onKeyDown}
      >
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
