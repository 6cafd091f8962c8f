/**
 * What a moving finger means. No DOM.
 *
 * @module
 */

/** How long a finger rests on a message until its actions open, in ms. */
export const longPressMs = 450;
/** The width of the screen's edges, in px: swipes from there are the system's. */
export const edge = 24;

/** How far a resting finger may move, in px. */
const slack = 10;
/** From this distance on, lifting the finger replies, in px. */
const repliesFrom = 56;
/** How far a message follows the finger, in px. */
const offsetMax = 72;

/** Whether a finger no longer rests. */
export function hasMoved(dx: number, dy: number): boolean {
  return Math.hypot(dx, dy) > slack;
}

/** A swipe: how far the message follows the finger, and whether it is replied to when it is lifted. */
export interface Swipe {
  readonly offset: number;
  readonly replies: boolean;
}

/**
 * Returns the swipe that a finger has made; `undefined` if it scrolls, or goes the other way.
 *
 * @param dx How far it has gone in the direction of reading, in px.
 * @param dy How far it has gone down, in px.
 * @param isOn Whether it has swiped already: then it may come back.
 */
export function swipeOf(dx: number, dy: number, isOn: boolean): Swipe | undefined {
  if (!isOn && dx < 2 * Math.abs(dy)) return undefined;
  return { offset: Math.min(Math.max(0, dx), offsetMax), replies: dx >= repliesFrom };
}
