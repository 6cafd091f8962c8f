/** Requests that a view waits for. */
import { useEffect, useState } from "preact/hooks";
import { type ApiRefusal, isRefused } from "../../net/api.ts";

/** A request that may be refused, and the state to show for it. */
export interface Task {
  readonly busy: boolean;
  /** The reason of the refusal; empty without one. */
  readonly error: string;
  readonly fail: (error: string) => void;
  /** @returns The answer, or `undefined` if the request was refused. */
  readonly run: <T extends object>(work: () => Promise<T | ApiRefusal>) => Promise<T | undefined>;
}

/** Returns a task for a view. */
export function useTask(): Task {
  const [busy, setBusy] = useState(false);
  const [error, fail] = useState("");
  async function run<T extends object>(work: () => Promise<T | ApiRefusal>) {
    setBusy(true);
    fail("");
    const answer = await work();
    setBusy(false);
    if (!isRefused(answer)) return answer as T;
    fail(answer.detail);
    return undefined;
  }
  return { busy, error, fail, run };
}

/** Loads a value when the view is mounted, and again whenever it may have changed. */
export function useLoaded<T extends object>(task: Task, load: () => Promise<T | ApiRefusal>) {
  const [value, setValue] = useState<T>();
  const reload = async () => {
    const answer = await task.run(load);
    if (answer !== undefined) setValue(answer);
  };
  useEffect(() => void reload(), []);
  /** Makes a change, and reloads the value if the change succeeded. */
  const change = async (work: () => Promise<object>) => {
    const done = await task.run(work);
    if (done !== undefined) await reload();
    return done;
  };
  return { value, reload, change };
}
