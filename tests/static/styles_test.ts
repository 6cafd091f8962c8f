/** The style sheets take their values from the tokens. */
import { assert, assertEquals } from "@std/assert";

const directory = new URL("../../static/styles/", import.meta.url);
const sheets = new Map(
  [...Deno.readDirSync(directory)].map(({ name }) =>
    [name, Deno.readTextFileSync(new URL(name, directory))] as const
  ),
);

/** What comes from the tokens, with how a value of its own looks. */
const SCALES: readonly (readonly [property: RegExp, raw: RegExp])[] = [
  // 1px, em and what follows the window are no steps of a scale.
  [/^(padding|margin|(row-|column-)?gap)\b/, /(?<![\w.-])-?(?!1px)\d*\.?\d+(px|rem)\b/],
  [/^font(-size)?$/, /\d(px|rem|%)|\/\s*[\d.]/],
  [/^line-height$/, /\d/],
  [/radius$/, /\d(px|rem|em)\b/],
  [/^(animation|transition)(-duration|-delay)?$/, /\d\.?m?s\b/],
  [/./, /#[\da-f]{3,8}\b|\b(rgba?|hsla?|oklch|oklab|lab|lch|hwb|color)\(|\b(white|black)\b/i],
];

/** A declaration, and whether a comment stands before it or before its rule. */
const DECLARATION = /(?<comment>\*\/\s*)?(?<property>[\w-]+):\s*(?<value>[^;{}]+);/g;

/** Returns the values of their own in a sheet that no comment explains. */
function rawValues(sheet: string): string[] {
  const rules = [...sheet.matchAll(/(\*\/\s*)?[^{}/;]*\{([^{}]*)\}/g)];
  return rules.flatMap(([, explained, body = ""]) =>
    [...body.matchAll(DECLARATION)].flatMap(({ groups = {} }) => {
      const { comment, property = "", value = "" } = groups;
      if (explained !== undefined || comment !== undefined) return [];
      const isRaw = SCALES.some(([of, raw]) => of.test(property) && raw.test(value));
      return isRaw ? [`${property}: ${value}`] : [];
    })
  );
}

Deno.test("every colour, size of type, space, radius and duration is a token", () => {
  const found = [...sheets].filter(([name]) => name !== "tokens.css")
    .flatMap(([name, sheet]) => rawValues(sheet).map((value) => `${name}: ${value}`));
  assertEquals(found, []);
});

Deno.test("a value of its own is found, unless a comment explains it", () => {
  const sheet = `a { padding: 3px 0; color: #fff; }
    b { font-size: 13px; border: 1px solid var(--line); margin: 0 1px; }
    c {
      /* Beside the avatars. */
      padding: 5px;
      border-radius: 50%;
      animation: rise 0.3s;
    }
    /* Below 16 px a phone zooms into the field. */
    d { font-size: 16px; }
    @media (max-width: 400px) { e { gap: 7px; padding: var(--space-4) max(3px, 2vw); } }`;
  assertEquals(rawValues(sheet), [
    ...["padding: 3px 0", "color: #fff", "font-size: 13px", "animation: rise 0.3s"],
    ...["gap: 7px", "padding: var(--space-4) max(3px, 2vw)"],
  ]);
});

Deno.test("every token that is used exists, and every token is used", () => {
  const all = [...sheets.values()].join("\n");
  const defined = new Set([...all.matchAll(/(?<=[\s{])(--[\w-]+):/g)].map(([, name]) => name));
  const used = new Set([...all.matchAll(/var\((--[\w-]+)\)/g)].map(([, name]) => name));
  // The page sets these on elements, for a place or a colour that it computes.
  const computed = ["--digits", "--hue", "--other"];
  assertEquals([...used].filter((name) => !defined.has(name) && !computed.includes(name!)), []);
  const tokens = [...sheets.get("tokens.css")!.matchAll(/\n {2}(--[\w-]+):/g)];
  assert(tokens.length > 50);
  assertEquals(tokens.map(([, name]) => name).filter((name) => !used.has(name)), []);
});

Deno.test("the tokens named by their size have that size", () => {
  const sizes = sheets.get("tokens.css")!.matchAll(/--(?:type|space)-(\d+): ([\d.]+)(px|rem);/g);
  const wrong = [...sizes].filter(([, name, size, unit]) =>
    Number(size) * (unit === "rem" ? 16 : 1) !== Number(name)
  );
  assertEquals(wrong.map(([token]) => token), []);
});
