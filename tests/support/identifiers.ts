/**
 * Finds identifiers in TypeScript without a parser.
 *
 * @module
 */

/** Comments, strings, regular expressions and names, in the order in which they are tried. */
const TOKENS = [
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*/,
  /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/,
  // A slash begins a regular expression where an expression can begin.
  /(?<=[(,=:[!&|?{};>]\s*|\breturn\s+)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/\w*/,
  // A name in lower case after `<` is an HTML element.
  /<\/?[a-z][\w-]*/,
  /(?<name>[A-Za-z_$][\w$]*)/,
  /`/,
  /[{}]/,
];

const TOKEN = new RegExp(TOKENS.map(({ source }) => source).join("|"), "g");

/** Text of a template literal up to its end, or to an expression in it. */
const TEMPLATE = /(?:\\[\s\S]|\$(?!\{)|[^\\`$])*(?:`|\$\{)/y;

/** Lists the identifiers of a source, keywords included, without comments, strings and elements. */
export function identifiersOf(source: string): string[] {
  const identifiers: string[] = [];
  // The number of open braces in the expression of each open template literal.
  const templates: number[] = [];
  const token = new RegExp(TOKEN);
  const skipTemplateText = () => {
    TEMPLATE.lastIndex = token.lastIndex;
    const text = TEMPLATE.exec(source)?.[0] ?? "";
    token.lastIndex += text.length;
    if (text.endsWith("${")) templates.push(0);
  };
  for (let match = token.exec(source); match !== null; match = token.exec(source)) {
    const [text] = match;
    const name = match.groups?.name;
    const depth = templates.at(-1);
    if (name !== undefined) identifiers.push(name);
    else if (text === "`") skipTemplateText();
    else if (depth === undefined) continue;
    else if (text === "{") templates[templates.length - 1] = depth + 1;
    else if (text === "}" && depth > 0) templates[templates.length - 1] = depth - 1;
    else if (text === "}") {
      templates.pop();
      skipTemplateText();
    }
  }
  return identifiers;
}

/** Splits an identifier at underscores and changes of case. @example `isKeptOut`: is, kept, out */
export function wordsOf(identifier: string): string[] {
  return identifier.replaceAll(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, "_")
    .toLowerCase().split(/[_$]+/).filter((word) => word !== "");
}
