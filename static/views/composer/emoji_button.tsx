/** The button that opens the emoji picker. */
import { useRef, useState } from "preact/hooks";
import { lazy } from "../shared/lazy.tsx";
import { IconButton } from "../shared/parts.tsx";

const EmojiPicker = lazy("EmojiPicker");

/** Opens the emoji picker and passes on the emoji that the user picks. */
export function EmojiButton(props: {
  label: string;
  tabIndex?: number;
  onPick: (emoji: string) => void;
}) {
  const [anchor, setAnchor] = useState<DOMRect>();
  const place = useRef<HTMLSpanElement>(null);
  return (
    <span class="emoji-place" ref={place}>
      <IconButton
        icon="smile"
        label={props.label}
        onClick={() => setAnchor(place.current?.getBoundingClientRect())}
        {...(props.tabIndex === undefined ? {} : { tabIndex: props.tabIndex })}
      />
      {anchor && (
        <EmojiPicker
          anchor={anchor}
          onPick={(emoji) => {
            setAnchor(undefined);
            props.onPick(emoji);
          }}
          onClose={() => setAnchor(undefined)}
        />
      )}
    </span>
  );
}
