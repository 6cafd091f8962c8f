/**
 * The licences of the packages that ended up in a bundle, as their authors ask to be named.
 *
 * @module
 */

/** A package that was bundled. */
interface Package {
  readonly name: string;
  readonly version: string;
  /** SPDX's name of the licence. */
  readonly licence: string;
  readonly author: string;
  /** The licence's text, where the package brings one. */
  readonly text: string | null;
}

/**
 * Finds the packages behind a bundle's sources and puts their licences together: each text once,
 * under the names of those who chose it, in an order that depends on nothing else.
 *
 * @param sources The files that were bundled; those of packages lie below a `package.json`.
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
      text ?? `${licence}, by ${author}. The package brings no text of its licence.`,
  );
  const parts = [...byText].map(([text, group]) => {
    const names = group.map(({ name, version }) => `${name} ${version}`).sort();
    return `${names.join(", ")}\n\n${text}`;
  });
  return parts.sort().join("\n\n----\n\n");
}

/** Where the package of a file lies: the part of its path up to the version, or to the name. */
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
