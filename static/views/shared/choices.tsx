/** Choices that take effect at once. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ApiRefusal } from "../../net/api.ts";
import { Segments } from "./segments.tsx";
import { useTask } from "./task.ts";

/** Sends a choice. @returns The refusal, or any other answer. */
type Save<T> = (next: T) => Promise<ApiRefusal | object>;

/**
 * Returns a choice that is shown until the server has it or refuses it, how to make it, and why it was
 * refused.
 *
 * @param value What the server has.
 */
export function useChoice<T>(value: T, save: Save<T>) {
  const task = useTask();
  const [wanted, want] = useState<{ readonly value: T }>();
  useEffect(() => want(undefined), [value]);
  const make = async (next: T) => {
    want({ value: next });
    if (await task.run(() => save(next)) === undefined) want(undefined);
  };
  const choose = (next: T) => void make(next);
  return { shown: wanted === undefined ? value : wanted.value, choose, error: task.error };
}

/** A choice between yes and no. */
export function Toggle(props: { label: string; hint: string; on: boolean; save: Save<boolean> }) {
  const { shown, choose, error } = useChoice(props.on, props.save);
  return (
    <div>
      <label class="choice">
        <input
          type="checkbox"
          checked={shown}
          onChange={(event) => choose(event.currentTarget.checked)}
        />
        <span>
          {props.label}
          <small>{props.hint}</small>
        </span>
      </label>
      <p class="form-error" role="alert">{error}</p>
    </div>
  );
}

/** A choice of one among few. */
export function Options<T extends string | number>(props: {
  legend: ComponentChildren;
  options: readonly (readonly [value: T, label: string])[];
  value: T;
  save: Save<T>;
}) {
  const { shown, choose, error } = useChoice(props.value, props.save);
  return (
    <fieldset>
      <legend>{props.legend}</legend>
      <Segments options={props.options} value={shown} onChange={choose} />
      <p class="form-error" role="alert">{error}</p>
    </fieldset>
  );
}
