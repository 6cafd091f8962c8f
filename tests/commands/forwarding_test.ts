import { assert, assertEquals } from "@std/assert";
import type { ClientFrame, Message, ServerFrame } from "../../lib/protocol/frames.ts";
import type { Peer } from "../support/peer.ts";
import { onEveryStore } from "../support/every_store.ts";
import type { TestServer } from "../support/server.ts";

function codeOf(answer: ServerFrame): string {
  return answer.type === "error" ? answer.code : answer.type;
}

function messageOf(frame: ServerFrame): Message {
  assert(frame.type === "room_message" || frame.type === "private_message", JSON.stringify(frame));
  return frame;
}

type Said = Partial<Extract<ClientFrame, { type: "room_message" }>>;

function say(peer: Peer, room: string, message: string, rest: Said = {}) {
  return peer.ask({ type: "room_message", room, message, ...rest });
}

/** Uploads a file of some bytes to a room. @returns Its id. */
async function upload(server: TestServer, token: string, room: string): Promise<string> {
  const response = await fetch(`${server.url}/api/rooms/${room}/files?name=note.txt`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" },
    body: "x".repeat(300_000),
  });
  assertEquals(response.status, 201);
  return (await response.json()).id;
}

async function forwarding(server: TestServer): Promise<void> {
  const ann = await server.member(await server.signIn("Ann"));
  const [bob, cara] = [await server.guest("Bob"), await server.guest("Cara")];
  const made = await ann.ask({ type: "create_room", room: "den", kind: "private" });
  assert(made.type === "joined");
  for (const peer of [ann, bob, cara]) await peer.ask({ type: "join", room: "lobby" });
  await ann.ask({ type: "invite", room: "den", name: "Bob" });
  await bob.ask({ type: "join", room_id: made.room_id });
  const [den, publicId] = [made.room_id, bob.roomId("lobby")];

  // From a public room: the copy says which, and mentions nobody.
  const open = messageOf(await say(cara, "lobby", "@Bob, **look**"));
  const forward = { room_id: publicId, seq: open.seq };
  const copy = messageOf(await say(bob, "den", "", { forward, key: "f1" }));
  assertEquals([copy.sender, copy.message, copy.mentions], ["Bob", "@Bob, **look**", undefined]);
  const origin = { sender: "Cara", sender_id: cara.id, at: open.at };
  assertEquals(copy.forwarded, { room: "lobby", ...forward, ...origin });
  const commented = messageOf(await say(bob, "den", "@Ann see", { forward }));
  assertEquals([commented.message, commented.mentions], [
    "@Ann see\n\n> @Bob, **look**",
    [ann.id],
  ]);

  // From a private one: it does not. A copy of the copy has the first origin.
  const secret = messageOf(await say(ann, "den", "psst"));
  const out = { room_id: den, seq: secret.seq };
  const leaked = messageOf(await say(bob, "lobby", "", { forward: out, key: "f2" }));
  assertEquals(leaked.forwarded, { sender: "Ann", sender_id: ann.id, at: secret.at });
  const direct = messageOf(
    await bob.ask({
      ...{ type: "private_message", receiver: "Cara", message: "" },
      forward: { room_id: den, seq: copy.seq },
    } as ClientFrame),
  );
  assertEquals(direct.forwarded, copy.forwarded);

  // Only what the sender can read now.
  assertEquals(codeOf(await say(cara, "lobby", "", { forward: out })), "no_such_room");
  assertEquals(
    codeOf(await say(bob, "lobby", "", { forward: { room_id: den, seq: 900 } })),
    "no_such_message",
  );
  assertEquals(
    codeOf(await say(bob, "lobby", "", { forward, poll: { question: "?", options: ["a", "b"] } })),
    "bad_request",
  );
  await bob.ask({ type: "leave", room: "den" });
  assertEquals(codeOf(await say(bob, "lobby", "", { forward: out })), "no_such_room");
  const again = messageOf(await say(bob, "lobby", "", { forward: out, key: "f2" }));
  assertEquals([again.seq, again.message], [leaked.seq, "psst"], "its key still gets its event");
  assertEquals(codeOf(await say(bob, "lobby", "", { forward: out, key: "f3" })), "no_such_room");
  for (const peer of [ann, bob, cara]) await peer.close();
}

async function filesAreCopied(server: TestServer): Promise<void> {
  const token = await server.signIn("Ann");
  const ann = await server.member(token);
  for (const room of ["one", "two"]) await ann.ask({ type: "join", room });
  const id = await upload(server, token, "one");
  const { seq } = messageOf(await say(ann, "one", "a file", { files: [id] }));
  const forward = { room_id: ann.roomId("one"), seq };
  const copy = messageOf(await say(ann, "two", "", { forward, key: "k" }));
  const [file] = copy.files ?? [];
  assert(file !== undefined && file.id !== id);
  await ann.ask({ type: "delete_message", room: "one", seq });
  const headers = { authorization: `Bearer ${token}` };
  const copied = await fetch(`${server.url}/api/files/${file.id}`, { headers });
  assertEquals((await copied.text()).length, 300_000, "deleting the original leaves the copy");
  assertEquals(codeOf(await say(ann, "two", "", { forward })), "no_such_message");
  assertEquals(messageOf(await say(ann, "two", "", { forward, key: "k" })).seq, copy.seq);
  await ann.close();
}

async function overHttp(server: TestServer): Promise<void> {
  const token = await server.signIn("Ann");
  const ann = await server.member(token);
  for (const room of ["one", "two"]) await ann.ask({ type: "join", room });
  const file = await upload(server, token, "one");
  const { seq } = messageOf(await say(ann, "one", "a file", { files: [file] }));
  const forward = { room_id: ann.roomId("one"), seq };
  const post = (body: object) =>
    server.request("/api/rooms/two/messages", { method: "POST", token, body });
  const posted = await post({ message: "see", forward, key: "k" });
  const copy = await posted.json();
  assertEquals([posted.status, copy.message], [201, "see\n\n> a file"]);
  assertEquals([copy.forwarded.room, copy.forwarded.seq, copy.files.length], ["one", seq, 1]);
  await ann.ask({ type: "delete_message", room: "one", seq });
  const again = await post({ message: "see", forward, key: "k" });
  assertEquals([again.status, (await again.json()).seq], [200, copy.seq]);
  const gone = await post({ message: "see", forward });
  assertEquals([gone.status, (await gone.json()).code], [404, "no_such_message"]);
  const poll = { question: "?", options: ["a", "b"] };
  const asked = await post({ message: "", poll });
  assertEquals([asked.status, (await asked.json()).poll], [201, poll]);
  const both = await post({ message: "", poll, forward });
  assertEquals(both.status, 400);
  await both.body?.cancel();
  await ann.close();
}

onEveryStore(
  "forwarding: messages are copied with their text and files, by those who can read them",
  forwarding,
  filesAreCopied,
  overHttp,
);
