import { assert, assertEquals } from "@std/assert";
import { onEveryStore } from "../support/every_store.ts";
import type { TestServer } from "../support/server.ts";

/** Bob resumes rooms with and without news, of another log, and that he is not in. */
async function resuming(server: TestServer): Promise<void> {
  const [ann, bob] = [await server.guest("Ann"), await server.guest("Bob")];
  const ids = new Map<string, string>();
  let epoch = "";
  for (const room of ["quiet", "busy", "other-log", "not-mine"]) {
    const joined = await ann.ask({ type: "join", room });
    assert(joined.type === "joined");
    ids.set(room, joined.room_id);
    epoch = joined.epoch;
    if (room !== "not-mine") await bob.ask({ type: "join", room });
    for (const message of ["one", "two"]) await ann.ask({ type: "room_message", room, message });
  }
  await bob.sync();
  const entry = (room: string, after: number, log = epoch) => ({
    ...{ room_id: ids.get(room) ?? room, after, epoch: log, key: `for ${room}` },
  });
  const mark = bob.frames.length;
  bob.send({
    type: "resume",
    rooms: [
      ...[entry("quiet", 2), entry("not-mine", 0), entry("busy", 1)],
      ...[entry("other-log", 1, "another"), entry("nowhere", 0)],
    ],
  });
  await bob.sync();
  const frames = bob.frames.slice(mark).flatMap((frame) => {
    if (frame.type === "error") return [[frame.key, frame.code]];
    if (frame.type !== "joined") return [];
    const seqs = frame.messages.map(({ seq }) => seq).join();
    return [[frame.key, `${frame.seq} ${frame.truncated} ${seqs} ${frame.member_count}`]];
  });
  assertEquals(frames, [
    ["for not-mine", "not_a_member"],
    ["for nowhere", "no_such_room"],
    ["for busy", "2 false 2 2"],
    ["for other-log", "2 true 1,2 2"],
    ["for quiet", "2 false  2"],
  ]);
  // A client that wants to learn of news only gets no members.
  bob.send({ type: "resume", rooms: [{ ...entry("quiet", 2), key: "brief", brief: true }] });
  const brief = await bob.next((one) => one.type === "joined" && one.key === "brief");
  assert(brief.type === "joined");
  assertEquals([brief.members, brief.member_count], [[], 2]);
  // One that asks for news alone gets no reply without, and the events that follow.
  const last = bob.frames.length;
  const news = (room: string, after: number, log?: string) => ({
    ...{ room_id: ids.get(room)!, after, only_news: true },
    ...(log === undefined ? {} : { epoch: log }),
  });
  bob.send({ type: "resume", rooms: [news("quiet", 2), news("busy", 1)], epoch, key: "news" });
  bob.send({ type: "resume", rooms: [news("other-log", 2, "another")], key: "log" });
  await bob.sync();
  assertEquals(
    bob.frames.slice(last).flatMap((frame) =>
      frame.type === "joined" ? [[frame.key, frame.room, frame.members.length]] : []
    ),
    [["news", "busy", 0], ["log", "other-log", 0]],
  );
  // Live events follow.
  await ann.ask({ type: "room_message", room: "quiet", message: "three" });
  const event = await bob.next((one) => one.type === "room_message" && one.message === "three");
  assertEquals("seq" in event && event.seq, 3);
}

onEveryStore("many rooms are resumed with one frame, those with news first", resuming);
