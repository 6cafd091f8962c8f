/** What the user keeps for themselves: messages to send later, reminders and saved messages. */
import { useEffect } from "preact/hooks";
import type { Message, Notice } from "../../../lib/protocol/frames.ts";
import { wordsOf } from "../../markdown/markdown.ts";
import { gistOf } from "../../state/room.ts";
import type { PageState } from "../../state/reducer.ts";
import type { Order } from "../../state/types.ts";
import { titleOf, whenOf } from "../../strings/format.ts";
import { joined } from "../../strings/isolate.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { ActButton } from "../shared/act_button.tsx";
import { useActions } from "../shared/context.ts";
import type { ListRow } from "../shared/deferred_views.ts";
import { LongList } from "../shared/long_list.tsx";
import { PageError } from "../shared/page_error.tsx";
import { Icon } from "../shared/parts.tsx";
import { ScheduledList } from "../shared/scheduled_list.tsx";
import { useAskOrder } from "../shared/use_ask.ts";
import { usePages } from "../shared/use_pages.ts";

/** The tab. */
export function Later({ state, onGo }: { state: PageState; onGo: () => void }) {
  const t = deferredStrings.later;
  return (
    <>
      <section class="card-section">
        <h3>{t.scheduled}</h3>
        <Schedule state={state} />
      </section>
      <section class="card-section">
        <h3>{t.reminders}</h3>
        <Reminders state={state} onGo={onGo} />
      </section>
      <section class="card-section">
        <h3>{t.saved}</h3>
        <Saved state={state} onGo={onGo} />
      </section>
    </>
  );
}

/** Asks for a list when the view is opened, and whenever it may have changed. */
function useList(order: Order, ...changes: readonly unknown[]) {
  const { dispatch } = useActions();
  useEffect(() => dispatch({ type: "order", order }), changes);
}

function Schedule({ state }: { state: PageState }) {
  const { scheduled_list: list, scheduled, scheduled_sent, scheduled_cancelled } = state.lists;
  useList({ type: "list_scheduled" }, state.ready, scheduled, scheduled_sent, scheduled_cancelled);
  const t = deferredStrings.later;
  return (
    <>
      {list?.entries.length === 0 && <p class="quiet">{t.noScheduled}</p>}
      {list !== undefined && (
        <ScheduledList
          entries={list.entries}
          about={({ room, at, failed }) =>
            joined([titleOf(room), whenOf(at, Date.now()), failed?.message], " · ")}
        />
      )}
    </>
  );
}

function Reminders({ state, onGo }: { state: PageState; onGo: () => void }) {
  const ask = useAskOrder();
  const { reminders, reminder } = state.lists;
  useList({ type: "list_reminders" }, state.ready, reminder);
  if (reminders === undefined) return <p class="quiet">{strings.loading}</p>;
  if (reminders.reminders.length === 0) {
    return <p class="quiet">{deferredStrings.later.noReminders}</p>;
  }
  return (
    <ul class="listing">
      {reminders.reminders.map(({ room_id, room, seq, at, due, about }) => (
        <li key={`${room_id} ${seq}`}>
          <Icon name={due ? "bell" : "unread"} />
          <Linked message={about} room_id={room_id} seq={seq} onGo={onGo}>
            {joined([titleOf(room), whenOf(at, Date.now())], " · ")}
          </Linked>
          <ActButton
            act={() =>
              ask({ type: "set_reminder", room_id, seq, at: 0 })}
          >
            {deferredStrings.later.done}
          </ActButton>
        </li>
      ))}
    </ul>
  );
}

function Saved({ state, onGo }: { state: PageState; onGo: () => void }) {
  const ask = useAskOrder();
  const pages = usePages({
    path: state.ready ? "/api/saved" : undefined,
    query: "",
    place: "before",
    // The server sends this whenever a message was saved, or is no longer.
    version: state.lists.saved,
    entriesIn: ({ messages }: Extract<Notice, { type: "saved" }>) => messages,
    keyOf: ({ saved_at }) => String(saved_at),
  });
  const { entries, isLoaded, next } = pages;
  const remove = ({ room_id, seq }: Message) =>
    ask({ type: "save_message", room_id, seq, on: false });
  const rows = entries.map((message): ListRow => {
    const { room_id, seq, sender, at } = message;
    return {
      key: `${room_id} ${seq}`,
      text: wordsOf(gistOf(message)),
      view: () => (
        <>
          <Linked message={message} room_id={room_id} seq={seq} onGo={onGo}>
            {joined([sender, whenOf(at, Date.now())], " · ")}
          </Linked>
          <ActButton act={() => remove(message)}>{deferredStrings.remove}</ActButton>
        </>
      ),
    };
  });
  return (
    <>
      {!isLoaded && <p class="quiet">{strings.loading}</p>}
      {isLoaded && rows.length === 0 && <p class="quiet">{deferredStrings.later.noSaved}</p>}
      <LongList
        class="listing saved"
        rows={rows}
        size={next === undefined ? rows.length : -1}
        onView={({ from, to }) => pages.onView(entries[from - 1], rows.length - to)}
      />
      <PageError {...pages} />
    </>
  );
}

/** A message in a list, which leads to its place in the room. */
function Linked(
  { message, room_id, seq, onGo, children }: {
    message: Message | undefined;
    room_id: string;
    seq: number;
    onGo: () => void;
    children: string;
  },
) {
  const { dispatch } = useActions();
  return (
    <span class="listed">
      <button
        type="button"
        class="link"
        dir="auto"
        onClick={() => {
          onGo();
          dispatch({ type: "jump", room: room_id, seq });
        }}
      >
        {message === undefined ? `#${seq}` : wordsOf(gistOf(message))}
      </button>
      <small>{children}</small>
    </span>
  );
}
