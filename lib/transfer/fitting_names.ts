/**
 * Adapts the names of another system to the rules for names here, and keeps them apart.
 *
 * @module
 */
import * as v from "valibot";
import { skeletonOf } from "../auth/confusables.ts";
import { LIMITS } from "../protocol/limits.ts";
import { foldName, foldRoom } from "../protocol/names.ts";
import { personName, roomName } from "../protocol/schemas/fields.ts";

/** The names of people, each of which neither equals another one nor looks like it. */
export class PeopleNames {
  readonly #taken = new Set<string>();

  /** The first of several names that is free, as far as it is valid here. */
  take(wishes: readonly string[]): string {
    for (const name of candidates(wishes.map(toName).filter((name) => name !== ""))) {
      const [folded, looks] = [foldName(name), `looks ${skeletonOf(name)}`];
      if (!v.is(personName, name) || this.#taken.has(folded) || this.#taken.has(looks)) continue;
      this.#taken.add(folded).add(looks);
      return name;
    }
    throw new Error("Cannot name an account: the candidates have ended");
  }
}

/** The names, and then numbered ones without end. */
function* candidates(names: readonly string[]): Generator<string> {
  yield* names;
  const stem = names.find((name) => v.is(personName, name)) ?? "Somebody";
  if (names.length === 0) yield stem;
  for (let n = 2;; n++) yield `${cut(stem, LIMITS.name_length - 8)} ${n}`;
}

/** The part of a name that is valid here. */
function toName(name: string): string {
  return cut(
    name.slice(0, 4 * LIMITS.name_length).toWellFormed().normalize("NFKC")
      .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
      .replace(/[^\p{L}\p{M}\p{N} ._'-]+/gu, " ")
      .replace(/[ ._'-]+/g, (joiner) => joiner.trim().slice(0, 1) || " ")
      .replace(/^[^\p{L}\p{N}]+/u, ""),
    LIMITS.name_length,
  ).replace(/[ ._'-]+$/, "");
}

/** The names of rooms. */
export class RoomNames {
  readonly #taken = new Set<string>();

  /** Takes a name out of those that are free. */
  reserve(name: string): void {
    this.#taken.add(foldRoom(name));
  }

  /** A name that is free, as close to the given one as the rules allow. */
  take(name: string): string {
    const short = name.slice(0, 4 * LIMITS.room_name_length).toWellFormed().normalize("NFKC");
    const plain = cut(short.replace(/[^\p{L}\p{M}\p{N}_-]+/gu, "-"), LIMITS.room_name_length);
    const stem = v.is(roomName, plain) ? plain : "room";
    for (let n = 1;; n++) {
      const numbered = n === 1 ? stem : `${cut(stem, LIMITS.room_name_length - 8)}-${n}`;
      if (this.#taken.has(foldRoom(numbered))) continue;
      this.#taken.add(foldRoom(numbered));
      return numbered;
    }
  }
}

/** The beginning of a text, of whole characters. */
export function cut(text: string, length: number): string {
  return /[\ud800-\udbff]$/.test(text.slice(0, length)) && text.length > length
    ? text.slice(0, length - 1)
    : text.slice(0, length);
}
