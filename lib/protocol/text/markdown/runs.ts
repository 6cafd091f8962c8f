/**
 * Cuts the text of one block into runs before its inline markup is parsed. The library takes time
 * proportional to the number of delimiters times the length of the text, in more rules than can be
 * bounded one by one. So a run holds a bounded number of delimiters. The text of an ordinary block
 * is one run, however long it is. Blocks themselves are never cut.
 *
 * @module
 */

/** A character that can begin or end markup, a link or an address. */
const delimiter = /[!()*<>@[\\\]_`~]/g;

/**
 * Cuts a text into runs: after a line if possible, or else after a word.
 *
 * @param delimitersMax How many delimiters a run may hold.
 * @returns The runs; concatenated, they are the text.
 */
export function runsOf(text: string, delimitersMax: number): readonly string[] {
  const runs: string[] = [];
  let start = 0;
  let delimiters = 0;
  for (const { index } of text.matchAll(delimiter)) {
    delimiters += 1;
    while (delimiters > delimitersMax) {
      const end = runEnd(text, start, index);
      runs.push(text.slice(start, end));
      // Delimiters between the cut and this one count for the next run.
      delimiters = text.slice(end, index + 1).match(delimiter)?.length ?? 0;
      start = end;
    }
  }
  runs.push(text.slice(start));
  return runs;
}

/** Returns the end of the last line or word before `at`, if it is in the second half of the run. */
function runEnd(text: string, start: number, at: number): number {
  const run = text.slice(start, at);
  for (const separator of ["\n", " "]) {
    const end = run.lastIndexOf(separator) + 1;
    if (end > run.length / 2) return start + end;
  }
  return at;
}
