/**
 * Keeps the focus in the page when the element that has it goes away: a button that was pressed and is
 * not needed any more, a row that is removed, a form that is answered. A browser would put it nowhere,
 * and users of a keyboard or a screen reader would begin at the top of the page again.
 *
 * @module
 */
import { useEffect } from "preact/hooks";
import { typesByTouch } from "../composer/field.ts";

/** What can have the focus. */
const TARGETS = "a[href], button, input, select, textarea, summary, [tabindex]";

/** The parts of the page in which the next element is searched. */
const PARTS = "dialog, [popover], .panel, .notices, .sidebar, main";

/** How many elements that had the focus are remembered. */
const rememberedMax = 8;

/** Shows nothing. */
export function FocusRescue() {
  useEffect(rescueFocus, []);
  return null;
}

/** @returns A function that ends it. */
function rescueFocus(): () => void {
  /** The element with the focus and those around it, the innermost first; empty without one. */
  let path: readonly Element[] = [];
  /** The elements that had the focus, the latest last. */
  let earlier: readonly HTMLElement[] = [];
  const onFocusIn = ({ target }: FocusEvent) => {
    if (!(target instanceof HTMLElement)) return;
    path = pathOf(target);
    earlier = [...earlier.filter((one) => one !== target), target].slice(-rememberedMax);
  };
  const onFocusOut = ({ relatedTarget }: FocusEvent) => {
    if (relatedTarget !== null) return;
    // Some browsers report this before they remove the element.
    queueMicrotask(() => {
      if (isNowhere() && path[0]?.isConnected && canTake(path[0])) path = [];
    });
  };
  const observer = new MutationObserver((records) => {
    const [lost] = path;
    if (lost === undefined || !isNowhere()) return;
    if (!lost.isConnected) path = pathOf(successor(path, records, earlier));
    // One that is disabled for a while gets it later.
    if (path[0] !== undefined && canTake(path[0])) path[0].focus();
  });
  document.addEventListener("focusin", onFocusIn);
  document.addEventListener("focusout", onFocusOut);
  observer.observe(document.body, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ["disabled", "inert"],
  });
  return () => {
    document.removeEventListener("focusin", onFocusIn);
    document.removeEventListener("focusout", onFocusOut);
    observer.disconnect();
  };
}

/** Whether no element has the focus. */
function isNowhere(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

function pathOf(element: Element | undefined): readonly Element[] {
  const path: Element[] = [];
  for (let one = element ?? null; one !== null; one = one.parentElement) path.push(one);
  return path;
}

function canTake(element: Element): element is HTMLElement {
  return element.isConnected && element.matches(TARGETS) && !element.matches(":disabled") &&
    element.closest("[inert]") === null && element.checkVisibility({ visibilityProperty: true }) &&
    // A keyboard on the screen would cover what is read.
    !(typesByTouch() && element.matches("input, textarea"));
}

/**
 * The element that follows one that was removed. In the same part of the page: what has replaced it,
 * what comes after it, or else what is before it. Otherwise, or if what was removed only asked for
 * something, the one that had the focus before.
 */
function successor(
  path: readonly Element[],
  records: readonly MutationRecord[],
  earlier: readonly HTMLElement[],
): HTMLElement | undefined {
  const start = path.findIndex((element) => element.isConnected);
  const removed = path[start - 1]!;
  const asked = removed.hasAttribute("data-asks");
  let before = records.find(({ removedNodes }) => [...removedNodes].includes(removed))
    ?.previousSibling;
  for (const around of asked ? [] : path.slice(start)) {
    const all = [...around.querySelectorAll(TARGETS)].filter(canTake);
    const next = all.find((one) => !before?.isConnected || follows(one, before)) ?? all.at(-1);
    if (next !== undefined) return next;
    if (around.matches(PARTS)) break;
    before = around;
  }
  return earlier.findLast(asked ? ({ isConnected }) => isConnected : canTake);
}

/** Whether an element begins after a node has ended. */
function follows(element: Element, node: Node): boolean {
  return (node.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0 &&
    !node.contains(element);
}
