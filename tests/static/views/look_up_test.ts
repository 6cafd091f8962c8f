/** Looking up what is at addresses: in links, and in the texts of messages. */
import { assertEquals } from "@std/assert";
import { lookUp } from "../../../static/views/shared/look_up.ts";
import { type Action, initialState } from "../../../static/state/reducer.ts";

const garden = { room: "Garden", room_id: "G1", kind: "public", members: 3, joined: false };

/** Takes the place of the server and of the clock: each pause ends when the test says so. */
function fakes(answers: readonly Response[]) {
  const real = { fetch: globalThis.fetch, setTimeout: globalThis.setTimeout };
  const asked: string[] = [];
  const pauses: { readonly ms: number; readonly run: () => void }[] = [];
  const left = [...answers];
  Object.assign(globalThis, {
    fetch: (path: string) => (asked.push(path), Promise.resolve(left.shift()!)),
    setTimeout: (run: () => void, ms: number) => pauses.push({ ms, run }),
  });
  return {
    asked,
    /** Ends the present pause. @returns How long it was, in ms. */
    async pass() {
      const { ms, run } = pauses.shift()!;
      await run();
      return ms;
    },
    get pauses() {
      return pauses.length;
    },
    [Symbol.dispose]: () => void Object.assign(globalThis, real),
  };
}

/** A page with or without a connection. */
function page(ready: boolean) {
  const found: (readonly [string, string | undefined])[] = [];
  return {
    found,
    store: { state: { ...initialState(), ready }, subscribe: () => () => {} },
    dispatch: (action: Action) => {
      if (action.type !== "looked_up") return;
      for (const [address, room] of action.found) found.push([address, room?.room_id]);
    },
  };
}

Deno.test("what is looked up at once is one request, and each address gets its answer", async () => {
  using fake = fakes([Response.json({ rooms: [garden] })]);
  const actions = page(true);
  for (const one of ["garden", "id:G1", "shed", "garden"]) lookUp(actions, one);
  assertEquals(await fake.pass(), 0);
  assertEquals(fake.asked, ["/api/rooms?names=garden&ids=G1&names=shed"]);
  assertEquals(actions.found, [["garden", "G1"], ["id:G1", "G1"], ["shed", undefined]]);
  assertEquals(fake.pauses, 0);
});

Deno.test("without a connection, and after a refusal that passes, addresses wait", async () => {
  using fake = fakes([
    Response.json({ code: "rate_limited", detail: "Slowly." }, { status: 429 }),
    Response.json({ rooms: [garden] }),
  ]);
  const actions = page(false);
  lookUp(actions, "garden");
  assertEquals([await fake.pass(), fake.asked.length], [0, 0]);
  actions.store.state = { ...actions.store.state, ready: true };
  assertEquals([await fake.pass(), fake.asked.length, actions.found], [2_000, 1, []]);
  assertEquals([await fake.pass(), fake.asked.length], [2_000, 2]);
  assertEquals([actions.found, fake.pauses], [[["garden", "G1"]], 0]);
});

Deno.test("what the server does not take for an address leads nowhere", async () => {
  using fake = fakes([Response.json({ code: "bad_request", detail: "No." }, { status: 400 })]);
  const actions = page(true);
  lookUp(actions, "?");
  await fake.pass();
  assertEquals([actions.found, fake.pauses], [[["?", undefined]], 0]);
});
