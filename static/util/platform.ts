/**
 * The keys of the user's platform.
 *
 * @module
 */

/** Whether shortcuts have the Command key where others have Ctrl. */
export const isApple = /mac|iphone|ipad/i.test(globalThis.navigator?.platform ?? "");
