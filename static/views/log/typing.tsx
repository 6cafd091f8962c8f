/** Who is typing. */
import { strings } from "../../strings/strings.ts";

/** Says who is typing in a room, or in a thread. */
export function Typing({ room }: { room: { readonly typing?: ReadonlyMap<string, number> } }) {
  const names = [...room.typing?.keys() ?? []];
  return (
    <p class="typing quiet" translate={false}>
      {typingText(names)}
    </p>
  );
}

/** Returns nothing if nobody types: Preact writes an empty text again with each render. */
function typingText(names: readonly string[]): string | undefined {
  const t = strings.log;
  const [first, second] = names;
  if (first === undefined) return undefined;
  if (second === undefined) return t.oneTyping({ name: first });
  return names.length === 2
    ? t.twoTyping({ first, second })
    : t.manyTyping({ count: names.length });
}
