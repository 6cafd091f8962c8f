/**
 * Strips Markdown from a short preview: in a notification, or among search results. A preview is
 * often cut from a longer text and is shown where the parser is not loaded, so anything that is not
 * clearly markup stays.
 *
 * @module
 */

/** A range in a text: start and end, in UTF-16 code units. */
type TextSpan = readonly [start: number, end: number];

/** Code, with its delimiters. Nothing else in it is markup. */
const code = /(```(?:[\w+#.-]*\n)?)([^]*?)(\n?```|$)|(`)([^`\n]+)(`)/g;

/**
 * Paired delimiters around words. Where a pattern would match anything in between, the length is
 * bounded: otherwise each of many delimiters would cause a search through the rest of the line.
 */
const pairs = [
  /(\*\*|__|~~)(?=\S)(.{1,200}?)(?<=\S)(\1)/g,
  /(?<![\w*])(\*)(?=[^\s*])([^*\n]+)(?<=\S)(\*)(?![\w*])/g,
  /(?<!\w)(_)(?=[^\s_])([^_\n]+)(?<=\S)(_)(?!\w)/g,
  /(\[)([^[\]\n]+)(\]\([^()\s]+\))/g,
];

/** The line below the header of a table. */
const tableMarks = /(?<=\|.*)\n {0,3}(?=[^\n]*\|)[|:-][ |:-]*$/gm;

/** The beginning of a quotation, a heading or a list item. */
const leading = /^ {0,3}(?:> ?|#{1,6} |[-*+] )+/gm;

/**
 * Removes the markup from a text.
 *
 * @param highlights Ranges that must stay visible: nothing in them is removed.
 * @returns The text, and the ranges of the highlights in it.
 */
export function stripMarkdown(
  text: string,
  highlights: readonly TextSpan[] = [],
): { readonly text: string; readonly highlights: readonly TextSpan[] } {
  const cuts = syntaxOf(text).filter(([start, end]) =>
    highlights.every(([from, to]) => to <= start || end <= from)
  );
  const moved = (at: number) =>
    cuts.reduce((to, [start, end]) => to - Math.max(0, Math.min(end, at) - start), at);
  const remaining = cuts.map(([start], index) => text.slice(cuts[index - 1]?.[1] ?? 0, start));
  return {
    text: remaining.join("") + text.slice(cuts.at(-1)?.[1] ?? 0),
    highlights: highlights.map(([start, end]) => [moved(start), moved(end)]),
  };
}

/** Finds the ranges of markup, in order and without overlaps. */
function syntaxOf(text: string): readonly TextSpan[] {
  const spans: TextSpan[] = [];
  // Code is replaced, so that nothing in it is taken for markup.
  const rest = text.replace(code, (all, ...groups) => {
    const [open = groups[3], , close = groups[5]] = groups;
    const at: number = groups[6];
    spans.push([at, at + open.length], [at + all.length - close.length, at + all.length]);
    return "x".repeat(all.length);
  });
  for (const pair of pairs) {
    for (const { 0: all, 1: open = "", 3: close = "", index } of rest.matchAll(pair)) {
      const end = index + all.length;
      spans.push([index, index + open.length], [end - close.length, end]);
    }
  }
  for (const marks of [leading, tableMarks]) {
    for (const { 0: all, index } of rest.matchAll(marks)) spans.push([index, index + all.length]);
  }
  spans.sort(([a], [b]) => a - b);
  return spans.filter(([start], index) => start >= (spans[index - 1]?.[1] ?? 0));
}
