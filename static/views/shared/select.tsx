/** A choice from a list. */
import { useId } from "preact/hooks";

/** A select element with a label. */
export function Select(props: {
  label: string;
  value: string;
  options: readonly (readonly [value: string, label: string])[];
  onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <div class="field">
      <span class="field-label">
        <label for={id}>{props.label}</label>
      </span>
      <select id={id} onChange={(event) => props.onChange(event.currentTarget.value)}>
        {props.options.map(([value, label]) => (
          <option key={value} value={value} selected={value === props.value}>{label}</option>
        ))}
      </select>
    </div>
  );
}
