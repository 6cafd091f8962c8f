/**
 * The icons that only the deferred views show.
 *
 * @module
 */
import { addIcons } from "./icons.ts";

const icons = {
  invite:
    "M10 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM3 21c0-4 3-6 7-6 1.500 0 2.900.3 4 .9M19 14v7M15.500 17.500h7",
  leave: "M14 4H5v16h9M10 12h11M17 8l4 4-4 4",
  power: "M12 3v9M6.500 6.500a8 8 0 1 0 11 0",
  reply: "M10 8V4l-7 7 7 7v-4c5 0 8 1.500 10 5 0-6-3-11-10-11z",
  forward: "M14 8V4l7 7-7 7v-4c-5 0-8 1.500-10 5 0-6 3-11 10-11z",
  thread: "M4 5h16v11H10l-5 4v-4H4zM8 9h8M8 12h5",
  trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
  sliders: "M4 8h9M19 8h1M4 16h1M11 16h9M16 5.500v5M8 13.500v5",
  bot: "M6 9h12v10H6zM12 5v4M9.500 13v2M14.500 13v2M3 12v4M21 12v4",
  ban: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM5.700 5.700l12.600 12.600",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  check: "M5 13l4 4L19 7",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  retry: "M20 12a8 8 0 1 1-2.500-5.800M20 3v5h-5",
  mute: "M4 9v6h4l5 4V5L8 9zM17 10l4 4M21 10l-4 4",
  phone: "M7 3h10v18H7zM11 18h2",
  keyboard: "M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M18 10h.01M7 14h10",
  unread: "M3 6h18v12H3zM3 7l9 6 9-6",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3 3",
  format: "M3 18 8 6l5 12M5 14h6M21 11v7M21 14.500a3 3 0 1 0 0 .1",
  bold: "M7 5h6a3.500 3.500 0 0 1 0 7H7zM7 12h7a3.500 3.500 0 0 1 0 7H7z",
  italic: "M10 5h8M6 19h8M14 5l-4 14",
  strike:
    "M4 12h16M16 7.500c-1-2-2.500-2.500-4-2.500-3 0-4.500 1.700-4 4M8 16.500c1 2 2.500 2.500 4 2.500 3 0 4.500-1.700 4-4",
  code: "M9 7l-5 5 5 5M15 7l5 5-5 5",
  quote: "M5 5v14M9 7h11M9 12h11M9 17h7",
  list: "M5 7h.01M5 12h.01M5 17h.01M9 7h11M9 12h11M9 17h11",
  bookmark: "M6 4h12v16l-6-4-6 4z",
  poll: "M5 20v-7M12 20V4M19 20V9",
} as const;

addIcons(icons);

/** The name of an icon that only the deferred views show. */
export type DeferredIconName = keyof typeof icons;
