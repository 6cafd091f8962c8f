/**
 * Light or dark: as the system is, or as was chosen on this device.
 *
 * @module
 */
import { remember, remembered } from "./remember.ts";

/** What can be chosen. */
export type Theme = "system" | "light" | "dark";

/** The theme that was chosen on this device. */
export function chosenTheme(): Theme {
  const chosen = remembered("theme");
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

/** Chooses a theme for this device, and shows it at once. */
export function chooseTheme(theme: Theme): void {
  remember("theme", theme === "system" ? undefined : theme);
  showTheme(theme);
}

/** Shows a theme; the style sheet reads it off the root element. */
export function showTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  // The browser's own frame around the page goes with it.
  const frames = document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]');
  for (const frame of frames) {
    const { theme: own } = frame.dataset;
    frame.media = theme === "system"
      ? `(prefers-color-scheme: ${own})`
      : theme === own
      ? "all"
      : "not all";
  }
}
