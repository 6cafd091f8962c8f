import { assert, assertEquals, assertMatch } from "@std/assert";
import { needs } from "../support/permissions.ts";
import { Peer } from "../support/peer.ts";
import {
  call,
  enter,
  PASSWORD,
  secretOf,
  startServerFixture,
  upgradeRequest,
} from "../support/server_fixture.ts";

const ROOT = new URL("../../", import.meta.url);

/** A server in its own process at the most verbose log level, with its output. */
async function talkative() {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-read",
      "--allow-write",
      "--allow-net",
      "--allow-env=HUBBUB_*,DATABASE_URL,PG*",
      new URL("main.ts", ROOT).pathname,
      "--port=0",
      "--data=:memory:",
      "--log-level=debug",
    ],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = { out: "", err: "" };
  const { promise: ready, resolve } = Promise.withResolvers<string>();
  const listen = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>, to: "out" | "err") => {
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
      said[to] += chunk;
      const [, url] = /ready: (http:\S+)\n[^]*#invite=\S+\n/.exec(said.out) ?? [];
      if (url !== undefined) resolve(url);
    }
  };
  const ended = Promise.all([listen(process.stdout, "out"), listen(process.stderr, "err")]);
  const url = await ready;
  return {
    url,
    ws: `${url.replace("http", "ws")}/ws`,
    said,
    async stop() {
      process.kill("SIGTERM");
      await Promise.all([process.status, ended]);
    },
  };
}

Deno.test({
  name: "no secret is ever logged, and only the owner's link is printed",
  ...needs("net", "read", "run"),
  async fn() {
    const server = await talkative();
    const link = secretOf(/\S+#invite=\S+/.exec(server.said.out)?.[0] ?? "");
    assertMatch(link, /^[\w-]{43}$/);
    const owner = await enter(server, { name: "Olga", password: PASSWORD, invite: link });
    const { token } = owner.body;
    const cookies = owner.headers.getSetCookie().map((line) => line.split(";")[0]?.split("=")[1]);
    const invite = await call(server, "/api/invites", { method: "POST", token, body: {} });
    const device = await call(server, "/api/devices", { method: "POST", token });
    const bot = await call(server, "/api/bots", { method: "POST", token, body: { name: "Robot" } });
    const secrets = [token, ...cookies, invite.body.token, device.body.token, bot.body.token];
    secrets.push(PASSWORD, "a wrong password", "a private word", "wrong-token");
    await enter(server, { name: "Olga", password: "a wrong password" });
    await enter(server, { name: "x", invite: "wrong-token" });
    await call(server, "/api/session?token=wrong-token", { token: "wrong-token" });
    const headers = { authorization: `Bearer ${token}` };
    const peer = await Peer.open(server.ws, { headers });
    await peer.ask({ type: "room_message", room: "general", message: "a private word" });
    peer.sendRaw('{"a private word');
    peer.sendRaw(JSON.stringify({ type: token, key: "k", message: "a private word" }));
    await upgradeRequest(server, "/ws?name=a private word", headers).catch(() => null);
    peer.sendRaw(new Uint8Array([1, 2, 3]));
    await peer.closed;
    await call(server, "/api/session", { method: "DELETE", token });
    await server.stop();
    const { out, err } = server.said;
    assertEquals(out.split(link).length, 2);
    for (const [i, secret] of secrets.entries()) {
      assert(secret !== undefined && secret !== "", `secret ${i}`);
      assert(!out.includes(secret) && !err.includes(secret), `secret ${i}: ${out}${err}`);
    }
    for (const line of err.trim().split("\n").filter((text) => text !== "")) JSON.parse(line);
  },
});

Deno.test({
  name: "secrets follow the # of a link, which browsers do not send and proxies do not log",
  ...needs("net", "read"),
  async fn() {
    await using fixture = await startServerFixture();
    const made = await call(fixture, "/api/invites", {
      method: "POST",
      token: fixture.mo,
      body: {},
    });
    for (const link of [fixture.ownerUrl, made.body.url]) {
      const url = new URL(link);
      assertEquals([url.pathname, url.search], ["/", ""]);
      assertMatch(url.hash, /^#invite=[\w-]{43}$/);
    }
    assert(made.body.url.endsWith(`#invite=${made.body.token}`));
    // The page creates and reads its links in the same way.
    for await (const { name, isFile } of Deno.readDir(new URL("static/", ROOT))) {
      if (!isFile) continue;
      const source = await Deno.readTextFile(new URL(`static/${name}`, ROOT));
      assert(!/[?&](invite|device|token)=/.test(source), name);
    }
    // The secret has no effect in the query string.
    for (const path of [`/?invite=${made.body.token}`, `/api/session?invite=${made.body.token}`]) {
      assert(!(await call(fixture, path)).headers.has("set-cookie"));
    }
    assert(fixture.logged.every((line) => !line.includes(made.body.token)));
  },
});
