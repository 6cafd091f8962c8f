import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { contentOf, thumbnailSizeOf } from "../../lib/files/content.ts";
import { avifHead, gifHead, jpegHead, png, pngHead, webpHead } from "../support/pictures.ts";

const BYTES = { type: "application/octet-stream", width: null, height: null };

const HEADS = {
  "image/png": pngHead,
  "image/jpeg": jpegHead,
  "image/gif": gifHead,
  "image/webp": webpHead,
  "image/avif": avifHead,
};

const text = (value: string) => new TextEncoder().encode(value);

Deno.test("an image is detected by its bytes, with its dimensions", () => {
  for (const [type, head] of Object.entries(HEADS)) {
    assertEquals(contentOf(head(640, 480)), { type, width: 640, height: 480 });
    assertEquals(contentOf(head(1, 9_999)), { type, width: 1, height: 9_999 });
  }
  assertEquals(contentOf(png(3, 2)), { type: "image/png", width: 3, height: 2 });
});

const OTHERS: Readonly<Record<string, Uint8Array>> = {
  "nothing": new Uint8Array(),
  "a byte": text("P"),
  "text": text("hello"),
  "HTML": text("<!doctype html><script>alert(1)</script>"),
  "SVG": text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
  "SVG after a declaration": text('<?xml version="1.0"?><svg width="9" height="9"></svg>'),
  "a PDF behind other bytes": text(" %PDF-1.7"),
  "a Matroska video": text("\x1aE\xdf\xa3 matroska"),
  "an Ogg file without sound": text("OggS\0 a picture"),
  "a RIFF that is no sound": text("RIFF1234AVI LIST"),
  "a byte of a frame": new Uint8Array([0xff]),
  "a frame of layer 1": new Uint8Array([0xff, 0xff, 0x90, 0]),
  "a name of a PNG": text("PNG"),
  "a PNG that is cut short": pngHead(640, 480).subarray(0, 20),
  "a JPEG without a frame": jpegHead(640, 480).subarray(0, 16),
  "a HEIC": new Uint8Array(avifHead(640, 480).map((byte) => byte === 0x76 ? 0x68 : byte)),
};

const latin1 = (value: string) => Uint8Array.from(value, (char) => char.charCodeAt(0));

/** How files of a type begin. */
const MEDIA: readonly (readonly [type: string, head: string])[] = [
  ["application/pdf", "%PDF-1.7\n"],
  ["video/webm", "\x1aE\xdf\xa3\x01 B\x82\x84webm tracks V_VP9 A_OPUS"],
  ["audio/webm", "\x1aE\xdf\xa3\x01 B\x82\x84webm tracks A_OPUS"],
  ["video/mp4", "\0\0\0\x18ftypisom\0\0\x02\0 the tracks are at the end"],
  ["video/mp4", "\0\0\0\x18ftypmp42 hdlr\0\0\0\0\0\0\0\0soun hdlr\0\0\0\0\0\0\0\0vide"],
  ["audio/mp4", "\0\0\0\x18ftypmp42 hdlr\0\0\0\0\0\0\0\0soun"],
  ["audio/mp4", "\0\0\0\x18ftypM4A \0\0\0\0"],
  ["audio/ogg", "OggS\0\x02 OpusHead"],
  ["video/ogg", "OggS\0\x02 \x80theora \x01vorbis"],
  ["audio/wav", "RIFF\x24\0\0\0WAVEfmt "],
  ["audio/flac", "fLaC\0"],
  ["audio/mpeg", "ID3\x04\0"],
  ["audio/mpeg", "\xff\xfb\x90\0"],
  ["audio/aac", "\xff\xf1\x50\x80"],
];

Deno.test("audio, video and PDF are detected by their bytes", () => {
  for (const [type, head] of MEDIA) {
    assertEquals(contentOf(latin1(head)), { type, width: null, height: null }, head);
  }
});

Deno.test("a thumbnail is a small image", () => {
  assertEquals(thumbnailSizeOf(png(40, 30)), { width: 40, height: 30 });
  assertEquals(thumbnailSizeOf(jpegHead(1_024, 1)), { width: 1_024, height: 1 });
  for (const bytes of [jpegHead(1_025, 1), text("%PDF-1.7"), new Uint8Array()]) {
    assertEquals(thumbnailSizeOf(bytes), null);
  }
});

for (const [what, bytes] of Object.entries(OTHERS)) {
  Deno.test(`${what} is shown and played nowhere`, () => assertEquals(contentOf(bytes), BYTES));
}

Deno.test("an image with too many pixels, or none, is not shown", () => {
  for (const head of [pngHead, jpegHead, gifHead, avifHead]) {
    assertEquals(contentOf(head(0, 480)), BYTES);
    assertEquals(contentOf(head(640, 0)), BYTES);
  }
  assertEquals(contentOf(pngHead(100_000, 100_000)), BYTES);
  assertEquals(contentOf(pngHead(0xffff_ffff, 0xffff_ffff)), BYTES);
  assertEquals(contentOf(pngHead(16_385, 1)), BYTES);
  assertEquals(contentOf(jpegHead(65_535, 65_535)), BYTES);
  assertEquals(contentOf(webpHead(0x1_00_00_00, 0x1_00_00_00)), BYTES);
  assertEquals(contentOf(pngHead(8_000, 6_000)).type, "image/png");
});

Deno.test("no bytes make the detection throw or take long", () => {
  const positions = Object.values(HEADS).map((head) => head(640, 480));
  const damaged = fc.tuple(
    fc.constantFrom(...positions),
    fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 8 }),
    fc.nat(200),
    fc.uint8Array({ maxLength: 64 }),
  ).map(([head, changes, length, tail]) => {
    const bytes = new Uint8Array([...head.subarray(0, length), ...tail]);
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    return bytes;
  });
  fc.assert(
    fc.property(damaged, (bytes) => {
      const { type, width, height } = contentOf(bytes);
      assertEquals([width === null, height === null], Array(2).fill(!type.startsWith("image/")));
      if (width !== null && height !== null) assert(width * height <= 50_000_000);
    }),
    { numRuns: 5_000 },
  );
  // Deeply nested boxes, and lists that claim to be long: made to be parsed for ever.
  for (const head of positions) {
    for (const fill of [0, 1, 0x69, 0xff]) {
      const long = new Uint8Array(262_144).fill(fill);
      long.set(head);
      contentOf(long);
    }
  }
});
