/**
 * Takes the text of a paragraph apart into words, marks and links, as CommonMark 0.31 says, and
 * finds addresses as GitHub does. There is no HTML, no entity, no reference; an image is a link.
 *
 * The text is gone through once, from left to right: what may open something waits until something
 * closes it, so that no text takes longer than its length explains.
 *
 * @module
 */
import { bareAt, type Destination, destinationAt, enclosedAt, mailAt } from "./addresses.ts";
import { delimiterAt, heightMax, heightOf, pair, type Piece } from "./marks.ts";
import type { Inline } from "./tree.ts";

/** Where something other than a word may begin. */
const special =
  /[\\`*_~\]<\n]|!?\[|(?<![a-z0-9])(?:https?:\/\/|www\.)|(?<![\w.+-])[a-z0-9][\w.+-]{0,63}@/gi;
const escaped = /\\([!-/:-@[-`{-~])/y;

/** Takes a text apart. */
export function inlinesOf(text: string): readonly Inline[] {
  return new Scanner(text).scan();
}

class Scanner {
  readonly #text: string;
  readonly #pieces: Piece[] = [];
  /** Where among the pieces the brackets are that may open a link. */
  #brackets: number[] = [];
  /** Where runs of backticks begin, by their length, the last one first; made when it is needed. */
  #runs: Map<number, number[]> | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): readonly Inline[] {
    let at = 0;
    while (at < this.#text.length) {
      special.lastIndex = at;
      const found = special.exec(this.#text);
      if (found === null) break;
      this.#say(this.#text.slice(at, found.index));
      at = this.#read(found[0], found.index);
    }
    this.#say(this.#text.slice(at));
    return pair(this.#pieces);
  }

  /** Reads what begins somewhere, or takes it for words. Says where it goes on. */
  #read(found: string, at: number): number {
    const end = this.#readAs(found, at);
    if (end === undefined) this.#say(found);
    return end ?? at + found.length;
  }

  #readAs(found: string, at: number): number | undefined {
    switch (found) {
      case "\\":
        return this.#readEscape(at);
      case "`":
        return this.#readCode(at);
      case "*":
      case "_":
      case "~":
        return this.#add(delimiterAt(this.#text, at), at);
      case "[":
      case "![":
        this.#brackets.push(this.#pieces.length);
        return undefined;
      case "]":
        return this.#readLink(at);
      case "\n":
        return this.#readBreak(at);
      case "<":
        return this.#addAddress(enclosedAt(this.#text, at));
      default:
        return this.#addAddress((found.endsWith("@") ? mailAt : bareAt)(this.#text, at));
    }
  }

  #say(text: string): void {
    if (text !== "") this.#pieces.push({ type: "text", text });
  }

  #add(piece: Piece & { readonly text: string }, at: number): number {
    this.#pieces.push(piece);
    return at + piece.text.length;
  }

  #readEscape(at: number): number | undefined {
    escaped.lastIndex = at;
    const character = escaped.exec(this.#text)?.[1];
    if (character === undefined) return undefined;
    this.#say(character);
    return at + 2;
  }

  #readCode(at: number): number {
    let start = at;
    while (this.#text[start] === "`") start += 1;
    const end = this.#nextRun(start - at, start);
    if (end === undefined) {
      return this.#add({ type: "text", text: this.#text.slice(at, start) }, at);
    }
    const code = this.#text.slice(start, end).replaceAll("\n", " ");
    const padded = code.startsWith(" ") && code.endsWith(" ") && code.trim() !== "";
    this.#pieces.push({ type: "code", text: padded ? code.slice(1, -1) : code });
    return end + start - at;
  }

  /** Where the next run of so many backticks begins. It is asked for from left to right. */
  #nextRun(length: number, from: number): number | undefined {
    this.#runs ??= runsOf(this.#text);
    const starts = this.#runs.get(length) ?? [];
    while ((starts.at(-1) ?? from) < from) starts.pop();
    return starts.at(-1);
  }

  /** Line breaks count as they were typed; spaces before them do not. */
  #readBreak(at: number): number {
    const last = this.#pieces.pop();
    if (last?.type === "text") this.#say(last.text.trimEnd());
    else if (last !== undefined) this.#pieces.push(last);
    this.#pieces.push({ type: "break" });
    return at + 1;
  }

  #readLink(at: number): number | undefined {
    const bracket = this.#brackets.pop();
    if (bracket === undefined) return undefined;
    const found = destinationAt(this.#text, at + 1);
    if (found === undefined) return undefined;
    const { href, typed, end } = found;
    if (href === undefined) return this.#add({ type: "text", text: this.#text.slice(at, end) }, at);
    const label = pair(this.#pieces.slice(bracket + 1));
    // There is no link in a link.
    const children = label.flatMap((each) => each.type === "link" ? each.children : [each]);
    const link: Inline = {
      type: "link",
      href,
      children: children.length === 0 ? [{ type: "text", text: typed }] : children,
    };
    if (heightOf(link) > heightMax) return undefined;
    const [opening] = this.#pieces.splice(bracket, Infinity, link);
    // What stands around an image may be a link still.
    if (opening?.type !== "text" || opening.text !== "![") this.#brackets = [];
    return end;
  }

  #addAddress(found: Destination | undefined): number | undefined {
    if (found === undefined) return undefined;
    const { href, typed, end } = found;
    const label: Inline = { type: "text", text: typed };
    this.#pieces.push(href === undefined ? label : { type: "link", href, children: [label] });
    return end;
  }
}

function runsOf(text: string): Map<number, number[]> {
  const runs = new Map<number, number[]>();
  for (const { 0: { length }, index } of [...text.matchAll(/`+/g)].reverse()) {
    const starts = runs.get(length);
    if (starts === undefined) runs.set(length, [index]);
    else starts.push(index);
  }
  return runs;
}
