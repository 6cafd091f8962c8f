/**
 * Attacks by links: a message must not make the server reach what its author cannot, nor cost it
 * more than a little.
 */
import { assertEquals } from "@std/assert";
import {
  createFetch,
  type Fetch,
  type FetchOptions,
  mayAsk,
} from "../../lib/previews/fetch_page.ts";
import { createLookUp } from "../../lib/previews/look_up.ts";
import type { ResolveHost } from "../../lib/util/reach.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { needs } from "../support/permissions.ts";
import { png } from "../support/pictures.ts";
import { startSite } from "../support/site.ts";

const permissions = needs("net");
const LOOPBACK = ["127.0.0.0/8"];
const NEVER = new AbortController().signal;

/** A resolver that answers each name with the addresses of the next turn. */
function resolver(
  ...turns: readonly (readonly string[])[]
): { resolve: ResolveHost; asked: number } {
  const state = {
    asked: 0,
    resolve: (_host: string) => {
      const found = turns[Math.min(state.asked++, turns.length - 1)] ?? [];
      const family = (address: string) => address.includes(":") ? 6 : 4;
      return Promise.resolve(found.map((address) => ({ address, family: family(address) })));
    },
  };
  return state;
}

function fetchWith(options: Partial<FetchOptions> = {}): Fetch {
  return createFetch({ networks: [], agent: "test", ...options });
}

/** Fetches a page from an address. */
async function pageAt(fetch: Fetch, href: string): Promise<string | null> {
  const wanted = { types: ["text/html"], maxBytes: () => 1_000 };
  const found = await fetch(new URL(href), wanted, NEVER);
  return found === null ? null : new TextDecoder().decode(found.bytes);
}

const html = (text: string, headers = {}) =>
  new Response(text, { headers: { "content-type": "text/html", ...headers } });

Deno.test({
  name: "previews: no way to write an address of this machine or its networks reaches it",
  ...permissions,
  async fn() {
    await using site = startSite();
    site.set("/", () => html("secret"));
    const { port } = site;
    const hosts = [
      ...["127.0.0.1", "127.1", "0x7f.1", "2130706433", "017700000001", "0.0.0.0", "localhost"],
      ...["[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]"],
      ...["[64:ff9b::7f00:1]", "[2002:7f00:1::]", "127.0.0.1.", "①②⑦.0.0.1"],
    ];
    for (const host of hosts) {
      assertEquals(await pageAt(fetchWith(), `http://${host}:${port}/`), null, host);
      assertEquals(await pageAt(fetchWith(), `http://${host}/`), null, host);
      assertEquals(await pageAt(fetchWith(), `https://${host}/`), null, host);
    }
    const inside = ["10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"];
    for (const host of [...inside, "[fd00::1]", "[fe80::1]", "[ff02::1]"]) {
      assertEquals(await pageAt(fetchWith({ networks: LOOPBACK }), `http://${host}/`), null, host);
    }
    assertEquals(site.seen, []);
    assertEquals(await pageAt(fetchWith({ networks: LOOPBACK }), `${site.url}/`), "secret");
  },
});

Deno.test({
  name: "previews: a name is resolved once, and the connection is made to what was checked",
  ...permissions,
  async fn() {
    await using site = startSite();
    site.set("/", () => html("secret"));
    const url = `http://rebind.example:${site.port}/`;
    // Whatever else the name leads to, one private address is enough to refuse it.
    const mixed = resolver(["93.184.215.14", "127.0.0.1"]);
    assertEquals(await pageAt(fetchWith(mixed), "http://rebind.example/"), null);
    for (const address of ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "fd00::1"]) {
      const leads = resolver([address]);
      assertEquals(await pageAt(fetchWith(leads), "http://rebind.example/"), null, address);
      assertEquals(await pageAt(fetchWith(leads), "https://rebind.example/"), null, address);
      assertEquals(leads.asked, 2);
    }
    // Rebinding: a second look-up would lead elsewhere. There is none.
    const rebinding = resolver(["127.0.0.1"], ["10.0.0.1"]);
    const allowed = fetchWith({ ...rebinding, networks: LOOPBACK });
    assertEquals([await pageAt(allowed, url), rebinding.asked], ["secret", 1]);
    assertEquals(await pageAt(allowed, url), null, "the next request is checked anew");
    assertEquals(await pageAt(fetchWith(resolver([])), "http://nowhere.example/"), null);
    assertEquals(site.seen, ["/"]);
  },
});

Deno.test({
  name: "previews: every redirect is checked, and there are few",
  ...permissions,
  async fn() {
    await using site = startSite();
    const to = (location: string) => () =>
      new Response(null, { status: 302, headers: { location } });
    site.set("/end", () => html("end"));
    for (let n = 0; n < 9; n++) site.set(`/${n}`, to(n === 8 ? "/end" : `/${n + 1}`));
    const fetch = fetchWith({ networks: ["127.0.0.1"] });
    assertEquals(await pageAt(fetch, `${site.url}/5`), "end");
    assertEquals(await pageAt(fetch, `${site.url}/0`), null, "too many");
    site.set("/loop", to("/loop"));
    assertEquals(await pageAt(fetch, `${site.url}/loop`), null);
    const before = site.seen.length;
    const bad = [
      ...[`http://127.0.0.2:${site.port}/end`, `http://[::1]:${site.port}/end`],
      ...["http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", "ftp://example.org/"],
      ...[`http://user:password@127.0.0.1:${site.port}/end`, "//10.0.0.1/", "http://[", ""],
      ...["data:text/html,x", "javascript:1", `http://127.0.0.1:${site.port}/${"x".repeat(2_100)}`],
    ];
    for (const location of bad) {
      site.set("/bad", to(location));
      assertEquals(await pageAt(fetch, `${site.url}/bad`), null, location);
    }
    const asked = site.seen.slice(before).filter((path) => path !== "/bad");
    assertEquals(asked, [], "no request was sent to any of them");
  },
});

Deno.test("previews: of public machines only the ports of the web are asked", () => {
  const may = (href: string, networks: readonly string[] = []) =>
    mayAsk("93.184.215.14", new URL(href), networks);
  for (const href of ["http://a/", "http://a:80/", "https://a/", "https://a:443/"]) {
    assertEquals(may(href), true, href);
  }
  for (const href of ["http://a:443/", "https://a:80/", "http://a:22/", "http://a:8080/"]) {
    assertEquals(may(href), false, href);
    assertEquals(may(href, ["93.184.215.0/24"]), true, "the operator has listed its network");
  }
  assertEquals(mayAsk("::ffff:10.0.0.1", new URL("http://a/"), []), false);
});

Deno.test({
  name: "previews: a page is read up to a limit, and only as what it is",
  ...permissions,
  async fn() {
    await using site = startSite();
    const fetch = fetchWith({ networks: LOOPBACK });
    let sent = 0;
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          sent += 16_384;
          controller.enqueue(new Uint8Array(16_384).fill(120));
        },
      }, { highWaterMark: 0 });
    site.set(
      "/endless",
      () => new Response(endless(), { headers: { "content-type": "text/html" } }),
    );
    assertEquals((await pageAt(fetch, `${site.url}/endless`))?.length, 1_000);
    assertEquals(sent < 2_000_000, true, `${sent} bytes were sent`);
    site.set("/zip", () => html("bomb", { "content-encoding": "gzip" }));
    site.set("/json", () => Response.json({}));
    site.set("/none", () => new Response("x", { headers: { "content-type": "" } }));
    site.set(
      "/error",
      () => new Response("x", { status: 500, headers: { "content-type": "text/html" } }),
    );
    for (const path of ["/zip", "/json", "/none", "/error", "/missing"]) {
      assertEquals(await pageAt(fetch, site.url + path), null, path);
    }
  },
});

Deno.test({
  name: "previews: a host that is silent, or sends byte by byte, is left after ten seconds",
  ...permissions,
  async fn() {
    await using site = startSite();
    const clock = new FakeClock();
    const lookUp = createLookUp(fetchWith({ networks: LOOPBACK }), clock);
    const release = Promise.withResolvers<void>();
    for (const path of ["/silent", "/slow"]) {
      const arrived = Promise.withResolvers<void>();
      site.set(path, async () => {
        arrived.resolve();
        if (path === "/silent") await release.promise;
        const body = new ReadableStream<Uint8Array>({
          start: (controller) => controller.enqueue(new TextEncoder().encode("<title>x")),
        });
        return new Response(body, { headers: { "content-type": "text/html" } });
      });
      const found = lookUp(site.url + path, NEVER);
      await arrived.promise;
      await clock.advance(10_000);
      assertEquals([await found, clock.timers], [null, 0]);
    }
    release.resolve();
    const stopping = new AbortController();
    site.set("/stop", () => {
      stopping.abort();
      return html("<title>late</title>");
    });
    assertEquals(await lookUp(`${site.url}/stop`, stopping.signal), null);
  },
});

Deno.test({
  name:
    "previews: a picture is what its bytes say, of a reasonable size, and no other host's secret",
  ...permissions,
  async fn() {
    await using site = startSite();
    const lookUp = createLookUp(fetchWith({ networks: ["127.0.0.1"] }), new FakeClock());
    const image = (bytes: BodyInit, type = "image/png") => () =>
      new Response(bytes, { headers: { "content-type": type } });
    const good = png(40, 30);
    site.set("/good.png", image(good));
    site.set("/pixel.png", image(png(1, 1)));
    site.set("/wide.png", image(png(5_000, 20)));
    site.set("/script.svg", image("<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"));
    site.set("/fake.png", image("<script>alert(1)</script>"));
    site.set("/page.png", image("<title>x</title>", "text/html"));
    site.set("/large.png", image(new Uint8Array([...good, ...new Uint8Array(1_100_000)])));
    const pictureOf = async (src: string) => {
      site.page("/", `<title>t</title><meta property="og:image" content="${src}">`);
      return (await lookUp(`${site.url}/`, NEVER))?.image?.byteLength ?? null;
    };
    assertEquals(await pictureOf("/good.png"), good.byteLength);
    const bad = ["/pixel.png", "/wide.png", "/script.svg", "/fake.png", "/page.png", "/large.png"];
    const elsewhere = [
      `http://127.0.0.2:${site.port}/good.png`,
      "http://10.0.0.1/x.png",
      "data:,x",
    ];
    for (const src of [...bad, ...elsewhere, "", "http://["]) {
      assertEquals(await pictureOf(src), null, src);
    }
    // A link to a picture shows the picture, under the name of its file.
    const direct = await lookUp(`${site.url}/good.png`, NEVER);
    assertEquals([direct?.title, direct?.image?.byteLength], ["good.png", good.byteLength]);
    assertEquals(await lookUp(`${site.url}/fake.png`, NEVER), null);
  },
});
