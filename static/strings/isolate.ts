/**
 * Text of users among other text. What one of them writes from right to left, or with characters
 * that turn the direction of writing, must not turn what stands around it (Unicode Standard
 * Annex 9).
 *
 * @module
 */

/** A text with one of these has no effect on the direction of others unless it is isolated. */
const TURNS =
  /[\p{Bidi_Control}\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** What opens or closes a direction, and what ends all of them: the end of a line. */
// deno-lint-ignore no-control-regex -- lines end with them
const MARKS = /[\u202a-\u202e\u2066-\u2069\n\r\u001c-\u001e\u0085\u2029]/g;
const HAS_MARKS = /[\u202a-\u202e\u2066-\u2069]/;

const CLOSES_EMBEDDING = "\u202c";
const OPENS_ISOLATE = "\u2068";
const CLOSES_ISOLATE = "\u2069";

/**
 * Closes every direction that a text opens, in its own line, and drops what closes none: nothing in
 * it reaches beyond its end. Takes linear time.
 */
export function balanced(text: string): string {
  if (!HAS_MARKS.test(text)) return text;
  /** What closes the open directions, the innermost last. */
  const open: string[] = [];
  let isolates = 0;
  const closeAll = () => {
    isolates = 0;
    return open.splice(0).reverse().join("");
  };
  const marked = text.replace(MARKS, (mark) => {
    switch (mark) {
      case CLOSES_EMBEDDING:
        // It closes no embedding around the innermost isolate.
        return open.at(-1) === mark ? open.pop()! : "";
      case CLOSES_ISOLATE: {
        if (isolates === 0) return "";
        isolates -= 1;
        // With an isolate ends what was opened in it.
        open.length = open.lastIndexOf(mark);
        return mark;
      }
      case "\u202a":
      case "\u202b":
      case "\u202d":
      case "\u202e":
        open.push(CLOSES_EMBEDDING);
        return mark;
      case "\u2066":
      case "\u2067":
      case OPENS_ISOLATE:
        isolates += 1;
        open.push(CLOSES_ISOLATE);
        return mark;
      default:
        return closeAll() + mark;
    }
  });
  return marked + closeAll();
}

/** Isolates a text, so that it leaves the direction of the text around it alone. */
export function isolated(text: string): string {
  return TURNS.test(text) ? OPENS_ISOLATE + balanced(text) + CLOSES_ISOLATE : text;
}

/** Joins texts of different authors in one line, each isolated; leaves out those that are missing. */
export function joined(parts: readonly (string | false | undefined)[], between: string): string {
  return parts.filter((part) => part !== undefined && part !== false && part !== "")
    .map((part) => isolated(String(part))).join(between);
}
