import { type Kind, report } from "./rounds.ts";
import { SETTINGS, simulate } from "./simulate.ts";

/** The task of a worker. */
export interface Task {
  readonly kind: Kind;
  readonly seeds: readonly number[];
}

/** Its result. */
export interface Findings {
  readonly reports: readonly string[];
  readonly events: number;
}

self.onmessage = async ({ data: { kind, seeds } }: MessageEvent<Task>) => {
  const reports: string[] = [];
  let events = 0;
  for (const seed of seeds) {
    const run = await simulate(seed, SETTINGS[kind]);
    events += run.events;
    if (run.faults.length > 0) reports.push(report(kind, seed, run));
  }
  self.postMessage({ reports, events } satisfies Findings);
};
