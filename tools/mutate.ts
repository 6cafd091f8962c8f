/**
 * Tests the tests: plants one fault after the other into a copy of the sources, and checks that the
 * tests that are listed with it fail. `deno task mutate`, or with words of the faults' names for
 * some of them.
 *
 * @module
 */
import { type Fault, FAULTS, plantInto } from "../tests/support/faults.ts";

const ROOT = new URL("../", import.meta.url).pathname;

/** Whatever the tests need. */
const COPIED =
  /^(lib|packages|static|tests|tools|bench)\/|^[^/]+\.ts$|^deno\.(json|lock)$|^docs\/|^README/;

interface Verdict {
  readonly fault: string;
  /** The test that noticed it; `null` where none did. */
  readonly killedBy: string | null;
  readonly seconds: number;
}

async function output(command: string, args: string[], cwd: string): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

async function copySources(target: string): Promise<void> {
  const listed = await output("git", ["ls-files"], ROOT);
  for (const path of listed.split("\n").filter((one) => COPIED.test(one))) {
    const [, directory = ""] = /^(.*)\/[^/]*$/.exec(path) ?? [];
    await Deno.mkdir(`${target}/${directory}`, { recursive: true });
    await Deno.copyFile(`${ROOT}${path}`, `${target}/${path}`);
  }
}

/** Plants a fault. @returns What takes it out again. */
async function plant({ name, edits }: Fault, root: string): Promise<() => Promise<void>> {
  const before = new Map<string, string>();
  for (const edit of edits) {
    const path = `${root}/${edit.file}`;
    const source = await Deno.readTextFile(path);
    const planted = plantInto(source, edit);
    if (planted === null) throw new Error(`Cannot plant "${name}" into ${edit.within}`);
    if (!before.has(path)) before.set(path, source);
    await Deno.writeTextFile(path, planted);
  }
  return async () => {
    for (const [path, source] of before) await Deno.writeTextFile(path, source);
  };
}

/** Runs tests. @returns The first that fails. */
async function firstFailure(tests: readonly string[], root: string): Promise<string | null> {
  // Types are not what is tried here: a fault that the compiler finds needs no test.
  const args = ["test", "-A", "--no-check", "--fail-fast", ...tests];
  const report = await output(Deno.execPath(), args, root);
  const [, failed] = /\n FAILURES \n+(.+?) =>/.exec(report) ?? [];
  if (failed !== undefined) return failed;
  if (!/^ok \| [1-9]/m.test(report)) throw new Error(`The tests did not run:\n${report}`);
  return null;
}

async function tryFault(fault: Fault, root: string): Promise<Verdict> {
  const started = performance.now();
  const takeOut = await plant(fault, root);
  try {
    const killedBy = await firstFailure(fault.tests, root);
    return { fault: fault.name, killedBy, seconds: (performance.now() - started) / 1_000 };
  } finally {
    await takeOut();
  }
}

async function main(): Promise<void> {
  const words = Deno.args.join(" ");
  const faults = FAULTS.filter(({ name }) => name.includes(words));
  const root = await Deno.makeTempDir({ prefix: "hubbub-faults-" });
  const verdicts: Verdict[] = [];
  try {
    await copySources(root);
    const tests = [...new Set(faults.flatMap((fault) => fault.tests))];
    const failing = await firstFailure(tests, root);
    if (failing !== null) throw new Error(`Without any fault this test fails: ${failing}`);
    for (const fault of faults) {
      const verdict = await tryFault(fault, root);
      verdicts.push(verdict);
      const { killedBy, seconds } = verdict;
      console.log(`| ${fault.name} | ${killedBy ?? "**no test**"} | ${seconds.toFixed(1)} |`);
    }
  } finally {
    await Deno.remove(root, { recursive: true });
  }
  const survivors = verdicts.filter(({ killedBy }) => killedBy === null);
  console.log(`${verdicts.length} faults, ${survivors.length} not detected`);
  if (survivors.length > 0) Deno.exit(1);
}

if (import.meta.main) await main();
