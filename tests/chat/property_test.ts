import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { EVENTS } from "../../lib/chat/events/index.ts";
import { SERVER_FRAMES } from "../../lib/protocol/frame_fields.ts";
import type { CommandType, ServerFrame } from "../../lib/protocol/frames.ts";
import { ERRORS } from "../../lib/protocol/errors.ts";
import { clientFrames } from "../../lib/protocol/schemas/frames.ts";
import { frames, requests, type WildRequest } from "../support/mutations.ts";
import type { Peer } from "../support/peer.ts";
import { needs } from "../support/permissions.ts";
import {
  accept,
  call,
  isAlive,
  loggedAt,
  person,
  type ServerFixture,
  startServerFixture,
} from "../support/server_fixture.ts";

const permissions = needs("net", "read");

/** `HUBBUB_SEED=…` runs another series, or repeats one that failed. */
const SEED = seedOf(20_261_121);

/** How long each property is tried, in ms. */
const TIME = 8_000;

function seedOf(fallback: number): number {
  const { state } = Deno.permissions.querySync({ name: "env", variable: "HUBBUB_SEED" });
  return (state === "granted" && Number(Deno.env.get("HUBBUB_SEED"))) || fallback;
}

function series(numRuns: number) {
  console.log(`HUBBUB_SEED=${SEED}`);
  return { seed: SEED, numRuns, interruptAfterTimeLimit: TIME, markInterruptAsFailure: false };
}

/** Every type of frame that the server sends. */
const TYPES: ReadonlySet<string> = new Set([
  ...Object.keys(SERVER_FRAMES),
  ...EVENTS.map(({ type }) => type),
  "private_message",
]);

function assertProtocol(frame: ServerFrame): void {
  assert(TYPES.has(frame.type), JSON.stringify(frame));
  if (frame.type !== "error") return;
  assert(Object.hasOwn(ERRORS, frame.code), frame.code);
  assert(!["internal", "try_again"].includes(frame.code), JSON.stringify(frame));
  assert(frame.message !== "" && !/\bat .*\.ts|Error:/.test(frame.message), frame.message);
}

/** Sets up a server where Alice and Bob have private data. */
async function vault(fixture: ServerFixture) {
  const [{ peer: alice }, { peer: bob }] = [
    await person(fixture, "Alice"),
    await person(fixture, "Bob"),
  ];
  await alice.ask({ type: "create_room", room: "vault", kind: "private", title: "hush title" });
  await alice.ask({ type: "invite", room: "vault", name: "Bob" });
  await accept(bob);
  await bob.ask({ type: "join", room: "vault" });
  let said = 0;
  return {
    peers: [alice, bob],
    /** Produces activity in the private room. */
    async stir(): Promise<void> {
      const message = `hush ${said++}`;
      const sent = await alice.ask({ type: "room_message", room: "vault", message });
      const seq = sent.type === "room_message" ? sent.seq : 1;
      bob.send({ type: "react", room: "vault", seq, emoji: "🤫", on: true });
      bob.send({ type: "typing", room: "vault" });
      bob.send({ type: "private_message", receiver: "Alice", message });
      await alice.ask({ type: "edit_message", room: "vault", seq, message: `${message} still` });
      await bob.ask({ type: "ping" });
    },
    close: () => Promise.all([alice.close(), bob.close()]),
  };
}

/** Whether a frame reveals what only Alice and Bob may know. */
function reveals(frame: ServerFrame): boolean {
  // A reply repeats fields of its own request.
  const said = JSON.stringify({ ...frame, query: "", key: "" });
  if (/hush|🤫/.test(said)) return true;
  const { room, name, sender } = frame as { room?: string; name?: string; sender?: string };
  return room?.toLowerCase() === "vault" && ["Alice", "Bob"].includes(name ?? sender ?? "");
}

/** Sends a text and waits for everything that it causes. */
async function feed(peer: Peer, text: string): Promise<readonly ServerFrame[]> {
  const mark = peer.frames.length;
  peer.sendRaw(text);
  await peer.ask({ type: "ping" });
  return peer.frames.slice(mark);
}

const TYPES_OF_COMMANDS = Object.keys(clientFrames) as CommandType[];

Deno.test({
  name: "whatever an outsider sends: no crash, no fault, and no private data in any frame",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ rate: 0 });
    const secret = await vault(fixture);
    const { peer: eve } = await person(fixture, "Eve");
    const guest = await fixture.guest("Gus");
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(frames(TYPES_OF_COMMANDS), fc.boolean(), async (text, asGuest) => {
        const peer = asGuest ? guest : eve;
        const marks = [eve, guest].map(({ frames }) => frames.length);
        await Promise.all([secret.stir(), feed(peer, text)]);
        for (const [i, outsider] of [eve, guest].entries()) {
          const came = outsider.frames.slice(marks[i]);
          for (const frame of came) assertProtocol(frame);
          assertEquals(came.filter(reveals), []);
        }
        assertEquals(loggedAt(fixture, "error"), []);
        runs += 1;
      }),
      series(1_000),
    );
    assert(runs > 50, `only ${runs} runs`);
    assert(await isAlive(fixture));
    await Promise.all([secret.close(), eve.close(), guest.close()]);
  },
});

/** Commands that a member may send without letting another user in. */
const HARMLESS = TYPES_OF_COMMANDS.filter((type) => type !== "invite" && type !== "leave");

Deno.test({
  name: "whatever a member sends: no crash, no fault, and private data stays private",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ rate: 0 });
    const secret = await vault(fixture);
    const { peer: eve } = await person(fixture, "Eve");
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(frames(HARMLESS), fc.nat(), async (text, who) => {
        const member = secret.peers[who % 2];
        assert(member !== undefined);
        for (const frame of await feed(member, text)) assertProtocol(frame);
        await eve.ask({ type: "ping" });
        const leaked = eve.frames.filter((frame) =>
          "room" in frame && frame.room.toLowerCase() === "vault"
        );
        assertEquals(leaked, []);
        assertEquals(loggedAt(fixture, "error"), []);
        runs += 1;
      }),
      series(1_000),
    );
    assert(runs > 50, `only ${runs} runs`);
    // The room still works.
    await secret.stir();
    assert(await isAlive(fixture));
    await Promise.all([secret.close(), eve.close()]);
  },
});

const PATHS = [
  "/api/session",
  "/api/sessions",
  "/api/sessions/{id}",
  "/api/devices",
  "/api/password",
  "/api/passkeys",
  "/api/passkeys/{id}",
  "/api/passkeys/options",
  "/api/session/passkey",
  "/api/session/passkey/options",
  "/api/rooms/{room}/messages",
  "/api/rooms/vault/messages",
  "/api/rooms/@Alice/messages",
  "/api/invites",
  "/api/invites/{id}",
  "/api/bots",
  "/api/bots/{name}",
  "/api/server",
  "/healthz",
  "/metrics",
  "/ws",
  "/",
  "/{file}",
];

Deno.test({
  name: "whatever is sent over HTTP: a valid response, no fault, and no private data",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ rate: 0 });
    const secret = await vault(fixture);
    let token = await fixture.join("Mallory");
    let [runs, came] = [0, 0];
    await fc.assert(
      fc.asyncProperty(requests(PATHS), fc.boolean(), async (wild, signedIn) => {
        const [, answer] = await Promise.all([
          secret.stir(),
          send(fixture, wild, signedIn ? token : undefined),
        ]);
        assert(answer.status < 500, answer.text);
        assert(!/hush|🤫/.test(answer.text), answer.text);
        if (answer.status >= 400 && wild.method !== "HEAD") {
          assertEquals(answer.headers.get("content-type"), "application/problem+json");
          assert(Object.hasOwn(ERRORS, answer.body.code), answer.text);
          assertEquals(answer.body.status, answer.status);
        }
        assertEquals(loggedAt(fixture, "error"), []);
        runs += 1;
        // Some of these requests sign Alice out.
        if ((await call(fixture, "/api/session", { token })).status === 401) {
          token = await fixture.join(`Mallory ${came += 1}`);
        }
      }),
      series(1_000),
    );
    assert(runs > 50, `only ${runs} runs`);
    assert(await isAlive(fixture));
    await secret.close();
  },
});

function send(
  fixture: ServerFixture,
  { method, path, headers, body }: WildRequest,
  token?: string,
) {
  const hasBody = body !== null && !["GET", "HEAD"].includes(method);
  return call(fixture, path, {
    method,
    headers,
    ...(hasBody ? { raw: body } : {}),
    ...(token === undefined ? {} : { token }),
  });
}
