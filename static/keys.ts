/**
 * Makes the keys under which drafts are sent: UUIDs of version 7 (RFC 9562 section 5.7), which
 * begin with the time. What is made later sorts later, and is appended to an index where random
 * keys would be scattered over it. `crypto.randomUUID` makes none of these, and a browser offers
 * it only on https and localhost, while a chat in a home network has neither.
 *
 * @module
 */

/** How many keys one millisecond has room for; the next one is taken from the next millisecond. */
const keysPerMs = 1 << 12;

/**
 * Makes keys, each after all before it, whatever the clock does.
 *
 * @param now Milliseconds since the Unix epoch.
 */
export function keyMaker(now: () => number): () => string {
  let ms = 0;
  let count = 0;
  return () => {
    count += 1;
    if (now() > ms || count === keysPerMs) {
      ms = Math.max(now(), ms + 1);
      count = 0;
    }
    const random = crypto.getRandomValues(new Uint8Array(8));
    // The variant of RFC 9562 is in the two highest bits.
    random[0] = random[0]! & 0x3f | 0x80;
    return `${hex(ms, 12)}7${hex(count, 3)}${Array.from(random, (byte) => hex(byte, 2)).join("")}`;
  };
}

/** A key that nobody else has: 32 hexadecimal digits. */
export const newKey = keyMaker(Date.now);

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
