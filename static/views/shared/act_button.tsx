/** A button that waits for the server. */
import type { ComponentChildren } from "preact";
import type { ApiRefusal } from "../../net/api.ts";
import { useTask } from "./task.ts";

/** A button whose act the server may refuse: the reason is shown beside it. */
export function ActButton(props: {
  /** @returns The refusal, or any other answer. */
  act: () => Promise<ApiRefusal | object>;
  /** Called once it is done. */
  onDone?: () => void;
  class?: string;
  disabled?: boolean;
  title?: string;
  children: ComponentChildren;
}) {
  const { act, onDone, ...rest } = props;
  const task = useTask();
  const press = async () => {
    // It keeps the focus while it waits, which a disabled button does not.
    if (task.busy) return;
    if (await task.run(act) !== undefined) onDone?.();
  };
  return (
    <>
      <button type="button" {...rest} aria-disabled={task.busy} onClick={() => void press()} />
      <span class="form-error" role="alert">{task.error}</span>
    </>
  );
}
