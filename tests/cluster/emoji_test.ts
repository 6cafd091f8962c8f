// The server's own emoji, on two instances of one database.
import { assertEquals } from "@std/assert";
import { ignore, usePostgres } from "../support/postgres.ts";
import { png } from "../support/pictures.ts";
import { enter, secretOf } from "../support/server_fixture.ts";
import { startServer } from "../support/server.ts";

const cluster = usePostgres();

Deno.test({
  name: "an emoji that one instance adds or deletes is announced and accepted at the other",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const database = cluster.url(await cluster.make());
    await using one = await startServer({ database, rate: 0 });
    await using two = await startServer({ database, rate: 0 });
    const { body } = await enter(one, { name: "Olga", invite: secretOf(one.ownerUrl) });
    const olga = await one.member(String(body.token));
    const bob = await two.member(await two.signIn("Bob"));
    await bob.ask({ type: "join", room: "lobby" });
    await bob.ask({ type: "room_message", room: "lobby", message: "x" });
    const react = (seq: number) =>
      bob.ask({ type: "react", room: "lobby", seq, emoji: ":party:", on: true });
    const sent = await fetch(`${one.url}/api/rooms/@Olga/files?name=x.png`, {
      method: "POST",
      headers: {
        "authorization": `Bearer ${body.token}`,
        "content-type": "application/octet-stream",
      },
      body: png(8, 8),
    });
    const { id: file } = await sent.json();
    await olga.ask({ type: "set_emoji", emoji: ":party:", file });
    const picture = (await bob.take("emoji_changed")).picture;
    assertEquals(picture, file);
    assertEquals((await react(1)).type, "reaction");
    await olga.ask({ type: "delete_emoji", emoji: ":party:" });
    assertEquals(await bob.take("emoji_changed"), { type: "emoji_changed", emoji: ":party:" });
    await bob.ask({ type: "room_message", room: "lobby", message: "y" });
    const refused = await react(3);
    assertEquals(refused.type === "error" && refused.code, "bad_emoji");
  },
});
