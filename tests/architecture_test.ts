import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { needs } from "./support/permissions.ts";

const permissions = needs("read");

const ROOT = new URL("../", import.meta.url);

/** The directories whose files are code. */
const CODE = ["lib", "static"];

async function readText(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(path, ROOT));
}

/** Every file under a directory, by its path from the root. */
async function filesUnder(directory: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(`${directory}/`, ROOT))) {
    const path = `${directory}/${name}`;
    files.push(...isDirectory ? await filesUnder(path) : [path]);
  }
  return files.sort();
}

async function sources(): Promise<string[]> {
  const nested = await Promise.all(CODE.map(filesUnder));
  return ["main.ts", "server.ts", "hub.ts", "client.ts", "clients.ts", ...nested.flat()].filter((
    path,
  ) => /\.tsx?$/.test(path));
}

/** A source without its comments; strings stay. */
function code(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|(?<=^|[\s;{}(),])\/\/.*$/gm, "");
}

/** The files that a file imports or exports from, by their paths from the root. */
function imported(path: string, source: string): string[] {
  const specifiers = code(source).matchAll(/\b(?:from|import)\s*\(?\s*(["'])(.+?)\1/g);
  const relative = [...specifiers].map(([, , specifier = ""]) => specifier)
    .filter((specifier) => specifier.startsWith("."));
  return relative.map((specifier) => {
    const resolved = new URL(specifier, new URL(path, ROOT));
    return resolved.href.slice(ROOT.href.length);
  });
}

/** Who may import what: the first rule that fits a file decides. */
const EDGES: readonly (readonly [files: RegExp, mayImport: RegExp])[] = [
  [/^main\.ts$/, /^(server\.ts|lib\/.*)$/],
  [/^server\.ts$/, /^(hub\.ts|clients\.ts|lib\/.*|deno\.json)$/],
  [/^hub\.ts$/, /^lib\//],
  [/^clients\.ts$/, /^(client\.ts|lib\/.*)$/],
  [/^client\.ts$/, /^lib\//],
  // Types alone, see below.
  [/^lib\/protocol\.ts$/, /^lib\/schemas\/frames\.ts$/],
  [/^lib\/shorthand\.ts$/, /^lib\/protocol\.ts$/],
  [/^lib\//, /^lib\//],
  [/^static\//, /^(static\/.*|lib\/(protocol|shorthand)\.ts)$/],
];

Deno.test({
  name:
    "imports go downward only: main, server, hub and clients, lib; the page to what is on the wire",
  ...permissions,
  async fn() {
    const wrong: string[] = [];
    let edges = 0;
    for (const path of await sources()) {
      const [, mayImport] = EDGES.find(([files]) => files.test(path)) ?? [];
      assert(mayImport !== undefined, `No rule says what ${path} may import`);
      for (const target of imported(path, await readText(path))) {
        edges += 1;
        if (!mayImport.test(target)) wrong.push(`${path} imports ${target}`);
      }
    }
    assertEquals(wrong, []);
    assert(edges > 50, "The imports were not found");
  },
});

Deno.test({
  name: "only main.ts reads the environment, and only server.ts serves",
  ...permissions,
  async fn() {
    const doors = [/\bDeno\s*\.\s*env\b|\bprocess\s*\.\s*env\b/, /\bDeno\s*\.\s*serve\s*\(/];
    const found: string[][] = doors.map(() => []);
    for (const path of await sources()) {
      const text = code(await readText(path));
      for (const [i, door] of doors.entries()) if (door.test(text)) found[i]?.push(path);
    }
    assertEquals(found, [["main.ts"], ["server.ts"]]);
  },
});

Deno.test({
  name: "the protocol takes nothing but types from the rules: the page need not load those",
  ...permissions,
  async fn() {
    const source = code(await readText("lib/protocol.ts"));
    assertEquals(source.match(/\b(?:import|export) (?!type\b)[^;]*\bfrom "/g), null);
  },
});

Deno.test({
  name: "the protocol uses neither Deno nor the DOM nor Node",
  ...permissions,
  async fn() {
    const source = code(await readText("lib/protocol.ts"));
    const foreign = /\b(Deno|document|window|globalThis|navigator|location|localStorage|fetch)\b/;
    assertEquals(foreign.exec(source)?.[0], undefined);
    assertEquals(
      /\b(?:from|import)\s*\(?\s*["'](?:node|npm|jsr|https?):/.exec(source)?.[0],
      undefined,
    );
  },
});

Deno.test({
  name: "hub.ts and client.ts fit on a few screens",
  ...permissions,
  async fn() {
    for (const path of ["hub.ts", "client.ts"]) {
      const lines = (await readText(path)).trimEnd().split("\n").length;
      assertLessOrEqual(lines, 300, `${path} has ${lines} lines`);
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
