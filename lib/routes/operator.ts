/**
 * Health and measurements, for whoever runs the server.
 *
 * @module
 */
import { isLoopback } from "../addresses.ts";
import type { Metrics } from "../metrics.ts";
import { problem } from "../problem.ts";
import { hashToken } from "../secrets.ts";
import { type Context, json, OWNERS, type Route, unauthorized } from "./route.ts";

/** What the routes need. */
export interface OperatorOptions {
  readonly metrics: Metrics;
  /** What a program shows that may read the measurements from elsewhere; empty for none. */
  readonly metricsToken: string;
  /** Whether whoever comes from this machine is of this machine: a host's own proxy is not. */
  readonly trustsLoopback: boolean;
  readonly version: string;
  /** Whether the server can serve now. */
  readonly ready: () => boolean;
}

/** The routes. */
export function operatorRoutes(options: OperatorOptions): readonly Route[] {
  const { metrics, version, ready } = options;
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
      handle: (context) => mayRead(context, options) ? text(metrics.render()) : unauthorized(),
    },
    {
      method: "GET",
      path: "/api/figures",
      for: OWNERS,
      handle: () => json({ version, figures: metrics.figures() }),
    },
  ];
}

/** Owners, programs with the token, and whoever is at this machine; not who came by its proxy. */
function mayRead(
  { request: { headers }, address, who }: Context,
  { metricsToken, trustsLoopback }: OperatorOptions,
): boolean {
  if (who !== null && OWNERS.includes(who.account.role)) return true;
  const [, token = ""] = /^Bearer (\S+)$/i.exec(headers.get("authorization") ?? "") ?? [];
  // By their hashes: how long it takes to compare those tells nothing.
  if (metricsToken !== "" && hashToken(token) === hashToken(metricsToken)) return true;
  const isForwarded = headers.has("x-forwarded-for") || headers.has("forwarded");
  return trustsLoopback && isLoopback(address) && !isForwarded;
}

function text(body: string): Response {
  const headers = {
    "content-type": "text/plain; version=0.0.4; charset=utf-8",
    "cache-control": "no-store",
  };
  return new Response(body, { headers });
}
