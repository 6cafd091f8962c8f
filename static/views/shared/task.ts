/** Requests that a view waits for. */
import { useEffect, useState } from "preact/hooks";
import { type ApiRefusal, isRefused } from "../../net/api.ts";

/** Which field of a form a refusal is about, by its code. */
export type FieldOfCode = Readonly<Record<string, string>>;

/** A request that may be refused, and the state to show for it. */
export interface Task {
  readonly busy: boolean;
  /** The reason of the refusal; empty without one, and if a field shows it. */
  readonly error: string;
  /** Returns the reason if the refusal is about a field. */
  readonly errorAt: (field: string) => string | undefined;
  /** Shows a reason, at a field if it is about one. */
  readonly fail: (error: string, field?: string) => void;
  /** @returns The answer, or `undefined` if the request was refused. */
  readonly run: <T extends object>(work: () => Promise<T | ApiRefusal>) => Promise<T | undefined>;
}

/**
 * Returns a task for a view.
 *
 * @param fieldOf The fields of the form; what is about none of them is shown by the form itself.
 */
export function useTask(fieldOf: FieldOfCode = {}): Task {
  const [busy, setBusy] = useState(false);
  const [refusal, refuse] = useState<{ readonly error: string; readonly field?: string }>();
  const fail = (error: string, field?: string) =>
    refuse({ error, ...(field === undefined ? {} : { field }) });
  async function run<T extends object>(work: () => Promise<T | ApiRefusal>) {
    setBusy(true);
    refuse(undefined);
    const answer = await work();
    setBusy(false);
    if (!isRefused(answer)) return answer as T;
    fail(answer.detail, fieldOf[answer.code]);
    return undefined;
  }
  return {
    busy,
    error: refusal?.field === undefined ? refusal?.error ?? "" : "",
    errorAt: (field) => refusal?.field === field ? refusal.error : undefined,
    fail,
    run,
  };
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
