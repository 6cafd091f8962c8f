/**
 * The web app manifest: an installed page has the name of the server.
 *
 * @module
 */
import type { PageFile } from "./assets.ts";

/** The path of the manifest (W3C, Web Application Manifest). */
export const MANIFEST_PATH = "/manifest.webmanifest";

/** Returns the manifest among the files of the page, with the name of the server. */
export function manifestNamed(files: readonly PageFile[], name: string): PageFile | undefined {
  const file = files.find(({ path }) => path === MANIFEST_PATH);
  if (file === undefined) return undefined;
  const manifest = JSON.parse(new TextDecoder().decode(file.body));
  const text = JSON.stringify({ ...manifest, name, short_name: name });
  const { path, type, immutable } = file;
  return { path, type, immutable, body: new TextEncoder().encode(text) };
}
