/**
 * Responses to the pages of other sites, which the setting `origins` lists (Fetch section 3.3). Such a
 * page authenticates by a bearer token: browsers send it no cookies, for the server never allows
 * credentials.
 *
 * @module
 */

/** The headers that a page may send beside those that it always may. */
const HEADERS = ["authorization", "content-type", "idempotency-key", "last-event-id", "range"];

/** The headers of a response that a page may read beside those that it always may. */
const EXPOSED = ["accept-ranges", "content-range", "retry-after", "content-disposition"];

/** For how many seconds a browser need not ask again: the longest that browsers accept. */
const MAX_AGE = 7_200;

/** Whether a browser asks whether a page may send a request. */
export function isPreflight({ method, headers }: Pick<Request, "method" | "headers">): boolean {
  return method === "OPTIONS" && headers.has("origin") &&
    headers.has("access-control-request-method");
}

/** Answers a browser that asks. @param methods The methods that the path has. */
export function preflight(methods: readonly string[]): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": [...new Set(methods)].join(", "),
      "access-control-allow-headers": HEADERS.join(", "),
      "access-control-max-age": `${MAX_AGE}`,
    },
  });
}

/**
 * Lets a page of another site read a response.
 *
 * @param origin Its origin; `null` if it may not, or is not of another site.
 */
export function allowOrigin(headers: Headers, origin: string | null): void {
  headers.append("vary", "origin");
  if (origin === null) return;
  headers.set("access-control-allow-origin", origin);
  headers.set("access-control-expose-headers", EXPOSED.join(", "));
}
