/**
 * Adapts the names of another system to the rules for names here, and keeps them apart.
 *
 * @module
 */
import * as v from "valibot";
import { skeletonOf } from "../util/confusables.ts";
import { LIMITS } from "../protocol/limits.ts";
import { foldName, foldRoom, JOINERS } from "../protocol/names.ts";
import { personName, roomName } from "../protocol/schemas/fields.ts";

/** The names of people, each of which neither equals another one nor looks like it. */
export class PeopleNames {
  readonly #taken = new Set<string>();

  /**
   * The first of several names that is free, as far as it is valid here, or else the first of them
   * with a number.
   *
   * @param last What to call somebody of whose names nothing is valid.
   */
  take(wishes: readonly string[], last: string): string {
    for (const name of candidateNames(wishes, last)) {
      const [folded, looks] = [foldName(name), `looks ${skeletonOf(name)}`];
      if (this.#taken.has(folded) || this.#taken.has(looks)) continue;
      this.#taken.add(folded).add(looks);
      return name;
    }
    throw new Error("Cannot name an account: the candidates have ended");
  }
}

/**
 * The wishes as far as they are valid here, and then the first of them with numbers without end.
 *
 * @param last What to call somebody of whose names nothing is valid.
 */
export function* candidateNames(wishes: readonly string[], last: string): Generator<string> {
  const wished = wishes.map(toName).filter((name) => name !== "");
  const names = wished.length > 0 ? wished : [toName(last)];
  const valid = names.filter((name) => v.is(personName, name));
  const [first = "Somebody"] = valid;
  yield* valid.length > 0 ? valid : [first];
  // What was cut may end between two words.
  const stem = toName(cut(first, LIMITS.name_length - 8)) || "Somebody";
  for (let n = 2;; n++) yield `${stem} ${n}`;
}

const JOINER = new RegExp(`[${JOINERS}]`, "u");
const JOINED = new RegExp(`[${JOINERS}]+`, "gu");
const NO_PART_OF_NAME = new RegExp(`[^\\p{L}\\p{M}\\p{N}${JOINERS}]+`, "gu");

/** The part of a name that is valid here. */
function toName(name: string): string {
  const whole = v.safeParse(personName, name);
  if (whole.success) return whole.output;
  // Accents that stand alone are typed as apostrophes.
  const visible = name.slice(0, 4 * LIMITS.name_length).toWellFormed().replace(/[`\u00b4]/g, "'")
    .normalize("NFKC")
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "");
  const joined = flat(visible)
    .replace(NO_PART_OF_NAME, " ")
    .replace(JOINED, (joiner) => joiner === ". " ? joiner : joiner.trim().slice(0, 1) || " ")
    .replace(/^[^\p{L}\p{N}]+/u, "");
  return validPart(cut(joined, LIMITS.name_length), JOINER, personName);
}

/** As many of the words of a name as fit together, from the first: those of another script do not. */
function validPart(name: string, joiner: RegExp, schema: v.GenericSchema): string {
  let [fitting, between] = ["", ""];
  for (const part of name.split(new RegExp(`(${joiner.source}+)`, "u"))) {
    if (part === "") continue;
    if (joiner.test(part)) between = part;
    else if (v.is(schema, fitting + between + part)) fitting += between + part;
    if (fitting === "") between = "";
  }
  return fitting;
}

/** Leaves two different marks on each letter, or four where a script needs them. */
function flat(name: string): string {
  return name.replace(/(\p{Mn})\1+/gu, "$1")
    .replace(/(?<=[\p{Script=Latn}\p{Script=Grek}\p{Script=Cyrl}]\p{M}{2})\p{M}+/gu, "")
    .replace(/(?<=\p{M}{4})\p{M}+/gu, "");
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
    const whole = toRoomName(name) || "room";
    const stem = toRoomName(cut(whole, LIMITS.room_name_length - 8)) || "room";
    for (let n = 1;; n++) {
      const numbered = n === 1 ? whole : `${stem}-${n}`;
      if (this.#taken.has(foldRoom(numbered))) continue;
      this.#taken.add(foldRoom(numbered));
      return numbered;
    }
  }
}

/** The part of a room's name that is valid here. */
function toRoomName(name: string): string {
  const short = name.slice(0, 4 * LIMITS.room_name_length).toWellFormed().normalize("NFKC");
  const whole = v.safeParse(roomName, cut(short, LIMITS.room_name_length));
  if (whole.success) return whole.output;
  const visible = flat(short.replace(/\p{Default_Ignorable_Code_Point}/gu, ""));
  const plain = visible.replace(/[^\p{L}\p{M}\p{N}_-]+/gu, "-");
  return validPart(cut(plain, LIMITS.room_name_length), /[_-]/u, roomName);
}

/** The beginning of a text, of whole characters. */
export function cut(text: string, length: number): string {
  return /[\ud800-\udbff]$/.test(text.slice(0, length)) && text.length > length
    ? text.slice(0, length - 1)
    : text.slice(0, length);
}
