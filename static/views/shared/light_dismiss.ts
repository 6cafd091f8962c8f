/** Closes a dialog when the user clicks beside it. */
import { useEffect } from "preact/hooks";

/**
 * Shows nothing. It listens at the window: if the dialog itself did, a screen reader would call
 * everything in it clickable.
 */
export function LightDismiss() {
  useEffect(() => {
    const onClick = ({ target }: MouseEvent) => {
      if (!(target instanceof HTMLDialogElement)) return;
      target.dispatchEvent(new Event("cancel", { cancelable: true })) && target.close();
    };
    addEventListener("click", onClick);
    return () => removeEventListener("click", onClick);
  }, []);
  return null;
}
