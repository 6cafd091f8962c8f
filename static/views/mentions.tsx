/** Names of people and rooms in what people write. */
import { type ComponentChildren, createContext } from "preact";
import { useContext, useEffect, useMemo, useRef } from "preact/hooks";
import { foldName, foldRoom } from "../../lib/protocol.ts";
import { hashOf, type Place } from "../address.ts";
import { titleOf } from "../format.ts";
import { type Names, piecesOf } from "../mentions.ts";
import { whoIs } from "../select.ts";
import type { State } from "../state.ts";
import type { Room, Who } from "../state/types.ts";
import { strings } from "../strings.ts";
import { ReachContext, useActions } from "./context.ts";

/** What a text needs to know to tell names in it. */
interface Known extends Names {
  /** One's own name, folded. */
  readonly me: string;
  readonly whoIs: (name: string) => Who;
  /** Asks which public rooms there are: somebody may have spoken of one. */
  readonly askRooms: () => void;
}

const KnownContext = createContext<Known>({
  me: "",
  people: new Set(),
  rooms: new Set(),
  whoIs: (name) => ({ name }),
  askRooms: () => {},
});

/** Tells the texts in it who and what can be mentioned in a room. */
export function KnownNames(props: { state: State; room: Room; children: ComponentChildren }) {
  const { state, room } = props;
  const { dispatch } = useActions();
  const latest = useRef(state);
  latest.current = state;
  const asked = useRef(false);
  const { listing, rooms } = state;
  // Every text of the log hangs on this: it must not change with who goes and comes back.
  const known = useMemo((): Known => ({
    me: foldName(state.me.name),
    people: new Set([
      foldName(state.me.name),
      ...state.people.keys(),
      ...room.members.map(foldName),
    ]),
    rooms: new Set([...rooms.keys(), ...(listing ?? []).map((one) => foldRoom(one.room))]),
    whoIs: (name) => whoIs(latest.current, name),
    askRooms: () => {
      if (asked.current || latest.current.listing !== undefined) return;
      asked.current = true;
      dispatch({ type: "browse" });
    },
  }), [state.me.name, state.people.size, room.members, rooms.size, listing]);
  return <KnownContext.Provider value={known}>{props.children}</KnownContext.Provider>;
}

/** A text with the names in it. */
export function Mentioning({ text }: { text: string }) {
  const known = useContext(KnownContext);
  return (
    <>
      {piecesOf(text, known).map((piece, index) =>
        piece.person !== undefined
          ? <PersonMention key={index} name={piece.person} text={piece.text} />
          : piece.room === undefined
          ? piece.text
          : piece.isKnown
          ? <PlaceLink key={index} place={{ room: piece.room }}>{piece.text}</PlaceLink>
          : <MaybeRoom key={index} text={piece.text} />
      )}
    </>
  );
}

function PersonMention({ name, text }: { name: string; text: string }) {
  const { dispatch } = useActions();
  const { me, whoIs } = useContext(KnownContext);
  return (
    <button
      type="button"
      class={`mention ${foldName(name) === me ? "of-me" : ""}`}
      title={strings.sidebar.about(name)}
      tabIndex={useContext(ReachContext)}
      onClick={() => dispatch({ type: "person", who: whoIs(name) })}
    >
      {text}
    </button>
  );
}

/** What looks like a room becomes one as soon as it is known that there is such a room. */
function MaybeRoom({ text }: { text: string }) {
  const { askRooms } = useContext(KnownContext);
  useEffect(askRooms, []);
  return <>{text}</>;
}

/** A link to a room or a message, which opens it in this page. */
export function PlaceLink({ place, children }: { place: Place; children?: ComponentChildren }) {
  const { dispatch } = useActions();
  const { room, seq } = place;
  const go = (event: MouseEvent) => {
    // With a modifier key the browser opens another tab or window.
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    dispatch({ type: room.startsWith("@") ? "open" : "join", room });
    if (seq !== undefined) dispatch({ type: "jump", room, seq });
  };
  return (
    <a
      class="mention"
      href={hashOf(place)}
      tabIndex={useContext(ReachContext)}
      onClick={go}
    >
      {children ?? (seq === undefined ? titleOf(room) : strings.log.messageIn(titleOf(room)))}
    </a>
  );
}
