/** A server that receives the requests of outgoing hooks. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** The events, as they came. */
  readonly events: readonly { readonly id: string; readonly seq: number; readonly text: string }[];
  /** Resolves once so many requests have come. */
  count(requests: number): Promise<void>;
  /** Resolves once a message with a text has come. */
  until(text: string): Promise<void>;
  /** Answers nothing more until `open` is called. */
  hold(): void;
  open(): void;
}

/** Starts a receiver on this machine. */
export function startReceiver(): Receiver {
  const events: { id: string; seq: number; text: string }[] = [];
  const waiting: { readonly requests: number; readonly resolve: () => void }[] = [];
  let gate = Promise.withResolvers<void>();
  gate.resolve();
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { seq, message: text = "" } = await request.json();
    events.push({ id: request.headers.get("webhook-id") ?? "", seq, text });
    for (const { requests, resolve } of waiting) if (events.length >= requests) resolve();
    await gate.promise;
    return new Response(null, { status: 204 });
  });
  async function count(requests: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (events.length < requests) waiting.push({ requests, resolve });
    else resolve();
    await promise;
  }
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    events,
    count,
    async until(text) {
      while (!events.some((event) => event.text === text)) await count(events.length + 1);
    },
    hold() {
      gate = Promise.withResolvers();
    },
    open: () => gate.resolve(),
    async [Symbol.asyncDispose]() {
      gate.resolve();
      await server.shutdown();
    },
  };
}
