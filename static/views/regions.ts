/** The parts of the page between which one moves with F6, and the way out of each with Escape. */

/** In the order in which they are gone through. */
const regions = [".sidebar", ".log", ".composer", ".panel"];

/** What is focused in a region first: the place where one is, or the first thing to do. */
const entrances = ["[aria-current]", "textarea, input:not([hidden])", "button:not(.drawer-only)"];

/** Focuses the room's log or its composer. @returns Whether it is there. */
export function focusOn(region: ".log" | ".composer"): boolean {
  const part = document.querySelector<HTMLElement>(region);
  return part !== null && enter(part);
}

/** Focuses the next part of the page, or the one before; round and round. */
export function moveRegion(step: 1 | -1): void {
  const parts = regions.map((region) => document.querySelector<HTMLElement>(region))
    .filter((part) => part !== null && part.closest("[inert]") === null) as HTMLElement[];
  const at = parts.findIndex((part) => part.contains(document.activeElement));
  const from = at === -1 && step === -1 ? 0 : at;
  const order = parts.map((_, i) => parts.at((from + step * (i + 1)) % parts.length)!);
  order.find(enter);
}

function enter(part: HTMLElement): boolean {
  const inner = entrances.map((entrance) => part.querySelector<HTMLElement>(entrance));
  const target = part.tabIndex >= 0 ? part : inner.find((element) => element !== null);
  target?.focus();
  return target !== undefined && target === document.activeElement;
}

/** Whether what is typed at an element is text. */
export function takesText(target: EventTarget | null): boolean {
  return target instanceof Element &&
    target.matches("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])");
}
