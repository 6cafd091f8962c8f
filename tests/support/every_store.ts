/**
 * Tests over the wire that run on every store.
 *
 * @module
 */
import { needs } from "./permissions.ts";
import { ignore, usePostgres } from "./postgres.ts";
import { startServer, type TestServer, type TestSettings } from "./server.ts";

/** Makes two tests, one for each store. Each part of a test has a server and a store of its own. */
export function onEveryStore(
  name: string,
  ...parts: readonly ((server: TestServer) => Promise<void>)[]
): void {
  onEveryStoreWith({}, name, ...parts);
}

/** Makes the two tests with settings for their servers. */
export function onEveryStoreWith(
  settings: TestSettings,
  name: string,
  ...parts: readonly ((server: TestServer) => Promise<void>)[]
): void {
  const cluster = usePostgres();

  Deno.test({
    name: `sqlite: ${name}`,
    ...needs("net", "read"),
    async fn() {
      for (const part of parts) {
        await using server = await startServer({ rate: 0, ...settings });
        await part(server);
      }
    },
  });

  Deno.test({
    name: `postgres: ${name}`,
    ignore,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      for (const part of parts) {
        const database = await cluster.make();
        {
          const inDatabase = { database: cluster.url(database), rate: 0, ...settings };
          await using server = await startServer(inDatabase);
          await part(server);
        }
        await cluster.drop(database);
      }
    },
  });
}
