/** The confirmation dialog, and the form that all dialogs use. */
import type { ComponentChildren } from "preact";
import { strings } from "../../strings/strings.ts";
import { Dialog } from "../shared/parts.tsx";
import type { ConfirmProps } from "../shared/deferred_views.ts";

/** A form with its buttons: submitting and cancelling both close the dialog. */
export function DialogForm(props: {
  submit: string;
  danger?: boolean;
  /** Whether the button that submits has the focus. */
  focus?: boolean;
  onSubmit: () => void;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const submit = (event: Event) => {
    event.preventDefault();
    props.onSubmit();
    props.onClose();
  };
  return (
    <form onSubmit={submit}>
      {props.children}
      <div class="dialog-buttons">
        <button type="button" onClick={props.onClose}>{strings.cancel}</button>
        <button
          type="submit"
          class={props.danger ? "danger" : "primary"}
          autofocus={props.focus}
        >
          {props.submit}
        </button>
      </div>
    </form>
  );
}

/** Asks before an act that cannot be undone. */
export function Confirm(props: ConfirmProps) {
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <DialogForm
        danger={!props.harmless}
        {...(props.focus === undefined ? {} : { focus: props.focus })}
        submit={props.submit}
        onSubmit={props.onConfirm}
        onClose={props.onClose}
      >
        {props.about && <blockquote class="quoted" dir="auto">{props.about}</blockquote>}
        <p class="quiet">{props.hint}</p>
      </DialogForm>
    </Dialog>
  );
}
