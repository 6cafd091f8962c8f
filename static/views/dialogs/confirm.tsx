/** The confirmation dialog, and the form that all dialogs use. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { strings } from "../../strings/strings.ts";
import { Dialog } from "../shared/parts.tsx";
import { type Task, useTask } from "../shared/task.ts";
import type { ConfirmProps } from "../shared/deferred_views.ts";

/**
 * A form with its buttons. It closes the dialog once what it sends is done: until then, and after a
 * refusal, it keeps what was typed.
 */
export function DialogForm(props: {
  submit: string;
  danger?: boolean;
  /** Whether the button that submits has the focus. */
  focus?: boolean;
  /** The id of what the button does, for screen readers. */
  about?: string;
  /** The task with the errors of the fields, if the form has some. */
  task?: Task;
  /** Sends the form, and returns the answer if there is one to wait for. */
  onSubmit: ConfirmProps["onConfirm"];
  onClose: () => void;
  children: ComponentChildren;
}) {
  const own = useTask();
  const { task = own } = props;
  const button = useRef<HTMLButtonElement>(null);
  // After the dialog itself, as a field.
  useEffect(() => {
    if (props.focus) button.current?.focus();
  }, []);
  const submit = async (event: Event) => {
    event.preventDefault();
    const done = await task.run(async () => await props.onSubmit() ?? {});
    if (done !== undefined) props.onClose();
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      {props.children}
      <p class="form-error" role="alert">{task.error}</p>
      <div class="dialog-buttons">
        <button type="button" onClick={props.onClose}>{strings.cancel}</button>
        <button
          type="submit"
          ref={button}
          aria-describedby={props.about}
          class={props.danger ? "danger" : "primary"}
          disabled={task.busy}
        >
          {props.submit}
        </button>
      </div>
    </form>
  );
}

/** Asks before an act that cannot be undone. */
export function Confirm(props: ConfirmProps) {
  const about = useId();
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <DialogForm
        danger={!props.harmless}
        {...(props.focus === undefined ? {} : { focus: props.focus })}
        about={about}
        submit={props.submit}
        onSubmit={props.onConfirm}
        onClose={props.onClose}
      >
        <div id={about} class="dialog-part">
          {props.about && <blockquote class="quoted" dir="auto">{props.about}</blockquote>}
          <p class="quiet">{props.hint}</p>
        </div>
      </DialogForm>
    </Dialog>
  );
}
