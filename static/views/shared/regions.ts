/** Keyboard navigation between the regions of the page: F6 moves to the next region. */

/** In the order of navigation. */
const regions = [".sidebar", ".notice", ".log", ".composer", ".panel"];

/** The element of a region to focus first: the current one, or the first control. */
const entrances = ["[aria-current]", "textarea, input:not([hidden])", "button:not(.drawer-only)"];

/** Focuses the room's log, its composer, or the panel beside it. @returns Whether it exists. */
export function focusOn(region: ".log" | ".composer" | ".panel"): boolean {
  const element = document.querySelector<HTMLElement>(region);
  return element !== null && enter(element);
}

/** Focuses the next region of the page, or the one before, in a circle. */
export function moveRegion(step: 1 | -1): void {
  const elements = regions.map((region) => document.querySelector<HTMLElement>(region))
    .filter((element) => element !== null && element.closest("[inert]") === null) as HTMLElement[];
  const at = elements.findIndex((element) => element.contains(document.activeElement));
  const from = at === -1 && step === -1 ? 0 : at;
  const order = elements.map((_, i) => elements.at((from + step * (i + 1)) % elements.length)!);
  order.find(enter);
}

function enter(element: HTMLElement): boolean {
  const inner = entrances.map((entrance) => element.querySelector<HTMLElement>(entrance));
  const target = element.tabIndex >= 0 ? element : inner.find((element) => element !== null);
  target?.focus();
  return target !== undefined && target === document.activeElement;
}

/** Whether typing at an element enters text. */
export function takesText(target: EventTarget | null): boolean {
  return target instanceof Element &&
    target.matches("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])");
}
