/**
 * Reads a list in JSON item by item: memory holds one item, however long the list is, and an item
 * that cannot be read does not hide the others.
 *
 * @module
 */

/** An item of a list, or why it cannot be read. */
export type JsonItem =
  & { readonly index: number }
  & (
    | { readonly value: unknown }
    | { readonly problem: string }
  );

/** The longest item, in bytes. */
const ITEM_MAX = 16 * 1_048_576;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Splits the bytes of a JSON list into its items.
 *
 * @returns The items. A problem of the list itself (it is no list, or was cut short) is the last
 * item.
 */
export function* itemsOf(chunks: Iterable<Uint8Array>): Generator<JsonItem> {
  const reader = new ItemReader();
  for (const chunk of chunks) {
    yield* reader.take(chunk);
    if (reader.isOver) return;
  }
  yield* reader.end();
}

/** A scanner of JSON that knows only strings and brackets. */
class ItemReader {
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  #index = 0;
  /** What has been read of the current item, in earlier chunks. */
  #pieces: Uint8Array[] = [];
  #size = 0;
  /** Whether the list has ended. */
  isOver = false;

  *take(chunk: Uint8Array): Generator<JsonItem> {
    let from = 0;
    let at = 0;
    if (this.#depth === 0) {
      at = chunk.findIndex((byte) => !isBlank(byte));
      if (at < 0) return;
      if (chunk[at] !== OPEN_LIST) return yield* this.#stop("it is no list");
      this.#depth = 1;
      from = ++at;
    }
    for (; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (this.#inString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) this.#inString = false;
        continue;
      }
      if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_LIST || byte === OPEN_OBJECT) this.#depth++;
      else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) this.#depth--;
      else if (byte !== COMMA || this.#depth !== 1) continue;
      if (byte === COMMA || this.#depth === 0) {
        this.#keep(chunk.subarray(from, at));
        yield* this.#item(byte === COMMA);
        from = at + 1;
        if (this.#depth === 0) {
          this.isOver = true;
          return;
        }
      }
    }
    this.#keep(chunk.subarray(from));
  }

  *end(): Generator<JsonItem> {
    if (this.#depth === 0) yield* this.#stop("it is empty");
    else yield* this.#stop("it was cut short");
  }

  *#stop(problem: string): Generator<JsonItem> {
    this.isOver = true;
    yield { index: this.#index, problem };
  }

  /** The pieces are copied: their buffer is used again. */
  #keep(piece: Uint8Array): void {
    this.#size += piece.length;
    if (this.#size <= ITEM_MAX && piece.length > 0) this.#pieces.push(piece.slice());
  }

  *#item(isBeforeComma: boolean): Generator<JsonItem> {
    const [pieces, size] = [this.#pieces, this.#size];
    this.#pieces = [];
    this.#size = 0;
    const index = this.#index;
    if (size > ITEM_MAX) {
      this.#index++;
      return yield { index, problem: "it is too long" };
    }
    const text = textOf(pieces, size);
    // Nothing before the end: an empty list, or a comma too many.
    if (text.trim() === "" && !isBeforeComma) return;
    this.#index++;
    try {
      yield { index, value: JSON.parse(text) };
    } catch {
      yield { index, problem: "it is not valid JSON" };
    }
  }
}

function textOf(pieces: readonly Uint8Array[], size: number): string {
  if (pieces.length === 1) return new TextDecoder().decode(pieces[0]);
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return new TextDecoder().decode(whole);
}

/** White space, and the bytes of a byte order mark. */
function isBlank(byte: number): boolean {
  return byte <= 0x20 || byte === 0xef || byte === 0xbb || byte === 0xbf;
}
