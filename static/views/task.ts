/** Work that a view waits for. */
import { useEffect, useState } from "preact/hooks";
import { type ApiRefusal, isRefused } from "../api.ts";

/** Something that may be refused, and what is to be shown of it. */
export interface Task {
  readonly busy: boolean;
  /** Why it was refused, in words; empty where it was not. */
  readonly error: string;
  readonly fail: (error: string) => void;
  /** @returns The answer, or `undefined` where it was refused. */
  readonly run: <T extends object>(work: () => Promise<T | ApiRefusal>) => Promise<T | undefined>;
}

/** A task of a view's own. */
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

/** Something that is loaded when the view is first shown, and again whenever it may have changed. */
export function useLoaded<T extends object>(task: Task, load: () => Promise<T | ApiRefusal>) {
  const [value, setValue] = useState<T>();
  const reload = async () => {
    const answer = await task.run(load);
    if (answer !== undefined) setValue(answer);
  };
  useEffect(() => void reload(), []);
  /** Does something, and loads again where it was done. */
  const change = async (work: () => Promise<object>) => {
    const done = await task.run(work);
    if (done !== undefined) await reload();
    return done;
  };
  return { value, reload, change };
}
