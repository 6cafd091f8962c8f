/**
 * The theme: as the system sets it, or as the user has chosen on this device.
 *
 * @module
 */
import { preference, setPreference } from "./preferences.ts";

/** The themes to choose from. */
export type Theme = "system" | "light" | "dark";

/** Returns the theme chosen on this device. */
export function chosenTheme(): Theme {
  const chosen = preference("theme");
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

/** Sets the theme for this device and shows it at once. */
export function chooseTheme(theme: Theme): void {
  setPreference("theme", theme === "system" ? undefined : theme);
  showTheme(theme);
}

/** Shows a theme; the style sheet reads it from the root element. */
export function showTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  // The browser's own frame around the page follows the theme.
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
