/** The text field of the composer. */
import { useLayoutEffect } from "preact/hooks";

/** Replaces a range of the text; the user can undo it. */
export function replaceText(
  field: HTMLTextAreaElement,
  start: number,
  end: number,
  text: string,
): void {
  field.focus();
  field.setSelectionRange(start, end);
  // The only way that the browser's undo records. Without it, the change cannot be undone.
  if (document.execCommand("insertText", false, text)) return;
  field.setRangeText(text, start, end, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

/** Whether the browser grows a field with its text by itself, by `field-sizing`. */
const growsByItself = typeof CSS !== "undefined" && CSS.supports("field-sizing", "content");

/** Keeps a field as high as its text; the style sheet sets the maximum. */
export function useGrowing(field: { current: HTMLTextAreaElement | null }, text: string): void {
  useLayoutEffect(() => {
    const element = field.current;
    if (element === null || growsByItself) return;
    const grow = () => {
      element.style.height = "auto";
      element.style.height = `${element.scrollHeight}px`;
    };
    grow();
    // A panel or another window size breaks the text into other lines. In the next frame: a change
    // of the size while sizes are observed is an error.
    const observer = new ResizeObserver(() => requestAnimationFrame(grow));
    observer.observe(element);
    return () => observer.disconnect();
  }, [text]);
}

/** Whether the user types by touch: then Enter is the only way to a new line. */
export function typesByTouch(): boolean {
  return matchMedia("(hover: none) and (pointer: coarse)").matches;
}

/** Whether a key belongs to an input method, as when writing Japanese. */
export function isComposing(event: KeyboardEvent): boolean {
  // Safari ends the composition before it reports the key that ended it; 229 gives it away.
  return event.isComposing || event.keyCode === 229;
}

/** Whether a key sends the message. */
export function sends(event: KeyboardEvent): boolean {
  if (event.key !== "Enter" || event.shiftKey || event.altKey) return false;
  return event.ctrlKey || event.metaKey || !typesByTouch();
}
