/** Fetches the messages that others answer and that the page does not hold. */
import { useEffect, useRef } from "preact/hooks";
import type { Message } from "../../../lib/protocol/frames.ts";
import type { MessagePage } from "../../../lib/protocol/responses.ts";
import { call, isRefused } from "../../net/api.ts";
import type { RoomState } from "../../state/types.ts";
import { useActions } from "../shared/context.ts";
import type { QuotesProps } from "../shared/deferred_views.ts";

/** How many messages are fetched before the rows show them. */
const batchMax = 10;

/** How many messages a room holds because others answer them. */
const quotesMax = 100;

/** How often a message is asked for while events arrive, which may be about it. */
const attemptsMax = 5;

/** Shows nothing. */
export function Quotes({ room: { key, epoch, seq, quotes }, missing }: QuotesProps) {
  const { dispatch } = useActions();
  const attempts = useRef(new Map<string, number>());
  const held = useRef(quotes);
  held.current = quotes;
  const end = useRef(seq);
  end.current = seq;
  const nameOf = (one: number) => `${key} ${epoch} ${one}`;
  const attemptsAt = (one: number) => attempts.current.get(nameOf(one)) ?? 0;
  const wanted = [...new Set(missing)].filter((one) => attemptsAt(one) < attemptsMax)
    .slice(0, batchMax);
  useEffect(() => {
    if (wanted.length === 0) return;
    let isWanted = true;
    void (async () => {
      const asked = end.current;
      const messages: Message[] = [];
      for (const one of wanted) {
        attempts.current.set(nameOf(one), attemptsAt(one) + 1);
        const message = await messageAt(key, epoch, one);
        if (!isWanted) return;
        if (message !== undefined) messages.push(message);
      }
      dispatch({
        type: "quotes",
        room: key,
        quotes: withQuotes(held.current, messages),
        seq: asked,
      });
    })();
    return () => {
      isWanted = false;
    };
    // Asked for again if events arrived meanwhile.
  }, [nameOf(0), wanted.join(" "), wanted.length > 0 && seq]);
  return null;
}

/** Adds messages to those that a room holds because others answer them. */
export function withQuotes(
  held: RoomState["quotes"] = new Map(),
  messages: readonly Message[],
): ReadonlyMap<number, Message> {
  const quotes = [...held, ...messages.map((one) => [one.seq, one] as const)];
  return new Map(quotes.slice(-quotesMax));
}

async function messageAt(
  room: string,
  epoch: string | undefined,
  seq: number,
): Promise<Message | undefined> {
  const path = `/api/rooms/id:${room}/messages?after=${seq - 1}&limit=1`;
  const page = await call<MessagePage>("GET", path);
  // In another log, the `seq` is another message.
  return isRefused(page) || page.epoch !== epoch
    ? undefined
    : page.messages.find((one) => one.seq === seq);
}
