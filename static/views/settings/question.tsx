/** A button that asks before it acts, in its place. */
import { useId, useState } from "preact/hooks";
import type { ApiRefusal } from "../../net/api.ts";
import { strings } from "../../strings/strings.ts";
import { ActButton } from "../shared/act_button.tsx";

/** A button; once it was pressed, what it does, and whether to do it. It stays until it is done. */
export function Question(props: {
  label: string;
  /** Whether it cannot be undone. */
  final?: boolean;
  title?: string;
  hint: string;
  /** @returns The refusal, or any other answer. */
  act: () => Promise<ApiRefusal | object>;
  onDone?: () => void;
}) {
  const [asking, ask] = useState(false);
  const hint = useId();
  if (!asking) {
    return (
      <button
        type="button"
        class={props.final ? "danger-text" : ""}
        onClick={() => ask(true)}
      >
        {props.label}
      </button>
    );
  }
  return (
    <div
      class="made"
      role="group"
      aria-label={props.title ?? props.label}
      aria-describedby={hint}
      // It takes the focus of the button: a screen reader reads what it asks.
      tabIndex={-1}
    >
      {props.title && <h3>{props.title}</h3>}
      <p id={hint}>{props.hint}</p>
      <div class="dialog-buttons">
        <button type="button" onClick={() => ask(false)}>{strings.cancel}</button>
        <ActButton
          class="danger"
          act={props.act}
          onDone={() => {
            ask(false);
            props.onDone?.();
          }}
        >
          {props.label}
        </ActButton>
      </div>
    </div>
  );
}
