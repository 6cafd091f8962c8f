import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { needs } from "../support/permissions.ts";
import {
  accept,
  backAs,
  call,
  enter,
  person,
  startServerFixture,
} from "../support/server_fixture.ts";

const permissions = needs("net", "read");

Deno.test({
  name: "a guest's id accompanies the name everywhere, and no two guests share one",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { peer: bob, token } = await person(fixture, "Bob");
    await bob.ask({ type: "join", room: "general" });
    const ids: string[] = [];
    for (const message of ["first", "second"]) {
      const ann = await backAs(fixture, "Ann");
      await ann.ask({ type: "join", room: "general" });
      await ann.ask({ type: "room_message", room: "general", message });
      const online = await bob.next((frame) =>
        frame.type === "presence" && frame.name === "Ann" && frame.state === "online"
      );
      const joined = await bob.take("member_joined");
      const said = await bob.take("room_message");
      assert(online.type === "presence");
      assertEquals([online.guest, joined.guest, said.guest], [true, true, true]);
      assertEquals([online.id, joined.id, said.sender_id], [ann.id, ann.id, ann.id]);
      ids.push(said.sender_id);
      const other = await fixture.member(token);
      const [welcome] = other.frames;
      assert(welcome?.type === "welcome");
      assertEquals(welcome.guests, [{ name: "Ann", id: ann.id }]);
      await Promise.all([ann.close(), other.close()]);
      await bob.next((frame) => frame.type === "presence" && frame.state === "offline");
    }
    assertNotEquals(ids[0], ids[1]);
    // A member with that name is not a guest, and the guests' messages stay theirs.
    const member = await person(fixture, "Ann");
    await member.peer.ask({ type: "join", room: "general" });
    await member.peer.ask({ type: "room_message", room: "general", message: "third" });
    const history = await bob.ask({ type: "history", room: "general" });
    assert(history.type === "history");
    assertEquals(
      history.messages.map(({ sender_id, guest = false }) => [sender_id, guest]),
      [...ids.map((id) => [id, true]), [member.peer.id, false]],
    );
    const found = await bob.ask({ type: "search", query: "first" });
    assert(found.type === "search_results");
    assertEquals(
      found.messages.map(({ sender_id, guest }) => [sender_id, guest]),
      [[ids[0], true]],
    );
    const edit = { type: "edit_message", room: "general", seq: 1, message: "mine" } as const;
    const edited = await member.peer.ask(edit);
    assertEquals(edited.type === "error" && edited.code, "forbidden");
    await Promise.all([bob.close(), member.peer.close()]);
  },
});

Deno.test({
  name: "a second guest with a name inherits nothing of the first",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { peer: bob } = await person(fixture, "Bob");
    await bob.ask({ type: "create_room", room: "den", kind: "private" });
    const first = await fixture.guest("Ann");
    await bob.ask({ type: "invite", room: "den", name: "Ann" });
    await accept(first);
    await bob.ask({ type: "room_message", room: "den", message: "denword" });
    await bob.ask({ type: "private_message", receiver: "Ann", message: "secretword" });
    await first.ask({ type: "join", room: "general" });
    const hello = { type: "room_message", room: "general", message: "hello", key: "k1" } as const;
    const once = await first.ask(hello);
    await first.close();
    const second = await backAs(fixture, "Ann");
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
    // Messages to the name now reach its current user.
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
  name: "a message to a guest's name reaches the current guest, not one who left",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { peer: bob } = await person(fixture, "Bob");
    const first = await fixture.guest("Ann");
    await bob.ask({ type: "private_message", receiver: "Ann", message: "to the first" });
    await first.close();
    await bob.next((frame) => frame.type === "presence" && frame.state === "offline");
    const nobody = await bob.ask({ type: "private_message", receiver: "Ann", message: "gone?" });
    assertEquals(nobody.type === "error" && nobody.code, "no_such_user");
    const second = await backAs(fixture, "Ann");
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
  name: "a message to a bot's name reaches the current bot, not a deleted one",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { peer: bob } = await person(fixture, "Bob");
    const ask = (message: string) =>
      bob.ask({ type: "private_message", receiver: "Robot", message });
    await fixture.bot("Robot");
    assertEquals((await ask("to the first")).type, "private_message");
    await call(fixture, "/api/bots/Robot", { method: "DELETE", token: fixture.olga });
    const nobody = await ask("gone?");
    assertEquals(nobody.type === "error" && nobody.code, "no_such_user");
    const second = await fixture.member(await fixture.bot("Robot"));
    const sent = await ask("to the second");
    assertEquals(sent.type === "private_message" && sent.seq, 1);
    assertEquals((await second.take("private_message")).message, "to the second");
    await Promise.all([bob.close(), second.close()]);
  },
});

Deno.test({
  name: "a guest cannot create a device link, password, private room or session",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const ann = await fixture.guest("Ann");
    const answer = await ann.ask({ type: "create_room", room: "den", kind: "private" });
    assertEquals(answer.type === "error" && answer.code, "forbidden");
    assertEquals((await enter(fixture, { name: "Ann" })).code, "name_taken");
    const login = await enter(fixture, { name: "Ann", password: "long enough" });
    assertEquals([login.status, login.code], [401, "wrong_password"]);
    await ann.close();
  },
});
