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

function typingText(names: readonly string[]): string {
  const t = strings.log;
  const [first, second] = names;
  if (first === undefined) return "";
  if (second === undefined) return t.oneTyping({ name: first });
  return names.length === 2
    ? t.twoTyping({ first, second })
    : t.manyTyping({ count: names.length });
}
