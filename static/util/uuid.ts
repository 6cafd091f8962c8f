/**
 * Generates the keys of drafts: UUIDs of version 7 (RFC 9562 section 5.7), which begin with the
 * time. A later key sorts later, so a database appends it to its index where random keys would
 * scatter. `crypto.randomUUID` does not make version 7, and browsers offer it only on https and
 * localhost, which a chat in a home network is not.
 *
 * @module
 */

/** How many keys fit into one millisecond; the next key uses the next millisecond. */
const keysPerMs = 1 << 12;

/**
 * Creates a key generator. Each key sorts after all keys before it, whatever the clock does.
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
    // The two highest bits hold the variant of RFC 9562.
    random[0] = random[0]! & 0x3f | 0x80;
    return `${hex(ms, 12)}7${hex(count, 3)}${Array.from(random, (byte) => hex(byte, 2)).join("")}`;
  };
}

/** Generates a unique key: 32 hexadecimal digits. */
export const newKey = keyMaker(Date.now);

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
