/**
 * Looks up what a link leads to: a page, which describes itself, or an image.
 *
 * @module
 */
import { contentOf } from "../files/content.ts";
import type { Clock } from "../util/clock.ts";
import { decodePage, describePage, shownText } from "./describe_page.ts";
import type { Fetch, Fetched } from "./fetch_page.ts";

/** What a link leads to. */
export interface LinkContent {
  readonly title: string;
  readonly description: string | null;
  /** The bytes of a picture, whose type and size were found in them. */
  readonly image: Uint8Array | null;
}

/** Looks up a link. @returns `null` if there is nothing to show of it. */
export type LookUp = (href: string, signal: AbortSignal) => Promise<LinkContent | null>;

/** How long all of it may take, in ms: redirects, the page and its picture. */
const TIMEOUT_MS = 10_000;

/** How much of a page is read, and of a picture: one of this size has all details of a card. */
const MAX_PAGE_BYTES = 524_288;
const MAX_IMAGE_BYTES = 1_048_576;

/** The sides of a picture that are shown, in pixels. A smaller one counts visits. */
const MIN_SIDE = 16;
const MAX_SIDE = 4_096;

const PAGE_TYPES = ["text/html", "application/xhtml+xml"];
const IMAGES = ["image/"];

/** The longest name of a file as a title, in code points. */
const MAX_NAME = 100;

/** Creates a function that looks up links. */
export function createLookUp(fetch: Fetch, clock: Clock): LookUp {
  return async (href, signal) => {
    const timeout = new AbortController();
    const cancel = clock.after(TIMEOUT_MS, () => timeout.abort());
    try {
      return await lookUp(fetch, href, AbortSignal.any([signal, timeout.signal]));
    } finally {
      cancel();
    }
  };
}

async function lookUp(
  fetch: Fetch,
  href: string,
  signal: AbortSignal,
): Promise<LinkContent | null> {
  const start = URL.parse(href);
  if (start === null) return null;
  const found = await fetch(start, {
    types: [...PAGE_TYPES, ...IMAGES],
    maxBytes: (type) => isImage(type) ? MAX_IMAGE_BYTES : MAX_PAGE_BYTES,
    isEnough: (chunk, type) => !isImage(type) && endsHead(chunk),
  }, signal);
  if (found === null) return null;
  if (isImage(found.type)) return ofImage(found);
  const page = describePage(decodePage(found.bytes, found.type));
  if (page === null) return null;
  const { title, description } = page;
  return { title, description, image: await imageOf(fetch, page.image, found.url, signal) };
}

function isImage(type: string): boolean {
  return type.startsWith("image/");
}

/** Whether the head of a page ends in a chunk: the rest says nothing about the page as a whole. */
function endsHead(chunk: Uint8Array): boolean {
  return /<\/head|<body/i.test(new TextDecoder("latin1").decode(chunk));
}

/** An image by itself, with the name of its file. */
function ofImage({ url, ...image }: Fetched): LinkContent | null {
  const bytes = shownImage(image);
  if (bytes === null) return null;
  const name = url.pathname.split("/").at(-1) ?? "";
  const title = shownText(decoded(name), MAX_NAME) || url.hostname;
  return { title, description: null, image: bytes };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

async function imageOf(
  fetch: Fetch,
  href: string | null,
  page: URL,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  const url = href === null ? null : URL.parse(href, page.href);
  if (url === null) return null;
  const image = await fetch(url, { types: IMAGES, maxBytes: () => MAX_IMAGE_BYTES }, signal);
  return image === null ? null : shownImage(image);
}

/** The bytes of an image that can be shown as it is. */
function shownImage({ bytes, isWhole }: Pick<Fetched, "bytes" | "isWhole">): Uint8Array | null {
  const { type, width, height } = contentOf(bytes);
  if (!isWhole || !type.startsWith("image/") || width === null || height === null) return null;
  const fits = Math.min(width, height) >= MIN_SIDE && Math.max(width, height) <= MAX_SIDE;
  return fits ? bytes : null;
}
