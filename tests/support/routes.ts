import type { Route } from "../../lib/http/routes/route.ts";

/** Every route that `lib/routes/` exports, so that no new one is missed. */
export async function allRoutes(): Promise<readonly Route[]> {
  const found: Route[] = [];
  const folder = new URL("../../lib/http/routes/", import.meta.url);
  const files = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  for (const name of files.sort()) {
    const module = await import(new URL(name, folder).href);
    for (const [exported, make] of Object.entries(module)) {
      if (!/Routes$/.test(exported) || typeof make !== "function") continue;
      // The dependencies of the routes matter only to their handlers.
      found.push(...make({ services: [], openapi: {}, asyncapi: {} }, {}));
    }
  }
  return found;
}
