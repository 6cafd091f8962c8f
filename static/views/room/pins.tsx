/** The pinned messages of a room. */
import { useEffect } from "preact/hooks";
import { whenOf } from "../../strings/format.ts";
import { wordsOf } from "../../markdown/markdown.ts";
import { gistOf } from "../../state/room.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { useActions } from "../shared/context.ts";
import type { PageState, RoomState } from "../../state/types.ts";
import { List } from "../shared/list.tsx";

/** The list. A message in it leads to its place in the room. */
export function PinList({ state, room, onGo }: {
  state: PageState;
  room: RoomState;
  onGo: () => void;
}) {
  const { dispatch } = useActions();
  const order = { type: "list_pins", room_id: room.key } as const;
  // Asks again when a loaded message is pinned or unpinned, and not with every message of the room.
  const marked = room.messages.filter(({ pinned }) => pinned).map(({ seq }) => seq).join();
  useEffect(() => dispatch({ type: "order", order }), [room.key, marked, state.ready]);
  const { pins } = state.lists;
  const messages = pins?.room_id === room.key ? pins.messages.toReversed() : undefined;
  return (
    <>
      {messages?.length === 0 && <p class="quiet">{deferredStrings.pins.none}</p>}
      {messages === undefined && <p class="quiet">{strings.loading}</p>}
      <List class="hits">
        {messages?.map((message) => (
          <li key={message.seq}>
            <button
              type="button"
              class="hit"
              onClick={() => {
                onGo();
                dispatch({ type: "jump", room: room.key, seq: message.seq });
              }}
            >
              <span class="hit-head">
                <strong>
                  <bdi>{message.sender}</bdi>
                </strong>
                <time>{whenOf(message.at, Date.now())}</time>
              </span>
              <span class="hit-text" dir="auto">{wordsOf(gistOf(message))}</span>
            </button>
          </li>
        ))}
      </List>
    </>
  );
}
