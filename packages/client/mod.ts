/**
 * A client for Hubbub, for programs in Deno, Node, Bun and browsers: it reads each event exactly
 * once, and what it sends is stored exactly once, over lost connections and crashes of either side.
 *
 * ```ts
 * import { HubbubClient } from "@hubbub/client";
 *
 * await using client = new HubbubClient({ url: "http://localhost:8000", name: "Deploy" });
 * await client.ask({ type: "join", room: "lobby" });
 * const { seq } = await client.send("lobby", "Version 1.4 is live.");
 * console.log(`Stored as message ${seq}`);
 * ```
 *
 * @module
 */
export * from "./client.ts";
export * from "./connection.ts";
export * from "./decode.ts";
export * from "./errors.ts";
export { EventIterator, type EventOptions, type ReplacedLog } from "./events.ts";
export { type KeyedCommand, type StoredCommand } from "./send_queue.ts";
export { type ClientCredentials, type OpenSocket } from "./socket.ts";
export * from "./store.ts";
