/** A choice from a list. */
import { useId } from "preact/hooks";

/** A select element with a label. */
export function Select<V extends string>(props: {
  label: string;
  value: V;
  options: readonly (readonly [value: V, label: string])[];
  onChange: (value: V) => void;
  /** Why the choice was refused. */
  error?: string;
}) {
  const id = useId();
  return (
    <div class="field">
      <span class="field-label">
        <label for={id}>{props.label}</label>
      </span>
      <select
        id={id}
        aria-describedby={`${id}-error`}
        onChange={(event) => props.onChange(event.currentTarget.value as V)}
      >
        {props.options.map(([value, label]) => (
          <option key={value} value={value} selected={value === props.value}>{label}</option>
        ))}
      </select>
      <small id={`${id}-error`} class="form-error" role="alert">{props.error}</small>
    </div>
  );
}
