/**
 * The schemas that validate what a client sends: the frames of the WebSocket, and the bodies and
 * queries over HTTP. They use valibot.
 *
 * ```ts
 * import { decode } from "@hubbub/protocol/schemas";
 *
 * const [first] = decode('{"type":"join","room":"lobby"}');
 * if (first !== undefined && "command" in first) console.log(first.command.type);
 * ```
 *
 * @module
 */
export * from "./fields.ts";
export * from "./frames.ts";
export * from "./requests.ts";
