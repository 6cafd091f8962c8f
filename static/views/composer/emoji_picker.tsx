/** The emoji picker: search and pick by mouse, touch or keyboard. */
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Emoji, type EmojiCatalogue, loadEmoji, searchEmoji } from "../../emoji/emoji.ts";
import { withOwnEmoji } from "../../emoji/own.ts";
import { setSkinTone, skinTone, type Tone, toned, TONES } from "../../emoji/skin_tone.ts";
import { countUse } from "../../emoji/used.ts";
import { moveInGrid } from "../../util/grid.ts";
import { preference, setPreference } from "../../util/preferences.ts";
import { strings } from "../../strings/strings.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { typesByTouch } from "./field.ts";
import { OwnEmoji, useOwnEmoji } from "../shared/own_emoji.tsx";
import type { EmojiPickerProps } from "../shared/deferred_views.ts";

/** How many emoji a row has; the style sheet has the same number. */
const columns = 8;
/** How many recently used emoji are shown first. */
const recentMax = 16;
/** The maximum number of search results: nobody looks further. */
const foundMax = 80;
/** The space between the picker, its button and the edges of the screen, in px. */
const margin = 8;

/** Emoji under a heading. */
interface Section {
  readonly title: string;
  readonly emoji: readonly Emoji[];
}

/** The picker: a popover that closes when the user does anything else. */
export function EmojiPicker({ anchor, onPick, onClose }: EmojiPickerProps) {
  const t = deferredStrings.emoji;
  const id = useId();
  const loaded = useCatalogue(onClose);
  const own = useOwnEmoji();
  const catalogue = useMemo(() => loaded && withOwnEmoji(loaded, own), [loaded, own]);
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const [tone, setTone] = useState(skinTone);
  const sections = useMemo(
    () => catalogue === undefined ? [] : sectionsOf(catalogue, query),
    [catalogue, query],
  );
  const box = usePopover(anchor, onClose);
  const all = sections.flatMap(({ emoji }) => emoji);
  const chosen = all[active];
  const pick = (one: Emoji) => {
    const emoji = toned(one.emoji, tone);
    noteRecent(one.emoji);
    countUse(emoji);
    onPick(emoji);
  };
  useLayoutEffect(() => {
    document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [active]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    // A choice of a tone has keys of its own, but for those that are pressed to write or to choose.
    if (isTone(event.target) && /^(Arrow|Tab| $)/.test(event.key)) return event.stopPropagation();
    // These keys are not for the message or the page around the picker.
    event.stopPropagation();
    if (event.key === "Enter" && chosen !== undefined) {
      event.preventDefault();
      return pick(chosen);
    }
    if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
    setActive(moveInGrid(sections.map(({ emoji }) => emoji.length), columns, active, event.key));
  };
  return (
    <div
      ref={box}
      popover="auto"
      // What is typed next is for the field, wherever the user presses.
      onMouseDown={(event) => {
        if (event.target !== box.current?.querySelector("input")) event.preventDefault();
      }}
      class="emoji-picker"
      role="dialog"
      aria-label={t.title}
      tabIndex={-1}
      onKeyDown={onKeyDown}
    >
      <input
        type="search"
        role="combobox"
        // The typings require it; the listbox is the one below.
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
          {catalogue === undefined ? strings.loading : strings.sidebar.noMatch}
        </p>
      )}
      <EmojiList
        id={id}
        sections={sections}
        active={active}
        setActive={setActive}
        tone={tone}
        onPick={pick}
      />
      <footer>
        <About emoji={chosen} tone={tone} />
        <SkinTones
          tone={tone}
          onChange={(next) => {
            setSkinTone(next);
            setTone(next);
          }}
        />
      </footer>
    </div>
  );
}

/** The listbox of all sections; `active` counts through all of them. */
function EmojiList({ id, sections, active, setActive, tone, onPick }: {
  id: string;
  sections: readonly Section[];
  active: number;
  setActive: (index: number) => void;
  tone: Tone;
  onPick: (emoji: Emoji) => void;
}) {
  let count = 0;
  return (
    <div
      class="emoji-list"
      id={id}
      hidden={sections.length === 0}
      role="listbox"
      aria-label={deferredStrings.emoji.title}
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
                  onClick={() => onPick(one)}
                >
                  <OwnEmoji text={toned(one.emoji, tone)} />
                </button>
              );
            })}
          </div>
        </section>
      ))}
    </div>
  );
}

/** Names the chosen emoji, for sighted users: a screen reader reads the option. */
function About({ emoji, tone }: { emoji: Emoji | undefined; tone: Tone }) {
  return (
    <p class="emoji-about" aria-hidden="true">
      {emoji && (
        <>
          <span class="emoji-shown">
            <OwnEmoji text={toned(emoji.emoji, tone)} />
          </span>
          <span>{emoji.label}</span>
          <span class="quiet">:{emoji.names[0]}:</span>
        </>
      )}
    </p>
  );
}

/** The choice of the skin tone. */
function SkinTones({ tone, onChange }: { tone: Tone; onChange: (tone: Tone) => void }) {
  const t = deferredStrings.emoji;
  const name = useId();
  return (
    <fieldset class="tones">
      <legend class="sr-only">{t.skinTone}</legend>
      {(Object.keys(TONES) as Tone[]).map((one) => (
        <label key={one} title={t.skinTones[one]}>
          <input
            type="radio"
            name={name}
            aria-label={t.skinTones[one]}
            checked={one === tone}
            onChange={() => onChange(one)}
          />
          <span aria-hidden="true">{toned("✋", one)}</span>
        </label>
      ))}
    </fieldset>
  );
}

function isTone(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && target.type === "radio";
}

function sectionsOf(catalogue: EmojiCatalogue, query: string): readonly Section[] {
  const t = deferredStrings.emoji;
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

function recentOf(catalogue: EmojiCatalogue): readonly Emoji[] {
  const used = (preference(place) ?? "").split(" ");
  const all = new Map(searchEmoji(catalogue, "").map((one) => [one.emoji, one]));
  return used.map((emoji) => all.get(emoji)).filter((one) => one !== undefined);
}

function noteRecent(emoji: string): void {
  const before = (preference(place) ?? "").split(" ").filter((one) => one !== emoji);
  setPreference(place, [emoji, ...before].slice(0, recentMax).join(" ").trim());
}

function useCatalogue(onFail: () => void): EmojiCatalogue | undefined {
  const [catalogue, setCatalogue] = useState<EmojiCatalogue>();
  useEffect(() => {
    loadEmoji().then(setCatalogue, onFail);
  }, []);
  return catalogue;
}

/** Opens as a popover beside an anchor; the browser closes it on Escape and on a click outside. */
export function usePopover(anchor: DOMRect, onClose: () => void) {
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
    // On a phone the keyboard would cover the emoji.
    if (typesByTouch()) box.focus();
    else box.querySelector("input")?.focus();
    box.addEventListener("toggle", onToggle);
    return () => {
      box.removeEventListener("toggle", onToggle);
      // Restores the focus.
      if (box.matches(":popover-open")) box.hidePopover();
    };
  }, []);
  return ref;
}

/**
 * Places the picker above the anchor if there is room, else below; never over an edge of the
 * screen.
 */
function putBeside(box: HTMLElement, at: DOMRect): void {
  const { width, height } = box.getBoundingClientRect();
  const above = at.top - height - margin;
  const below = Math.min(at.bottom + margin, innerHeight - height - margin);
  const left = Math.min(at.right - width, innerWidth - width - margin);
  box.style.setProperty("--left", `${Math.max(margin, left)}px`);
  box.style.setProperty("--top", `${Math.max(margin, above >= margin ? above : below)}px`);
}
