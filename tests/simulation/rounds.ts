import { assert, assertEquals } from "@std/assert";
import { type Run, SETTINGS, simulate } from "./simulate.ts";

/** A kind of run. */
export type Kind = keyof typeof SETTINGS;

/** The number of seeds that a test tries: a few during development, more in the gate. */
const SEEDS = { here: 60, gate: 400 };

/** The report of a failed run: how to repeat it, and the steps that led to it. */
export function report(kind: Kind, seed: number, { faults, lines }: Run): string {
  return [
    "A simulation failed. See it again:",
    `HUBBUB_SEED=${seed} deno test -A tests/simulation/${kind}_test.ts`,
    ...faults.slice(0, 5),
    "What happened before:",
    ...lines.slice(-40),
  ].join("\n");
}

/** The seeds to try: the requested one, or a number of them. */
function seeds(): number[] {
  const one = Deno.env.get("HUBBUB_SEED");
  if (one !== undefined) return [Number(one)];
  const count = Deno.env.get("CI") === "true" ? SEEDS.gate : SEEDS.here;
  return Array.from({ length: count }, (_, i) => i + 1);
}

/** Runs a simulation from many seeds, and one seed twice to check that it is deterministic. */
export function testSimulation(kind: Kind, regressions: readonly number[] = []): void {
  Deno.test(`${kind}: the server keeps its guarantees under every fault`, async () => {
    let events = 0;
    for (const seed of [...regressions, ...seeds()]) {
      const run = await simulate(seed, SETTINGS[kind]);
      assert(run.faults.length === 0, report(kind, seed, run));
      events += run.events;
    }
    // The run must have stored events.
    assert(events > 0);
  });

  Deno.test(`${kind}: a seed always leads to the same end`, async () => {
    const [first, again] = [await simulate(7, SETTINGS[kind]), await simulate(7, SETTINGS[kind])];
    assertEquals([first.digest, first.events], [again.digest, again.events]);
    assert((await simulate(8, SETTINGS[kind])).digest !== first.digest);
  });
}
