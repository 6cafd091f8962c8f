/**
 * The marks of Markdown in a text that is only hinted at: in a notification, among what a search
 * has found. Such a text is often a part of one, and read where the reader of Markdown is not
 * loaded; what is no mark for sure stays.
 *
 * @module
 */

/** A part of a text: start and end, in UTF-16 code units. */
type Span = readonly [start: number, end: number];

/** Code, with what stands before and after it. In it nothing else is a mark. */
const code = /(```(?:[\w+#.-]*\n)?)([^]*?)(\n?```|$)|(`)([^`\n]+)(`)/g;

/** Words, with what stands before and after them. */
const pairs = [
  /(\*\*|__|~~)(?=\S)(.+?)(?<=\S)(\1)/g,
  /(?<![\w*])(\*)(?=[^\s*])([^*\n]+)(?<=\S)(\*)(?![\w*])/g,
  /(?<!\w)(_)(?=[^\s_])([^_\n]+)(?<=\S)(_)(?!\w)/g,
  /(\[)([^[\]\n]+)(\]\([^()\s]+\))/g,
];

/** What a quotation, a heading or an item begins with. */
const leading = /^ {0,3}(?:> ?|#{1,6} |[-*+] )+/gm;

/**
 * Takes the marks out of a text.
 *
 * @param highlights Parts that are to be seen: nothing of them is taken out.
 * @returns The text, and where the highlights stand in it now.
 */
export function withoutMarks(
  text: string,
  highlights: readonly Span[] = [],
): { readonly text: string; readonly highlights: readonly Span[] } {
  const cuts = marksOf(text).filter(([start, end]) =>
    highlights.every(([from, to]) => to <= start || end <= from)
  );
  const moved = (at: number) =>
    cuts.reduce((to, [start, end]) => to - Math.max(0, Math.min(end, at) - start), at);
  const kept = cuts.map(([start], index) => text.slice(cuts[index - 1]?.[1] ?? 0, start));
  return {
    text: kept.join("") + text.slice(cuts.at(-1)?.[1] ?? 0),
    highlights: highlights.map(([start, end]) => [moved(start), moved(end)]),
  };
}

/** Where marks stand, in order and apart from each other. */
function marksOf(text: string): readonly Span[] {
  const spans: Span[] = [];
  // What is said in code cannot be taken for a mark.
  const rest = text.replace(code, (all, ...parts) => {
    const [open = parts[3], , close = parts[5]] = parts;
    const at: number = parts[6];
    spans.push([at, at + open.length], [at + all.length - close.length, at + all.length]);
    return "x".repeat(all.length);
  });
  for (const pair of pairs) {
    for (const { 0: all, 1: open = "", 3: close = "", index } of rest.matchAll(pair)) {
      const end = index + all.length;
      spans.push([index, index + open.length], [end - close.length, end]);
    }
  }
  for (const { 0: all, index } of rest.matchAll(leading)) spans.push([index, index + all.length]);
  spans.sort(([a], [b]) => a - b);
  return spans.filter(([start], index) => start >= (spans[index - 1]?.[1] ?? 0));
}
