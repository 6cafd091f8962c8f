/** Every emoji, to be searched and picked by mouse, finger or keyboard. */
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Catalogue, type Emoji, loadEmoji, searchEmoji } from "../emoji.ts";
import { moveInGrid } from "../grid.ts";
import { remember, remembered } from "../remember.ts";
import { strings } from "../strings.ts";
import { asides } from "../strings/aside.ts";
import { typesByTouch } from "./field.ts";
import type { PickerProps } from "./emoji_button.tsx";

/** How many emoji stand side by side; the style sheet has the same number. */
const columns = 8;
/** How many of the emoji that one used last are offered first. */
const recentMax = 16;
/** The most that a search shows: nobody looks further. */
const foundMax = 80;
/** Space between the picker, its button and the edges of the screen, in px. */
const margin = 8;

/** Emoji under a heading. */
interface Section {
  readonly title: string;
  readonly emoji: readonly Emoji[];
}

/** The picker. It lies over the page, and goes when one does anything else. */
export function EmojiPicker({ anchor, onPick, onClose }: PickerProps) {
  const t = asides.emoji;
  const id = useId();
  const catalogue = useCatalogue(onClose);
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const sections = useMemo(
    () => catalogue === undefined ? [] : sectionsOf(catalogue, query),
    [catalogue, query],
  );
  const box = usePopover(anchor, onClose);
  const all = sections.flatMap(({ emoji }) => emoji);
  const chosen = all[active];
  const pick = (one: Emoji) => {
    noteRecent(one.emoji);
    onPick(one.emoji);
  };
  useLayoutEffect(() => {
    document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [active]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    // Nothing of this is for the message or the page around it.
    event.stopPropagation();
    if (event.key === "Enter" && chosen !== undefined) {
      event.preventDefault();
      return pick(chosen);
    }
    if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
    setActive(moveInGrid(sections.map(({ emoji }) => emoji.length), columns, active, event.key));
  };
  let count = 0;
  return (
    <div
      ref={box}
      popover="auto"
      class="emoji-picker"
      role="dialog"
      aria-label={t.title}
      tabIndex={-1}
      onKeyDown={onKeyDown}
    >
      <input
        type="search"
        role="combobox"
        // The typings ask for it; the list is the one below.
        list={undefined}
        aria-label={t.search}
        placeholder={t.search}
        aria-expanded={all.length > 0}
        aria-controls={id}
        aria-autocomplete="list"
        {...(chosen === undefined ? {} : { "aria-activedescendant": `${id}-${active}` })}
        value={query}
        onInput={(event) => {
          setQuery(event.currentTarget.value);
          setActive(0);
        }}
      />
      {all.length === 0 && (
        <p class="emoji-none quiet" role="status">
          {catalogue === undefined ? strings.loading : t.none}
        </p>
      )}
      <div
        class="emoji-list"
        id={id}
        hidden={all.length === 0}
        role="listbox"
        aria-label={t.title}
        tabIndex={-1}
      >
        {sections.map(({ title, emoji }) => (
          <section key={title} role="group" aria-label={title}>
            <h3 aria-hidden="true">{title}</h3>
            <div class="emoji-grid" role="presentation">
              {emoji.map((one) => {
                const index = count++;
                return (
                  <button
                    key={one.emoji}
                    id={`${id}-${index}`}
                    type="button"
                    role="option"
                    tabIndex={-1}
                    aria-label={one.label}
                    aria-selected={index === active}
                    onPointerEnter={() => setActive(index)}
                    onClick={() => pick(one)}
                  >
                    {one.emoji}
                  </button>
                );
              })}
            </div>
          </section>
        ))}
      </div>
      <p class="emoji-about" aria-hidden="true">
        {chosen && (
          <>
            <span class="emoji-shown">{chosen.emoji}</span>
            <span>{chosen.label}</span>
            <span class="quiet">:{chosen.names[0]}:</span>
          </>
        )}
      </p>
    </div>
  );
}

function sectionsOf(catalogue: Catalogue, query: string): readonly Section[] {
  const t = asides.emoji;
  if (query.trim() !== "") {
    const emoji = searchEmoji(catalogue, query).slice(0, foundMax);
    return emoji.length === 0 ? [] : [{ title: t.found, emoji }];
  }
  const groups = catalogue.groups.map(({ name, emoji }) => ({
    title: t.groups[name as keyof typeof t.groups] ?? name,
    emoji,
  }));
  const recent = recentOf(catalogue);
  return recent.length === 0 ? groups : [{ title: t.recent, emoji: recent }, ...groups];
}

const place = "recent-emoji";

function recentOf(catalogue: Catalogue): readonly Emoji[] {
  const used = (remembered(place) ?? "").split(" ");
  const all = new Map(searchEmoji(catalogue, "").map((one) => [one.emoji, one]));
  return used.map((emoji) => all.get(emoji)).filter((one) => one !== undefined);
}

function noteRecent(emoji: string): void {
  const before = (remembered(place) ?? "").split(" ").filter((one) => one !== emoji);
  remember(place, [emoji, ...before].slice(0, recentMax).join(" ").trim());
}

function useCatalogue(onFail: () => void): Catalogue | undefined {
  const [catalogue, setCatalogue] = useState<Catalogue>();
  useEffect(() => {
    loadEmoji().then(setCatalogue, onFail);
  }, []);
  return catalogue;
}

/** Opens over the page beside an anchor; the browser closes it on Escape and on a press outside. */
function usePopover(anchor: DOMRect, onClose: () => void) {
  const ref = useRef<HTMLDivElement>(null);
  const latest = useRef(onClose);
  latest.current = onClose;
  useLayoutEffect(() => {
    const box = ref.current!;
    const onToggle = (event: Event) => {
      if ((event as ToggleEvent).newState === "closed") latest.current();
    };
    box.showPopover();
    putBeside(box, anchor);
    // On a phone the keyboard would cover what one came for.
    if (typesByTouch()) box.focus();
    else box.querySelector("input")?.focus();
    box.addEventListener("toggle", onToggle);
    return () => {
      box.removeEventListener("toggle", onToggle);
      // Gives the focus back to where it was before.
      if (box.matches(":popover-open")) box.hidePopover();
    };
  }, []);
  return ref;
}

/** Above where there is room, else below; never over an edge of the screen. */
function putBeside(box: HTMLElement, at: DOMRect): void {
  const { width, height } = box.getBoundingClientRect();
  const above = at.top - height - margin;
  const below = Math.min(at.bottom + margin, innerHeight - height - margin);
  const left = Math.min(at.right - width, innerWidth - width - margin);
  box.style.setProperty("--left", `${Math.max(margin, left)}px`);
  box.style.setProperty("--top", `${Math.max(margin, above >= margin ? above : below)}px`);
}
