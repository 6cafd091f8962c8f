/**
 * Appends to the store at the path given until it is killed, and prints the last key of each
 * batch once it is acknowledged.
 */
import { openSqlite } from "../../../lib/store/sqlite/store.ts";

const [path = ""] = Deno.args;
const store = await openSqlite({ path, durability: "process" });
const sender = await store.findAccount("Alice");
const room = await store.findRoom("Team", sender?.id ?? 0);
if (sender === null || room === null) throw new Error("Nobody has prepared the store");

for (let key = 1;;) {
  const batch = Array.from({ length: 1 + key % 7 }, () => ({
    kind: "message" as const,
    room: room.id,
    sender,
    at: 0,
    key: String(key),
    text: `message ${key++}`,
    replyTo: null,
  }));
  await store.append(batch);
  // Unbuffered: a printed key stands for an acknowledgement that a client has received.
  Deno.stdout.writeSync(new TextEncoder().encode(`${key - 1}\n`));
}
