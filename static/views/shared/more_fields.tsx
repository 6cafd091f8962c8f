/** The fields of forms that few forms have: a text of several lines, and a file. */
import { useEffect, useId, useRef } from "preact/hooks";
import { useGrowing } from "../composer/field.ts";

/** A field for a text of several lines, which grows with it. */
export function TextArea(props: {
  label: string;
  note?: string;
  value: string;
  onInput: (value: string) => void;
  rows: number;
  maxLength?: number;
  required?: boolean;
}) {
  const { label, note, value, onInput, required, ...rest } = props;
  const field = useRef<HTMLTextAreaElement>(null);
  useGrowing(field, value);
  return (
    <label class="field">
      <span class="field-label">
        {label} {note && <small>{note}</small>}
      </span>
      <textarea
        ref={field}
        dir="auto"
        value={value}
        aria-required={required}
        {...rest}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}

/** A field for a picture. */
export function PictureField(props: {
  label: string;
  hint?: string;
  /** Why the picture was refused; it replaces the hint, and the field takes the focus. */
  error?: string | undefined;
  required?: boolean;
  onChoose: (file: File | undefined, field: HTMLInputElement) => void;
}) {
  const { label, hint, error, required = false, onChoose } = props;
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => {
    if (error) field.current?.focus();
  }, [error]);
  return (
    <label class="field">
      <span class="field-label">{label}</span>
      <input
        ref={field}
        type="file"
        accept="image/*"
        required={required}
        aria-describedby={`${id}-hint`}
        aria-invalid={error ? true : undefined}
        onChange={({ currentTarget }) => onChoose(currentTarget.files?.[0], currentTarget)}
      />
      {error
        ? <small id={`${id}-hint`} class="form-error" role="alert">{error}</small>
        : hint && <small id={`${id}-hint`}>{hint}</small>}
    </label>
  );
}
