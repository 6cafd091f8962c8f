/**
 * Names of people and rooms in what people write: `@Anna Maria`, `#lobby`. A name may hold spaces,
 * so that only whoever knows the names can tell where it ends.
 *
 * @module
 */
import { foldName, foldRoom, LIMITS } from "../lib/protocol.ts";

/** The names that can be mentioned, folded. */
export interface Names {
  readonly people: ReadonlySet<string>;
  readonly rooms: ReadonlySet<string>;
}

/** A piece of a text: a mention, or what is none. `text` is what was typed. */
export interface Piece {
  readonly text: string;
  /** A person that is mentioned. */
  readonly person?: string;
  /** A room that is mentioned, or could be: `isKnown` says. */
  readonly room?: string;
  readonly isKnown?: boolean;
}

const sign = /(?<![\p{L}\p{N}])[@#](?=[\p{L}\p{N}])/gu;
const person = /[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:[ ._'-][\p{L}\p{M}\p{N}]+)*/uy;
const room = /[\p{L}\p{M}\p{N}_-]+/uy;
/** Up to where a shorter name ends. */
const shorter = /^(.*[\p{L}\p{M}\p{N}])[ ._'-]/su;

/** Cuts a text where mentions begin and end. */
export function piecesOf(text: string, names: Names): readonly Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const { 0: mark, index } of text.matchAll(sign)) {
    if (index < end) continue;
    const found = mark === "@" ? personAt(text, index, names) : roomAt(text, index, names);
    if (found === undefined) continue;
    if (index > end) pieces.push({ text: text.slice(end, index) });
    pieces.push(found);
    end = index + found.text.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}

/** The longest name that somebody has: `@Bob's` mentions Bob where nobody is called `Bob's`. */
function personAt(text: string, at: number, { people }: Names): Piece | undefined {
  let name = matchAt(person, text, at + 1)?.slice(0, LIMITS.name_length);
  while (name !== undefined && !people.has(foldName(name))) name = shorter.exec(name)?.[1];
  return name === undefined ? undefined : { text: `@${name}`, person: name };
}

function roomAt(text: string, at: number, { rooms }: Names): Piece | undefined {
  const name = matchAt(room, text, at + 1);
  if (name === undefined || name.length > LIMITS.room_name_length) return undefined;
  return { text: `#${name}`, room: name, isKnown: rooms.has(foldRoom(name)) };
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
