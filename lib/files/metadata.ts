/**
 * Removes the metadata of photos, such as where they were taken, while they arrive: also from programs,
 * which do not redraw photos as the page does. The bytes are overwritten, so that the size and all
 * positions stay as they are.
 *
 * @module
 */

const SOI = 0xd8;
const SOS = 0xda;
const APP1 = 0xe1;
const APP2 = 0xe2;
/** Adobe's: it says how colours are coded. */
const APP14 = 0xee;
const APP15 = 0xef;
const COMMENT = 0xfe;

/** What an EXIF segment begins with. */
const EXIF = [0x45, 0x78, 0x69, 0x66, 0, 0];
/** What a segment with a colour profile begins with. */
const PROFILE = [...new TextEncoder().encode("ICC_PROFILE\0")];

/** A block of EXIF that says nothing but the orientation, little-endian; its last byte but seven is it. */
const ORIENTATION_BLOCK = [
  ...EXIF,
  ...[0x49, 0x49, 0x2a, 0, 8, 0, 0, 0],
  ...[1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0],
  ...[0, 0, 0, 0],
];
const ORIENTATION_AT = ORIENTATION_BLOCK.length - 8;

/** Overwrites the metadata of a JPEG file that arrives in parts; other files stay as they are. */
export class MetadataEraser {
  /** The position of the next segment, and the end of the segment to erase, from the next part on. */
  #next = 0;
  #eraseTo = 0;
  #isBegun = false;
  #isDone = false;
  #orientation = 1;

  /** How the image is to be turned, as EXIF numbers it: 1 for not at all, 5 to 8 for on its side. */
  get orientation(): number {
    return this.#orientation;
  }

  /** Erases the metadata in the next part of the file, in place. */
  erase(part: Uint8Array): void {
    if (this.#isDone) return;
    part.fill(0, 0, Math.max(0, Math.min(this.#eraseTo, part.length)));
    if (!this.#isBegun) {
      this.#isBegun = true;
      this.#isDone = part[0] !== 0xff || part[1] !== SOI;
      this.#next = 2;
    }
    while (!this.#isDone && this.#next + 4 <= part.length) this.#segment(part);
    // A header across two parts is only found in a file that was made for it.
    if (this.#next < part.length) this.#isDone = true;
    this.#next -= part.length;
    this.#eraseTo -= part.length;
  }

  #segment(part: Uint8Array): void {
    const at = this.#next;
    const marker = part[at + 1] ?? 0;
    if (part[at] !== 0xff || marker === SOS) {
      this.#isDone = true;
      return;
    }
    // A marker may be preceded by bytes that fill up.
    if (marker === 0xff) {
      this.#next = at + 1;
      return;
    }
    const view = new DataView(part.buffer, part.byteOffset, part.byteLength);
    this.#next = at + 2 + view.getUint16(at + 2);
    const content = part.subarray(at + 4, this.#next);
    if (!isMetadata(marker, content)) return;
    const orientation = marker === APP1 ? orientationOf(content) : 1;
    content.fill(0);
    this.#eraseTo = this.#next;
    if (orientation === 1 || content.length < ORIENTATION_BLOCK.length) return;
    this.#orientation = orientation;
    content.set(ORIENTATION_BLOCK);
    content[ORIENTATION_AT] = orientation;
  }
}

/** Whether a segment is not needed to show the image. */
function isMetadata(marker: number, content: Uint8Array): boolean {
  if (marker === COMMENT) return true;
  if (marker < APP1 || marker > APP15 || marker === APP14) return false;
  return marker !== APP2 || !beginsWith(content, PROFILE);
}

/** Reads the orientation of an EXIF segment; 1 if there is none. */
function orientationOf(segment: Uint8Array): number {
  const tiff = segment.subarray(EXIF.length);
  if (!beginsWith(segment, EXIF) || tiff.length < 8) return 1;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const isLittle = view.getUint16(0) === 0x4949;
  const directory = view.getUint32(4, isLittle);
  if (directory + 2 > tiff.length) return 1;
  const count = view.getUint16(directory, isLittle);
  for (let n = 0; n < count; n++) {
    const entry = directory + 2 + n * 12;
    if (entry + 12 > tiff.length) return 1;
    if (view.getUint16(entry, isLittle) !== 0x0112) continue;
    const value = view.getUint16(entry + 8, isLittle);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

function beginsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, at) => bytes[at] === byte);
}
