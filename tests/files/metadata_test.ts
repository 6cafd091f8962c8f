import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { MetadataEraser } from "../../lib/files/metadata.ts";
import { exifSegment, jpegHead, png, segment, withSegments } from "../support/pictures.ts";

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
  const whole = erased(photo).bytes;
  // The header of no segment lies across the border of these.
  for (const partBytes of [100, 250, 380]) {
    assertEquals(erased(photo, partBytes).bytes, whole, `${partBytes}`);
  }
});

Deno.test("no bytes make the eraser throw, or change another file than a JPEG", () => {
  const photo = withSegments(jpegHead(640, 480), exifSegment(6), segment(0xfe, "secret"));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(photo.length - 1), fc.nat(255)), { maxLength: 8 }),
      fc.integer({ min: 1, max: photo.length }),
      (changes, partBytes) => {
        const bytes = photo.slice();
        for (const [at, value] of changes) bytes[at] = value;
        assertEquals(erased(bytes, partBytes).bytes.length, bytes.length);
      },
    ),
    { numRuns: 3_000 },
  );
});
