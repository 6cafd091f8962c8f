/**
 * Programs that run beside the tests and can be killed.
 *
 * @module
 */

/** A program that was started. */
export interface Program {
  /** Kills it with SIGKILL, and waits until it has ended. */
  kill(): Promise<void>;
  /** Resolves when it has ended, with its exit code. */
  readonly ended: Promise<number>;
}

/** Starts a program, and calls back for each line that it prints. */
export function startProgram(
  command: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string },
  onLine: (line: string) => void,
): Program {
  const process = new Deno.Command(command, {
    args: [...args],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { DATABASE_URL: "", ...options.env },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reading = readLines(process.stdout, onLine);
  const ended = process.status.then(async ({ code }) => {
    await reading;
    return code;
  });
  return {
    ended,
    async kill() {
      try {
        process.kill("SIGKILL");
      } catch {
        // It has ended already.
      }
      await ended;
    },
  };
}

async function readLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  }
}
