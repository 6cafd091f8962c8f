/**
 * Finds addresses in what people write. What comes out is absolute and may be opened; whatever else
 * looks like an address is none.
 *
 * @module
 */

/** An address in a text. */
export interface Address {
  /** As it is opened. */
  readonly href: string;
  /** As it was typed. */
  readonly typed: string;
  /** Where in the text it ends. */
  readonly end: number;
}

/** What has the form of an address, and may lead to what must not be opened. */
export type Destination = Omit<Address, "href"> & { readonly href: string | undefined };

/** The addresses that can be opened. */
const schemes = new Set(["http:", "https:", "mailto:"]);
/** How many round brackets may stand in each other in an address: CommonMark asks for three. */
const bracketsMax = 32;

const bare = /(?:https?:\/\/|www\.)(?=[\p{L}\p{N}])(?:(?!\]\()[^\s<])+/iuy;
const enclosed = /<((?:https?:\/\/|mailto:)[^\s<>]+|[\w.+-]+@[\w.-]+)>/iy;
const mail = /[a-z0-9][\w.+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)+(?![\w-])/iy;
const opening = /\(\s*(?:<([^<>\n]*)>)?/y;
/** What may stand behind an address in brackets: a title, which is not shown. */
const closing = /\s*\)|\s+(?:"[^"]*"|'[^']*'|\([^()]*\))\s*\)/y;
/** What ends a sentence around an address rather than the address. */
const around = new Set("?!.,:;*_'\"`~[]»«“”„‘’›‹。，、！？；：）】』」…");

/** An address that stands in a sentence; what only looks like one is to be left as a whole. */
export function bareAt(text: string, at: number): Destination | undefined {
  const [found] = matchAt(bare, text, at) ?? [];
  if (found === undefined) return undefined;
  const typed = trimmed(found);
  const href = hrefOf(/^www\./i.test(typed) ? `http://${typed}` : typed);
  return { href, typed, end: at + typed.length };
}

/** Without what belongs to the sentence; round brackets do where they do not come in pairs. */
function trimmed(typed: string): string {
  let unpaired = typed.split(")").length - typed.split("(").length;
  let end = typed.length;
  for (; end > 0; end -= 1) {
    const last = typed[end - 1] ?? "";
    if (last === "(") unpaired += 1;
    else if (last === ")" && unpaired > 0) unpaired -= 1;
    else if (!around.has(last)) break;
  }
  return typed.slice(0, end);
}

/** An address of a mailbox that stands in a sentence. */
export function mailAt(text: string, at: number): Address | undefined {
  const [typed] = matchAt(mail, text, at) ?? [];
  return typed === undefined ? undefined : addressOf(`mailto:${typed}`, typed, at + typed.length);
}

/** An address in pointed brackets. */
export function enclosedAt(text: string, at: number): Address | undefined {
  const [all, typed] = matchAt(enclosed, text, at) ?? [];
  if (all === undefined || typed === undefined) return undefined;
  const bareMail = !/^(?:https?|mailto):/i.test(typed);
  return addressOf(bareMail ? `mailto:${typed}` : typed, typed, at + all.length);
}

/** Where a link leads whose words end right before: `(https://example.org "title")`. */
export function destinationAt(text: string, at: number): Destination | undefined {
  const [open, inside] = matchAt(opening, text, at) ?? [];
  if (open === undefined) return undefined;
  const start = at + open.length;
  const end = inside === undefined ? endOf(text, start) : start;
  const [close] = matchAt(closing, text, end) ?? [];
  if (close === undefined) return undefined;
  const typed = (inside ?? text.slice(start, end)).replace(/\\([!-/:-@[-`{-~])/g, "$1");
  return { href: hrefOf(typed), typed, end: end + close.length };
}

/** Where an address ends in which round brackets come in pairs. */
function endOf(text: string, start: number): number {
  let open = 0;
  for (let at = start;; at += 1) {
    const character = text[at] ?? " ";
    if (character === "\\") at += 1;
    else if (character === "(") open += 1;
    else if (character === ")") open -= 1;
    if (/\s/.test(character) || open < 0 || open > bracketsMax) return at;
  }
}

function addressOf(address: string, typed: string, end: number): Address | undefined {
  const href = hrefOf(address);
  return href === undefined ? undefined : { href, typed, end };
}

function hrefOf(address: string): string | undefined {
  const url = URL.parse(address);
  return url !== null && schemes.has(url.protocol) ? url.href : undefined;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
