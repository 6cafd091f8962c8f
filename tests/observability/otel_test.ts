/** OpenTelemetry, which is Deno's own: that it works for Hubbub as it is, with what Hubbub may do. */
import { assert } from "@std/assert";
import { needs } from "../support/permissions.ts";
import { spawnServer } from "../support/server.ts";

/** A collector that is exported everything in OTLP over HTTP, and waits for a word. */
function startCollector() {
  const exported = new Map<string, string>();
  let look = () => {};
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const body = new TextDecoder().decode(await request.arrayBuffer());
    exported.set(pathname, (exported.get(pathname) ?? "") + body);
    look();
    return new Response(null, { status: 200 });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    stop: () => server.shutdown(),
    /** Waits for a word, and lets there be more to tell of for as long as it has not come. */
    async hears(path: string, word: string, ask: () => Promise<void>): Promise<void> {
      while (!exported.get(path)?.includes(word)) {
        const { promise, resolve } = Promise.withResolvers<void>();
        look = resolve;
        await ask();
        await promise;
      }
    },
  };
}

Deno.test({
  name: "with OTEL_DENO requests become spans and metrics, and log lines are passed on",
  ...needs("env", "net", "read", "run", "write"),
  async fn() {
    const collector = startCollector();
    const server = await spawnServer(["--data=:memory:", "--log-level=debug"], {
      env: {
        ...Deno.env.toObject(),
        DATABASE_URL: "",
        OTEL_DENO: "true",
        OTEL_SERVICE_NAME: "our-chat",
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_METRIC_EXPORT_INTERVAL: "100",
        OTEL_BSP_SCHEDULE_DELAY: "100",
        OTEL_BLRP_SCHEDULE_DELAY: "100",
      },
    });
    const ask = async () => {
      const response = await fetch(`${server.url}/healthz`);
      await response.body?.cancel();
      assert(response.ok);
    };
    await collector.hears("/v1/traces", "/healthz", ask);
    await collector.hears("/v1/traces", "our-chat", ask);
    await collector.hears("/v1/metrics", "http.server.request.duration", ask);
    await collector.hears("/v1/logs", '"path":"/healthz"', ask);
    // Not told to stop: exporting, Deno now and then never exits (denoland/deno#33157).
    await server.kill();
    await collector.stop();
  },
});
