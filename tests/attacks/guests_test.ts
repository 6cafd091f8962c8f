import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { needs } from "../support/permissions.ts";
import { call, enter, person, startTown, type Town } from "../support/town.ts";

const permissions = needs("net", "read");

Deno.test({
  name: "a guest bears a number wherever the name shows, and never two guests the same",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const { peer: bob, token } = await person(town, "Bob");
    await bob.ask({ type: "join", room: "general" });
    const numbers: number[] = [];
    for (const message of ["first", "second"]) {
      const ann = await backAs(town, "Ann");
      await ann.ask({ type: "join", room: "general" });
      await ann.ask({ type: "room_message", room: "general", message });
      const online = await bob.next((frame) =>
        frame.type === "presence" && frame.name === "Ann" && frame.state === "online"
      );
      const joined = await bob.take("member_joined");
      const said = await bob.take("room_message");
      assert(online.type === "presence" && said.guest !== undefined);
      assertEquals([online.guest, joined.guest], [said.guest, said.guest]);
      numbers.push(said.guest);
      const other = await town.member(token);
      const [welcome] = other.frames;
      assert(welcome?.type === "welcome");
      assertEquals(welcome.guests, [{ name: "Ann", guest: said.guest }]);
      await Promise.all([ann.close(), other.close()]);
      await bob.next((frame) => frame.type === "presence" && frame.state === "offline");
    }
    assertNotEquals(numbers[0], numbers[1]);
    // A member of that name is no guest, and what the guests said stays theirs.
    const member = await person(town, "Ann");
    await member.peer.ask({ type: "join", room: "general" });
    await member.peer.ask({ type: "room_message", room: "general", message: "third" });
    const history = await bob.ask({ type: "history", room: "general" });
    assert(history.type === "history");
    assertEquals(history.messages.map(({ guest }) => guest), [...numbers, undefined]);
    const found = await bob.ask({ type: "search", query: "first" });
    assert(found.type === "search_results");
    assertEquals(found.messages.map(({ guest }) => guest), [numbers[0]]);
    const edit = { type: "edit_message", room: "general", seq: 1, message: "mine" } as const;
    const edited = await member.peer.ask(edit);
    assertEquals(edited.type === "error" && edited.code, "forbidden");
    await Promise.all([bob.close(), member.peer.close()]);
  },
});

Deno.test({
  name: "a second guest of a name has nothing of the first one's, but what they repeat in public",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const { peer: bob } = await person(town, "Bob");
    await bob.ask({ type: "create_room", room: "den", kind: "private" });
    const first = await town.guest("Ann");
    await bob.ask({ type: "invite", room: "den", name: "Ann" });
    await bob.ask({ type: "room_message", room: "den", message: "denword" });
    await bob.ask({ type: "private_message", receiver: "Ann", message: "secretword" });
    await first.ask({ type: "join", room: "general" });
    const hello = { type: "room_message", room: "general", message: "hello", key: "k1" } as const;
    const once = await first.ask(hello);
    await first.close();
    const second = await backAs(town, "Ann");
    const [welcome] = second.frames;
    assert(welcome?.type === "welcome");
    assertEquals(welcome.rooms, []);
    for (const room of ["den", "@Bob"]) {
      const history = await second.ask({ type: "history", room });
      if (room === "den") assertEquals(history.type === "error" && history.code, "no_such_room");
      else assert(history.type === "history" && history.messages.length === 0);
    }
    for (const query of ["denword", "secretword"]) {
      const found = await second.ask({ type: "search", query });
      assert(found.type === "search_results" && found.messages.length === 0);
    }
    await second.ask({ type: "join", room: "general" });
    assertEquals(await second.ask(hello), once);
    // What is said to the name now reaches the one who has it now.
    await bob.ask({ type: "private_message", receiver: "Ann", message: "to the second" });
    const got = await second.take("private_message");
    assertEquals([got.message, got.seq], ["to the second", 1]);
    await bob.ask({ type: "room_message", room: "den", message: "still private" });
    await second.sync();
    assert(!JSON.stringify(second.frames).includes("still private"));
    await Promise.all([bob.close(), second.close()]);
  },
});

Deno.test({
  name: "what is written to a guest's name goes to the guest who has it, not to one who left",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const { peer: bob } = await person(town, "Bob");
    const first = await town.guest("Ann");
    await bob.ask({ type: "private_message", receiver: "Ann", message: "to the first" });
    await first.close();
    await bob.next((frame) => frame.type === "presence" && frame.state === "offline");
    const nobody = await bob.ask({ type: "private_message", receiver: "Ann", message: "gone?" });
    assertEquals(nobody.type === "error" && nobody.code, "no_such_user");
    const second = await backAs(town, "Ann");
    const said = { type: "private_message", receiver: "Ann", message: "to the second" } as const;
    const sent = await bob.ask(said);
    assert(sent.type === "private_message");
    assertEquals([sent.message, sent.seq], ["to the second", 1]);
    assertEquals((await second.take("private_message")).message, "to the second");
    const history = await bob.ask({ type: "history", room: "@Ann" });
    assert(history.type === "history");
    assertEquals(history.messages.map(({ message }) => message), ["to the second"]);
    await Promise.all([bob.close(), second.close()]);
  },
});

Deno.test({
  name: "what is written to a bot's name goes to the bot that has it, not to one that is no more",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const { peer: bob } = await person(town, "Bob");
    const ask = (message: string) =>
      bob.ask({ type: "private_message", receiver: "Robot", message });
    await town.bot("Robot");
    assertEquals((await ask("to the first")).type, "private_message");
    await call(town, "/api/bots/Robot", { method: "DELETE", token: town.olga });
    const nobody = await ask("gone?");
    assertEquals(nobody.type === "error" && nobody.code, "no_such_user");
    const second = await town.member(await town.bot("Robot"));
    const sent = await ask("to the second");
    assertEquals(sent.type === "private_message" && sent.seq, 1);
    assertEquals((await second.take("private_message")).message, "to the second");
    await Promise.all([bob.close(), second.close()]);
  },
});

/** A name is free again once the server has seen its guest go. */
async function backAs(town: Town, name: string) {
  for (let i = 0; i < 100; i++) {
    const peer = await town.guest(name).catch(() => null);
    if (peer !== null) return peer;
  }
  throw new Error(`${name} is still taken`);
}

Deno.test({
  name: "a guest makes no device link, no password, no private room and no session",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const ann = await town.guest("Ann");
    const answer = await ann.ask({ type: "create_room", room: "den", kind: "private" });
    assertEquals(answer.type === "error" && answer.code, "forbidden");
    assertEquals((await enter(town, { name: "Ann" })).code, "name_taken");
    const login = await enter(town, { name: "Ann", password: "long enough" });
    assertEquals([login.status, login.code], [401, "wrong_password"]);
    await ann.close();
  },
});
