/** The formatting controls of the composer: shortcuts, and a bar above the text. */
import { useEffect, useRef, useState } from "preact/hooks";
import { isolated } from "../../strings/isolate.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { isApple } from "../../util/platform.ts";
import { preference, setPreference } from "../../util/preferences.ts";
import { Icon, IconButton } from "../shared/parts.tsx";
import { replaceText } from "./field.ts";
import { FORMAT_KEYS, formatOf, formatted, type TextFormat } from "./formatting.ts";

/** The preference that holds whether the bar is shown. */
const place = "format-bar";

const formats = Object.keys(FORMAT_KEYS) as TextFormat[];

/** The button that shows the bar, and the bar. The text field of the same form takes the formats. */
export function FormatBar() {
  const [isShown, show] = useState(preference(place) === "shown");
  const start = useRef<HTMLSpanElement>(null);
  const field = () => start.current!.closest("form")!.querySelector("textarea")!;
  const apply = (format: TextFormat) => {
    const { value, selectionStart, selectionEnd } = field();
    const change = formatted(value, selectionStart, selectionEnd, format);
    replaceText(field(), change.start, change.end, change.text);
    field().setSelectionRange(...change.selection);
  };
  useEffect(() => {
    const element = field();
    const onKeyDown = (event: KeyboardEvent) => {
      const format = formatOf(event);
      if (format === undefined) return;
      event.preventDefault();
      apply(format);
    };
    element.addEventListener("keydown", onKeyDown);
    return () => element.removeEventListener("keydown", onKeyDown);
  }, []);
  const t = deferredStrings.composer;
  return (
    <>
      <span ref={start} hidden />
      <IconButton
        icon="format"
        label={t.formatting}
        pressed={isShown}
        class="format-toggle"
        onClick={() => {
          setPreference(place, isShown ? undefined : "shown");
          show(!isShown);
          field().focus();
        }}
      />
      {isShown && <Bar onFormat={apply} />}
    </>
  );
}

/** The bar is one stop for Tab; the arrow keys move in it. */
function Bar({ onFormat }: { onFormat: (format: TextFormat) => void }) {
  const [stop, stopAt] = useState(0);
  const t = deferredStrings.composer;
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const next = (stop + step + formats.length) % formats.length;
    stopAt(next);
    (event.currentTarget as HTMLElement).querySelectorAll("button")[next]?.focus();
  };
  return (
    <div class="format-bar" role="toolbar" aria-label={t.formatting} onKeyDown={onKeyDown}>
      {formats.map((format, index) => (
        <button
          key={format}
          type="button"
          class="icon-button"
          title={`${t.formats[format]} (${isolated(keysOf(format))})`}
          aria-label={t.formats[format]}
          aria-keyshortcuts={ariaKeysOf(format)}
          tabIndex={index === stop ? 0 : -1}
          // The text field keeps the focus and the selection, and a phone its keyboard.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onFormat(format)}
        >
          <Icon name={format} />
        </button>
      ))}
    </div>
  );
}

/** The shortcut of a format, as the user's platform writes it. */
export function keysOf(format: TextFormat): string {
  const [code, shift] = FORMAT_KEYS[format];
  const key = code.slice(-1);
  const { keys } = deferredStrings.shortcuts;
  if (isApple) return `${shift ? "⇧" : ""}⌘${key}`;
  return [keys.ctrl, ...shift ? [keys.shift] : [], key].join("+");
}

function ariaKeysOf(format: TextFormat): string {
  const [code, shift] = FORMAT_KEYS[format];
  return `${isApple ? "Meta" : "Control"}+${shift ? "Shift+" : ""}${code.slice(-1)}`;
}
