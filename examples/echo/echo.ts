/**
 * An echo bot for Deno. It answers each message exactly once, over lost connections and crashes.
 *
 * HUBBUB_TOKEN=… deno run -A examples/echo/echo.ts http://localhost:8000 lobby echo.state
 *
 * @module
 */
import { HubbubClient } from "@hubbub/client";
import { StateFile } from "@hubbub/client/state-file";

const [url = "http://localhost:8000", room = "lobby", state = "echo.state"] = Deno.args;
const token = Deno.env.get("HUBBUB_TOKEN") ?? "";
const client = new HubbubClient({ url, token, store: new StateFile(state) });

for await (const event of client.events(room)) {
  if (event.type !== "room_message" || event.sender_id === client.you.id) continue;
  // The same event gives the same key: an answer that was sent before a crash is not sent again.
  const key = client.keyFor(event);
  const answer = await client.send(room, `You said: ${event.message}`, { key });
  console.log(`answered ${event.seq} with ${answer.seq}`);
}
