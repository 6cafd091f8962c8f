// Lists by name, read in pages: over HTTP and on a socket, on every store.
import { assert, assertEquals } from "@std/assert";
import { onEveryStore } from "../support/every_store.ts";
import type { TestServer } from "../support/server.ts";
import { call } from "../support/server_fixture.ts";

/** Reads all pages of a list. @returns What is of interest in each. */
async function pages(
  server: TestServer,
  token: string,
  path: string,
  // deno-lint-ignore no-explicit-any -- each list has entries of its own
  contentOf: (body: any) => unknown,
): Promise<unknown[]> {
  const read: unknown[] = [];
  for (let after = "";;) {
    const url = `${path}&after=${encodeURIComponent(after)}`;
    const { status, body } = await call(server, url, { token });
    assertEquals(status, 200);
    read.push(contentOf(body));
    if (!body.more) return read;
    after = body.next;
  }
}

const roomsIn = ({ rooms }: { rooms: { room: string }[] }) => rooms.map(({ room }) => room);

onEveryStore("people, rooms and members are listed by name, in pages", async (server) => {
  const alice = await server.signIn("Alice");
  const bob = await server.signIn("bob");
  await server.signIn("Berta");
  const carl = await server.member(await server.signIn("Carl"));
  const guest = await server.guest("Zoe");
  const made = [["zoo", "public"], ["art", "public"], ["Art-two", "private"]] as const;
  for (const [room, kind] of made) {
    const body = { room, kind };
    assertEquals(
      (await call(server, "/api/rooms", { method: "POST", token: alice, body })).status,
      201,
    );
  }
  for (const peer of [carl, guest]) await peer.ask({ type: "join", room: "zoo" });

  const people = (query: string) =>
    pages(
      server,
      alice,
      `/api/people?${query}`,
      ({ people }) =>
        people.map((one: { name: string; role: string; online: boolean }) => [
          one.name,
          one.role,
          one.online,
        ]),
    );
  const [first, second, third] = [
    [["Alice", "member", false], ["Berta", "member", false]],
    [["bob", "member", false], ["Carl", "member", true]],
    [["Zoe", "guest", true]],
  ];
  assertEquals(await people("limit=2"), [first, second, third]);
  assertEquals(await people("query="), [[...first!, ...second!, ...third!]]);
  assertEquals(await people("query=B&limit=1"), [[first![1]], [second![0]]]);
  assertEquals(await people("query=nobody"), [[]]);

  const rooms = (query: string, token = alice) =>
    pages(server, token, `/api/rooms?${query}`, roomsIn);
  assertEquals(await rooms("limit=2"), [["art", "Art-two"], ["general", "zoo"]]);
  assertEquals(await rooms("query=ART"), [["art", "Art-two"]]);
  assertEquals(await rooms("query=ART&limit=1"), [["art"], ["Art-two"]]);
  assertEquals(await rooms("query=art", bob), [["art"]], "a private room is not listed");

  const members = (query: string) =>
    pages(server, alice, `/api/rooms/zoo/members?${query}`, ({ members }) => members);
  assertEquals(await members("limit=1"), [["Alice"], ["Carl"], ["Zoe"]]);
  assertEquals(await members("limit=2"), [["Alice", "Carl"], ["Zoe"]]);
  assertEquals(await members("query=z"), [["Zoe"]]);
  const answer = await carl.ask({ type: "list_members", room: "zoo", limit: 2 });
  assert(answer.type === "members");
  assertEquals([answer.members, answer.more, answer.next], [["Alice", "Carl"], true, "carl"]);
  for (const peer of [carl, guest]) await peer.close();

  for (const path of ["/api/people", "/api/rooms", "/api/rooms/zoo/members"]) {
    for (const limit of ["0", "101", "x"]) {
      const { code } = await call(server, `${path}?limit=${limit}`, { token: alice });
      assertEquals(code, "bad_request", `${path} ${limit}`);
    }
    assertEquals((await call(server, path)).code, "unauthorized");
  }
});

onEveryStore("a page of rooms can end between two rooms of one name", async (server) => {
  const [alice, bob] = [await server.signIn("Alice"), await server.signIn("Bob")];
  for (const [token, kind] of [[alice, "private"], [bob, "public"]] as const) {
    const body = { room: "plans", kind };
    assertEquals((await call(server, "/api/rooms", { method: "POST", token, body })).status, 201);
  }
  const kinds = await pages(
    server,
    alice,
    "/api/rooms?query=plans&limit=1",
    ({ rooms }) => rooms.map(({ kind }: { kind: string }) => kind),
  );
  assertEquals(kinds, [["private"], ["public"]]);
});
