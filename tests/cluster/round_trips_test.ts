// What a message waits for between instances.
import { assertEquals } from "@std/assert";
import { ignore, usePostgres } from "../support/postgres.ts";
import { startProxy } from "../support/proxy.ts";
import { startServer } from "../support/server.ts";

const cluster = usePostgres();

/** The driver keeps a timer a little longer than a test runs. */
const loose = { ignore, sanitizeOps: false, sanitizeResources: false };

Deno.test({
  name: "to reach the users of another instance, a message waits for no request of that instance",
  ...loose,
  async fn() {
    const database = await cluster.make();
    await using way = startProxy(cluster.url(database));
    const url = new URL(cluster.url(database));
    url.port = `${way.port}`;
    const one = await startServer({ database: cluster.url(database), rate: 0 });
    const other = await startServer({ database: url.href, rate: 0 });
    const [alice, bob] = [await one.guest("Alice"), await other.guest("Bob")];
    for (const peer of [alice, bob]) await peer.ask({ type: "join", room: "general" });
    const said = async (message: string) => {
      const { type } = await alice.ask({ type: "room_message", room: "general", message });
      assertEquals(type, "room_message");
      await bob.next((frame) => frame.type === "room_message" && frame.message === message);
    };
    await said("first");
    // The other instance can ask the database nothing, and hears what the database says.
    way.stall("requests");
    await said("second");
    alice.send({ type: "edit_message", room: "general", seq: 1, message: "changed" });
    assertEquals((await bob.take("message_edited")).message, "changed");
    alice.send({ type: "private_message", receiver: "Bob", message: "psst" });
    way.flow();
    // A conversation that is not in memory there has to be read.
    assertEquals((await bob.take("private_message")).message, "psst");
    way.stall("requests");
    alice.send({ type: "private_message", receiver: "Bob", message: "again" });
    assertEquals((await bob.take("private_message")).message, "again");
    way.flow();
    for (const peer of [alice, bob]) await peer.close();
    for (const server of [one, other]) await server.stop();
    await cluster.drop(database);
  },
});
