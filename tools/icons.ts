/**
 * Draws `static/icon.svg` as the bitmaps that systems ask for when the page is installed. The same
 * drawing gives the same bytes.
 *
 * @module
 */
import { initWasm, Resvg } from "@resvg/resvg-wasm";

const STATIC = new URL("../static/", import.meta.url);

/** The icons' files by name, made anew from the drawing. */
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
 * The drawing for a system that cuts icons to a shape of its own: the ground fills all of it, and
 * what is on it stays within the circle that is never cut (W3C, Web Application Manifest, "Icon
 * masks": two fifths of the width around the middle).
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
