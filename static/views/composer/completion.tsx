/**
 * Suggested names while the user types: a listbox above the text field, which keeps the focus
 * (WAI-ARIA Authoring Practices, combobox with list autocomplete).
 */
import { useEffect, useId, useLayoutEffect, useMemo, useState } from "preact/hooks";
import {
  closedEmoji,
  isClosed,
  isWhole,
  type Option,
  optionsFor,
  type Query,
  queryAt,
} from "../../state/completion.ts";
import { type EmojiCatalogue, loadEmoji } from "../../emoji/emoji.ts";
import { withOwnEmoji } from "../../emoji/own.ts";
import { skinTone, withSkinTone } from "../../emoji/skin_tone.ts";
import { strings } from "../../strings/strings.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import type { CompletionProps } from "../shared/deferred_views.ts";
import { OwnEmoji, useOwnEmoji } from "../shared/own_emoji.tsx";
import { useRooms } from "../shared/use_found.ts";
import { useMembers } from "../shared/use_members.ts";
import { useActions } from "../shared/context.ts";
import { replaceText } from "./field.ts";
import { Avatar, Icon } from "../shared/parts.tsx";

/** The list; it stands right before the text field. */
export function Completion({ state, room, field, written, completer, onAria }: CompletionProps) {
  const { dispatch } = useActions();
  const id = useId();
  const [query, setQuery] = useState<Query>();
  const [active, setActive] = useState(0);
  /** Where the user closed the list with Escape: it stays closed for the same word. */
  const [closedAt, closeAt] = useState<number>();
  const [hasClosed, setClosed] = useState(false);
  const own = useOwnEmoji();
  const loaded = useCatalogue(query?.kind === "emoji" || hasClosed);
  const tone = skinTone();
  const catalogue = useMemo(
    () => loaded && withSkinTone(withOwnEmoji(loaded, own), tone),
    [loaded, own, tone],
  );
  const rooms = useRooms(state, query?.kind === "room" ? query.text : undefined);
  const wantsGroups = query?.kind === "person" && state.lists.groups === undefined && state.ready;
  useEffect(() => {
    if (wantsGroups) dispatch({ type: "order", order: { type: "list_groups" } });
  }, [wantsGroups]);
  const open = query !== undefined && query.start !== closedAt;
  const options = open ? optionsFor(query, state, room, catalogue, rooms) : [];

  const update = (element: HTMLTextAreaElement) => {
    const { value, selectionStart, selectionEnd } = element;
    const next = selectionStart === selectionEnd ? queryAt(value, selectionStart) : undefined;
    if (next?.start !== query?.start || next?.text !== query?.text) setActive(0);
    if (next === undefined) closeAt(undefined);
    setQuery(next);
    setClosed(isClosed(value, selectionStart));
    const closed = catalogue && closedEmoji(value, selectionStart, catalogue);
    if (closed) replaceText(element, closed.start, selectionStart, closed.emoji);
  };
  const choose = (option: Option) => {
    const element = field.current;
    if (element === null || query === undefined) return;
    const end = query.start + 1 + query.text.length;
    // A space that follows already is not inserted twice.
    const insert = element.value[end] === " " ? option.insert.trimEnd() : option.insert;
    setQuery(undefined);
    replaceText(element, query.start, end, insert);
  };
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (options.length === 0 || event.shiftKey || event.altKey) return false;
    const last = options.length - 1;
    const chosen = options[Math.min(active, last)]!;
    switch (event.key) {
      case "ArrowDown":
        return setActive(active === last ? 0 : active + 1), true;
      case "ArrowUp":
        return setActive(active === 0 ? last : active - 1), true;
      case "Enter":
        // A name that is already complete needs no insertion: Enter sends the message.
        if (isWhole(query!, chosen)) return false;
        return choose(chosen), true;
      case "Tab":
        return choose(chosen), true;
      case "Escape":
        return closeAt(query?.start), true;
      default:
        return false;
    }
  };
  useLayoutEffect(() => {
    completer.current = { update, onKeyDown };
  });
  useLayoutEffect(() => {
    // A restored draft triggers no suggestions.
    if (written.current && field.current !== null) update(field.current);
    return () => {
      completer.current = null;
    };
  }, []);
  // The name of an emoji was typed in full before the emoji were loaded.
  useEffect(() => {
    if (catalogue !== undefined && field.current !== null) update(field.current);
  }, [catalogue]);
  useMembers(state, room, query?.kind === "person" ? query.text : "");
  useLayoutEffect(() => onAria(ariaOf(id, options, active)), [id, options.length, active]);
  return <List id={id} options={options} active={active} choose={choose} />;
}

function ariaOf(id: string, options: readonly Option[], active: number) {
  if (options.length === 0) return {};
  return {
    "aria-controls": id,
    "aria-activedescendant": `${id}-${active}`,
  };
}

/** Returns the emoji, once they are wanted and loaded. */
function useCatalogue(wanted: boolean): EmojiCatalogue | undefined {
  const [catalogue, setCatalogue] = useState<EmojiCatalogue>();
  useEffect(() => {
    if (!wanted || catalogue !== undefined) return;
    // Without a connection there are no suggestions; the next name tries again.
    loadEmoji().then(setCatalogue, () => {});
  }, [wanted]);
  return catalogue;
}

function List(props: {
  id: string;
  options: readonly Option[];
  active: number;
  choose: (option: Option) => void;
}) {
  const { id, options, active, choose } = props;
  return (
    <>
      <span class="sr-only" role="status">
        {options.length > 0 && deferredStrings.composer.offered({ count: options.length })}
      </span>
      {options.length > 0 && (
        <ul class="completion" id={id} role="listbox" aria-label={deferredStrings.composer.names}>
          {options.map((option, index) => (
            <li
              key={option.id}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === active}
              // The text field keeps the focus, and a phone its keyboard.
              onPointerDown={(event) => event.preventDefault()}
              onClick={() =>
                choose(option)}
            >
              <Sign option={option} />
              <bdi class="completion-name">{option.label}</bdi>
              {option.hint && <span class="quiet">{option.hint}</span>}
              {option.many && (
                <span class="quiet">{deferredStrings.mentionHints[option.many]}</span>
              )}
              {option.presence && (
                <span class="quiet">
                  {option.outside
                    ? deferredStrings.mentionHints.outside
                    : strings.presence[option.presence]}
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Sign({ option }: { option: Option }) {
  if (option.kind === "room") return <Icon name="hash" />;
  if (option.many) return <Icon name="people" />;
  if (option.kind === "emoji") {
    return (
      <span class="completion-emoji">
        <OwnEmoji text={option.insert.trim()} />
      </span>
    );
  }
  return <Avatar name={option.by ?? option.label} size="small" />;
}
