/**
 * The files of the page that tell of the server: an installed page has its name and its icon.
 *
 * @module
 */
import type { ServerProfile } from "../chat/server_profile.ts";
import type { PageFile } from "./assets.ts";

/** The path of the manifest (W3C, Web Application Manifest). */
export const MANIFEST_PATH = "/manifest.webmanifest";

/** Where the icon of the server always is, for what cannot be told of another path. */
const ICON_PATH = "/server-icon";

/** The icon of a server whose owners have given it none. */
const DEFAULT_ICON = "/icon-maskable.png";

/** Returns the files that tell of a server, made from those of the page. */
export function serverFiles(
  files: readonly PageFile[],
  { name, icon }: Pick<ServerProfile, "name" | "icon">,
): readonly PageFile[] {
  const manifest = files.find(({ path }) => path === MANIFEST_PATH);
  const byDefault = files.find(({ path }) => path === DEFAULT_ICON);
  const shown = icon ?? byDefault;
  return [
    ...(manifest === undefined ? [] : [named(manifest, name, icon)]),
    ...(shown === undefined
      ? []
      : [{ path: ICON_PATH, type: shown.type, body: bodyOf(shown), immutable: false }]),
    ...(icon === null
      ? []
      : [{ path: icon.path, type: icon.type, body: icon.bytes, immutable: true }]),
  ];
}

function bodyOf(shown: PageFile | NonNullable<ServerProfile["icon"]>): PageFile["body"] {
  return "body" in shown ? shown.body : shown.bytes;
}

function named(file: PageFile, name: string, icon: ServerProfile["icon"]): PageFile {
  const manifest = JSON.parse(new TextDecoder().decode(file.body));
  const icons = icon === null ? manifest.icons : [
    { src: icon.path, sizes: `${icon.side}x${icon.side}`, type: icon.type, purpose: "any" },
  ];
  const text = JSON.stringify({ ...manifest, name, short_name: name, icons });
  const { path, type, immutable } = file;
  return { path, type, immutable, body: new TextEncoder().encode(text) };
}
