/**
 * Health and measurements, for whoever runs the server.
 *
 * @module
 */
import type { Metrics } from "../metrics.ts";
import { problem } from "../problem.ts";
import { json, type Route } from "./route.ts";

/** @param ready Whether the server can serve now. */
export function operatorRoutes(metrics: Metrics, ready: () => boolean): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/healthz",
      for: "anybody",
      handle: () => ready() ? json({ status: "ok" }) : problem({ code: "try_again" }),
    },
    {
      method: "GET",
      path: "/metrics",
      for: "anybody",
      handle: () =>
        new Response(metrics.render(), {
          headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
        }),
    },
  ];
}
