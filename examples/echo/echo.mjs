/**
 * An echo bot for Node. It answers each message that begins with "echo " exactly once, over lost
 * connections and crashes. Its answers do not begin so: two such bots in a room do not answer each
 * other.
 *
 * HUBBUB_TOKEN=… node echo.mjs http://localhost:8000 lobby echo.state
 *
 * Node 20 needs the flag --experimental-websocket.
 */
import { HubbubClient } from "@hubbub/client";
import { StateFile } from "@hubbub/client/state-file";
import process from "node:process";

const [url = "http://localhost:8000", room = "lobby", state = "echo.state"] = process.argv.slice(2);
const token = process.env.HUBBUB_TOKEN;
const client = new HubbubClient({ url, token, store: new StateFile(state) });

for await (const event of client.events(room)) {
  if (event.type !== "room_message" || !event.message.startsWith("echo ")) continue;
  // The same event gives the same key: an answer that was sent before a crash is not sent again.
  const key = client.keyFor(event);
  const answer = await client.send(room, `You said: ${event.message}`, { key });
  console.log(`answered ${event.seq} with ${answer.seq}`);
}
