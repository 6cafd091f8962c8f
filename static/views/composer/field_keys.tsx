/** Keys of the message field that are there once the deferred views are. */
import { useEffect } from "preact/hooks";

/** Shows nothing. */
export function FieldKeys() {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const field = event.target;
      if (!(field instanceof HTMLTextAreaElement) || field.closest(".composer-box") === null) {
        return;
      }
      if (!press(event, field)) return;
      // The field itself does not get the key: it edits the last message with the same arrow.
      event.stopPropagation();
      event.preventDefault();
    };
    document.addEventListener("keydown", onKeyDown, { capture: true });
    return () => document.removeEventListener("keydown", onKeyDown, { capture: true });
  }, []);
  return null;
}

/** @returns Whether the key did something. */
function press(
  { key, shiftKey, ctrlKey, metaKey, altKey }: KeyboardEvent,
  field: HTMLTextAreaElement,
): boolean {
  if (altKey) return false;
  if (key === "o" && ctrlKey !== metaKey) {
    field.closest(".composer-box")!.querySelector<HTMLElement>("input[type=file]")?.click();
    return true;
  }
  if (key !== "ArrowUp" || !shiftKey || ctrlKey || metaKey || field.value !== "") return false;
  const messages = field.closest("main, aside")?.querySelectorAll<HTMLElement>("[data-seq]");
  [...messages ?? []].at(-1)?.focus();
  return true;
}
