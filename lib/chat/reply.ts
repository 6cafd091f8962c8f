/**
 * The connection of a request: what it is sent first is the reply.
 *
 * @module
 */
import type { Subscriber } from "./channel.ts";
import type { Batch } from "./outbound_batch.ts";
import { type CloseName, type ErrorCode } from "../protocol/errors.ts";
import { errorFrame, type ServerFrame } from "../protocol/frames.ts";

/** Why a request whose connection was closed got no reply, where trying again is no use. */
const REFUSALS: { readonly [N in CloseName]?: ErrorCode } = {
  signed_out: "unauthorized",
  banned: "banned",
};

/** Takes one frame. */
export class Reply implements Subscriber {
  readonly #reply = Promise.withResolvers<ServerFrame>();
  readonly drained = true;

  /** The reply; an `error` if the connection was closed before there was one. */
  get frame(): Promise<ServerFrame> {
    return this.#reply.promise;
  }

  enqueue({ messages: [json = "null"] }: Batch): boolean {
    this.#reply.resolve(JSON.parse(json));
    return true;
  }

  close(name: CloseName): void {
    this.#reply.resolve(errorFrame({ code: REFUSALS[name] ?? "try_again" }));
  }
}
