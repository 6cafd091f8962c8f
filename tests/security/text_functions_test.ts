/** Work on user text grows no faster than the text's length, on the server and on the page. */
import { assert, assertEquals } from "@std/assert";
import { stretchesOf, stretchMax } from "../../static/markdown/highlight.ts";
import { createHighlighter } from "../../static/markdown/highlighter.ts";
import { needs } from "../support/permissions.ts";
import { MARKUP_FUNCTIONS, NOT_MEASURED, TEXT_FUNCTIONS } from "../support/text_functions.ts";
import { type Generator, plainText, WORST, WORST_MARKUP } from "../support/worst_texts.ts";

/** The lengths measured, in UTF-16 code units: slightly more than the longest message. */
const TIMES = 12;
const SHORT = 1_000;
const LONG = TIMES * SHORT;

/** A text that may be slow to read, in a short and a long form; built once for all functions. */
interface Sample {
  readonly what: string;
  readonly short: string;
  readonly long: string;
}

function samplesOf(worst: Readonly<Record<string, Generator>>): readonly Sample[] {
  return Object.entries(worst).map(([what, make]) => ({
    what,
    short: make(SHORT),
    long: make(LONG),
  }));
}

/**
 * The allowed cost relative to a plain text of the same length. Quadratic cost is thousands of times
 * as high here; more work for each character is a few dozen times as high.
 */
const WORST_RATIO = 200;

/**
 * The allowed cost of a long text relative to short ones of the same total length. Both are measured
 * in turn, so that pauses affect both equally. The true ratio is 1, or 12 if the cost is quadratic.
 */
const GROWTH = 6;

/** How often a slow measurement is repeated: load makes it longer, never shorter. */
const TRIES = 12;

type Read = (text: string) => unknown;

function time(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

/** The measurement floor: the time in which this machine reads a long text many times. */
function unit(): number {
  const text = plainText(4 * LONG);
  const times = Array.from({ length: 9 }, () => time(() => text.match(/[^\p{L}]+/gu)));
  return 4 * Math.min(...times);
}

/**
 * Measures a reader on the worst of all texts.
 *
 * @returns What was found wrong: nothing, where the time grows with the text and no faster.
 */
function faults(
  read: Read,
  worst: readonly Sample[],
  quick: number,
  tries = TRIES,
): string[] {
  const plain = plainText(LONG);
  read(plain);
  const usual = Math.max(
    quick / 2,
    Math.min(...Array.from({ length: 5 }, () => time(() => read(plain)))),
  );
  return worst.flatMap(({ what, short, long }) => {
    let [inParts, atOnce] = [Infinity, Infinity];
    for (let i = 0; i < tries; i++) {
      atOnce = Math.min(atOnce, time(() => read(long)));
      // A call this fast has no noticeable quadratic cost.
      if (atOnce < quick) return [];
      inParts = Math.min(
        inParts,
        time(() => {
          for (let n = 0; n < TIMES; n++) read(short);
        }),
      );
      if (atOnce < WORST_RATIO * usual && atOnce < GROWTH * inParts) return [];
    }
    const [ratio, growth] = [atOnce / usual, atOnce / inParts];
    return [`${what}: ${ratio.toFixed()} times a plain text, ${growth.toFixed(1)} times its parts`];
  });
}

Deno.test("no text takes longer to read than its length explains", async (t) => {
  const quick = unit();
  const worst = samplesOf(WORST);
  for (const [file, readers] of Object.entries(TEXT_FUNCTIONS)) {
    for (const [name, read] of Object.entries(readers)) {
      await t.step(`${file} ${name}`, () => assertEquals(faults(read, worst, quick), []));
    }
  }
});

Deno.test("nor does any text of two characters with a meaning in Markdown", async (t) => {
  const quick = unit();
  const worst = samplesOf(WORST_MARKUP);
  for (const [name, read] of Object.entries(MARKUP_FUNCTIONS)) {
    await t.step(name, () => assertEquals(faults(read, worst, quick), []));
  }
});

Deno.test("quadratic cost is detected", () => {
  const quick = unit();
  const one = (make: Generator) => samplesOf({ one: make });
  const as = one((length) => "a".repeat(length));
  const marks = one(WORST["marks in descending classes"]!);
  assertEquals(faults((text) => text.normalize("NFKC"), marks, quick, 2).length, 1);
  assertEquals(faults((text) => text.replace(/a+!/g, ""), as, quick, 2).length, 1);
  assertEquals(faults((text) => text.replace(/a!/g, ""), as, quick), []);
});

Deno.test("code is highlighted in chunks, and no chunk is slow in any language", async (t) => {
  const highlighter = createHighlighter();
  const quick = unit();
  const read = (language: string) => (text: string) => {
    for (const stretch of stretchesOf(text)) {
      if (stretch.length <= stretchMax) highlighter.highlight(language, stretch);
    }
  };
  // Of the highlighted lines: longer ones are skipped.
  const worst = Object.entries(WORST).filter((_, i) => i % 3 === 0)
    .map(([what, make]) => [what, make(stretchMax)] as const);
  for (const language of highlighter.listLanguages()) {
    await t.step(language, () => {
      const plain = plainText(stretchMax);
      const look = read(language);
      look(plain);
      const usual = Math.min(...Array.from({ length: 5 }, () => time(() => look(plain))));
      const slow = worst.filter(([, text]) => {
        let best = Infinity;
        for (let i = 0; i < TRIES; i++) {
          best = Math.min(best, time(() => look(text)));
          if (best < WORST_RATIO * Math.max(usual, quick / 20)) return false;
        }
        return true;
      });
      assertEquals(slow.map(([what]) => what), []);
    });
  }
});

Deno.test("chunks cover all of the code, and are cut at line ends", () => {
  const code = Array.from({ length: 200 }, (_, i) => `line ${i}${i % 7 === 0 ? "\n" : ""}\n`)
    .join("");
  for (const text of [code, "", "a", `${code}${"x".repeat(3_000)}\n${code}`, "\n".repeat(5_000)]) {
    const stretches = stretchesOf(text);
    assertEquals(stretches.join(""), text);
    for (const stretch of stretches.slice(0, -1)) assert(stretch.endsWith("\n"));
    const long = stretches.filter((stretch) => stretch.length > stretchMax);
    assert(long.every((stretch) => stretch.trimEnd().split("\n").length === 1));
  }
});

/** Matches code that parses text. */
const TAKES_APART =
  /\.(?:normalize|matchAll|replace|replaceAll|exec|test|split|match)\(|\.search\(\/|\bnew RegExp\b|\blocaleCompare\b|\bIntl\.|\.toLowerCase\(|\bv\.regex\(/;

Deno.test({
  name: "every function that parses text is measured, or is known to parse no user text",
  ...needs("read"),
  async fn() {
    const known = new Set([...Object.keys(TEXT_FUNCTIONS), ...Object.values(NOT_MEASURED).flat()]);
    const found = new Set<string>();
    for (const folder of ["lib", "static"]) {
      for await (const path of sourcesUnder(folder)) {
        const source = await Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
        // A database executes statements by a method of the same name.
        const code = source.replace(/\/\*[\s\S]*?\*\/|\/\/ .*$|\b(?:\w*db|from|to)\.exec\(/gm, "");
        if (TAKES_APART.test(code)) found.add(path);
      }
    }
    assert(found.size > 40, "The files were not found");
    assertEquals([...found].filter((path) => !known.has(path)).sort(), []);
    // Files that no longer parse text must leave the list.
    const idle = Object.values(NOT_MEASURED).flat().filter((path) => !found.has(path));
    assertEquals(idle, []);
  },
});

async function* sourcesUnder(folder: string): AsyncGenerator<string> {
  for await (
    const { name, isDirectory } of Deno.readDir(new URL(`../../${folder}/`, import.meta.url))
  ) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* sourcesUnder(path);
    else if (/\.tsx?$/.test(name) && !name.endsWith(".d.ts")) yield path;
  }
}
