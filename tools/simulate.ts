/**
 * Runs many simulations of the server on all cores:
 * `deno task simulate --seeds 1000 --from 1 --kind one`.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import type { Findings, Task } from "../tests/simulation/worker.ts";

/** The number of seeds in one task of a worker. */
const SEEDS_PER_TASK = 20;

function runOne(worker: Worker, task: Task): Promise<Findings> {
  const { promise, resolve, reject } = Promise.withResolvers<Findings>();
  worker.onmessage = ({ data }: MessageEvent<Findings>) => resolve(data);
  worker.onerror = (event) => reject(new Error(event.message));
  worker.postMessage(task);
  return promise;
}

async function main(): Promise<void> {
  const { seeds, from, kind } = parseArgs(Deno.args, { string: ["seeds", "from", "kind"] });
  const count = Number(seeds ?? 1_000);
  const first = Number(from ?? 1);
  const kinds = kind === undefined ? ["one", "cluster"] as const : [kind as Task["kind"]];
  const tasks: Task[] = [];
  for (let i = 0; i < count; i += SEEDS_PER_TASK) {
    const length = Math.min(SEEDS_PER_TASK, count - i);
    const share = Array.from({ length }, (_, j) => first + i + j);
    for (const kind of kinds) tasks.push({ kind, seeds: share });
  }
  const runs = tasks.reduce((sum, task) => sum + task.seeds.length, 0);
  const started = performance.now();
  let [events, failed] = [0, 0];
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, async () => {
    const url = new URL("../tests/simulation/worker.ts", import.meta.url);
    const worker = new Worker(url, { type: "module" });
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
      const findings = await runOne(worker, task);
      events += findings.events;
      failed += findings.reports.length;
      for (const report of findings.reports) console.error(`${report}\n`);
    }
    worker.terminate();
  }));
  const seconds = (performance.now() - started) / 1_000;
  console.log(
    `${runs} simulations, ${events} events, ${failed} failed: ` +
      `${seconds.toFixed(1)} s, ${(runs / seconds).toFixed(1)} a second`,
  );
  if (failed > 0) Deno.exit(1);
}

if (import.meta.main) await main();
