/** `null` in an optional field means that the field is left out. */
import { assert, assertEquals, assertGreater } from "@std/assert";
import * as v from "valibot";
import * as fields from "../../lib/protocol/schemas/fields.ts";
import * as frames from "../../lib/protocol/schemas/frames.ts";
import * as requests from "../../lib/protocol/schemas/requests.ts";
import { needs } from "../support/permissions.ts";
import { startServer } from "../support/server.ts";

const permissions = needs("net", "read");

type Found = Map<v.GenericSchema, string>;

/** Finds every optional field below a schema, or below a table of schemas. */
function collect(value: unknown, path: string, found: Found, seen = new Set<unknown>()): Found {
  if (typeof value !== "object" || value === null || seen.has(value)) return found;
  seen.add(value);
  const { type } = value as { type?: unknown };
  if (type === "optional" || type === "nullish") found.set(value as v.GenericSchema, path);
  for (const [key, child] of Object.entries(value)) collect(child, `${path}.${key}`, found, seen);
  return found;
}

Deno.test("every optional field of every frame and request accepts null", () => {
  const found: Found = new Map();
  for (const [name, module] of Object.entries({ fields, frames, requests })) {
    collect({ ...module }, name, found);
  }
  assertGreater(found.size, 30);
  for (const [schema, path] of found) {
    const result = v.safeParse(schema, null);
    assertEquals([path, result.success, result.output], [path, true, undefined]);
  }
});

Deno.test("a required field accepts no null", () => {
  for (const [type, schema] of Object.entries(frames.clientFrames)) {
    for (const [name, entry] of Object.entries(schema.entries)) {
      if (v.is(entry as v.GenericSchema, undefined)) continue;
      // There `null` removes what the field names.
      if ((entry as { type?: unknown }).type === "exact_optional") continue;
      assert(!v.is(entry as v.GenericSchema, null), `${type}.${name}`);
    }
  }
});

Deno.test({
  name: "a client that sends null for fields without a value is served like any other",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const signUp = { name: "Alice", password: null, invite: null, device: null };
    const entered = await server.request("/api/session", { method: "POST", body: signUp });
    assertEquals(entered.status, 201);
    const { token } = await entered.json();
    const alice = await server.member(token);
    alice.send({ type: "join", room: "general", after: null, epoch: null, key: null } as never);
    const joined = await alice.take("joined");
    assert(!("key" in joined));
    alice.send(
      {
        ...{ type: "room_message", room: "general", room_id: null, message: "Hi", files: null },
        ...{ sender: null, reply_to: null, epoch: null, key: null },
      } as never,
    );
    const received = await alice.take("room_message");
    assert(!("reply_to" in received) && !("files" in received) && !("key" in received));
    const posted = await server.request("/api/rooms/general/messages", {
      method: "POST",
      token,
      body: { message: "Ho", reply_to: null, files: null, key: null, epoch: null },
    });
    const { seq, reply_to, key } = await posted.json();
    assertEquals([posted.status, seq, reply_to, key], [
      201,
      received.seq + 1,
      undefined,
      undefined,
    ]);
    await alice.close();
  },
});
