import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { createPage, type PageFile, servePage } from "../../lib/http/assets.ts";
import { EVENTS } from "../../lib/chat/events/index.ts";
import { buildPage } from "../../lib/build/bundle.ts";
import { needs } from "../support/permissions.ts";

const permissions = needs("read", "write", "net");

/** Creates a directory like `static/`. */
async function withSources(
  changes: Readonly<Record<string, string>>,
  run: (directory: URL) => Promise<void>,
): Promise<void> {
  const real = new URL("../../static/", import.meta.url);
  const path = await Deno.makeTempDir();
  try {
    const directory = new URL(`file://${path}/`);
    await copy(real, directory);
    for (const [name, text] of Object.entries(changes)) {
      await Deno.writeTextFile(new URL(name, directory), text);
    }
    await run(directory);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

/** Copies the files that are not code: each test writes its own code. */
async function copy(from: URL, to: URL): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) {
      await Deno.mkdir(new URL(name, to));
      await copy(new URL(`${name}/`, from), new URL(`${name}/`, to));
    } else if (!/\.tsx?$/.test(name)) {
      await Deno.copyFile(new URL(name, from), new URL(name, to));
    }
  }
}

Deno.test({
  name: "the page has the definitions of events without their descriptions",
  ...permissions,
  async fn() {
    const page = await buildPage(new URL("../../static/", import.meta.url));
    const code = page.filter(({ type }) => type.startsWith("text/javascript"))
      .map(({ body }) => new TextDecoder().decode(body)).join("");
    const described = EVENTS.filter(({ about }) => code.includes(`about:${JSON.stringify(about)}`))
      .map((
        { kind },
      ) => kind);
    assertEquals(described, []);
    assert(EVENTS.every(({ kind }) => code.includes(`kind:"${kind}"`)));
  },
});

/** A service worker that only logs `PAGE`, and a script before the first paint that does nothing. */
const WORKER = {
  "first_paint.ts": "export {};",
  "sw.ts": `declare const PAGE: { version: string; files: string[] };
    addEventListener("install", () => console.log(PAGE.version, ...PAGE.files));`,
};

const SPLIT = {
  ...WORKER,
  "app.tsx": 'document.onclick = async () => (await import("./later.ts")).shout();',
  "later.ts": 'export const shout = () => console.log("this is loaded later");',
};

function textOf(file: PageFile | undefined): string {
  return new TextDecoder().decode(file?.body);
}

Deno.test({
  name: "code that import() loads is a separate file, named by its content",
  ...permissions,
  async fn() {
    await withSources(SPLIT, async (directory) => {
      const files = await buildPage(directory);
      const app = files.find(({ path }) => path === "/app.js");
      const later = files.find(({ path }) => /^\/later-\d+-\w{10}\.js$/.test(path));
      assert(!textOf(app).includes("this is loaded later"));
      assert(textOf(later).includes("this is loaded later"));
      assert(textOf(app).includes(`.${later?.path}`), "the page must find it beside itself");
      assertEquals([app?.immutable, later?.immutable], [false, true]);

      await Deno.writeTextFile(
        new URL("later.ts", directory),
        SPLIT["later.ts"].replace("this", "that"),
      );
      const changed = await buildPage(directory);
      assert(!changed.some(({ path }) => path === later?.path), "another content, the same name");
    });
  },
});

Deno.test({
  name: "the page does not depend on the path of its sources",
  ...permissions,
  async fn() {
    await withSources(SPLIT, async (one) => {
      await withSources(SPLIT, async (other) => {
        assertEquals(await buildPage(one), await buildPage(other));
      });
    });
  },
});

Deno.test({
  name: "a failed bundle says where the fault is",
  ...permissions,
  async fn() {
    await withSources({ ...WORKER, "app.tsx": 'import "./missing.ts";' }, async (directory) => {
      await assertRejects(() => buildPage(directory), Error, "missing.ts");
    });
  },
});

Deno.test({
  name: "what the page starts with works without a network, whatever its size",
  ...permissions,
  async fn() {
    const large = (name: string) =>
      `export const ${name} = ${JSON.stringify(name.repeat(100_000))};`;
    const sources = {
      ...WORKER,
      "app.tsx": 'import { first } from "./first.ts"; console.log(first, import("./later.ts"));',
      "first.ts": large("first"),
      "later.ts": 'import { first } from "./first.ts"; console.log(first);' + large("later"),
    };
    await withSources(sources, async (directory) => {
      const files = await buildPage(directory);
      const worker = textOf(files.find(({ path }) => path === "/sw.js"));
      const precached = files.filter(({ path }) => worker.includes(JSON.stringify(path)));
      const scripts = precached.map(textOf).filter((text) => text.length > 150_000);
      assertEquals(
        scripts.map((text) => [text.includes("firstfirst"), text.includes("laterlater")]),
        [
          [true, false],
        ],
      );
    });
  },
});

Deno.test({
  name: "the service worker lists the files of the page, and changes with them",
  ...permissions,
  async fn() {
    await withSources({ ...WORKER, "app.tsx": "console.log(1);" }, async (directory) => {
      const build = async () => {
        const files = [...await buildPage(directory)];
        const [worker] = files.splice(files.findIndex(({ path }) => path === "/sw.js"), 1);
        return { worker: textOf(worker), paths: files.map(({ path }) => path) };
      };
      const { worker, paths } = await build();
      for (const path of paths) {
        const isForSystem = /\.(png|webmanifest)$/.test(path);
        assertEquals(worker.includes(JSON.stringify(path)), !isForSystem, path);
      }
      // It is a script, not a module.
      new Function(worker);

      await Deno.writeTextFile(new URL("app.tsx", directory), "console.log(2);");
      const updated = await build();
      assertEquals(updated.paths, paths);
      assertNotEquals(updated.worker, worker);
    });
  },
});

Deno.test("a file named by its content is cached for ever, any other is revalidated", async () => {
  const body = new TextEncoder().encode("body");
  const type = "text/plain";
  const page = await createPage([
    { path: "/cached-1A.js", type, body, immutable: true },
    { path: "/asked.js", type, body, immutable: false },
  ]);
  const request = new Request("http://localhost/");
  const cached = (await servePage(page, request, "/cached-1A.js"))?.headers.get("cache-control");
  assertMatch(cached ?? "", /max-age=31536000, immutable/);
  const asked = (await servePage(page, request, "/asked.js"))?.headers.get("cache-control");
  assertEquals(asked, "no-cache");
});
