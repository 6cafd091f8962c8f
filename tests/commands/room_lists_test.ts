/** Looking up rooms by their names and ids. */
import { assert, assertEquals } from "@std/assert";
import type { CommandOf } from "../../lib/protocol/frames.ts";
import { type Device, openHubFixture } from "../support/hub_fixture.ts";

/** The rooms that a lookup finds: their ids, and whether the user is in them. */
async function found(device: Device, where: Pick<CommandOf<"list_rooms">, "names" | "ids">) {
  const answer = await device.ask({ type: "list_rooms", query: "zzz", limit: 1, ...where });
  assert(answer.type === "rooms");
  assertEquals([answer.more, answer.next], [false, undefined]);
  return answer.rooms.map(({ room_id, joined }) => [room_id, joined]);
}

Deno.test("a user looks up rooms by names and ids, whatever they are in", async () => {
  await using fixture = await openHubFixture();
  const [alice, bob] = await fixture.gather("lobby", "Alice", "Bob");
  await fixture.account("Carl");
  const made = async (device: Device, room: string, kind: "public" | "private") => {
    const joined = await device.ask({ type: "create_room", room, kind });
    assert(joined.type === "joined");
    return joined.room_id;
  };
  const garden = await made(bob, "Garden", "public");
  const den = await made(bob, "den", "private");
  await bob.ask({ type: "set_room", room_id: garden, archived: true });
  const direct = await alice.ask({ type: "join", room: "@Bob" });
  const talk = await alice.ask({ type: "create_room", kind: "private", names: ["Bob", "Carl"] });
  assert(direct.type === "joined" && talk.type === "joined");
  const ids = [garden, den, direct.room_id, talk.room_id, "nowhere"];
  assertEquals(await found(alice, { names: ["GARDEN", "den", "@Bob", "not a name"] }), [
    [garden, false],
  ]);
  assertEquals(
    new Map(await found(alice, { ids }) as [string, boolean][]),
    new Map([[garden, false], [direct.room_id, true], [talk.room_id, true]]),
  );
  assertEquals(await found(bob, { names: ["den"], ids: [garden, den] }), [
    [den, true],
    [garden, true],
  ]);
  assertEquals(await found(alice, { names: [], ids: [] }), []);
});
