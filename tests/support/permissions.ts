/** What a test's options say where it may not do what it needs. */
interface Ignorable {
  readonly ignore: boolean;
}

const said = new Set<string>();

/**
 * Ignores a test, with a line that says so, where a permission is missing: `deno test` alone gives
 * none, `deno task test` gives what is needed. Never ignores under `CI=true`.
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

/** Whether nothing may be skipped. */
export function inCi(): boolean {
  const { state } = Deno.permissions.querySync({ name: "env", variable: "CI" });
  return state === "granted" && Deno.env.get("CI") === "true";
}
