/** Chooses files in the page's file picker. @module */
import { Buffer } from "node:buffer";
import type { Visitor } from "./browser.ts";

/** A file for the picker. */
export function chosen(name: string, bytes: Uint8Array, mimeType = "image/png") {
  return { name, mimeType, buffer: Buffer.from(bytes) };
}

/** Chooses files with the picker. */
export async function pick({ page }: Visitor, ...files: readonly ReturnType<typeof chosen>[]) {
  const picker = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Attach files" }).click();
  await (await picker).setFiles([...files]);
  for (const { name } of files) {
    await page.getByRole("button", { name: `Remove ${name}`, exact: true }).waitFor();
  }
}
