import { assert, assertEquals } from "@std/assert";
import { type Run, SETTINGS, simulate } from "./simulate.ts";

/** A kind of run. */
export type Kind = keyof typeof SETTINGS;

/** How many seeds a test tries: a few while one works, thousands where the gate stands. */
const SEEDS = { here: 60, gate: 1_200 };

/** What to say of a run that went wrong: how to see it again, and what led to it. */
export function report(kind: Kind, seed: number, { faults, lines }: Run): string {
  return [
    "A simulation failed. See it again:",
    `HUBBUB_SEED=${seed} deno test -A tests/simulation/${kind}_test.ts`,
    ...faults.slice(0, 5),
    "What happened before:",
    ...lines.slice(-40),
  ].join("\n");
}

/** The seeds that a test is to try: the one that is asked for, or so many. */
function seeds(): number[] {
  const one = Deno.env.get("HUBBUB_SEED");
  if (one !== undefined) return [Number(one)];
  const count = Deno.env.get("CI") === "true" ? SEEDS.gate : SEEDS.here;
  return Array.from({ length: count }, (_, i) => i + 1);
}

/** Runs a kind of simulation from many seeds, and from one twice: it goes the same way again. */
export function testSimulation(kind: Kind, regressions: readonly number[] = []): void {
  Deno.test(`${kind}: whatever happens, the server keeps its promises`, async () => {
    let events = 0;
    for (const seed of [...regressions, ...seeds()]) {
      const run = await simulate(seed, SETTINGS[kind]);
      assert(run.faults.length === 0, report(kind, seed, run));
      events += run.events;
    }
    // Something has to have happened.
    assert(events > 0);
  });

  Deno.test(`${kind}: a seed leads to the same end each time`, async () => {
    const [first, again] = [await simulate(7, SETTINGS[kind]), await simulate(7, SETTINGS[kind])];
    assertEquals([first.digest, first.events], [again.digest, again.events]);
    assert((await simulate(8, SETTINGS[kind])).digest !== first.digest);
  });
}
