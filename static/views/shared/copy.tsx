/** A text field for copying. */
import { useId, useRef, useState } from "preact/hooks";
import { deferredStrings } from "../../strings/deferred.ts";

/** A read-only line of text with a button that copies it. */
export function CopyField({ label, text }: { label: string; text: string }) {
  const ref = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  const id = useId();
  const copy = async () => {
    ref.current?.select();
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // A browser has a clipboard only on https and localhost: elsewhere the text stays selected.
    }
  };
  return (
    <div class="field">
      <span class="field-label">
        <label for={id}>{label}</label>
      </span>
      <span class="copy">
        <input
          ref={ref}
          id={id}
          readOnly
          value={text}
          onFocus={(event) => event.currentTarget.select()}
        />
        <button type="button" onClick={() => void copy()}>
          {copied ? deferredStrings.copied : deferredStrings.copy}
        </button>
      </span>
      <span class="sr-only" role="status">{copied ? deferredStrings.copied : ""}</span>
    </div>
  );
}
