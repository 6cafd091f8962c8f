// A program that posts "echo 1" to a room, and the next number for each answer, up to the last argument.
import { HubbubClient } from "@hubbub/client";
import { StateFile } from "@hubbub/client/state-file";

const [url = "", room = "", state = "", last = ""] = Deno.args;
const token = Deno.env.get("HUBBUB_TOKEN") ?? "";
const client = new HubbubClient({ url, token, store: new StateFile(state) });
const events = client.events(room);
void client.send(room, "echo 1", { key: "first" });
for await (const event of events) {
  if (event.type !== "room_message" || event.sender_id === client.you.id) continue;
  const n = Number(event.message.replace("You said: echo ", ""));
  if (n < Number(last)) await client.send(room, `echo ${n + 1}`, { key: client.keyFor(event) });
  console.log(`answered: ${n}`);
}
