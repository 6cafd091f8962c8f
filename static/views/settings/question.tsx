/** A button that asks before it acts, in its place. */
import { useState } from "preact/hooks";
import { strings } from "../../strings/strings.ts";

/** A button; once it was pressed, what it does, and whether to do it. */
export function Question(props: {
  label: string;
  title?: string;
  hint: string;
  onConfirm: () => void;
}) {
  const [asking, ask] = useState(false);
  if (!asking) {
    return <button type="button" onClick={() => ask(true)}>{props.label}</button>;
  }
  return (
    <div class="made" role="group" aria-label={props.title ?? props.label}>
      {props.title && <h3>{props.title}</h3>}
      <p>{props.hint}</p>
      <div class="dialog-buttons">
        <button type="button" onClick={() => ask(false)}>{strings.cancel}</button>
        <button
          type="button"
          class="danger"
          onClick={() => {
            ask(false);
            props.onConfirm();
          }}
        >
          {props.label}
        </button>
      </div>
    </div>
  );
}
