// Exactly once from program to program: an echo bot answers each number that another program posts,
// and that one posts the next number for each answer. Both are killed at random, and so is the server.
// One lost event would stop the two, and one that is processed twice would be in the log twice. A few
// kills run with the other tests; `deno task soak:programs` kills 100 times.
import { assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import type { Joined } from "@hubbub/protocol";
import { freePort } from "../support/client_swarm.ts";
import { needs } from "../support/permissions.ts";
import { type Program, startProgram } from "../support/programs.ts";
import { Random } from "../support/random.ts";
import { type ServerProcess, spawnServer } from "../support/server.ts";

/** The number of kills without `--kills`. */
const SHORT = 6;

/** The lines that the programs print between two kills, at most. */
const LINES_PER_KILL = 12;

/** The timeout for the next line, in ms: only a failing test waits that long. */
const PATIENCE = 60_000;

const args = parseArgs(Deno.args, { string: ["kills", "seed"] });
const kills = Number(args.kills ?? SHORT);
const seed = Number(args.seed ?? Math.floor(Math.random() * 2 ** 32));

/** One of the processes. It is started again whenever it was killed. */
interface Victim {
  start(): Promise<void> | void;
  kill(): Promise<unknown>;
}

Deno.test({
  name: "each event is processed exactly once, though the server and the programs are killed",
  ...needs("net", "read", "write", "run"),
  async fn() {
    console.log(`--seed=${seed} --kills=${kills}`);
    const random = new Random(seed);
    const directory = await Deno.makeTempDir();
    // Each line is a number or an answer.
    const last = kills * LINES_PER_KILL;
    const port = freePort();
    const url = `http://127.0.0.1:${port}`;
    const options = [`--data=${directory}/hubbub.db`, `--port=${port}`, "--rate=0", "--grace=0"];

    let server: ServerProcess | undefined;
    const serving: Victim = {
      async start() {
        server = await spawnServer([...options, "--log-level=silent"]);
      },
      async kill() {
        await server?.kill();
        await server?.process.stdout.cancel().catch(() => {});
      },
    };
    await serving.start();
    const tokens = { count: await server!.signIn("Count"), echo: await server!.signIn("Echo") };
    const stateOf = (name: keyof typeof tokens) => `${directory}/${name}.state`;
    for (const name of ["count", "echo"] as const) {
      const member = await server!.member(tokens[name]);
      const { room_id, epoch } = await member.ask({ type: "join", room: "lobby" }) as Joined;
      await member.close();
      // Both begin at the start of the log, whoever is first.
      const position = JSON.stringify({ room_id, epoch, seq: 0 });
      await Deno.writeTextFile(stateOf(name), `${JSON.stringify(["position:lobby", position])}\n`);
    }

    let wake = () => {};
    let lines = 0;
    let isDone = false;
    const program = (name: keyof typeof tokens, script: string, ...rest: string[]): Victim => {
      let running: Program | undefined;
      const path = new URL(script, import.meta.url).pathname;
      const command = ["run", "-A", "--no-check", path, url, "lobby", stateOf(name), ...rest];
      const onLine = (line: string) => {
        lines += 1;
        if (line === `answered: ${last}`) isDone = true;
        wake();
      };
      return {
        start() {
          const env = { HUBBUB_TOKEN: tokens[name] };
          running = startProgram(Deno.execPath(), command, { env }, onLine);
        },
        kill: () => running?.kill() ?? Promise.resolve(),
      };
    };
    const counting = program("count", "./programs/count.ts", `${last}`);
    const echoing = program("echo", "../../examples/echo/echo.ts");
    const victims = [serving, counting, echoing];
    await echoing.start();
    await counting.start();

    /** Waits until something holds, which is checked whenever a program prints a line. */
    const until = async (condition: () => boolean) => {
      while (!condition()) {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        const timer = setTimeout(() => reject(new Error("The programs have stopped")), PATIENCE);
        wake = resolve;
        await promise.finally(() => clearTimeout(timer));
      }
    };
    for (let killed = 0; killed < kills; killed++) {
      // What a program or the server does next is cut off anywhere.
      const due = lines + random.between(1, LINES_PER_KILL);
      await until(() => lines >= due || isDone);
      const victim = victims[killed % victims.length]!;
      await victim.kill();
      await victim.start();
    }
    await until(() => isDone);
    const log = await wholeLog(server!, tokens.echo);
    for (const victim of victims) await victim.kill();
    await Deno.remove(directory, { recursive: true });

    const numbers = Array.from({ length: last }, (_, i) => `${i + 1}`);
    assertEquals(log, numbers.flatMap((n) => [`echo ${n}`, `You said: echo ${n}`]));
  },
});

async function wholeLog(server: ServerProcess, token: string): Promise<string[]> {
  const log: string[] = [];
  for (let more = true, after = 0; more;) {
    const path = `/api/rooms/lobby/messages?after=${after}&limit=100`;
    const page = await (await server.request(path, { token })).json();
    for (const { seq, message } of page.messages) {
      log.push(message);
      after = seq;
    }
    more = page.more;
  }
  return log;
}
