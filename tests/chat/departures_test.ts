import { assertEquals } from "@std/assert";
import { GuestTraces } from "../../lib/chat/departures.ts";
import type { Room } from "../../lib/chat/room.ts";
import type { Account } from "../../lib/store/records.ts";

const guest = { id: 7, publicId: "g", name: "Gast", role: "guest" } satisfies Account;
const member = { ...guest, id: 8, role: "member" } satisfies Account;

Deno.test("what happens to a departed guest's messages depends on where they were posted", () => {
  const [direct, room] = [{ isDirect: true } as Room, { isDirect: false } as Room];
  const traces = new GuestTraces();
  assertEquals(traces.take(guest), 0);
  traces.note(guest, direct);
  traces.note(member, room);
  assertEquals(traces.take(guest), 1);
  assertEquals(traces.take(guest), 0, "the next guest has posted nothing");
  for (const place of [direct, room, direct]) traces.note(guest, place);
  assertEquals([traces.take(guest), traces.take(member)], [2, 0]);
});
