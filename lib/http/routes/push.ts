/**
 * The routes for push subscriptions: each session has at most one.
 *
 * @module
 */
import type * as v from "valibot";
import type { Clock } from "../../util/clock.ts";
import { problem } from "../problem.ts";
import type { PushInfo } from "../../protocol/responses.ts";
import { pushRequest } from "../../protocol/schemas/requests.ts";
import type { Store } from "../../store/store.ts";
import { isPushService } from "../../push/web_push.ts";
import { json, noContent, type Route, type SignedInContext, takes } from "./route.ts";

/** The dependencies of `pushRoutes`. */
export interface PushRouteOptions {
  readonly store: Pick<Store, "addPush" | "hasPush" | "endPush">;
  readonly clock: Clock;
  /** The server's public key (RFC 8292), in base64url. */
  readonly publicKey: string;
  /** The push services to which the server may connect; none switches push off. */
  readonly services: readonly string[];
}

const PATH = "/api/push";
const UNKNOWN_SERVICE = "The server does not allow this push service.";

/** Returns the routes under `/api/push`. */
export function pushRoutes(options: PushRouteOptions): readonly Route[] {
  const { store, clock, publicKey, services } = options;

  async function subscribe(
    { identity }: SignedInContext,
    { endpoint, keys }: v.InferOutput<typeof pushRequest>,
  ): Promise<Response> {
    if (!isPushService(endpoint, services)) {
      return problem({ code: "forbidden", message: UNKNOWN_SERVICE });
    }
    await store.addPush(identity.session, { endpoint, ...keys }, clock.now());
    return noContent();
  }

  return [
    {
      method: "GET",
      path: PATH,
      about: "Whether the session has a push subscription, and the key to make one",
      answers: { 200: "PushInfo" },
      access: "people",
      handle: async ({ identity }) =>
        json<PushInfo>({
          key: services.length === 0 ? null : publicKey,
          subscribed: await store.hasPush(identity.session),
        }),
    },
    {
      method: "PUT",
      path: PATH,
      about: "Set the push subscription of the session",
      answers: { 204: null },
      access: "people",
      ...takes(pushRequest, subscribe),
    },
    {
      method: "DELETE",
      path: PATH,
      about: "End the push subscription of the session",
      answers: { 204: null },
      access: "people",
      handle: async ({ identity }) => {
        await store.endPush(identity.session);
        return noContent();
      },
    },
  ];
}
