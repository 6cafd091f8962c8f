/** A button that opens the emoji; they are loaded beside the chat. */
import { useRef, useState } from "preact/hooks";
import { lazy } from "./lazy.tsx";
import { IconButton } from "./parts.tsx";

/** What a picker is told. */
export interface PickerProps {
  /** Where that is which it stands beside: it may be gone by then. */
  readonly anchor: DOMRect;
  readonly onPick: (emoji: string) => void;
  readonly onClose: () => void;
}

/** A button for emoji. */
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

/** The picker, as soon as it is there. */
export const EmojiPicker = lazy<PickerProps>((views) => views.EmojiPicker);
