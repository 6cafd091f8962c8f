/**
 * Builds `@hubbub/protocol` and `@hubbub/client` as npm packages, in `dist/packages/`: plain ES
 * modules with their types, as TypeScript's compiler emits them. Nothing is bundled, so that both
 * packages have one definition of each thing. It needs no network.
 *
 * @module
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";

const ROOT = new URL("../", import.meta.url);

/** The packages that another one may import, by name: where their entry points are. */
type EntryPoints = ReadonlyMap<string, string>;

/** What a member of the workspace says about itself, in its `deno.json`. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
}

/** A package to build. */
interface PackageSource {
  /** The folder of its sources, from the root. */
  readonly folder: string;
  readonly description: string;
  /** The packages from npm that an entry point beyond the first one needs. */
  readonly optional: readonly string[];
  /** The packages of the workspace that it needs. */
  readonly needs: readonly string[];
}

const PACKAGES: readonly PackageSource[] = [
  {
    folder: "lib/",
    description: "The protocol of Hubbub, a chat server: frames, limits, error codes, schemas.",
    optional: ["valibot"],
    needs: [],
  },
  {
    folder: "packages/client/",
    description: "A client for Hubbub, a chat server: reads and sends exactly once.",
    optional: [],
    needs: ["lib/"],
  },
];

/** The module whose types follow from the schemas: users of the frames need no schemas. */
const SCHEMAS = "protocol/schemas/frames";

/** The module with the same types, written out. */
const COMMANDS = "protocol/commands";

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.esnext.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
  rewriteRelativeImportExtensions: true,
  verbatimModuleSyntax: true,
  declaration: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  types: [],
};

/**
 * Builds the packages.
 *
 * @param target The directory in which each gets a directory of its own.
 * @returns The directories.
 */
export async function buildPackages(target: URL): Promise<readonly URL[]> {
  const entries = new Map<string, string>();
  for (const { folder } of PACKAGES) {
    const { name, exports } = await manifestOf(folder);
    for (const [entry, path] of Object.entries(exports)) {
      entries.set(`${name}${entry.slice(1)}`, new URL(path, new URL(folder, ROOT)).href);
    }
  }
  const directories: URL[] = [];
  for (const source of PACKAGES) {
    const { name } = await manifestOf(source.folder);
    const directory = new URL(`${name.split("/").at(-1)}/`, target);
    await Deno.remove(directory, { recursive: true }).catch(() => {});
    await buildPackage(source, directory, entries);
    directories.push(directory);
  }
  return directories;
}

async function buildPackage(
  { folder, description, optional, needs }: PackageSource,
  directory: URL,
  entries: EntryPoints,
): Promise<void> {
  const root = new URL(folder, ROOT);
  const { name, version, license, exports } = await manifestOf(folder);
  const files = new Map<string, string>();
  for (const [path, text] of compile(root, Object.values(exports), entries)) files.set(path, text);
  const manifest = {
    ...{ name, version, description, license, type: "module", sideEffects: false },
    engines: { node: ">=20" },
    exports: Object.fromEntries(
      Object.entries(exports).map(([entry, path]) => {
        const module = path.replace(/\.ts$/, "");
        return [entry, { types: `${module}.d.ts`, default: `${module}.js` }];
      }),
    ),
    files: ["**/*.js", "**/*.d.ts"],
    dependencies: Object.fromEntries(
      await Promise.all(needs.map(async (folder) => {
        const { name, version } = await manifestOf(folder);
        return [name, version];
      })),
    ),
    ...await optionalPeers(optional),
  };
  files.set("package.json", `${JSON.stringify(manifest, null, 2)}\n`);
  files.set("README.md", await Deno.readTextFile(new URL("README.md", root)));
  files.set("LICENSE", await Deno.readTextFile(new URL("LICENSE", ROOT)));
  for (const [path, text] of files) {
    const file = new URL(path, directory);
    await Deno.mkdir(new URL(".", file), { recursive: true });
    await Deno.writeTextFile(file, text);
  }
}

async function manifestOf(folder: string): Promise<Manifest> {
  return JSON.parse(await Deno.readTextFile(new URL(`${folder}deno.json`, ROOT)));
}

/** The packages that only those install who import the entry point that needs them. */
async function optionalPeers(names: readonly string[]) {
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  const versions = names.map((name) => {
    const version: string = imports[name].slice(`npm:${name}@`.length);
    return [name, `^${version}`];
  });
  if (names.length === 0) return {};
  return {
    peerDependencies: Object.fromEntries(versions),
    peerDependenciesMeta: Object.fromEntries(names.map((name) => [name, { optional: true }])),
  };
}

/** Compiles the modules that the entry points need. @returns The files, by path from the root. */
function compile(
  root: URL,
  paths: readonly string[],
  entries: EntryPoints,
): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const host = ts.createCompilerHost(OPTIONS);
  host.resolveModuleNameLiterals = (literals, containing) =>
    literals.map(({ text }) => ({ resolvedModule: resolve(text, containing, entries) }));
  const names = paths.map((path) => fileURLToPath(new URL(path, root)));
  const program = ts.createProgram(names, OPTIONS, host);
  const sources = program.getSourceFiles()
    .filter(({ fileName }) => pathToFileURL(fileName).href.startsWith(root.href));
  for (const source of sources) {
    const { diagnostics } = program.emit(source, (name, text) => {
      const path = pathToFileURL(name).href.slice(root.href.length);
      files.set(path, path.endsWith(".d.ts") ? withJsImports(path, text) : text);
    });
    const problems = [...diagnostics, ...program.getDeclarationDiagnostics(source)];
    if (problems.length > 0) throw new Error(ts.formatDiagnostics(problems, host));
    if (source.fileName.endsWith(`/${SCHEMAS}.ts`)) {
      files.set(`${COMMANDS}.d.ts`, commandTypes(program.getTypeChecker(), source));
    }
  }
  return files;
}

function resolve(
  name: string,
  containing: string,
  entries: EntryPoints,
): ts.ResolvedModuleFull | undefined {
  const isRelative = name.startsWith(".");
  // The types of a runtime's own modules are not part of any package.
  if (name.startsWith("node:")) return undefined;
  const href = isRelative
    ? new URL(name, pathToFileURL(containing)).href
    : entries.get(name) ?? import.meta.resolve(name);
  const path = fileURLToPath(href).replace(/\.mjs$/, ".d.mts");
  const extension = path.endsWith(".d.mts") ? ts.Extension.Dmts : ts.Extension.Ts;
  return { resolvedFileName: path, extension };
}

/** The compiler keeps `.ts` in the imports of declarations, which Node's resolution does not find. */
function withJsImports(path: string, text: string): string {
  const imports = text.replace(/(\bfrom |\bimport\()"(\.[^"]+)\.ts"/g, '$1"$2.js"');
  const isSchema = path.startsWith("protocol/schemas/");
  return isSchema ? imports : imports.replaceAll(/"\.\/schemas\/frames\.js"/g, '"./commands.js"');
}

/**
 * Writes the types of the commands out, as they follow from the schemas: who uses them needs neither
 * the schemas nor the library that infers the types.
 */
function commandTypes(checker: ts.TypeChecker, source: ts.SourceFile): string {
  const module = checker.getSymbolAtLocation(source)!;
  const schemas = checker.getExportsOfModule(module).find(({ name }) => name === "clientFrames")!;
  const commands = checker.getExportsOfModule(module).find(({ name }) => name === "Command")!;
  const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias;
  const union = checker.getDeclaredTypeOfSymbol(commands) as ts.UnionType;
  const rows = union.types.map((type) => {
    const name = checker.getTypeOfSymbol(type.getProperty("type")!) as ts.StringLiteralType;
    return `  readonly ${name.value}: ${checker.typeToString(type, source, flags)};`;
  });
  const count = checker.getTypeOfSymbol(schemas).getProperties().length;
  if (rows.length !== count) throw new Error(`${rows.length} types for ${count} schemas`);
  return [
    "/** What a client may send, by type. */",
    "export interface Commands {",
    ...rows,
    "}",
    "/** The type of a frame that a client may send. */",
    "export type CommandType = keyof Commands;",
    "/** A validated frame from a client, by its type. */",
    "export type CommandOf<T extends CommandType> = Commands[T];",
    "/** A validated frame from a client. */",
    "export type Command = Commands[CommandType];",
    "/** What a page or program writes, before validation: the same shapes. */",
    "export type ClientFrame = Command;",
    "",
  ].join("\n");
}

if (import.meta.main) {
  for (const { pathname } of await buildPackages(new URL("dist/packages/", ROOT))) {
    console.log(pathname);
  }
}
