/** A site of another host, on this machine. */
export interface Site extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  /** The paths that were asked for, in order. */
  readonly seen: readonly string[];
  /** Answers a path. */
  set(path: string, answer: (request: Request) => Response | Promise<Response>): void;
  /** Answers a path with a page. */
  page(path: string, head: string): void;
}

/** Starts a site. Paths without an answer get 404. */
export function startSite(): Site {
  const answers = new Map<string, (request: Request) => Response | Promise<Response>>();
  const seen: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    seen.push(pathname);
    return answers.get(pathname)?.(request) ?? new Response("nothing", { status: 404 });
  });
  const { port } = server.addr;
  return {
    ...{ url: `http://127.0.0.1:${port}`, port, seen },
    set: (path, answer) => void answers.set(path, answer),
    page(path, head) {
      const html = `<!doctype html><html><head>${head}</head><body>…</body></html>`;
      const headers = { "content-type": "text/html; charset=utf-8" };
      answers.set(path, () => new Response(html, { headers }));
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
