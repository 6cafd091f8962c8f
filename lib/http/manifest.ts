/**
 * The web app manifest: an installed page has the name of the server.
 *
 * @module
 */
import type { PageFile } from "./assets.ts";

/** The path of the manifest (W3C, Web Application Manifest). */
export const MANIFEST_PATH = "/manifest.webmanifest";

/** Returns the files of the page with the name of the server in the manifest. */
export function withServerName(files: readonly PageFile[], name: string): readonly PageFile[] {
  return files.map((file) => {
    if (file.path !== MANIFEST_PATH) return file;
    const manifest = JSON.parse(new TextDecoder().decode(file.body));
    const text = JSON.stringify({ ...manifest, name, short_name: name });
    const { path, type, immutable } = file;
    return { path, type, immutable, body: new TextEncoder().encode(text) };
  });
}
