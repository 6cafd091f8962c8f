/**
 * Colours for code, loaded with the first block of code that names its language.
 *
 * @module
 */

/** A part of some code: text, or parts that are of a kind, such as `keyword`. */
export type Piece = string | { readonly kind: string; readonly children: readonly Piece[] };

/** The shape of a tree that the highlighter makes, as far as it is used. */
interface Node {
  readonly type: string;
  readonly value?: string;
  readonly properties?: { readonly className?: unknown };
  readonly children?: readonly Node[];
}

const load = async () => (await import("./highlighter.ts")).createHighlighter();
let loading: ReturnType<typeof load> | undefined;

/**
 * Finds out what is what in some code.
 *
 * @param language As it stands behind the fence.
 * @returns `undefined` where the language is not known or nothing can be loaded.
 */
export async function highlight(
  code: string,
  language: string,
): Promise<readonly Piece[] | undefined> {
  try {
    const highlighter = await (loading ??= load());
    if (!highlighter.registered(language)) return undefined;
    return piecesOf(highlighter.highlight(language, code).children);
  } catch {
    // Without a line. The next block tries again.
    loading = undefined;
    return undefined;
  }
}

function piecesOf(nodes: readonly Node[]): readonly Piece[] {
  return nodes.map(({ value, properties, children = [] }) => {
    if (value !== undefined) return value;
    return { kind: kindOf(properties?.className), children: piecesOf(children) };
  });
}

/** `hljs-keyword` is a `keyword`; of `hljs-title function_` the first word is enough. */
function kindOf(classes: unknown): string {
  const [first] = Array.isArray(classes) ? classes : [];
  return String(first ?? "").replace(/^hljs-/, "");
}
