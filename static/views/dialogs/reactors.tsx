/** Who has reacted to a message. */
import { useEffect, useState } from "preact/hooks";
import { reactionsOf } from "../../../lib/chat/events/message.ts";
import type { ReactionListing } from "../../../lib/protocol/frames.ts";
import { call, isRefused } from "../../net/api.ts";
import { findMessage } from "../../state/timeline.ts";
import type { MessageDialog, PageState } from "../../state/types.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { useActions } from "../shared/context.ts";
import type { StateProps } from "../shared/deferred_views.ts";
import { NameButton } from "../shared/names.tsx";
import { OwnEmoji } from "../shared/own_emoji.tsx";
import { Avatar, Dialog } from "../shared/parts.tsx";
import { Tabs } from "../shared/tabs.tsx";

/** How long a finger stays on a reaction to say who has reacted, in ms. */
const longPress = 500;

/** The dialog: a tab for each emoji, with the names of those who have reacted. */
export function Reactors({ state, message: opened, emoji }: StateProps & MessageDialog) {
  const { dispatch } = useActions();
  const [chosen, choose] = useState(emoji);
  const message = latest(state, opened);
  const reactions = reactionsOf(message, state.me.id);
  const shown = reactions.find((one) => one.emoji === chosen) ?? reactions[0];
  const t = deferredStrings.reactors;
  return (
    <Dialog title={t.title} onClose={() => dispatch({ type: "dialog" })}>
      {shown === undefined ? <p class="quiet">{t.none}</p> : (
        <Tabs
          label={t.title}
          tabs={reactions.map(({ emoji, count }) => [
            emoji,
            <span key={emoji}>
              <OwnEmoji text={emoji} /> {count}
            </span>,
          ])}
          chosen={shown.emoji}
          choose={choose}
        >
          <Names
            // A reaction that arrives meanwhile changes the key, and the list is fetched again.
            key={`${shown.emoji} ${shown.count} ${shown.mine} ${state.ready}`}
            path={`/api/rooms/id:${message.room_id}/messages/${message.seq}/reactions`}
            emoji={shown.emoji}
            known={shown}
          />
        </Tabs>
      )}
    </Dialog>
  );
}

/** The message as the page holds it now. */
function latest({ rooms, thread }: PageState, opened: MessageDialog["message"]) {
  const room = rooms.get(opened.room_id);
  return (room && findMessage(room, opened.seq)) ??
    thread?.messages?.find(({ seq }) => thread.room === opened.room_id && seq === opened.seq) ??
    opened;
}

/** The names for one emoji: those that the message carries, until the server has sent all. */
function Names({ path, emoji, known }: {
  path: string;
  emoji: string;
  known: { readonly names: readonly string[]; readonly ids: readonly string[] };
}) {
  const [after, showAfter] = useState("");
  const [people, setPeople] = useState<readonly ReactionListing[]>();
  const [next, setNext] = useState<string>();
  const [refusal, setRefusal] = useState<string>();
  useEffect(() => {
    let isShown = true;
    const query = new URLSearchParams({ emoji, limit: "100", ...(after && { after }) });
    void call<{ readonly reactions: readonly ReactionListing[]; readonly next?: string }>(
      "GET",
      `${path}?${query}`,
    ).then((answer) => {
      if (!isShown) return;
      if (isRefused(answer)) return setRefusal(answer.detail);
      setPeople((before) => [...before ?? [], ...answer.reactions]);
      setNext(answer.next);
    });
    return () => {
      isShown = false;
    };
  }, [after]);
  const shown = people ?? known.names.map((name, n) => ({ name, id: known.ids[n] ?? name }));
  return (
    <>
      {refusal && <p role="alert">{refusal}</p>}
      <ul class="reactors" aria-busy={people === undefined && refusal === undefined}>
        {shown.map(({ name, id }) => (
          <li key={id}>
            <Avatar name={name} id={id} size="small" />
            <NameButton who={{ name, id }} />
          </li>
        ))}
      </ul>
      {next !== undefined && (
        <button type="button" class="link" onClick={() => showAfter(next)}>
          {deferredStrings.reactors.more}
        </button>
      )}
    </>
  );
}

/** Makes a long press on a reaction open its context menu, where the browser does not do so. */
export function LongPress() {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isDone = false;
    const onDown = ({ target, pointerType }: PointerEvent) => {
      const reaction = target instanceof Element && target.closest(".reaction");
      isDone = false;
      if (!reaction || pointerType === "mouse") return;
      timer = setTimeout(() => {
        isDone = true;
        reaction.dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, cancelable: true }));
      }, longPress);
    };
    const onUp = () => clearTimeout(timer);
    // The finger that is lifted reacts to nothing.
    const onClick = (event: Event) => {
      if (isDone) event.stopPropagation();
      isDone = false;
    };
    addEventListener("pointerdown", onDown);
    addEventListener("pointerup", onUp);
    addEventListener("pointercancel", onUp);
    addEventListener("click", onClick, true);
    return () => {
      onUp();
      removeEventListener("pointerdown", onDown);
      removeEventListener("pointerup", onUp);
      removeEventListener("pointercancel", onUp);
      removeEventListener("click", onClick, true);
    };
  }, []);
  return null;
}
