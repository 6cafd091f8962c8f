/**
 * Programs that tests need beside Deno.
 *
 * @module
 */
import { inCi, needs } from "./permissions.ts";

const permitted = needs("env", "net", "read", "run", "write");

/**
 * The test options that ignore a test without one of its programs, and print a line that says so.
 * Never ignores a test under `CI=true`.
 *
 * @example Deno.test({ name: "…", ...needsTools("node", "npm"), fn() {} })
 */
export function needsTools(...names: readonly string[]): { readonly ignore: boolean } {
  if (permitted.ignore || inCi()) return permitted;
  const missing = names.filter((name) => !isInPath(name));
  if (missing.length > 0) console.log(`ignored for want of ${missing.join(", ")}`);
  return { ignore: missing.length > 0 };
}

function isInPath(name: string): boolean {
  const directories = (Deno.env.get("PATH") ?? "").split(":");
  return directories.some((directory) => {
    try {
      return Deno.statSync(`${directory}/${name}`).isFile;
    } catch {
      return false;
    }
  });
}
