import { assert, assertEquals } from "@std/assert";
import { needs } from "../support/permissions.ts";
import type { Peer } from "../support/peer.ts";
import { person, startServerFixture, SteppingClock } from "../support/server_fixture.ts";
import type { ClientFrame } from "../../lib/protocol/frames.ts";

const permissions = needs("net", "read");
const ROOM = "general";
const FORECAST = { command: "weather", description: "Says how the weather is", hint: "<city>" };
const MINUTE = 60_000;

/** The code of a refusal, or the reply. */
// deno-lint-ignore no-explicit-any -- tests compare what came
async function ask(peer: Peer, frame: ClientFrame): Promise<any> {
  const reply = await peer.ask(frame);
  return reply.type === "error" ? reply.code : reply;
}

/** A server with a bot that offers a command, and a member. */
async function setUp(clock?: SteppingClock) {
  const server = await startServerFixture({}, clock);
  const bot = await server.member(await server.bot("Sky"));
  await bot.ask({ type: "join", room: ROOM });
  const { peer: ann } = await person(server, "Ann");
  const { peer: ben } = await person(server, "Ben");
  for (const peer of [ann, ben]) await peer.ask({ type: "join", room: ROOM });
  const offered = await ask(bot, { type: "offer_commands", commands: [FORECAST] });
  assertEquals([offered.type, offered.count], ["commands_offered", 1]);
  return {
    ...{ server, bot, ann, ben },
    async [Symbol.asyncDispose](): Promise<void> {
      for (const peer of [bot, ann, ben]) await peer.close();
      await server.stop();
    },
  };
}

Deno.test({
  name: "a command goes to the bot that offers it, and its answer to the caller alone",
  ...permissions,
  async fn() {
    await using fixture = await setUp();
    const { bot, ann, ben } = fixture;
    const list = await ask(ann, { type: "list_commands", room: ROOM });
    const [{ by_id, ...listed }] = list.commands;
    assertEquals([listed, list.room], [{ ...FORECAST, by: "Sky" }, ROOM]);
    const call = { type: "run_command", room: ROOM, command: "weather", text: "Zürich" } as const;
    const sent = await ask(ann, { ...call, key: "k1" });
    assertEquals([sent.type, sent.command, sent.by, sent.by_id], [
      ...["command_sent", "weather", "Sky", by_id],
    ]);
    const called = await bot.take("command_called");
    assertEquals(
      [called.call_id, called.room, called.command, called.text, called.sender],
      [sent.call_id, ROOM, "weather", "Zürich", "Ann"],
    );
    const { call_id } = called;
    for (const message of ["one moment", "sunny"]) {
      const answered = await ask(bot, { type: "answer_command", call_id, message });
      assertEquals([answered.type, answered.message], ["command_answered", message]);
      const got = await ann.take("command_answered");
      assertEquals([got.message, got.by, got.call_id, got.room], [message, "Sky", call_id, ROOM]);
    }
    // Ben gets the next message, and nothing before it; nothing is in the log.
    await ask(bot, { type: "room_message", room: ROOM, message: "to all" });
    assertEquals((await ben.take("room_message")).message, "to all");
    assertEquals(ben.frames.filter(({ type }) => type.startsWith("command")), []);
    const { messages } = await ask(ann, { type: "history", room: ROOM });
    assertEquals(messages.map(({ message }: { message: string }) => message), ["to all"]);
  },
});

Deno.test({
  name: "an unknown command is refused, and a message that begins with a slash is a message",
  ...permissions,
  async fn() {
    await using fixture = await setUp();
    const { bot, ann } = fixture;
    const run = (command: string, room = ROOM) => ask(ann, { type: "run_command", room, command });
    assertEquals(await run("rain"), "no_such_command");
    assertEquals(await run("Weather"), "bad_request");
    const said = await ask(ann, { type: "room_message", room: ROOM, message: "/weather here" });
    assertEquals(said.message, "/weather here");
    // Sky is not in this room, and does not learn of it.
    await ask(ann, { type: "create_room", room: "den", kind: "private" });
    assertEquals(await run("weather", "den"), "no_such_command");
    assertEquals((await ask(ann, { type: "list_commands", room: "den" })).commands, []);
    // A command ends with the connection of its bot.
    await bot.close();
    while ((await ask(ann, { type: "list_commands", room: ROOM })).commands.length > 0);
    assertEquals(await run("weather"), "no_such_command");
  },
});

Deno.test({
  name: "only bots offer commands, each under names of its own, and only they answer",
  ...permissions,
  async fn() {
    await using fixture = await setUp();
    const { server, bot, ann, ben } = fixture;
    const offer = (peer: Peer, ...names: string[]) =>
      ask(peer, {
        type: "offer_commands",
        commands: names.map((command) => ({ command, description: command })),
      });
    assertEquals(await offer(ann, "rain"), "forbidden");
    const other = await server.member(await server.bot("Rival"));
    assertEquals(await offer(other, "rain", "weather"), "name_taken");
    assertEquals((await ask(ann, { type: "list_commands", room: ROOM })).commands.length, 1);
    const sent = await ask(ann, { type: "run_command", room: ROOM, command: "weather" });
    const answer = (peer: Peer, call_id = sent.call_id) =>
      ask(peer, { type: "answer_command", call_id, message: "no" });
    for (const peer of [other, ben]) assertEquals(await answer(peer), "no_such_call");
    assertEquals(await answer(bot, "other"), "no_such_call");
    await ask(bot, { type: "leave", room: ROOM });
    assertEquals(await answer(bot), "not_a_member");
    // Offering again replaces what was offered.
    await ask(bot, { type: "join", room: ROOM });
    await offer(bot, "snow", "rain");
    const { commands } = await ask(ann, { type: "list_commands", room: ROOM });
    assertEquals(commands.map(({ command }: { command: string }) => command), ["rain", "snow"]);
    await other.close();
  },
});

Deno.test({
  name: "a call can be answered for a quarter of an hour, while its caller is connected",
  ...permissions,
  async fn() {
    const clock = new SteppingClock();
    await using fixture = await setUp(clock);
    const { bot, ann, ben } = fixture;
    const answer = (call_id: string) =>
      ask(bot, { type: "answer_command", call_id, message: "sunny" });
    const run = { type: "run_command", room: ROOM, command: "weather" } as const;
    const { call_id } = await ask(ann, run);
    clock.step(15 * MINUTE);
    assertEquals((await answer(call_id)).type, "command_answered");
    clock.step(1);
    assertEquals(await answer(call_id), "no_such_call");
    const gone = await ask(ben, run);
    await ben.close();
    let outcome: unknown;
    do outcome = await answer(gone.call_id); while (outcome !== "no_such_call");
    assert(outcome === "no_such_call");
  },
});
