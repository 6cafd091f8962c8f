/**
 * The routes for operators: health and metrics.
 *
 * @module
 */
import { isLoopback } from "../../util/ip_address.ts";
import { isForLoopback } from "../hosts.ts";
import type { Metrics } from "../../observability/metrics.ts";
import { problem } from "../problem.ts";
import type { Health, MetricsReport } from "../../protocol/responses.ts";
import { hashToken } from "../../util/secrets.ts";
import { json, type Route, type RouteContext } from "./route.ts";
import { OWNERS } from "../../protocol/roles.ts";

/** The dependencies of `operatorRoutes`. */
export interface OperatorOptions {
  readonly metrics: Metrics;
  /** The bearer token with which a program may read the metrics; empty for none. */
  readonly metricsToken: string;
  /** Whether requests from the loopback address come from this machine: not behind a host's proxy. */
  readonly trustsLoopback: boolean;
  readonly version: string;
  /** Whether the server can serve requests now. */
  readonly ready: () => boolean;
}

/** Returns the routes for health checks, metrics and statistics. */
export function operatorRoutes(options: OperatorOptions): readonly Route[] {
  const { metrics, version, ready } = options;
  const live = () => json<Health>({ status: "ok" });
  const readiness = () => ready() ? live() : problem({ code: "try_again" });
  return [
    {
      method: "GET",
      path: "/livez",
      about: "Whether the process is alive",
      answers: { 200: "Health" },
      access: "public",
      isProbe: true,
      handle: live,
    },
    ...["/readyz", "/healthz"].map((path) => ({
      method: "GET",
      path,
      about: "Whether the server can serve and store now",
      answers: { 200: "Health" },
      refuses: ["try_again"],
      access: "public",
      isProbe: true,
      handle: readiness,
    } as const)),
    {
      method: "GET",
      path: "/metrics",
      about: "The metrics, in the text format of Prometheus",
      answers: { 200: "text/plain" },
      refuses: ["unauthorized"],
      access: "public",
      handle: (context) =>
        mayReadMetrics(context, options)
          ? plainText(metrics.render())
          : problem({ code: "unauthorized" }),
    },
    {
      method: "GET",
      path: "/api/figures",
      about: "The metrics, as JSON",
      answers: { 200: "MetricsReport" },
      access: OWNERS,
      handle: () => json<MetricsReport>({ version, statistics: metrics.statistics() }),
    },
  ];
}

/**
 * Whether a sender may read the metrics: owners, programs with the token, and users of this machine.
 * Requests through a local proxy, and from a page by DNS rebinding, have the loopback address too; the
 * former have a forwarding header, and both name another host.
 */
function mayReadMetrics(
  { headers, url, address, identity }: RouteContext,
  { metricsToken, trustsLoopback }: OperatorOptions,
): boolean {
  if (identity !== null && OWNERS.includes(identity.account.role)) return true;
  const [, token = ""] = /^Bearer (\S+)$/i.exec(headers.get("authorization") ?? "") ?? [];
  // Compare hashes: the time of the comparison then reveals nothing.
  if (metricsToken !== "" && hashToken(token) === hashToken(metricsToken)) return true;
  const isForwarded = headers.has("x-forwarded-for") || headers.has("forwarded");
  return trustsLoopback && isLoopback(address) && !isForwarded &&
    isForLoopback({ url: url.href, headers });
}

function plainText(body: string): Response {
  const headers = {
    "content-type": "text/plain; version=0.0.4; charset=utf-8",
    "cache-control": "no-store",
  };
  return new Response(body, { headers });
}
