/**
 * The routes of the machine-readable descriptions of the API. `deno task docs` makes them.
 *
 * @module
 */
import { createPage, servePage } from "../assets.ts";
import { problem } from "../problem.ts";
import type { Route } from "./route.ts";

/** The descriptions, as JSON values. */
export interface Descriptions {
  /** Of the API over HTTP. */
  readonly openapi: object;
  /** Of the WebSocket. */
  readonly asyncapi: object;
}

/** Returns the routes of the descriptions. */
export function descriptionRoutes({ openapi, asyncapi }: Descriptions): readonly Route[] {
  const described = [
    ["/api/openapi.json", "The description of the API over HTTP (OpenAPI 3.1)", openapi],
    ["/api/asyncapi.json", "The description of the WebSocket (AsyncAPI 3.0)", asyncapi],
  ] as const;
  return described.map(([path, about, description]): Route => {
    const body = new TextEncoder().encode(JSON.stringify(description));
    const files = createPage([{ path, type: "application/json", body, immutable: false }]);
    return {
      method: "GET",
      path,
      about,
      answers: { 200: "JsonObject", 304: null },
      access: "public",
      handle: async ({ headers }) =>
        await servePage(await files, { headers }, path) ?? problem({ code: "not_found" }),
    };
  });
}
