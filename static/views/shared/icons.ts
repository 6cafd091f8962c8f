/**
 * The icons: each is the path of a line in a square of 24 × 24. The chat and the
 * sign-in page are shown with these; the others come with the views that are loaded later.
 *
 * @module
 */
const icons = {
  hash: "M9 4 7 20M17 4l-2 16M4 9h17M3 15h17",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M5 11h14v9H5z",
  plus: "M12 5v14M5 12h14",
  compass: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm4 5-2.5 5.5L8 16l2.500-5.500z",
  pencil: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5",
  people:
    "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21c0-4 3-6 7-6s7 2 7 6M16 4a4 4 0 0 1 0 7M18 15c2.500.7 4 2.600 4 6",
  close: "M6 6l12 12M18 6 6 18",
  menu: "M4 7h16M4 12h16M4 17h16",
  smile:
    "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8.500 14.500c1.800 2.400 5.200 2.400 7 0M9 9.500v.5M15 9.500v.5",
  down: "M12 5v14M6 13l6 6 6-6",
  shield: "M12 3 5 6v5c0 5 3 8 7 10 4-2 7-5 7-10V6zM9 12l2 2 4-4",
  clip:
    "M20 11l-8.500 8.500a5 5 0 0 1-7-7L13 4a3.500 3.500 0 0 1 5 5l-8.500 8.500a2 2 0 0 1-3-3L14 7",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4",
  bellOff: "M6 16V11a6 6 0 0 1 9-5M18 11v5l2 2H6M10 21h4M4 4l16 16",
  pin: "M9 3h6l-1 6 4 4H6l4-4zM12 13v8",
  more:
    "M4 12a1 1 0 1 0 2 0 1 1 0 1 0-2 0M11 12a1 1 0 1 0 2 0 1 1 0 1 0-2 0M18 12a1 1 0 1 0 2 0 1 1 0 1 0-2 0",
  send: "M4 12 20 4l-5 16-3.500-6.500zM11.500 13.500 20 4",
  key: "M8 10a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9zM11.500 11.500 20 3M16 7l3 3",
} as const;

/** The name of one of these icons. */
export type FirstIconName = keyof typeof icons;

const paths = new Map<string, string>(Object.entries(icons));

/** Adds icons, by name. */
export function addIcons(more: Readonly<Record<string, string>>): void {
  for (const [name, path] of Object.entries(more)) paths.set(name, path);
}

/** Returns the path of an icon. */
export function iconPath(name: string): string | undefined {
  return paths.get(name);
}
