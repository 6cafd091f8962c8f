// The bridge of the examples, as it is, between two servers, and three of them in a ring.
import { assertEquals } from "@std/assert";
import { needs } from "../support/permissions.ts";
import { type Program, startProgram } from "../support/programs.ts";
import { call, type ServerFixture, startServerFixture } from "../support/server_fixture.ts";
import { inDirectory } from "../support/temporary_directory.ts";

const permissions = needs("env", "net", "read", "run", "write");
const BRIDGE = new URL("../../examples/bridge.ts", import.meta.url).pathname;

/** A room, and the token of the bridge's account there. */
interface End {
  readonly server: ServerFixture;
  readonly room: string;
  readonly token: string;
}

/** Starts a bridge, and waits until it follows both rooms. */
async function startBridge(a: End, b: End, state: string): Promise<Program> {
  const args = ["run", "-A", "--no-check", BRIDGE, a.server.url, a.room, b.server.url, b.room];
  const env = { HUBBUB_TOKEN: a.token, HUBBUB_OTHER_TOKEN: b.token };
  const program = startProgram(Deno.execPath(), [...args, state], { env }, () => {});
  for (const path of [state, `${state}.other`]) {
    while (!(await Deno.readTextFile(path).catch(() => "")).includes("position:")) {
      await call(a.server, "/healthz");
    }
  }
  return program;
}

async function post({ server, room }: End, token: string, message: string): Promise<void> {
  const path = `/api/rooms/${room}/messages`;
  const { status } = await call(server, path, { method: "POST", token, body: { message } });
  assertEquals(status, 201);
}

/** The texts in a room, once so many have come. */
async function texts({ server, room }: End, count: number): Promise<readonly string[]> {
  for (;;) {
    const path = `/api/rooms/${room}/messages?limit=100`;
    const { body } = await call(server, path, { token: server.olga });
    const found = body.messages.map(({ message }: { message: string }) => message);
    if (found.length >= count) return found;
  }
}

/** A room with its owner, and the bridge's account. */
async function openEnd(server: ServerFixture, room: string, token: string): Promise<End> {
  for (const member of [server.olga, token]) {
    await call(server, `/api/rooms/${room}/join`, { method: "POST", token: member });
  }
  return { server, room, token };
}

Deno.test({
  name: "a bridge carries each message once in both directions, though it is killed",
  ...permissions,
  fn: () =>
    inDirectory(async (directory) => {
      await using one = await startServerFixture({ rate: 0 });
      await using two = await startServerFixture({ rate: 0 });
      const a = await openEnd(one, "lobby", await one.bot("Bridge"));
      const b = await openEnd(two, "guests", await two.bot("Bridge"));
      const state = `${directory}/bridge.state`;
      const start = () => startBridge(a, b, state);
      let bridge = await start();
      for (let n = 1; n <= 12; n++) {
        await post(a, one.olga, `a${n}`);
        await post(b, two.mo, `b${n}`);
        if (n % 4 !== 0) continue;
        // Somewhere in the middle of its work.
        await texts(a, 2 * n - 3);
        await bridge.kill();
        bridge = await start();
      }
      const inB = await texts(b, 24);
      const numbers = Array.from({ length: 12 }, (_, i) => i + 1);
      const carried = (name: string, letter: string) =>
        numbers.map((n) => `**${name}**: ${letter}${n}`);
      const own = (letter: string) => numbers.map((n) => `${letter}${n}`);
      assertEquals(inB.filter((text) => text.includes("a")), carried("Olga", "a"));
      assertEquals(inB.filter((text) => text.startsWith("b")), own("b"));
      const inA = await texts(a, 24);
      assertEquals(inA.filter((text) => text.includes("**")), carried("Mo", "b"));
      assertEquals(inA.filter((text) => !text.includes("**")), own("a"));
      await bridge.kill();
    }),
});

Deno.test({
  name: "three bridges in a ring carry each message to each room once",
  ...permissions,
  fn: () =>
    inDirectory(async (directory) => {
      await using server = await startServerFixture({ rate: 0 });
      const token = await server.bot("Bridge");
      const ends = await Promise.all(
        ["one", "two", "three"].map((room) => openEnd(server, room, token)),
      );
      const bridges = await Promise.all(
        ends.map((end, i) => startBridge(end, ends[(i + 1) % 3]!, `${directory}/${i}.state`)),
      );
      for (const end of ends) await post(end, server.olga, `from ${end.room}`);
      for (const end of ends) await texts(end, 3);
      // A second message: what was carried because of the first ones has arrived by then.
      for (const end of ends) await post(end, server.olga, `again ${end.room}`);
      const rooms = ends.map(({ room }) => room);
      for (const end of ends) {
        const expected = ["from", "again"].flatMap((word) =>
          rooms.map((room) => room === end.room ? `${word} ${room}` : `**Olga**: ${word} ${room}`)
        );
        assertEquals([...await texts(end, 6)].sort(), expected.sort());
      }
      for (const bridge of bridges) await bridge.kill();
    }),
});
