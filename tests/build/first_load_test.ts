/** The size of the script that a browser loads before it shows messages and a composer. */
import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { createPage, servePage } from "../../lib/http/assets.ts";
import { buildPage, pathsOfFirstLoad } from "../../lib/build/bundle.ts";
import de from "../../static/strings/de/page.json" with { type: "json" };
import en from "../../static/strings/en/page.json" with { type: "json" };
import { needs } from "../support/permissions.ts";

const permissions = needs("read", "write", "net");

/** The limit of the first load, in bytes compressed with Brotli, which every browser accepts. */
const MOST = 60_000;

const decoder = new TextDecoder();

Deno.test({
  name: `the chat itself is no more than ${MOST / 1_000} KB of compressed script, in any language`,
  ...permissions,
  async fn() {
    const files = (await buildPage(new URL("../../static/", import.meta.url)))
      .filter(({ type }) => type.startsWith("text/javascript"));
    const page = await createPage(files);
    const scripts = new Map(files.map(({ path, body }) => [path, decoder.decode(body)]));
    const chat = pathsOfFirstLoad(files);
    assert(chat.size > 1 && [...chat].every((path) => scripts.has(path)));
    const languages = [["english", en], ["german", de]] as const;
    for (const [language, { log }] of languages) {
      const catalogues = [...scripts].filter(([path, code]) =>
        !chat.has(path) && code.includes(`"${log.today}"`)
      );
      assertEquals(catalogues.length, 1, language);
      const [[catalogue = ""] = []] = catalogues;
      const paths = [...chat, catalogue];
      let bytes = 0;
      for (const path of paths) {
        const headers = { "accept-encoding": "br" };
        const request = new Request(`http://localhost${path}`, { headers });
        const response = await servePage(page, request, path);
        bytes += (await response?.bytes())?.length ?? NaN;
      }
      assertLessOrEqual(bytes, MOST, language);
    }
  },
});
