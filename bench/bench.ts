/**
 * Measures Hubbub and other servers under the same load, one after another, and prints the results:
 * first servers that only pass messages on, then chat servers. Most chat servers store messages.
 *
 *     deno task bench [--scenario=room-2000,rooms] [--servers=hubbub,ws] [--rounds=3] [--seconds=5]
 *
 * `--scenario=chat` measures the chat servers alone, and is slow: each starts anew for each column.
 * `--json=FILE` is the file for the results, `--keys` sends every message with an idempotency key as
 * the page does, `--main=FILE` measures another version of Hubbub, `--gorilla=DIR` is a GOPATH that
 * contains gorilla/websocket.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { measureChatServers } from "./chat/measure.ts";
import { printChatTable } from "./chat/report.ts";
import { medianOf, printStarts, printTable, type Results } from "./report.ts";
import { type Scenario, SCENARIOS } from "./scenarios.ts";
import { compileLoad, type Contender, prepareServers, startServer } from "./servers.ts";

/**
 * The warm-up of every server before the measured window, for the optimizing compiler. In small rooms 2
 * seconds are 4,000 messages, after which the servers on Deno reach only half of their speed.
 */
const WARMUP_SECONDS = 10;
/** How long a measurement may take beyond warm-up and window: to connect, settle and drain. */
const SPARE_SECONDS = 90;

interface Run {
  readonly load: string;
  readonly seconds: number;
  readonly keys: boolean;
}

/** Measures one server under one load. */
async function measure(scenario: Scenario, contender: Contender, run: Run): Promise<Results> {
  const server = await startServer(contender);
  try {
    const seconds = Math.max(scenario.seconds ?? 0, run.seconds);
    const args = loadArguments(scenario, contender, { ...run, seconds });
    const { stdout, success } = await new Deno.Command(run.load, {
      args: [...args, `--port=${server.port}`, `--pid=${server.pid}`].flatMap((arg) =>
        arg.split("=")
      ),
      stderr: "inherit",
      signal: AbortSignal.timeout((WARMUP_SECONDS + seconds + SPARE_SECONDS) * 1_000),
    }).output();
    if (!success) throw new Error(`Cannot measure ${contender.name}: the load failed`);
    const results = JSON.parse(new TextDecoder().decode(stdout));
    const commits = contender.protocol === "hubbub" ? await commitSize(server.port) : {};
    return { ...results, ...commits };
  } finally {
    await server.stop();
  }
}

function loadArguments(scenario: Scenario, contender: Contender, run: Run): string[] {
  const { connections, rooms, senders, rate, mute = 0, direct } = scenario;
  const { protocol } = contender;
  // Servers without direct messages use a room of two; the echo server a room of one.
  const isEcho = direct && contender.name === "deno";
  const isDirect = direct && protocol === "hubbub";
  return [
    `--protocol=${isDirect ? "hubbub-direct" : protocol}`,
    `--connections=${isEcho ? rooms : connections + mute}`,
    `--rooms=${rooms}`,
    `--senders=${senders}`,
    `--rate=${rate}`,
    `--mute=${mute}`,
    `--warmup=${WARMUP_SECONDS}`,
    `--seconds=${run.seconds}`,
    `--keys=${run.keys ? 1 : 0}`,
  ];
}

/** Reads how many appends shared a transaction on average, by group commit. */
async function commitSize(port: number): Promise<Partial<Results>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const read = (name: string) => Number(new RegExp(`^${name} (.+)$`, "m").exec(text)?.[1]);
  const count = read("hubbub_commit_size_count");
  return count > 0 ? { commit: read("hubbub_commit_size_sum") / count } : {};
}

/** Measures the time from the start of the process to the first delivered message, in ms. */
async function measureStart(contender: Contender): Promise<number> {
  const before = performance.now();
  const server = await startServer(contender);
  try {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/ws?name=Alice`);
    const room = "start";
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: "join", room }));
      socket.send(JSON.stringify({ type: "room_message", room, message: "Hello" }));
    };
    await new Promise<void>((resolve, reject) => {
      socket.onmessage = ({ data }) => {
        if (JSON.parse(data).type === "room_message") resolve();
      };
      socket.onerror = reject;
    });
    const ms = performance.now() - before;
    socket.close();
    return ms;
  } finally {
    await server.stop();
  }
}

/** A row of a table. */
interface Row {
  readonly name: string;
  readonly scenario: Scenario;
  readonly contender: Contender;
}

/** Lists the rows of a scenario: each server, and again with connections that never read, if any. */
function rowsOf(scenario: Scenario, contenders: readonly Contender[]): Row[] {
  const { only, mute = 0 } = scenario;
  return contenders.filter(({ name }) => only?.includes(name) ?? true).flatMap((contender) => {
    const { name } = contender;
    const row = { name, scenario: { ...scenario, mute: 0 }, contender };
    return mute === 0 ? [row] : [row, { name: `${name}, ${mute} never read`, scenario, contender }];
  });
}

/** Measures the servers in turn, once a round, so that other load on the machine affects all alike. */
async function measureAll(
  scenario: Scenario,
  contenders: readonly Contender[],
  rounds: number,
  run: Run,
): Promise<Map<string, Results[]>> {
  const results = new Map<string, Results[]>();
  for (let round = 0; round < Math.min(rounds, scenario.rounds ?? rounds); round++) {
    for (const { name, scenario: load, contender } of rowsOf(scenario, contenders)) {
      if (round > 0 && scenario.once?.includes(name)) continue;
      results.set(name, [...results.get(name) ?? [], await measure(load, contender, run)]);
    }
  }
  return results;
}

function chosen<T extends { readonly name: string }>(all: readonly T[], names: string): T[] {
  return all.filter(({ name }) => names === "" || names.split(",").includes(name));
}

async function main(): Promise<void> {
  const text = (value = "") => ({ type: "string", default: value } as const);
  const { values: options } = parseArgs({
    args: Deno.args,
    options: {
      scenario: text(),
      servers: text(),
      rounds: text("3"),
      seconds: text("5"),
      json: text("bench.json"),
      main: { type: "string" },
      gorilla: { type: "string" },
      keys: { type: "boolean", default: false },
    },
  });
  const { scenario, servers, json } = options;
  const directory = await Deno.makeTempDir({ prefix: "hubbub-bench-" });
  const seconds = Number(options.seconds);
  const rounds = Number(options.rounds);
  const note = (line: string) => console.log(line);
  const isAsked = (name: string) => chosen([{ name }], scenario).length > 0;
  const report: Record<string, unknown> = {};
  try {
    const scenarios = chosen(SCENARIOS, scenario);
    if (scenarios.length > 0 || isAsked("start")) {
      const load = await compileLoad(directory);
      const all = await prepareServers(directory, options, note);
      const contenders = chosen(all, servers);
      for (const each of scenarios) {
        const run = { load, seconds, keys: options.keys };
        const results = await measureAll(each, contenders, rounds, run);
        const medians = new Map([...results].map(([name, each]) => [name, medianOf(each)]));
        printTable(each, medians);
        report[each.name] = { ...each, rounds: Object.fromEntries(results) };
      }
      if (isAsked("start")) report.start = await measureStarts(all, rounds);
    }
    if (isAsked("chat")) {
      const results = await measureChatServers(directory, {
        isChosen: (server) => chosen([server], servers).length > 0,
        ...{ seconds, main: options.main, note },
      });
      printChatTable(results);
      report.chat = [...results].map(([{ name }, each]) => ({ name, ...each }));
    }
    await Deno.writeTextFile(json, JSON.stringify(report, null, 2) + "\n");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Measures starts of Hubbub, and prints them. */
async function measureStarts([hubbub]: readonly Contender[], rounds: number): Promise<number[]> {
  const starts: number[] = [];
  // Start once more than counts: the first start fills the caches.
  for (let n = 0; hubbub && n <= rounds; n++) starts.push(await measureStart(hubbub));
  printStarts(starts.slice(1));
  return starts.slice(1);
}

if (import.meta.main) await main();
