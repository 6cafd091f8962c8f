import { assertEquals, assertThrows } from "@std/assert";
import { ZipArchive, ZipError } from "../../lib/transfer/zip.ts";
import { needs } from "../support/permissions.ts";
import { zip, type ZipFile } from "../support/zip.ts";

const permissions = needs("read", "write");

/** Opens an archive from bytes. */
function withArchive<T>(bytes: Uint8Array, look: (archive: ZipArchive) => T): T {
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeFileSync(path, bytes);
    const archive = ZipArchive.open(path);
    try {
      return look(archive);
    } finally {
      archive.close();
    }
  } finally {
    Deno.removeSync(path);
  }
}

function contentOf(archive: ZipArchive, entry: ZipArchive["entries"][number]): string {
  const decoder = new TextDecoder();
  return archive.read(entry).map((chunk) => decoder.decode(chunk, { stream: true })).toArray()
    .join("");
}

/** The names and contents of an archive. */
function contents(bytes: Uint8Array) {
  return withArchive(
    bytes,
    (archive) => archive.entries.map((entry) => [entry.names[0], contentOf(archive, entry)]),
  );
}

const LONG = "All work and no play makes Jack a dull boy.\n".repeat(10_000);

Deno.test({
  name: "entries are read as they were written, stored or compressed, in ZIP64 as well",
  ...permissions,
  fn() {
    const files: readonly ZipFile[] = [
      { name: "a/empty", content: "" },
      { name: "a/stored", content: LONG, stored: true },
      { name: "a/compressed", content: LONG },
      { name: "a/wide", content: LONG, zip64: true },
    ];
    const expected = files.map(({ name, content }) => [String(name), content]);
    assertEquals(contents(zip([{ name: "a/", content: "", stored: true }, ...files])), expected);
    assertEquals(
      contents(zip(files, { zip64: true, comment: "PK\x05\x06 in a comment" })),
      expected,
    );
    assertEquals(contents(zip([])), []);
  },
});

Deno.test({
  name: "names are read in whatever an archiver wrote them",
  ...permissions,
  fn() {
    const namesOf = (file: Omit<ZipFile, "content">) =>
      withArchive(zip([{ ...file, content: "x" }]), ({ entries }) => entries[0]?.names);
    assertEquals(namesOf({ name: "café", utf8Flag: true }), ["café"]);
    assertEquals(namesOf({ name: "café" }), ["café"], "UTF-8 without its flag");
    const cp437 = new Uint8Array([0x63, 0x61, 0x66, 0x82]);
    assertEquals(namesOf({ name: cp437 })?.[0], "café", "code page 437");
    const latin1 = new Uint8Array([0x63, 0x61, 0x66, 0xe9]);
    assertEquals(namesOf({ name: latin1 })?.[1], "café", "Windows");
    assertEquals(namesOf({ name: latin1, unicodePath: "çafé" }), ["çafé"], "the Unicode path");
  },
});

Deno.test({
  name: "a damaged, encrypted or unknown entry is refused, and no other one",
  ...permissions,
  fn() {
    const good = { name: "good", content: LONG };
    const read = (bytes: Uint8Array) =>
      withArchive(bytes, (archive) => {
        const [bad, other] = archive.entries;
        assertEquals(contentOf(archive, other!), LONG);
        return assertThrows(() => contentOf(archive, bad!), ZipError).message;
      });
    const bad = { name: "bad", content: LONG };
    assertEquals(read(zip([{ ...bad, encrypted: true }, good])), "it is encrypted");
    assertEquals(
      read(zip([{ ...bad, method: 14 }, good])),
      "it is compressed by method 14, and only deflate is known",
    );
    for (const stored of [true, false]) {
      const bytes = zip([{ ...bad, stored }, good]);
      bytes[60]! ^= 0xff;
      assertEquals(read(bytes), "it is damaged");
    }
  },
});

Deno.test({
  name: "what is no archive, or was cut short, is refused",
  ...permissions,
  fn() {
    const whole = zip([{ name: "a", content: LONG }]);
    for (const bytes of [new Uint8Array(), new Uint8Array(100), whole.slice(0, -30)]) {
      assertThrows(() => contents(bytes), ZipError);
    }
    assertThrows(() => contents(whole.slice(10)), ZipError);
  },
});
