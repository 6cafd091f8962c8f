/** Mentions of people and rooms in messages. */
import { type ComponentChildren, createContext } from "preact";
import { useContext, useMemo, useRef } from "preact/hooks";
import { foldRoom } from "../../../lib/protocol/names.ts";
import { hashOf, type LinkTarget } from "../../util/address.ts";
import { titleOf } from "../../strings/format.ts";
import { EVERYONE, groupIn } from "../../../lib/protocol/text/mentions.ts";
import { meaningIn, type NamedMentions, type Names, piecesOf } from "../../markdown/mentions.ts";
import { personWithId } from "../../state/selectors.ts";
import type { PageState } from "../../state/reducer.ts";
import { idIn } from "../../state/places.ts";
import type { PersonRef, RoomState } from "../../state/types.ts";
import { strings } from "../../strings/strings.ts";
import { emojiText } from "../shared/emoji_text.tsx";
import { ReachContext, useActions } from "../shared/context.ts";
import { idle } from "../shared/lazy.tsx";

/** What a text needs to recognise names in it. */
interface MentionContextValue extends Pick<Names, "rooms"> {
  /** The user's own id, once it is known. */
  readonly me: string | undefined;
  /** The ids of the members of the room, by folded name. */
  readonly memberIds: ReadonlyMap<string, string>;
  /** Returns a person by id, under the present name if it is known. */
  readonly personWithId: (id: string, name: string) => PersonRef;
  /** Returns the name of a room by its id. */
  readonly nameOf: (id: string) => string | undefined;
}

/** What may be the name of a room: asks the server whether it is. */
const PossibleRoom = idle("PossibleRoom", ({ text }) => text);

const MentionContext = createContext<MentionContextValue>({
  me: undefined,
  memberIds: new Map(),
  rooms: new Set(),
  personWithId: (id, name) => ({ name, id }),
  nameOf: () => undefined,
});

/** Whom the message mentions whose text is being rendered. */
const NamedContext = createContext<NamedMentions>({});

/** Provides to the text of a message whom it mentions. */
export const MentionsOf = NamedContext.Provider;

/** Provides the names that can be mentioned in a room to the texts in it. */
export function MentionProvider(
  props: { state: PageState; room: RoomState; children: ComponentChildren },
) {
  const { state, room } = props;
  const latest = useRef(state);
  latest.current = state;
  const { lookedUp, rooms } = state;
  const names = namesOf(rooms);
  // Every text of the log depends on this value: it must not change when people come and go.
  const known = useMemo((): MentionContextValue => ({
    me: state.me.id,
    memberIds: room.memberIds,
    rooms: new Set([...names, ...[...lookedUp].flatMap(([name, room]) => room ? name : [])]),
    personWithId: (id, name) => personWithId(latest.current, id, name),
    nameOf: (id) => latest.current.rooms.get(id)?.name,
  }), [state.me.id, room.memberIds, names.join(), lookedUp]);
  return <MentionContext.Provider value={known}>{props.children}</MentionContext.Provider>;
}

function namesOf(rooms: PageState["rooms"]): readonly string[] {
  return [...rooms.values()].filter(({ parted }) => !parted).map(({ name }) => foldRoom(name));
}

/** Renders a text with its mentions. */
export function TextWithMentions({ text }: { text: string }) {
  const { rooms, memberIds } = useContext(MentionContext);
  const meaning = meaningIn(useContext(NamedContext), memberIds);
  return (
    <>
      {piecesOf(text, { meaning, rooms }).map((piece, index) =>
        piece.mention !== undefined
          ? <Mention key={index} mention={piece.mention} text={piece.text} />
          : piece.room === undefined
          ? emojiText(piece.text)
          : piece.isKnown
          ? <InternalLink key={index} target={{ room: piece.room }}>{piece.text}</InternalLink>
          : <PossibleRoom key={index} text={piece.text} />
      )}
    </>
  );
}

function Mention({ mention, text }: { mention: string; text: string }) {
  const { dispatch } = useActions();
  const { me, personWithId } = useContext(MentionContext);
  const { mentions } = useContext(NamedContext);
  const tabIndex = useContext(ReachContext);
  const isEveryone = (EVERYONE as readonly string[]).includes(mention);
  if (isEveryone || groupIn(mention) !== undefined) {
    const isOfMe = isEveryone || me !== undefined && mentions?.includes(me);
    return <span class={`mention ${isOfMe ? "of-me" : ""}`}>{text}</span>;
  }
  const name = text.slice(1);
  return (
    <button
      type="button"
      class={`mention ${mention === me ? "of-me" : ""}`}
      title={strings.sidebar.about({ name })}
      tabIndex={tabIndex}
      onClick={() => dispatch({ type: "person", who: personWithId(mention, name) })}
    >
      {text}
    </button>
  );
}

/** A link to a room or a message that opens in this page. */
export function InternalLink(
  { target, children }: { target: LinkTarget; children?: ComponentChildren },
) {
  const { dispatch } = useActions();
  const { nameOf } = useContext(MentionContext);
  const { room, seq } = target;
  const id = idIn(room);
  const name = id === undefined ? room : nameOf(id);
  const title = name === undefined ? strings.log.anotherRoom : titleOf(name);
  const go = (event: MouseEvent) => {
    // With a modifier key the browser opens another tab or window.
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    dispatch({ type: "go", to: room, ...(seq === undefined ? {} : { seq }) });
  };
  return (
    <a
      class="mention"
      href={hashOf(target)}
      tabIndex={useContext(ReachContext)}
      onClick={go}
    >
      {children ?? (seq === undefined ? title : strings.log.messageIn({ room: title }))}
    </a>
  );
}
