/**
 * Renders `static/icon.svg` as the bitmaps that systems request when the page is installed:
 * `deno task icons`. The result is deterministic.
 *
 * @module
 */
import { initWasm, Resvg } from "@resvg/resvg-wasm";

const STATIC = new URL("../static/", import.meta.url);

/** Renders the icons, by file name. */
export async function drawIcons(): Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>> {
  await initWasm(await Deno.readFile(new URL(import.meta.resolve(WASM))));
  const icon = await Deno.readTextFile(new URL("icon.svg", STATIC));
  return new Map([
    ["icon-192.png", draw(icon, 192)],
    ["icon-512.png", draw(icon, 512)],
    ["icon-maskable.png", draw(maskable(icon), 512)],
  ]);
}

const WASM = "@resvg/resvg-wasm/index_bg.wasm";

function draw(svg: string, width: number): Uint8Array<ArrayBuffer> {
  const image = new Resvg(svg, { fitTo: { mode: "width", value: width } }).render();
  return new Uint8Array(image.asPng());
}

/**
 * Returns the drawing for systems that mask icons: the background fills all of it, and the foreground
 * stays within the safe zone (W3C, Web Application Manifest, "Icon masks": a circle around the middle
 * with a radius of two fifths of the width).
 */
function maskable(svg: string): string {
  const [size, margin] = [64, 8];
  const wide = size + 2 * margin;
  return svg
    .replace(`viewBox="0 0 ${size} ${size}"`, `viewBox="-${margin} -${margin} ${wide} ${wide}"`)
    .replace(
      /<rect width="\d+" height="\d+" rx="\d+"/,
      `<rect x="-${margin}" y="-${margin}" width="${wide}" height="${wide}"`,
    );
}

if (import.meta.main) {
  for (const [name, bytes] of await drawIcons()) {
    await Deno.writeFile(new URL(name, STATIC), bytes);
    console.log(`${name}: ${bytes.length} bytes`);
  }
}
