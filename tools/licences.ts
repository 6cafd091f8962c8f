/**
 * Collects the licences of the packages in a bundle.
 *
 * @module
 */

/** A bundled package. */
interface Package {
  readonly name: string;
  readonly version: string;
  /** The SPDX identifier of the licence. */
  readonly licence: string;
  readonly author: string;
  /** The text of the licence; `null` if the package does not include it. */
  readonly text: string | null;
}

/**
 * Lists the licences of the packages in a bundle: each text once, under the names of its packages, in a
 * deterministic order.
 *
 * @param sources The bundled files. The files of a package lie below its `package.json`.
 */
export async function noticeOf(sources: readonly URL[]): Promise<string> {
  const packages = new Map<string, Package>();
  for (const directory of new Set(sources.flatMap(packageDirectory))) {
    const found = await readPackage(new URL(directory));
    packages.set(`${found.name}@${found.version}`, found);
  }
  const byText = Map.groupBy(
    packages.values(),
    ({ text, licence, author }) =>
      text ?? `${licence}, by ${author}. The package does not include the text of its licence.`,
  );
  const parts = [...byText].map(([text, group]) => {
    const names = group.map(({ name, version }) => `${name} ${version}`).sort();
    return `${names.join(", ")}\n\n${text}`;
  });
  return parts.sort().join("\n\n----\n\n");
}

/** Returns the directory of the package of a file: its path up to the version or the name. */
function packageDirectory({ href }: URL): string[] {
  const [inCache] = /^.*\/npm\/[^/]+\/(@[^/]+\/)?[^/]+\/\d[^/]*\//.exec(href) ?? [];
  const [inModules] = /^.*\/node_modules\/(@[^/]+\/)?[^/]+\//.exec(href) ?? [];
  const found = inModules ?? inCache;
  return found === undefined ? [] : [found];
}

async function readPackage(directory: URL): Promise<Package> {
  const text = await Deno.readTextFile(new URL("package.json", directory));
  const { name, version, license, author } = JSON.parse(text);
  return {
    name,
    version,
    licence: typeof license === "string" ? license : "a licence of its own",
    author: (typeof author === "object" ? author?.name : author) ?? "its authors",
    text: await readLicence(directory),
  };
}

async function readLicence(directory: URL): Promise<string | null> {
  const names: string[] = [];
  for await (const { name, isFile } of Deno.readDir(directory)) {
    if (isFile && /^(licen[cs]e|copying|notice)(\b|$)/i.test(name)) names.push(name);
  }
  if (names.length === 0) return null;
  const texts = names.sort().map((name) => Deno.readTextFile(new URL(name, directory)));
  return (await Promise.all(texts)).map((text) => text.replaceAll("\r", "").trim()).join("\n\n");
}
