/**
 * Syntax highlighting; loaded with the first code block that names its language.
 *
 * @module
 */

/** Highlighted code: text, or pieces of one kind, such as `keyword`. */
export type CodePiece = string | { readonly kind: string; readonly children: readonly CodePiece[] };

/** The part of the highlighter's tree in use. */
interface Node {
  readonly type: string;
  readonly value?: string;
  readonly properties?: { readonly className?: unknown };
  readonly children?: readonly Node[];
}

const load = async () => (await import("./highlighter.ts")).createHighlighter();
let loading: ReturnType<typeof load> | undefined;

/**
 * The maximum length that is highlighted in one go, in UTF-16 code units. In most languages some
 * code takes the highlighter quadratic time, such as one long word.
 */
export const stretchMax = 1_000;

/** Code longer than this is not highlighted: nobody reads it in a chat. */
const codeMax = 20_000;

/**
 * Highlights code. Long code is highlighted in stretches, and the page can do other work in
 * between.
 *
 * @param language The language named after the fence.
 * @returns `undefined` if the language is unknown or the highlighter cannot be loaded.
 */
export async function highlight(
  code: string,
  language: string,
): Promise<readonly CodePiece[] | undefined> {
  if (code.length > codeMax) return undefined;
  try {
    const highlighter = await (loading ??= load());
    if (!highlighter.registered(language)) return undefined;
    const pieces: CodePiece[] = [];
    for (const stretch of stretchesOf(code)) {
      if (stretch.length > stretchMax) pieces.push(stretch);
      else {for (const piece of piecesOf(highlighter.highlight(language, stretch).children)) {
          pieces.push(piece);
        }}
      if (code.length > stretchMax) await new Promise((resolve) => setTimeout(resolve));
    }
    return pieces;
  } catch {
    // Without a connection. The next block tries again.
    loading = undefined;
    return undefined;
  }
}

/**
 * Cuts code into stretches of whole lines, as many as fit; preferably after a blank line, because
 * the code after it seldom depends on the code before. A line that does not fit is a stretch of its
 * own, which is too long to be highlighted.
 */
export function stretchesOf(code: string): readonly string[] {
  const stretches: string[] = [];
  for (let start = 0; start < code.length;) {
    const end = stretchEnd(code, start);
    stretches.push(code.slice(start, end));
    start = end;
  }
  return stretches;
}

function stretchEnd(code: string, start: number): number {
  const limit = start + stretchMax;
  if (code.length <= limit) return code.length;
  const blank = code.lastIndexOf("\n\n", limit - 2) + 2;
  if (blank > start + stretchMax / 2) return blank;
  const feed = code.lastIndexOf("\n", limit - 1) + 1;
  if (feed > start) return feed;
  const next = code.indexOf("\n", limit) + 1;
  return next === 0 ? code.length : next;
}

function piecesOf(nodes: readonly Node[]): readonly CodePiece[] {
  return nodes.map(({ value, properties, children = [] }) => {
    if (value !== undefined) return value;
    return { kind: kindOf(properties?.className), children: piecesOf(children) };
  });
}

/** `hljs-keyword` gives `keyword`; for `hljs-title function_` the first class is enough. */
function kindOf(classes: unknown): string {
  const [first] = Array.isArray(classes) ? classes : [];
  return String(first ?? "").replace(/^hljs-/, "");
}
