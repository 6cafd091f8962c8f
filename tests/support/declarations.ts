/**
 * The text of a function, a method or a constant in a source that `deno fmt` has formatted: its
 * first line names it, and its last line is the next one of the same indentation that closes it.
 *
 * @module
 */

/** The lines that begin a declaration of a name. */
function beginningOf(name: string): RegExp {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const named = [
    `(?:export )?(?:async )?function\\*? ${escaped}\\b`,
    `(?:export )?(?:const|class) ${escaped}\\b`,
    `(?:static |readonly |private )*(?:async )?(?:get |set )?\\*?${escaped}(?:<[^(]*>)?(?:\\(|: | = )`,
  ];
  return new RegExp(`^( *)(?:${named.join("|")})`);
}

/**
 * Finds a declaration.
 *
 * @param name The name of a function, method, property or constant; `#name` for a private one.
 * @returns Its position in the source, or `null` unless there is exactly one.
 */
export function declarationIn(
  source: string,
  name: string,
): { readonly start: number; readonly end: number } | null {
  const lines = source.split("\n");
  const beginning = beginningOf(name);
  const found = lines.flatMap((line, index) => beginning.test(line) ? [index] : []);
  // A call looks like a declaration, but ends its statement at once, or stands deeper.
  const ranges = found.map((first) => [first, lastLine(lines, first)] as const);
  const outermost = Math.min(...found.map((first) => indentOf(lines[first])));
  const [range, ...others] = ranges.filter(([first]) => indentOf(lines[first]) === outermost);
  if (range === undefined || others.length > 0) return null;
  const offset = (line: number) => lines.slice(0, line).join("\n").length + (line === 0 ? 0 : 1);
  return { start: offset(range[0]), end: offset(range[1] + 1) };
}

function indentOf(line = ""): number {
  return line.length - line.trimStart().length;
}

function lastLine(lines: readonly string[], first: number): number {
  const opening = /[{([]$|=>$|=$|`$/;
  if (!opening.test(lines[first] ?? "")) return first;
  const indent = indentOf(lines[first]);
  // The lines of a template literal have an indentation of their own.
  const closing = lines[first]?.endsWith("`") ? /^ *`/ : /^ *[})\]]/;
  for (let index = first + 1; index < lines.length; index++) {
    const line = lines[index] ?? "";
    const closes = closing.test(line) && indentOf(line) <= indent;
    if (closes && !/[{([]$|=>$/.test(line)) return index;
  }
  return lines.length - 1;
}
