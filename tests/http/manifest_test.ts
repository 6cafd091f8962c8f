import { assert, assertEquals } from "@std/assert";
import { drawIcons } from "../../tools/icons.ts";
import { needs } from "../support/permissions.ts";
import { startServer } from "../support/server.ts";

const STATIC = new URL("../../static/", import.meta.url);

/** Reads width and height from the header of a PNG (RFC 2083 section 4.1.1). */
function sizeOf(png: Uint8Array<ArrayBuffer>): string {
  const view = new DataView(png.buffer, png.byteOffset);
  return `${view.getUint32(16)}x${view.getUint32(20)}`;
}

Deno.test({
  name: "the icons match their drawing; if not, run deno task icons",
  ...needs("read"),
  async fn() {
    for (const [name, bytes] of await drawIcons()) {
      assertEquals(await Deno.readFile(new URL(name, STATIC)), bytes, name);
    }
  },
});

Deno.test({
  name: "the manifest names existing icons with their sizes",
  ...needs("read"),
  async fn() {
    const text = await Deno.readTextFile(new URL("manifest.webmanifest", STATIC));
    const icons: { src: string; sizes: string; purpose: string }[] = JSON.parse(text).icons;
    for (const { src, sizes } of icons.filter(({ src }) => src.endsWith(".png"))) {
      assertEquals(sizeOf(await Deno.readFile(new URL(src.slice(1), STATIC))), sizes);
    }
    // Browsers require these before they offer to install a page.
    const wanted = ["192x192 any", "512x512 any", "512x512 maskable"];
    for (const one of wanted) {
      assert(icons.some(({ sizes, purpose }) => `${sizes} ${purpose}` === one), one);
    }
  },
});

Deno.test({
  name: "an installed page has the name of the server",
  ...needs("net", "read"),
  async fn() {
    await using server = await startServer({ name: "The Müllers" });
    const response = await server.request("/manifest.webmanifest");
    assertEquals(response.headers.get("content-type"), "application/manifest+json");
    const manifest = await response.json();
    assertEquals([manifest.name, manifest.short_name], ["The Müllers", "The Müllers"]);
    for (const { src, type } of manifest.icons) {
      const icon = await server.request(src);
      assertEquals([icon.status, icon.headers.get("content-type")], [200, type]);
      await icon.body?.cancel();
    }
  },
});
