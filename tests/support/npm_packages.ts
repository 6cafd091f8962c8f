/**
 * The npm packages, packed and installed as their users do it, without a network.
 *
 * @module
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import { buildPackages } from "../../tools/packages.ts";

/** A packed package: its tarball, and what is in it. */
export interface PackedPackage {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** Builds and packs the packages. @returns What `npm pack` says of each; the tarballs are in `directory`. */
export async function packPackages(directory: string): Promise<readonly PackedPackage[]> {
  const built = await buildPackages(pathToFileURL(`${directory}/built/`));
  const paths = built.map((path) => fileURLToPath(path));
  const text = await npm(directory, ["pack", "--json", "--ignore-scripts", ...paths]);
  return JSON.parse(text);
}

/** Installs the packages in a directory, for a program in Node. */
export async function installPackages(directory: string): Promise<readonly PackedPackage[]> {
  const packed = await packPackages(directory);
  const tarballs = packed.map(({ filename }) => `./${filename}`);
  // Beside the user's cache: `--offline` proves that nothing is fetched.
  const alone = ["--offline", `--cache=${directory}/cache`];
  await npm(directory, ["install", ...alone, "--no-audit", "--no-fund", ...tarballs]);
  return packed;
}

/** Runs npm in a directory. @returns What it prints. @throws With its errors, if it fails. */
export async function npm(cwd: string, args: readonly string[]): Promise<string> {
  const command = new Deno.Command("npm", { args: [...args], cwd });
  const { success, stdout, stderr } = await command.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
