import { assert, assertEquals } from "@std/assert";
import { onEveryStore } from "../support/every_store.ts";
import { png } from "../support/pictures.ts";
import type { TestServer } from "../support/server.ts";
import { call } from "../support/server_fixture.ts";
import { uploaded } from "../support/uploads.ts";

/** Lists the files of a room. */
async function listing(server: TestServer): Promise<void> {
  const token = await server.signIn("Alice");
  const [alice, bob] = [await server.member(token), await server.guest("Bob")];
  for (const peer of [alice, bob]) await peer.ask({ type: "join", room: "general" });
  const bytes = [png(2, 2), "%PDF-1.7", png(3, 3), "text", "fLaC"];
  for (const [n, body] of bytes.entries()) {
    const { id } = await uploaded(server, token, "general", body, `file ${n}`);
    await alice.ask({ type: "room_message", room: "general", message: `m${n}`, files: [id] });
    await alice.ask({ type: "room_message", room: "general", message: "nothing" });
  }
  const list = async (asked: Record<string, unknown> = {}) => {
    const found = await bob.ask({ type: "list_files", room: "general", ...asked } as never);
    assert(found.type === "files", found.type);
    return [found.messages.map(({ message }) => message), found.more];
  };
  assertEquals(await list(), [["m0", "m1", "m2", "m3", "m4"], false]);
  assertEquals(await list({ kind: "media" }), [["m0", "m2"], false]);
  assertEquals(await list({ kind: "other", limit: 2 }), [["m3", "m4"], true]);
  assertEquals(await list({ kind: "other", limit: 2, before: 7 }), [["m1"], false]);
  const query = "kind=other&before=9&limit=1";
  const { body } = await call(server, `/api/rooms/general/files?${query}`, { token });
  assertEquals([body.kind, body.messages[0].files[0].name, body.more], ["other", "file 3", true]);
  await alice.ask({ type: "delete_message", room: "general", seq: 1 });
  assertEquals(await list({ kind: "media" }), [["m2"], false]);
  for (const wrong of [{ kind: "x" }, { limit: 0 }, { limit: 101 }, { before: -1 }]) {
    const frame = { type: "list_files", room: "general", ...wrong } as never;
    const refused = await bob.ask(frame);
    assertEquals(refused.type === "error" && refused.code, "bad_request");
  }
  await bob.ask({ type: "leave", room: "general" });
  const refused = await bob.ask({ type: "list_files", room: "general" });
  assertEquals(refused.type === "error" && refused.code, "not_a_member");
  await Promise.all([alice.close(), bob.close()]);
}

onEveryStore("the files of a room are listed to its members, in pages and by kind", listing);
