/** Questions, and the form that every dialog has which asks one. */
import type { ComponentChildren } from "preact";
import { strings } from "../strings.ts";
import { Dialog } from "./parts.tsx";

/** A form with its buttons: done or cancelled, the dialog closes. */
export function DialogForm(props: {
  submit: string;
  danger?: boolean;
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
        <button type="submit" class={props.danger ? "danger" : "primary"}>{props.submit}</button>
      </div>
    </form>
  );
}

/** Asks before something that cannot be taken back. @param props.about What it is about. */
export function Confirm(props: {
  title: string;
  hint: string;
  about?: string;
  submit: string;
  onConfirm: () => void;
  onClose: () => void;
}) {
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <DialogForm danger submit={props.submit} onSubmit={props.onConfirm} onClose={props.onClose}>
        {props.about && <blockquote class="quoted" dir="auto">{props.about}</blockquote>}
        <p class="quiet">{props.hint}</p>
      </DialogForm>
    </Dialog>
  );
}
