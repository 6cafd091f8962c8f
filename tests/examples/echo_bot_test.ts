// The bot in shell, with the real curl. The bot and the server are killed at random moments.
import { assertEquals } from "@std/assert";
import { freePort } from "../support/client_swarm.ts";
import { inCi, needs } from "../support/permissions.ts";
import { type ServerProcess, spawnServer } from "../support/server.ts";

const permitted = needs("env", "net", "read", "run", "write");
const hasCurl = permitted.ignore || (await Deno.stat("/usr/bin/curl").catch(() => null)) !== null;
if (!hasCurl && !inCi()) console.log("ignored: the bot in shell needs curl");

const BOT = new URL("../../examples/echo_bot.sh", import.meta.url).pathname;

/** A text with everything that a shell or JSON could trip over. */
const HOSTILE = 'it\'s "quoted" $(id) `id` \\ \\" %s ${HOME} \u2028 ü 👍 ","message":"echo no';

Deno.test({
  name: "the bot in shell answers each message once, though it and the server are killed",
  ignore: permitted.ignore || (!hasCurl && !inCi()),
  async fn() {
    const directory = await Deno.makeTempDir();
    const port = freePort();
    const start = () => spawnServer([`--port=${port}`, `--data=${directory}/h.db`, "--rate=0"]);
    const end = async (server: ServerProcess) => {
      await server.kill();
      await server.process.stdout.cancel().catch(() => {});
    };
    let server = await start();
    const { url } = server;
    const [alice, token] = [await server.signIn("Alice"), await server.signIn("Echo")];
    const startBot = () =>
      new Deno.Command("sh", {
        args: [BOT, url, "general"],
        env: { HUBBUB_TOKEN: token, HUBBUB_STATE: `${directory}/bot.seq`, TMPDIR: directory },
        stdout: "null",
        stderr: "null",
      }).spawn();
    /** The texts of the bot's answers, once all of them have come. */
    async function answers(count: number): Promise<string[]> {
      for (;;) {
        const response = await server.request(`/api/rooms/general/messages?limit=100`, {
          token: alice,
        });
        const { messages } = await response.json();
        const texts: string[] = messages.filter((one: { sender: string }) => one.sender === "Echo")
          .map(({ message }: { message: string }) => message);
        if (texts.length >= count) return texts;
      }
    }
    const sent: string[] = [];
    let bot = startBot();
    try {
      for (let round = 1; round <= 4; round++) {
        for (let n = 1; n <= 5; n++) {
          const text = n === 5 ? `${round} ${HOSTILE}` : `${round}.${n}`;
          const body = { message: `echo ${text}`, key: `${round}.${n}` };
          const path = "/api/rooms/general/messages";
          await (await server.request(path, { method: "POST", token: alice, body })).body?.cancel();
          sent.push(text);
          // Somewhere in the middle of its work.
          if (n === 2 + round % 3) await answers(sent.length - 2);
          if (n === 2 + round % 3 && round % 2 === 1) {
            bot.kill("SIGKILL");
            await bot.status;
            bot = startBot();
          } else if (n === 2 + round % 3) {
            await end(server);
            server = await start();
          }
        }
      }
      const found = await answers(sent.length);
      assertEquals(found, sent);
      // A last message: everything before it has been handled, and nothing twice.
      const body = { message: "echo end" };
      await (await server.request("/api/rooms/general/messages", {
        ...{ method: "POST", token: alice, body },
      })).body?.cancel();
      assertEquals(await answers(sent.length + 1), [...sent, "end"]);
    } finally {
      bot.kill("SIGKILL");
      await bot.status;
      await end(server);
      await Deno.remove(directory, { recursive: true });
    }
  },
});
