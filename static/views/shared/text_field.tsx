/** The text field of forms. */
import { useEffect, useId, useRef } from "preact/hooks";

// Firefox calls an empty required field invalid before the user has tried to send anything. So fields
// become required for the browser only then; Enter in a field presses the button, too.
globalThis.addEventListener?.("click", ({ target }) => {
  const button = target instanceof Element && target.closest("button");
  if (!button || button.type !== "submit") return;
  for (const field of button.form?.elements ?? []) {
    if (field.ariaRequired !== null) {
      (field as HTMLInputElement).required = field.ariaRequired === "true";
    }
  }
}, true);

/** A single-line text field with a label. */
export function Field(props: {
  label: string;
  value: string;
  onInput: (value: string) => void;
  /** Called once the user is done with it. */
  onChange?: (value: string) => void;
  /** The id of a `datalist`. */
  list?: string;
  hint?: string;
  /** Why the value was refused; it replaces the hint, and the field takes the focus. */
  error?: string | undefined;
  note?: string;
  type?: "text" | "password" | "search" | "url" | "datetime-local";
  autocomplete?: string;
  maxLength?: number;
  minLength?: number;
  required?: boolean;
  autofocus?: boolean;
}) {
  const ref = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (props.autofocus) ref.current?.focus();
  }, []);
  useEffect(() => {
    if (props.error) ref.current?.focus();
  }, [props.error]);
  const id = useId();
  return (
    <div class="field">
      <span class="field-label">
        <label for={id}>{props.label}</label>
        {props.note && <small>{props.note}</small>}
      </span>
      <input
        ref={ref}
        id={id}
        // The typings have a type for each kind of input, and none for a union of them.
        type={(props.type ?? "text") as "text"}
        value={props.value}
        autocomplete={props.autocomplete ?? "off"}
        aria-required={props.required}
        aria-describedby={`${id}-hint`}
        aria-invalid={Boolean(props.error)}
        {...(props.maxLength === undefined ? {} : { maxLength: props.maxLength })}
        {...(props.minLength === undefined ? {} : { minLength: props.minLength })}
        {...(props.list === undefined ? {} : { list: props.list })}
        onInput={(event) => props.onInput(event.currentTarget.value)}
        onChange={(event) => props.onChange?.(event.currentTarget.value)}
      />
      {props.error
        ? <small id={`${id}-hint`} class="form-error" role="alert">{props.error}</small>
        : props.hint && <small id={`${id}-hint`}>{props.hint}</small>}
    </div>
  );
}
