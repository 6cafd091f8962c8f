/**
 * Checks that every export of a module has a doc comment. `deno doc --lint` requires more: a comment
 * for every property, even if its name and type say everything.
 *
 * @module
 */

interface Documented {
  readonly jsDoc?: { readonly doc?: string; readonly tags?: readonly unknown[] };
}

interface Declaration extends Documented {
  readonly declarationKind: "export" | "declare" | "private";
  readonly kind: string;
  readonly location: { readonly filename: string; readonly line: number };
}

interface Module {
  readonly symbols: readonly {
    readonly name: string;
    readonly declarations: readonly Declaration[];
  }[];
}

/** Lists the exports without a doc comment, as `file:line name`. */
function undocumented(url: string, { symbols }: Module): string[] {
  return symbols.flatMap(({ name, declarations }) =>
    declarations
      .filter(({ declarationKind, kind, location: { filename }, jsDoc }) =>
        declarationKind === "export" && kind !== "reference" && filename === url &&
        jsDoc === undefined
      )
      .map(({ location: { filename, line } }) => `${filename.replace(ROOT, "")}:${line} ${name}`)
  );
}

const ROOT = new URL("../", import.meta.url).href;

if (import.meta.main) {
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...Deno.args],
  }).output();
  if (!success) {
    console.error(new TextDecoder().decode(stderr));
    Deno.exit(1);
  }
  const { nodes }: { nodes: Record<string, Module> } = JSON.parse(new TextDecoder().decode(stdout));
  const missing = Object.entries(nodes).flatMap(([url, module]) => undocumented(url, module));
  for (const line of missing) console.error(`Not documented: ${line}`);
  if (missing.length > 0) Deno.exit(1);
  console.log(`Checked the documentation of ${Object.keys(nodes).length} modules`);
}
