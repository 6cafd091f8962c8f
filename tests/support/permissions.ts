/** The test options that ignore a test without its permissions. */
interface Ignorable {
  readonly ignore: boolean;
}

const said = new Set<string>();

/**
 * Ignores a test and prints a line if a permission is missing: `deno test` alone grants none, `deno
 * task test` grants those needed. Never ignores a test under `CI=true`.
 *
 * @example Deno.test({ name: "…", ...needs("net"), fn() {} })
 */
export function needs(...names: readonly Deno.PermissionName[]): Ignorable {
  const missing = names.filter((name) => Deno.permissions.querySync({ name }).state !== "granted");
  if (missing.length === 0 || inCi()) return { ignore: false };
  const line = `ignored for want of permission to ${missing.join(", ")}: use deno task test`;
  if (!said.has(line)) console.log(line);
  said.add(line);
  return { ignore: true };
}

/** Whether no test may be ignored. */
export function inCi(): boolean {
  const { state } = Deno.permissions.querySync({ name: "env", variable: "CI" });
  return state === "granted" && Deno.env.get("CI") === "true";
}
