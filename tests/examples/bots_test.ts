// The bots of the examples, as they are, each in its own language. Bots and servers are killed at
// random moments.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { freePort } from "../support/client_swarm.ts";
import { installPackages } from "../support/npm_packages.ts";
import { type ServerProcess, spawnServer } from "../support/server.ts";
import { startServerFixture } from "../support/server_fixture.ts";
import { inDirectory } from "../support/temporary_directory.ts";
import { needsTools } from "../support/tools.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url);
const ROOM = "general";

/** A text with everything that a shell or JSON could trip over. */
const HOSTILE = 'it\'s "quoted" $(id) `id` \\ \\" %s ${HOME} \u2028 ü 👍 ","message":"echo no';

/** How a bot is started. Its arguments are the server, the room and its file. */
interface Bot {
  readonly language: string;
  readonly tools: readonly string[];
  /** Builds what it needs in a directory. @returns The command before its arguments. */
  prepare(directory: string): Promise<readonly string[]>;
  /** Whether it begins with the first message of the log, and not at its end. */
  readonly beginsAtStart?: true;
  /** What it answers to `echo ` and a text. */
  readonly answers: (text: string) => string;
}

const example = (path: string) => new URL(path, EXAMPLES).pathname;
const said = (text: string) => `You said: echo ${text}`;

const BOTS: readonly Bot[] = [
  {
    language: "shell",
    tools: ["curl"],
    prepare: () => Promise.resolve(["sh", example("echo_bot.sh")]),
    beginsAtStart: true,
    answers: (text) => text,
  },
  {
    language: "Deno",
    tools: [],
    prepare: () =>
      Promise.resolve([Deno.execPath(), "run", "-A", "--no-check", example("echo/echo.ts")]),
    answers: said,
  },
  {
    language: "Node",
    tools: ["node", "npm"],
    async prepare(directory) {
      await installPackages(directory);
      await Deno.copyFile(example("echo/echo.mjs"), `${directory}/echo.mjs`);
      return ["node", "--experimental-websocket", "--no-warnings", `${directory}/echo.mjs`];
    },
    answers: said,
  },
  {
    language: "Python",
    tools: ["python3"],
    prepare: () => Promise.resolve(["python3", example("echo/echo.py")]),
    answers: said,
  },
  {
    language: "Go",
    tools: ["go"],
    async prepare(directory) {
      const args = ["build", "-o", `${directory}/echo`, example("echo/echo.go")];
      const { code } = await new Deno.Command("go", { args, cwd: directory }).output();
      assertEquals(code, 0);
      return [`${directory}/echo`];
    },
    answers: said,
  },
];

for (const bot of BOTS) {
  Deno.test({
    name:
      `the bot in ${bot.language} answers each message once, though it and the server are killed`,
    ...needsTools(...bot.tools),
    fn: () => inDirectory((directory) => tryOut(bot, directory)),
  });
}

Deno.test({
  name: "the bots in shell and Python end, with a reason, without a valid token",
  ...needsTools("curl", "python3"),
  fn: () =>
    inDirectory(async (directory) => {
      await using server = await startServerFixture();
      for (const bot of BOTS.filter(({ language }) => /^(?:shell|Python)$/.test(language))) {
        const [command = "", ...args] = await bot.prepare(directory);
        const { success, stderr } = await new Deno.Command(command, {
          args: [...args, server.url, ROOM, `${directory}/bot.state`],
          cwd: directory,
          env: { HUBBUB_TOKEN: "wrong" },
        }).output();
        assert(!success);
        assertStringIncludes(new TextDecoder().decode(stderr), "The token is not valid");
      }
    }),
});

async function tryOut({ prepare, answers, beginsAtStart }: Bot, directory: string): Promise<void> {
  const [command = "", ...args] = await prepare(directory);
  const port = freePort();
  const start = () =>
    spawnServer([
      ...[`--port=${port}`, `--data=${directory}/h.db`, "--rate=0", "--log-level=silent"],
    ]);
  const end = async (server: ServerProcess) => {
    await server.kill();
    await server.process.stdout.cancel().catch(() => {});
  };
  let server = await start();
  const { url } = server;
  const [alice, token] = [await server.signIn("Alice"), await server.signIn("Echo")];
  const state = `${directory}/bot.state`;
  const startBot = () =>
    new Deno.Command(command, {
      args: [...args, url, ROOM, state],
      cwd: directory,
      env: { HUBBUB_TOKEN: token, HUBBUB_STATE: state, TMPDIR: directory },
      // A child of a shell that was killed would hold a pipe open.
      stdout: "null",
      stderr: "null",
    }).spawn();
  const killBot = async () => {
    bot.kill("SIGKILL");
    await bot.status;
  };
  /** Posts a message; the first one makes the room. */
  const post = async (message: string, key: string) => {
    const path = `/api/rooms/${ROOM}/messages`;
    const body = { message, key };
    await (await server.request(path, { method: "POST", token: alice, body })).body?.cancel();
  };
  /** The texts of the bot's answers, once so many of them have come. */
  const answered = async (count: number): Promise<string[]> => {
    for (;;) {
      const path = `/api/rooms/${ROOM}/messages?limit=100`;
      const { messages } = await (await server.request(path, { token: alice })).json();
      const texts: string[] = messages.filter((one: { sender: string }) => one.sender === "Echo")
        .map(({ message }: { message: string }) => message);
      if (texts.length >= count) return texts;
    }
  };
  const sent: string[] = [];
  let bot = startBot();
  try {
    await (await server.request(`/api/rooms/${ROOM}/join`, { method: "POST", token: alice })).body
      ?.cancel();
    // The bot notes the end of the log, and begins there.
    while (!beginsAtStart && !(await readText(state)).includes("seq")) {
      await (await server.request("/healthz")).body?.cancel();
    }
    for (let round = 1; round <= 4; round++) {
      for (let n = 1; n <= 5; n++) {
        const text = n === 5 ? `${round} ${HOSTILE}` : `${round}.${n}`;
        await post(`echo ${text}`, `${round}.${n}`);
        sent.push(answers(text));
        // Somewhere in the middle of its work.
        if (n !== 2 + round % 3) continue;
        await answered(sent.length - 2);
        if (round % 2 === 1) {
          await killBot();
          bot = startBot();
        } else {
          await end(server);
          server = await start();
        }
      }
    }
    assertEquals(await answered(sent.length), sent);
    // The answer of another bot, and a last message: everything before it has been handled, and
    // nothing twice.
    await post("You said: echo 1", "other");
    await post("echo end", "end");
    assertEquals(await answered(sent.length + 1), [...sent, answers("end")]);
  } finally {
    await killBot();
    await end(server);
  }
}

async function readText(path: string): Promise<string> {
  return await Deno.readTextFile(path).catch(() => "");
}
