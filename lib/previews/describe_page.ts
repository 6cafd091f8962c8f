/**
 * Reads how a page describes itself: Open Graph, the cards of Twitter, its title and description.
 *
 * @module
 */
import { Parser } from "htmlparser2";

/** How a page describes itself. All of it is text that another server chose. */
export interface PageDescription {
  readonly title: string;
  readonly description: string | null;
  /** The address of its picture, as the page has it. */
  readonly image: string | null;
}

/** The longest texts of a preview, in code points. */
const MAX_TITLE = 200;
const MAX_DESCRIPTION = 400;

/** How many code units of a text of a page are looked at. */
const MAX_READ = 4_096;

/** Where a page says what its encoding is (HTML standard, "prescan a byte stream"). */
const PRESCAN_BYTES = 1_024;

/** The properties that describe a page, the best first. */
const TITLE = ["og:title", "twitter:title"] as const;
const DESCRIPTION = ["og:description", "twitter:description", "description"] as const;
const IMAGE = [
  ...["og:image:secure_url", "og:image:url", "og:image", "twitter:image", "twitter:image:src"],
] as const;
const PROPERTIES: ReadonlySet<string> = new Set([...TITLE, ...DESCRIPTION, ...IMAGE]);

/**
 * Describes a page by its head.
 *
 * @param html The beginning of the page.
 * @returns `null` if it has no title.
 */
export function describePage(html: string): PageDescription | null {
  const found = new Map<string, string>();
  let title = "";
  let state: "head" | "title" | "done" = "head";
  const parser = new Parser({
    onopentag(name, attributes) {
      if (state === "done") return;
      if (name === "body") state = "done";
      else if (name === "title" && title === "") state = "title";
      else if (name === "meta") {
        const property = (attributes.property ?? attributes.name ?? "").trim().toLowerCase();
        const { content = "" } = attributes;
        const isNew = PROPERTIES.has(property) && !found.has(property);
        if (isNew && content.trim() !== "") found.set(property, content);
      }
    },
    ontext(text) {
      if (state === "title" && title.length < MAX_READ) title += text;
    },
    onclosetag(name) {
      if (state === "title" && name === "title") state = "head";
    },
  });
  parser.end(html);
  const firstOf = (names: readonly string[]) =>
    names.flatMap((name) => found.get(name) ?? []).at(0);
  const shown = shownText(firstOf(TITLE) ?? title, MAX_TITLE);
  if (shown === "") return null;
  const description = shownText(firstOf(DESCRIPTION) ?? "", MAX_DESCRIPTION);
  return {
    title: shown,
    description: description === "" || description === shown ? null : description,
    image: firstOf(IMAGE)?.trim() ?? null,
  };
}

/** A text in one line, without characters that are invisible or turn its direction, and not too long. */
export function shownText(text: string, max: number): string {
  const line = text.slice(0, MAX_READ).toWellFormed()
    .replace(/[\p{Cc}\p{Bidi_Control}\u200b\ufeff]/gu, (one) => /\s/.test(one) ? " " : "")
    .replace(/\s+/g, " ").trim();
  const points = [...line];
  return points.length <= max ? line : `${points.slice(0, max - 1).join("").trimEnd()}…`;
}

/**
 * Decodes a page.
 *
 * @param type The header `Content-Type`.
 */
export function decodePage(bytes: Uint8Array, type: string): string {
  const label = markOf(bytes) ?? charsetIn(type) ?? charsetIn(prescanned(bytes));
  return decoderFor(label).decode(bytes);
}

/** The encoding that a byte order mark names. */
function markOf([one, two, three]: Uint8Array): string | undefined {
  if (one === 0xef && two === 0xbb && three === 0xbf) return "utf-8";
  if (one === 0xfe && two === 0xff) return "utf-16be";
  return one === 0xff && two === 0xfe ? "utf-16le" : undefined;
}

function prescanned(bytes: Uint8Array): string {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, PRESCAN_BYTES));
  const label = /<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}["']?\s{0,9}([\w:-]{1,40})/i.exec(head)
    ?.[1];
  // What could be read so far is not UTF-16.
  return label === undefined || /^utf-16/i.test(label) ? "" : `charset=${label}`;
}

function charsetIn(type: string): string | undefined {
  return /charset\s{0,9}=\s{0,9}["']?([\w:-]{1,40})/i.exec(type)?.[1];
}

function decoderFor(label: string | undefined): TextDecoder {
  try {
    return new TextDecoder(label);
  } catch {
    return new TextDecoder();
  }
}
