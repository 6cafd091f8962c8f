/**
 * Runs every test: `deno task test`. Files without a browser run side by side, then those in a
 * browser. Most of them wait for a database, a process or a page for half of their time: more of them
 * run at once than there are processors.
 *
 * A file that failed runs once more, alone. If it passes then, the run says so and goes on: on a
 * busy machine a browser or a database may take longer than a test can foresee. A fault fails
 * twice. More than {@linkcode MAX_REPEATED} files that fail in a run are a fault, too.
 *
 * @module
 */

/** How many files may fail in a run and pass when repeated. */
const MAX_REPEATED = 3;

const STRICT = ["--sanitize-ops", "--sanitize-resources"];
const RUNS: readonly Run[] = [
  { jobs: 2, options: [...STRICT, "--ignore=tests/e2e"], paths: ["tests"] },
  { jobs: 1, options: [], paths: ["tests/e2e"] },
];

// deno-lint-ignore no-control-regex -- the colours of a terminal
const COLOURS = /\x1b\[[\d;]*m/g;

interface Run {
  /** How many files run at once, for each processor. */
  readonly jobs: number;
  readonly options: readonly string[];
  readonly paths: readonly string[];
}

interface Outcome {
  readonly passed: boolean;
  /** The files in which something failed, as far as they are known. */
  readonly failed: readonly string[];
}

/** Runs tests, and shows what they print. */
async function run({ jobs, options, paths }: Run): Promise<Outcome> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", "--parallel", ...options, ...paths],
    env: { DENO_JOBS: String(jobs * navigator.hardwareConcurrency) },
    stdout: "piped",
  }).spawn();
  let output = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    await Deno.stdout.write(chunk);
    output += decoder.decode(chunk, { stream: true });
  }
  return { passed: (await child.status).success, failed: failedFiles(output) };
}

/**
 * Returns the test files in which something failed. Each line of a test that failed begins with its
 * file; the list of failures at the end names the place where a test is registered, which may be in a
 * file without tests of its own. That list is needed for files that failed outside of a test, which
 * the report in the form of JUnit lacks.
 */
export function failedFiles(output: string): readonly string[] {
  const text = output.replaceAll(COLOURS, "");
  const [lines = "", list = ""] = text.split(/^ *FAILURES *$/m);
  const files = [
    ...lines.matchAll(/^\.\/(\S+) => .* \.\.\. FAILED \(/gm),
    ...list.matchAll(/(?:^|=> )\.\/(\S+_test\.tsx?)(?::\d+:\d+| \(uncaught error\))$/gm),
  ];
  return [...new Set(files.map(([, file = ""]) => file))];
}

/** Repeats the files that failed, one by one. Returns whether all of them passed then. */
async function repeat(tests: Run, { failed }: Outcome): Promise<boolean> {
  if (failed.length === 0 || failed.length > MAX_REPEATED) return false;
  console.log(`\nThese failed and run once more, alone: ${failed.join(", ")}\n`);
  for (const file of failed) {
    if (!(await run({ ...tests, paths: [file] })).passed) return false;
    console.log(`\nUnstable: ${file} failed once, and passed when it ran alone.\n`);
  }
  return true;
}

async function main(): Promise<void> {
  for (const tests of RUNS) {
    const outcome = await run(tests);
    if (!outcome.passed && !await repeat(tests, outcome)) Deno.exit(1);
  }
}

if (import.meta.main) await main();
