import { assert, assertEquals } from "@std/assert";
import type { Peer } from "../support/peer.ts";
import { onEveryStore } from "../support/every_store.ts";

const ROOM = "lobby";

/** Edits the first message. @returns The event, or the code of the refusal. */
async function edit(peer: Peer, message: string, base?: number, key?: string) {
  const based = base === undefined ? {} : { based_on: base };
  const said = key === undefined ? {} : { key };
  const answer = await peer.ask(
    { type: "edit_message", room: ROOM, seq: 1, message, ...based, ...said },
  );
  if (answer.type === "error") return answer.code;
  assert(answer.type === "message_edited", JSON.stringify(answer));
  return answer;
}

async function seqOf(edited: ReturnType<typeof edit>): Promise<number | string> {
  const answer = await edited;
  return typeof answer === "string" ? answer : answer.seq;
}

onEveryStore(
  "an edit of a text that was changed meanwhile is refused, and changes nothing",
  async (server) => {
    const token = await server.signIn("Ada");
    const laptop = await server.member(token);
    const phone = await server.member(token);
    const bob = await server.guest("Bob");
    await laptop.ask({ type: "create_room", room: ROOM, kind: "public" });
    for (const peer of [phone, bob]) await peer.ask({ type: "join", room: ROOM });
    await laptop.ask({ type: "room_message", room: ROOM, message: "one" });
    const first = await edit(laptop, "two", 0, "k1");
    assert(typeof first !== "string" && first.seq === 2);
    assertEquals(await edit(phone, "from the phone", 0, "k2"), "edit_conflict");
    // Sent again, it is the same edit, whatever the message says by now.
    assertEquals(await seqOf(edit(laptop, "two", 0, "k1")), 2);
    assertEquals(await seqOf(edit(phone, "three", first.at, "k3")), 3);
    assertEquals(await edit(bob, "not mine", 0), "forbidden");
    const path = `/api/rooms/${ROOM}/messages/1`;
    const patch = (body: object) => server.request(path, { method: "PATCH", token, body });
    const answer = await patch({ message: "by a program", based_on: 1 });
    assertEquals([answer.status, (await answer.json()).code], [409, "edit_conflict"]);
    const page = await bob.ask({ type: "history", room: ROOM });
    assert(page.type === "history" && "message" in page.messages[0]!);
    assertEquals(page.messages[0].message, "three");
    // Clients that know no bases replace what is there.
    assertEquals(await seqOf(edit(laptop, "four")), 4);
    for (const peer of [laptop, phone, bob]) await peer.close();
  },
);
