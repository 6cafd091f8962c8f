/**
 * Hubbub's protocol: the types of its frames, its limits, its error codes and its close codes. The
 * server and its page use this module too, so it is what a server of the same version does.
 *
 * ```ts
 * import { LIMITS, type RoomMessage, shouldReconnect } from "@hubbub/protocol";
 *
 * function isQuestion({ message }: RoomMessage): boolean {
 *   return message.endsWith("?");
 * }
 * console.log(LIMITS.message_length, shouldReconnect(4503));
 * ```
 *
 * The schemas that validate what a client sends are in `@hubbub/protocol/schemas`.
 *
 * @module
 */
export * from "./delta.ts";
export * from "./errors.ts";
export * from "./frames.ts";
export * from "./limits.ts";
export * from "./names.ts";
export * from "./responses.ts";
export * from "./roles.ts";
export { apply, isChange, isMessage, isRoomEvent } from "../chat/events/index.ts";
