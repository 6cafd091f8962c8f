/** Texts with the server's own emoji, and what keeps these up to date. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { EmojiListing } from "../../../lib/protocol/frames.ts";
import { foldName } from "../../../lib/protocol/names.ts";
import {
  changeOwnEmoji,
  followOwnEmoji,
  isWanted,
  ownEmoji,
  setOwnEmoji,
  watchOwnEmoji,
} from "../../emoji/own.ts";
import { useActions } from "./context.ts";
import type { StateProps } from "./deferred_views.ts";

/** The emoji of the server's own: see `ownEmoji`. The view is rendered again when they change. */
export function useOwnEmoji(): ReadonlyMap<string, string> {
  const [known, set] = useState(ownEmoji);
  useEffect(() => followOwnEmoji(() => set(ownEmoji())), []);
  return known;
}

/** A text, with the pictures of the emoji in it. What is no emoji here stays as it is written. */
export function OwnEmoji({ text }: { text: string }) {
  const known = useOwnEmoji();
  // Two names may share a colon: `:a:b:`.
  const pieces = text.split(/(:[^\s:]{2,30}:)/);
  return (
    <>
      {pieces.map((piece, index) => {
        const picture = index % 2 === 1 ? known.get(foldName(piece)) : undefined;
        if (picture === undefined) return piece;
        return (
          <img
            key={index}
            class="own-emoji"
            src={`/api/emoji/${picture}`}
            alt={piece}
            title={piece}
            loading="lazy"
          />
        );
      })}
    </>
  );
}

/** Asks the server for its emoji once something wants to show them, and applies changes. */
export function OwnEmojiSync({ state }: StateProps) {
  const { dispatch } = useActions();
  const [wants, want] = useState(isWanted);
  const pages = useRef<EmojiListing[]>([]);
  const { changedEmoji, lists: { emoji_list: list } } = state;
  const ask = (after?: string) =>
    dispatch({
      type: "order",
      order: { type: "list_emoji", ...(after === undefined ? {} : { after }) },
    });
  useEffect(() => watchOwnEmoji(() => want(isWanted())), []);
  useEffect(() => {
    if (!wants || !state.ready) return;
    pages.current = [];
    ask();
  }, [wants, state.ready, state.me.id]);
  useEffect(() => {
    if (list === undefined) return;
    pages.current.push(...list.emoji);
    if (list.more) ask(list.next);
    else setOwnEmoji(pages.current, changedEmoji);
  }, [list]);
  useEffect(() => changeOwnEmoji(changedEmoji), [changedEmoji]);
  return null;
}
