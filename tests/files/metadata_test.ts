import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { MetadataEraser } from "../../lib/files/metadata.ts";
import {
  exif,
  exifSegment,
  jpegHead,
  png,
  pngChunk,
  segment,
  webp,
  webpChunk,
  webpHead,
  withSegments,
} from "../support/pictures.ts";

/** Erases the metadata of a file that arrives in parts. */
function erased(bytes: Uint8Array, partBytes = bytes.length) {
  const copy = bytes.slice();
  const eraser = new MetadataEraser();
  for (let at = 0; at < copy.length; at += partBytes) {
    eraser.erase(copy.subarray(at, at + partBytes));
  }
  return { bytes: copy, orientation: eraser.orientation };
}

/** The orientation that another program reads. */
function reread(bytes: Uint8Array): number {
  return erased(bytes).orientation;
}

Deno.test("what a photo says of its place is erased, and how it is to be turned stays", () => {
  for (const orientation of [1, 2, 3, 6, 8]) {
    const photo = withSegments(jpegHead(640, 480), exifSegment(orientation));
    const { bytes, orientation: found } = erased(photo);
    assertEquals([found, bytes.length], [orientation, photo.length]);
    assert(!Buffer.from(bytes).includes("GPS"));
    assertEquals(reread(bytes), orientation);
    // Once more changes nothing.
    assertEquals(erased(bytes).bytes, bytes);
  }
});

Deno.test("comments, XMP and IPTC are erased; colours and everything else stay", () => {
  const secrets = [
    segment(0xe1, "http://ns.adobe.com/xap/1.0/\0 secret"),
    segment(0xed, "Photoshop 3.0\0 secret"),
    segment(0xe2, "MPF\0 secret"),
    segment(0xfe, "secret"),
  ];
  const whole = [
    segment(0xe0, "JFIF\0"),
    segment(0xe2, "ICC_PROFILE\0\x01\x01 colours"),
    segment(0xee, "Adobe\0d"),
  ];
  const photo = withSegments(jpegHead(640, 480), ...whole, ...secrets);
  const bytes = Buffer.from(erased(photo).bytes);
  assert(!bytes.includes("secret"));
  for (const one of whole) assert(bytes.includes(Buffer.from(one)));
  // What follows the start of the image is the image.
  const scan = new Uint8Array([0xff, 0xd8, ...segment(0xda, "x"), ...segment(0xfe, "secret")]);
  assertEquals(erased(scan).bytes, scan);
  for (const other of [png(9, 9), new TextEncoder().encode("no photo"), new Uint8Array()]) {
    assertEquals(erased(other).bytes, other);
  }
});

Deno.test("a segment may lie across parts", () => {
  const photo = withSegments(
    jpegHead(640, 480),
    segment(0xe2, `ICC_PROFILE\0${"c".repeat(150)}`),
    segment(0xfe, "secret".repeat(40)),
    segment(0xfe, "secret"),
  );
  const filled = withSegments(photo, new Uint8Array(300).fill(0xff));
  for (const bytes of [photo, filled]) {
    const whole = erased(bytes).bytes;
    assert(!Buffer.from(whole).includes("secret"));
    // Wherever the border is, also within a header.
    for (let partBytes = 16; partBytes < 90; partBytes++) {
      assertEquals(erased(bytes, partBytes).bytes, whole, `${partBytes}`);
    }
  }
});

/** The chunks of a PNG whose checksums are right. */
function soundChunks(bytes: Uint8Array): readonly string[] {
  const types: string[] = [];
  const view = new DataView(bytes.buffer);
  for (let at = 8; at < bytes.length; at += view.getUint32(at) + 12) {
    const end = at + 8 + view.getUint32(at);
    if (crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end)) break;
    types.push(Buffer.from(bytes.subarray(at + 4, at + 8)).toString());
  }
  return types;
}

Deno.test("a PNG loses its texts, its time and its place, and stays a PNG", () => {
  const texts = ["tEXt", "zTXt", "iTXt", "tIME"].map((type) => pngChunk(type, `${type}\0secret`));
  const shown = pngChunk("pHYs", "12345678\x01");
  const bytes = png(90, 60, undefined, shown, ...texts, pngChunk("eXIf", exif(6)));
  const { bytes: clean, orientation } = erased(bytes);
  assertEquals([orientation, clean.length, reread(clean)], [6, bytes.length, 6]);
  for (const secret of ["secret", "GPS"]) assert(!Buffer.from(clean).includes(secret));
  const types = ["tEXt", "zTXt", "iTXt", "tIME", "eXIf"];
  assertEquals(soundChunks(clean), ["IHDR", "pHYs", ...types, "IDAT", "IEND"]);
  assert(Buffer.from(clean).includes(Buffer.from(shown)));
  assertEquals(erased(clean).bytes, clean);
  // EXIF across two parts says nothing any more; the rest is the same wherever the border is.
  const plain = png(90, 60, undefined, shown, ...texts, pngChunk("eXIf", exif(1)));
  for (let partBytes = 16; partBytes < plain.length; partBytes++) {
    assertEquals(erased(plain, partBytes).bytes, erased(plain).bytes, `${partBytes}`);
    assertEquals(soundChunks(erased(bytes, partBytes).bytes), soundChunks(bytes));
  }
});

Deno.test("a WebP loses EXIF and XMP, and no browser would turn it", () => {
  const head = webpHead(90, 60).subarray(12);
  const shown = [head, webpChunk("ICCP", "colours"), webpChunk("VP8 ", "pixels!")];
  const bytes = webp(...shown, webpChunk("EXIF", exif(6)), webpChunk("XMP ", "secret"));
  const { bytes: clean, orientation } = erased(bytes);
  assertEquals([orientation, clean.length], [1, bytes.length]);
  const length = webp(...shown).length;
  assertEquals(clean.subarray(12, length), bytes.subarray(12, length));
  for (const secret of ["secret", "GPS"]) assert(!Buffer.from(clean).includes(secret));
  for (let partBytes = 16; partBytes < bytes.length; partBytes++) {
    assertEquals(erased(bytes, partBytes).bytes, clean, `${partBytes}`);
  }
});

Deno.test("no bytes make the eraser throw, or change another kind of file", () => {
  for (const other of [jpegHead(9, 9).subarray(1), new TextEncoder().encode("RIFF0000WAVEEXIF")]) {
    assertEquals(erased(other).bytes, other);
  }
  const images = [
    withSegments(jpegHead(640, 480), exifSegment(6), segment(0xfe, "secret")),
    png(9, 9, undefined, pngChunk("eXIf", exif(6)), pngChunk("tEXt", "secret")),
    webp(webpChunk("VP8 ", "pixels"), webpChunk("EXIF", exif(6))),
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...images),
      fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 8 }),
      fc.integer({ min: 1, max: 200 }),
      (image, changes, partBytes) => {
        const bytes = image.slice();
        for (const [at, value] of changes) bytes[at] = value;
        assertEquals(erased(bytes, partBytes).bytes.length, bytes.length);
      },
    ),
    { numRuns: 3_000 },
  );
});
