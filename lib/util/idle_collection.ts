/**
 * Garbage collection while the server is idle. V8 collects when a program allocates: what a burst of
 * connections leaves behind would stay in memory until the next burst.
 *
 * @module
 */
import process from "node:process";
import v8 from "node:v8";
import vm from "node:vm";
import type { Cancel, Clock } from "./clock.ts";

/** The runtime, as far as the collection needs it. */
export interface Heap {
  /** The memory that the heap occupies, in bytes. */
  size(): number;
  /** The CPU time of the process so far, in ms. */
  cpuMs(): number;
  /** Collects all garbage. Nothing else runs meanwhile: about 1 ms for each MB in use. */
  collect(): void;
}

/** How often the server looks whether it is idle, in ms. */
const INTERVAL_MS = 2_000;
/** The CPU time in that interval below which it counts as idle, in ms. */
const IDLE_MS = 40;
/** The CPU time since the last collection after which there may be much to collect, in ms. */
const WORK_MS = 1_000;
/** A larger heap is not collected: the pause would be felt. */
const MAX_SIZE = 192 * 1_048_576;

/** Collects the garbage once the server is idle after some work. @returns Ends that. */
export function collectWhenIdle(clock: Pick<Clock, "after">, heap: Heap): Cancel {
  let collectedAt = 0;
  let last = heap.cpuMs();
  let cancel = clock.after(INTERVAL_MS, check);
  return () => cancel();

  function check(): void {
    const now = heap.cpuMs();
    const isIdle = now - last < IDLE_MS;
    if (isIdle && now - collectedAt >= WORK_MS && heap.size() <= MAX_SIZE) {
      heap.collect();
      collectedAt = heap.cpuMs();
    }
    last = heap.cpuMs();
    cancel = clock.after(INTERVAL_MS, check);
  }
}

/**
 * Returns the heap of this process, or `null` where the runtime does not let a program collect. V8
 * offers that to a program only with a flag, which it looks at when a context is made.
 */
export function ownHeap(): Heap | null {
  try {
    v8.setFlagsFromString("--expose-gc");
    const collect = vm.runInNewContext("globalThis.gc");
    v8.setFlagsFromString("--no-expose-gc");
    if (typeof collect !== "function") return null;
    return {
      size: () => process.memoryUsage().heapTotal,
      cpuMs: () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1_000;
      },
      collect: () => void collect(),
    };
  } catch {
    return null;
  }
}
