/**
 * Finds which marks belong together: CommonMark 0.31, section 6.2 and the algorithm in its
 * appendix, and two tildes as GitHub has them.
 *
 * @module
 */
import type { Inline } from "./tree.ts";

/** How deep marks stand in marks; what is deeper stays as it was typed. */
export const heightMax = 6;

/** A run of a mark that may open or close something. */
interface Delimiter {
  readonly type: "delimiter";
  /** As much of the run as is not used yet. */
  readonly text: string;
  /** How long the run was. */
  readonly length: number;
  readonly opens: boolean;
  readonly closes: boolean;
}

/** A part of a line whose marks may not be paired yet. */
export type Piece = Inline | Delimiter;

const space = /^[\s]?$/u;
// Signs and emoji count as letters, other than in CommonMark: people write marks right beside them.
const punctuation = /^[\p{P}$+<=>^`|~]$/u;

/** The run of a mark that begins somewhere; words, where it can be no mark. */
export function delimiterAt(text: string, at: number): Delimiter | Inline & { text: string } {
  const mark = text[at];
  let end = at;
  while (text[end] === mark) end += 1;
  const run = text.slice(at, end);
  // One tilde means "about".
  if (mark === "~" && run.length !== 2) return { type: "text", text: run };
  return { type: "delimiter", text: run, length: run.length, ...rolesOf(text, at, end) };
}

function rolesOf(text: string, start: number, end: number) {
  const before = /.?$/su.exec(text.slice(Math.max(0, start - 2), start))?.[0] ?? "";
  const after = String.fromCodePoint(text.codePointAt(end) ?? 0x20);
  const beforeMark = punctuation.test(before);
  const afterMark = punctuation.test(after);
  const left = !space.test(after) && (!afterMark || beforeMark || space.test(before));
  const right = !space.test(before) && (!beforeMark || afterMark || space.test(after));
  const inWord = text[start] === "_" && left && right;
  return {
    opens: left && (!inWord || beforeMark),
    closes: right && (!inWord || afterMark),
  };
}

/** Pairs marks. Those that belong to nothing are words. */
export function pair(pieces: readonly Piece[]): readonly Inline[] {
  const pairing = new Pairing();
  for (const piece of pieces) pairing.add(piece);
  return joined(pairing.pieces);
}

class Pairing {
  readonly pieces: Piece[] = [];
  /** Below which piece there is nothing that a kind of closing mark could close. */
  readonly #bottoms = new Map<string, number>();

  add(piece: Piece): void {
    let rest: Piece | undefined = piece;
    while (rest?.type === "delimiter" && rest.closes) {
      const opener = this.#openerOf(rest);
      if (opener === undefined) break;
      const made: Delimiter | "none" | undefined = this.#close(opener, rest);
      if (made === undefined) break;
      rest = made === "none" ? undefined : made;
    }
    if (rest !== undefined) this.pieces.push(rest);
  }

  #openerOf(closer: Delimiter): number | undefined {
    const kind = `${closer.text[0]}${closer.opens}${closer.length % 3}`;
    const bottom = this.#bottoms.get(kind) ?? 0;
    for (let i = this.pieces.length - 1; i >= bottom; i--) {
      const piece = this.pieces[i];
      if (piece?.type === "delimiter" && piece.opens && fits(piece, closer)) return i;
    }
    this.#bottoms.set(kind, this.pieces.length);
    return undefined;
  }

  /** Makes one piece of what stands between two marks. Returns what is left of the closing one. */
  #close(at: number, closer: Delimiter): Delimiter | "none" | undefined {
    const opener = this.pieces[at] as Delimiter;
    const used = Math.min(2, opener.text.length, closer.text.length);
    const children = joined(this.pieces.slice(at + 1));
    const made: Inline = { type: typeOf(closer, used), children };
    if (heightOf(made) > heightMax) return undefined;
    const open = without(opener, used);
    this.pieces.splice(at, Infinity, ...open === undefined ? [made] : [open, made]);
    for (const [kind, bottom] of this.#bottoms) this.#bottoms.set(kind, Math.min(bottom, at));
    return without(closer, used) ?? "none";
  }
}

function fits(opener: Delimiter, closer: Delimiter): boolean {
  if (opener.text[0] !== closer.text[0]) return false;
  const ambiguous = opener.closes || closer.opens;
  const multiple = opener.length % 3 === 0 && closer.length % 3 === 0;
  return !ambiguous || multiple || (opener.length + closer.length) % 3 !== 0;
}

function typeOf({ text }: Delimiter, used: number): "em" | "strong" | "del" {
  if (text[0] === "~") return "del";
  return used === 1 ? "em" : "strong";
}

function without(delimiter: Delimiter, used: number): Delimiter | undefined {
  const text = delimiter.text.slice(used);
  return text === "" ? undefined : { ...delimiter, text };
}

/** Texts that stand side by side become one, so that a name in them stays in one piece. */
function joined(pieces: readonly Piece[]): readonly Inline[] {
  const result: Inline[] = [];
  for (const piece of pieces) {
    if (piece.type !== "text" && piece.type !== "delimiter") {
      result.push(piece);
      continue;
    }
    const last = result.at(-1);
    const text = last?.type === "text" ? last.text + piece.text : piece.text;
    result.splice(last?.type === "text" ? -1 : result.length, 1, { type: "text", text });
  }
  return result;
}

/** How many marks stand in each other in a part of a line. */
export function heightOf(inline: Inline): number {
  if (!("children" in inline)) return 0;
  return 1 + inline.children.reduce((most, child) => Math.max(most, heightOf(child)), 0);
}
