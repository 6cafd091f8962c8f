/**
 * Being told while the page is closed: one subscription for each device.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { problem } from "../problem.ts";
import { pushRequest } from "../schemas/requests.ts";
import type { Store } from "../store/store.ts";
import { isPushService } from "../web_push.ts";
import { isRefused, json, noContent, readBody, type Route, type SignedInContext } from "./route.ts";

/** What these routes need. */
export interface PushRouteOptions {
  readonly store: Pick<Store, "addPush" | "hasPush" | "endPush">;
  readonly clock: Clock;
  /** The server's public key (RFC 8292), in base64url. */
  readonly publicKey: string;
  /** The push services that may be spoken to; without any, nobody is told anything. */
  readonly services: readonly string[];
}

const PATH = "/api/push";
const UNKNOWN_SERVICE = "This push service is not among those that the server speaks to.";

/** The routes under `/api/push`. */
export function pushRoutes(options: PushRouteOptions): readonly Route[] {
  const { store, clock, publicKey, services } = options;

  async function subscribe({ request, who }: SignedInContext): Promise<Response> {
    const read = await readBody(request, pushRequest);
    if (isRefused(read)) return problem(read.refused);
    const { endpoint, keys } = read.body;
    if (!isPushService(endpoint, services)) {
      return problem({ code: "forbidden", message: UNKNOWN_SERVICE });
    }
    await store.addPush(who.session, { endpoint, ...keys }, clock.now());
    return noContent();
  }

  return [
    {
      method: "GET",
      path: PATH,
      for: "people",
      handle: async ({ who }) =>
        json({
          key: services.length === 0 ? null : publicKey,
          subscribed: await store.hasPush(who.session),
        }),
    },
    { method: "PUT", path: PATH, for: "people", handle: subscribe },
    {
      method: "DELETE",
      path: PATH,
      for: "people",
      handle: async ({ who }) => {
        await store.endPush(who.session);
        return noContent();
      },
    },
  ];
}
