/** Writes ZIP archives as archivers of all kinds do. */
import { crc32, deflateRawSync } from "node:zlib";

/** A file for an archive. */
export interface ZipFile {
  /** Its name, as the archiver encodes it. */
  readonly name: string | Uint8Array;
  readonly content: string;
  readonly stored?: boolean;
  readonly utf8Flag?: boolean;
  readonly encrypted?: boolean;
  readonly method?: number;
  /** Whether its sizes and its offset are in the ZIP64 field. */
  readonly zip64?: boolean;
  /** The name in Info-ZIP's Unicode path. */
  readonly unicodePath?: string;
}

const encoder = new TextEncoder();

/** Little-endian numbers, as [value, bytes]. */
function pack(...numbers: readonly (readonly [value: number | bigint, bytes: 2 | 4 | 8])[]) {
  const view = new DataView(new ArrayBuffer(numbers.reduce((sum, [, bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [value, bytes] of numbers) {
    if (bytes === 8) view.setBigUint64(at, BigInt(value), true);
    else if (bytes === 4) view.setUint32(at, Number(value), true);
    else view.setUint16(at, Number(value), true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

function extraOf(id: number, content: Uint8Array): Uint8Array {
  return join([pack([id, 2], [content.length, 2]), content]);
}

/** Builds an archive. @param zip64 Whether the end of the directory is in its ZIP64 form. */
export function zip(
  files: readonly ZipFile[],
  { zip64 = false, comment = "" } = {},
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  const put = (...some: Uint8Array[]) => {
    parts.push(...some);
    at += some.reduce((sum, { length }) => sum + length, 0);
  };
  for (const file of files) {
    const name = typeof file.name === "string" ? encoder.encode(file.name) : file.name;
    const content = encoder.encode(file.content);
    const data = file.stored ? content : deflateRawSync(content);
    const method = file.method ?? (file.stored ? 0 : 8);
    const flags = (file.utf8Flag ? 0x800 : 0) | (file.encrypted ? 1 : 0);
    const offset = at;
    const sizes = [[crc32(content), 4], [data.length, 4], [content.length, 4]] as const;
    const base = [[flags, 2], [method, 2], [0, 4]] as const;
    put(pack([0x04034b50, 4], [20, 2], ...base, ...sizes, [name.length, 2], [0, 2]), name, data);
    const wide = file.zip64
      ? extraOf(1, pack([content.length, 8], [data.length, 8], [offset, 8]))
      : new Uint8Array();
    const path = file.unicodePath === undefined ? new Uint8Array() : extraOf(
      0x7075,
      join([new Uint8Array([1]), pack([crc32(name), 4]), encoder.encode(file.unicodePath)]),
    );
    const extra = join([path, wide]);
    const shown = file.zip64
      ? [[crc32(content), 4], [0xffffffff, 4], [0xffffffff, 4]] as const
      : sizes;
    directory.push(
      pack([0x02014b50, 4], [20, 2], [20, 2], ...base, ...shown),
      pack([name.length, 2], [extra.length, 2], [0, 2], [0, 2], [0, 2], [0, 4]),
      pack([file.zip64 ? 0xffffffff : offset, 4]),
      name,
      extra,
    );
  }
  const start = at;
  put(...directory);
  const size = at - start;
  if (zip64) {
    const record = at;
    put(
      pack([0x06064b50, 4], [44, 8], [45, 2], [45, 2], [0, 4], [0, 4]),
      pack([files.length, 8], [files.length, 8], [size, 8], [start, 8]),
      pack([0x07064b50, 4], [0, 4], [record, 8], [1, 4]),
    );
  }
  const [shownSize, shownStart] = zip64 ? [0xffffffff, 0xffffffff] : [size, start];
  put(
    pack([0x06054b50, 4], [0, 2], [0, 2], [files.length, 2], [files.length, 2]),
    pack([shownSize, 4], [shownStart, 4], [comment.length, 2]),
    encoder.encode(comment),
  );
  return join(parts);
}
