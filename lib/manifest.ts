/**
 * What the page is called where it is installed: as the server calls itself.
 *
 * @module
 */
import type { PageFile } from "./assets.ts";

/** Where the web app manifest is served (W3C, Web Application Manifest). */
export const MANIFEST_PATH = "/manifest.webmanifest";

/** The page's files with a manifest that has the server's name. */
export function withServerName(files: readonly PageFile[], name: string): readonly PageFile[] {
  return files.map((file) => {
    if (file.path !== MANIFEST_PATH) return file;
    const manifest = JSON.parse(new TextDecoder().decode(file.body));
    const text = JSON.stringify({ ...manifest, name, short_name: name });
    const { path, type, immutable } = file;
    return { path, type, immutable, body: new TextEncoder().encode(text) };
  });
}
