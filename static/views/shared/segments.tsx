/** A choice between a few visible options. */
import { useId } from "preact/hooks";

/** A row of radio buttons; the `fieldset` around it says what they are about. */
export function Segments<V extends string | number>(props: {
  options: readonly (readonly [value: V, label: string])[];
  value: V;
  onChange: (value: V) => void;
}) {
  const name = useId();
  return (
    <div class="segments">
      {props.options.map(([value, label]) => (
        <label key={value}>
          <input
            type="radio"
            name={name}
            checked={value === props.value}
            onChange={() => props.onChange(value)}
          />
          <span>{label}</span>
        </label>
      ))}
    </div>
  );
}
