/** Checks the examples in `deploy/`, which no test runs. */
import { assert, assertMatch } from "@std/assert";
import { needs } from "../support/permissions.ts";

const permissions = needs("read");

const read = (name: string) => Deno.readTextFile(new URL(`../../deploy/${name}`, import.meta.url));

Deno.test({
  name: "nginx passes a handshake on in the form that Deno accepts, and ends unfinished requests",
  ...permissions,
  async fn() {
    const conf = await read("nginx.conf");
    const [, socket = ""] = /location = \/ws \{([^}]*)\}/.exec(conf) ?? [];
    // Java's client sends "Content-Length: 0", and Deno refuses an upgrade with it.
    assertMatch(socket, /proxy_set_header Content-Length "";/);
    for (const [, location = ""] of conf.matchAll(/location [^{]*\{([^}]*)\}/g)) {
      assertMatch(location, /proxy_set_header Host \$http_host;/);
      assertMatch(location, /proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for;/);
      assertMatch(location, /proxy_set_header Upgrade \$http_upgrade;/);
    }
    assertMatch(conf, /client_header_timeout \d+s;/);
    assertMatch(conf, /client_body_timeout \d+s;/);
    assertMatch(conf, /limit_conn hubbub \d+;/);
  },
});

Deno.test({
  name: "every supervisor file limits the server's memory and restarts it",
  ...permissions,
  async fn() {
    const service = await read("hubbub.service");
    assertMatch(service, /^MemoryMax=\d+[MG]$/m);
    assertMatch(service, /^Restart=always$/m);
    const compose = await read("compose.yaml");
    assertMatch(compose, /^ {4}mem_limit: \d+[mg]$/m);
    assertMatch(compose, /^ {4}restart: unless-stopped$/m);
    const guide = await Deno.readTextFile(new URL("../../docs/deploy.md", import.meta.url));
    for (const text of [await read("Dockerfile"), guide]) {
      const [run] = /docker run[^]*?hubbub$/m.exec(text) ?? [];
      assert(run !== undefined);
      assertMatch(run, /--memory \d+[mg]\b/);
      assertMatch(run, /--restart unless-stopped/);
    }
  },
});
