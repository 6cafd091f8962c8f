/** The field in which one writes. */
import { useLayoutEffect } from "preact/hooks";

/** Puts a text in place of a part of what is written; the browser's undo takes it back. */
export function replaceText(
  field: HTMLTextAreaElement,
  start: number,
  end: number,
  text: string,
): void {
  field.focus();
  field.setSelectionRange(start, end);
  // The one way that undo knows of. Where it is gone, the change is made without.
  if (document.execCommand("insertText", false, text)) return;
  field.setRangeText(text, start, end, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

/** Whether a browser makes a field as high as its text by itself, by `field-sizing`. */
const growsByItself = typeof CSS !== "undefined" && CSS.supports("field-sizing", "content");

/** Makes a field as high as its text; the style sheet says where that ends. */
export function useGrowing(field: { current: HTMLTextAreaElement | null }, text: string): void {
  useLayoutEffect(() => {
    const element = field.current;
    if (element === null || growsByItself) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);
}

/** Whether one types with a finger: then Enter is the only way to a new line. */
export function typesByTouch(): boolean {
  return matchMedia("(hover: none) and (pointer: coarse)").matches;
}

/** Whether a key is a part of composing a character, as when writing Japanese. */
export function isComposing(event: KeyboardEvent): boolean {
  // Safari ends composing before it tells of the key that did it; 229 gives it away.
  return event.isComposing || event.keyCode === 229;
}

/** Whether a key sends what is written. */
export function sends(event: KeyboardEvent): boolean {
  if (event.key !== "Enter" || event.shiftKey || event.altKey) return false;
  return event.ctrlKey || event.metaKey || !typesByTouch();
}
