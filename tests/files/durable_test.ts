// Messages with media when servers are killed, and at several instances of one database.
import { assert, assertEquals } from "@std/assert";
import { end, startInstance, startInstances } from "../support/instance_processes.ts";
import { needs } from "../support/permissions.ts";
import { png } from "../support/pictures.ts";
import { ignore, usePostgres } from "../support/postgres.ts";
import { type ServerProcess, spawnServer } from "../support/server.ts";
import { call } from "../support/server_fixture.ts";

const cluster = usePostgres();

const [small, large] = [png(64, 48), png(640, 480)];
const peaks = "AZ09-_az";
const duration = 2_500;
const key = "media";

/** Uploads bytes; returns the id of the file. */
async function put(
  server: ServerProcess,
  token: string,
  query: Readonly<Record<string, string>>,
  ...parts: readonly Uint8Array<ArrayBuffer>[]
): Promise<string> {
  const path = `/api/rooms/general/files?${new URLSearchParams(query)}`;
  const { status, body } = await call(server, path, {
    method: "POST",
    token,
    raw: await new Blob([...parts]).bytes(),
    headers: { "content-type": "application/octet-stream" },
  });
  assertEquals(status, 201);
  return body.id;
}

/** Uploads a photo with its thumbnail, and a recording with its waveform. */
async function uploadMedia(server: ServerProcess, token: string): Promise<string[]> {
  const clip = new TextEncoder().encode("RIFF    WAVEfmt ");
  const said = { name: "voice.wav", duration: `${duration}`, peaks };
  return [
    await put(server, token, { name: "a.png", thumbnail: `${small.length}` }, small, large),
    await put(server, token, said, clip),
  ];
}

/** Sends the message with these files; returns its `seq`. */
async function post(server: ServerProcess, token: string, files: string[]): Promise<number> {
  const peer = await server.member(token);
  await peer.ask({ type: "join", room: "general" });
  const sent = await peer.ask({ type: "room_message", room: "general", message: "m", key, files });
  assert(sent.type === "room_message", JSON.stringify(sent));
  peer.closed.catch(() => {});
  await peer.close();
  return sent.seq;
}

/** Asserts that an instance has the message once, with all that belongs to its files. */
async function assertWhole(server: ServerProcess, token: string, [photo, recording]: string[]) {
  const { body } = await call(server, "/api/rooms/general/messages", { token });
  assertEquals(body.messages.length, 1);
  const [first, second] = body.messages[0].files;
  assertEquals([first.id, first.thumbnail], [photo, { width: 64, height: 48 }]);
  assertEquals([second.id, second.peaks, second.duration], [recording, peaks, duration]);
  const bytesOf = async (path: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${server.url}/api/files/${path}`, { headers });
    return await response.bytes();
  };
  assertEquals(await bytesOf(`${photo}/thumbnail`), small);
  assertEquals(await bytesOf(`${photo}`), large);
  const peer = await server.member(token);
  const listed = await peer.ask({ type: "list_files", room: "general", kind: "media" });
  assert(listed.type === "files");
  assertEquals(listed.messages.map(({ files }) => files?.[0]?.id), [photo]);
  await peer.close();
}

Deno.test({
  name: "sqlite: media, thumbnails and waveforms survive kill -9, before and after the message",
  ...needs("net", "read", "write", "run"),
  async fn() {
    const directory = await Deno.makeTempDir();
    const args = [`--data=${directory}/hubbub.db`, "--log-level=silent"];
    let server = await spawnServer(args);
    const token = await server.signIn("Alice");
    const files = await uploadMedia(server, token);
    await end(server);
    server = await spawnServer(args);
    const seq = await post(server, token, files);
    await end(server);
    server = await spawnServer(args);
    await assertWhole(server, token, files);
    // The page sends the message again, because the first server ended before it answered.
    assertEquals(await post(server, token, files), seq);
    await assertWhole(server, token, files);
    await end(server);
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test({
  name: "postgres: a file of one instance is sent and read at the other, also after kill -9",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using instances = await startInstances(cluster, 2);
    const { database, servers: [one, two] } = instances;
    assert(two !== undefined);
    const token = await one.signIn("Alice");
    const files = await uploadMedia(one, token);
    await end(one);
    const seq = await post(two, token, files);
    await assertWhole(two, token, files);
    await end(two);
    const three = await startInstance({ cluster, database });
    instances.servers.push(three);
    await assertWhole(three, token, files);
    assertEquals(await post(three, token, files), seq);
    await assertWhole(three, token, files);
  },
});
