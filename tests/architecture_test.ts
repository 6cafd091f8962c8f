import { assert, assertEquals } from "@std/assert";
import { needs } from "./support/permissions.ts";
import { filesUnder, readText, ROOT, sources, withoutComments } from "./support/sources.ts";

const permissions = needs("read");

/**
 * The folders of `lib/`: a file imports from its own folder and from those above it in this list. An
 * entry inside another one stands for itself.
 */
const LIB = [
  "protocol/limits.ts",
  "protocol/names.ts",
  "protocol/text",
  "chat/events",
  "protocol",
  "util",
  "store",
  "observability",
  "auth",
  "config",
  "chat",
  "commands",
  "cluster",
  "files",
  "push",
  "slack",
  "transfer",
  "hooks",
  "tls",
  "previews",
  "http",
  "build",
];

/** The packages of the workspace, by name: what they export. */
const PACKAGES: Readonly<Record<string, string>> = {
  "@hubbub/protocol": "lib/protocol/mod.ts",
  "@hubbub/protocol/schemas": "lib/protocol/schemas/mod.ts",
  "@hubbub/client": "packages/client/mod.ts",
  "@hubbub/client/state-file": "packages/client/state_file.ts",
};

/** The folders of `static/`, in the same way. `static/app.tsx` puts the page together. */
const STATIC = [
  "util",
  "strings",
  "emoji",
  "markdown",
  "state",
  "net",
  "storage",
  "notifications",
  "session",
  "views",
];

/** The only folders of `lib/` that the page imports: they use neither Deno nor the DOM. */
const SHARED = ["chat/events", "protocol"];

/** The files that a file imports or exports from, by their paths from the root. */
function imported(path: string, source: string): string[] {
  const specifiers = withoutComments(source).matchAll(/\b(?:from|import)\s*\(?\s*(["'])(.+?)\1/g);
  return [...specifiers].flatMap(([, , specifier = ""]) => {
    if (!specifier.startsWith(".")) return PACKAGES[specifier] ?? [];
    return new URL(specifier, new URL(path, ROOT)).href.slice(ROOT.href.length);
  });
}

/** Where a file stands: the higher, the more it may import. `undefined` for an unknown folder. */
function levelOf(path: string): number | undefined {
  const top = ["client.ts", "hub.ts", "server.ts", "main.ts"].indexOf(path);
  if (top >= 0) return 1_000 + top;
  const [root = "", folder = "", ...rest] = path.split("/");
  if (root === "static" && rest.length === 0) return 2_000;
  if (root === "packages" && folder === "client") return 99;
  if (rest.length === 0) return undefined;
  const inner = LIB.indexOf(`${folder}/${rest[0]}`);
  if (root === "lib" && inner >= 0) return inner;
  const level = (root === "lib" ? LIB : STATIC).indexOf(folder);
  return level < 0 ? undefined : root === "lib" ? level : 100 + level;
}

/** Whether a file may import another one. */
function mayImport(path: string, target: string): boolean {
  if (target === "deno.json" || target.startsWith("docs/")) return path === "server.ts";
  const [from, to] = [levelOf(path), levelOf(target)];
  if (from === undefined || to === undefined || to > from) return false;
  const isPage = (one: string) => /^(static|packages)\//.test(one);
  if (isPage(path)) {
    return isPage(target) || SHARED.some((folder) => target.startsWith(`lib/${folder}/`));
  }
  return !isPage(target);
}

/** What each source imports. */
async function graph(): Promise<ReadonlyMap<string, readonly string[]>> {
  const paths = await sources();
  const texts = await Promise.all(paths.map(readText));
  return new Map(paths.map((path, i) => [path, imported(path, texts[i] ?? "")]));
}

Deno.test({
  name: "every file is in a known folder, and imports only from its own or one above it",
  ...permissions,
  async fn() {
    const wrong: string[] = [];
    let edges = 0;
    for (const [path, targets] of await graph()) {
      assert(levelOf(path) !== undefined, `${path} is in no folder of the list`);
      for (const target of targets.filter((one) => /\.(tsx?|json)$/.test(one))) {
        edges += 1;
        if (!mayImport(path, target)) wrong.push(`${path} imports ${target}`);
      }
    }
    assertEquals(wrong, []);
    assert(edges > 500, "The imports were not found");
  },
});

Deno.test({
  name: "no file imports itself by way of others, not even a type",
  ...permissions,
  async fn() {
    const edges = await graph();
    const done = new Set<string>();
    function visit(path: string, way: readonly string[]): void {
      const start = way.indexOf(path);
      assert(start < 0, `A cycle: ${[...way.slice(start), path].join(" -> ")}`);
      if (done.has(path)) return;
      for (const target of edges.get(path) ?? []) visit(target, [...way, path]);
      done.add(path);
    }
    for (const path of edges.keys()) visit(path, []);
  },
});

Deno.test({
  name: "only main.ts reads the environment, and only server.ts serves",
  ...permissions,
  async fn() {
    const doors = [/\bDeno\s*\.\s*env\b|\bprocess\s*\.\s*env\b/, /\bDeno\s*\.\s*serve\s*\(/];
    const found: string[][] = doors.map(() => []);
    for (const path of await sources()) {
      const text = withoutComments(await readText(path));
      for (const [i, door] of doors.entries()) if (door.test(text)) found[i]?.push(path);
    }
    assertEquals(found, [["main.ts"], ["server.ts"]]);
  },
});

Deno.test({
  name: "the protocol takes nothing but types from its schemas: the page need not load those",
  ...permissions,
  async fn() {
    for (const path of await filesUnder("lib/protocol")) {
      if (path.startsWith("lib/protocol/schemas/")) continue;
      const values = withoutComments(await readText(path))
        .match(/\b(?:import|export) (?!type\b)[^;]*\bfrom "\.\/schemas\/[^"]*"/g);
      assertEquals(values, null, path);
    }
  },
});

Deno.test({
  name: "what server and page share uses neither Deno nor the DOM nor Node",
  ...permissions,
  async fn() {
    const folders = [...SHARED.map((folder) => `lib/${folder}`), "packages"];
    const shared = await Promise.all(folders.map(filesUnder));
    for (const path of shared.flat().filter((one) => one.endsWith(".ts"))) {
      if (path.startsWith("lib/protocol/schemas/")) continue;
      if (path === "packages/client/state_file.ts") continue;
      const source = withoutComments(await readText(path));
      const foreign =
        /\b(Deno|document|window|globalThis|navigator|location|localStorage|fetch)\b/g;
      const used = new Set([...source.matchAll(foreign)].map(([word]) => word));
      // Every runtime of a program has it.
      if (path.startsWith("packages/")) used.delete("fetch");
      assertEquals([...used], [], path);
      assertEquals(
        /\b(?:from|import)\s*\(?\s*["'](?:node|npm|jsr|https?):/.exec(source)?.[0],
        undefined,
        path,
      );
    }
  },
});

// Put together here, so that this file does not contain what it looks for.
const MACHINE_PATHS = ["home", "root", "Users", "workspace", "work"].map((name) => `/${name}/`);
const REGISTRY_HOSTS = [
  ["registry", "npmjs", "org"],
  ["npm", "jsr", "io"],
  ["registry", "yarnpkg", "com"],
  ["deno", "land/x"],
  ["esm", "sh"],
  ["cdn", "jsdelivr", "net"],
  ["unpkg", "com"],
].map((parts) => parts.join("."));

Deno.test({
  name: "no file in the repository names a machine's path or a registry's host",
  ...needs("read", "run"),
  async fn() {
    const git = new Deno.Command("git", { args: ["ls-files", "-z"], cwd: ROOT });
    const listed = await git.output();
    assert(listed.success, "git ls-files failed");
    const paths = new TextDecoder().decode(listed.stdout).split("\0").filter((path) => path !== "");
    assert(paths.length > 20);
    const found: string[] = [];
    for (const path of paths) {
      // What is deleted and not committed yet is listed as well.
      const text = await readText(path).catch(() => "");
      const bad = REGISTRY_HOSTS.find((host) => text.includes(host)) ??
        // As part of an address or a longer path it is something else.
        MACHINE_PATHS.find((part) => new RegExp(`(^|[\\s"'\`(=:])${part}`, "m").test(text));
      if (bad !== undefined) found.push(`${path}: ${bad}`);
    }
    assertEquals(found, []);
  },
});
