import { assert, assertEquals } from "@std/assert";
import { type ClientFrame, type ServerFrame } from "../../../lib/protocol/frames.ts";
import { SUBPROTOCOLS } from "../../../lib/protocol/limits.ts";
import {
  backoffBase,
  backoffCap,
  checkPatience,
  type ClientSocket,
  type ConnectionOptions,
  heartbeatInterval,
  patience,
  pingAfter,
  restartSpread,
  ServerConnection,
  stableAfter,
} from "@hubbub/client";
import { StateStore } from "../../../static/state/store.ts";
import { initialState } from "../../../static/state/reducer.ts";
import { alice, joined, said, say, welcome } from "../../static/support.ts";

class FakeSocket implements ClientSocket {
  onopen: ClientSocket["onopen"] = null;
  onmessage: ClientSocket["onmessage"] = null;
  onclose: ClientSocket["onclose"] = null;
  onerror: ClientSocket["onerror"] = null;
  readonly sent: ClientFrame[][] = [];
  closed = false;

  send(data: string): void {
    this.sent.push(JSON.parse(data));
  }
  close(): void {
    this.closed = true;
  }
  open(): void {
    this.onopen?.(new Event("open"));
  }
  receive(...frames: unknown[]): void {
    this.onmessage?.(new MessageEvent("message", { data: JSON.stringify(frames) }));
  }
  drop(code = 1006): void {
    this.onclose?.(new CloseEvent("close", { code }));
  }
}

class TestClock {
  #now = 0;
  /** Lets time pass while nothing runs: the machine sleeps, or the page is frozen. */
  sleep(ms: number): void {
    this.#now += ms;
  }
  #timers = new Map<number, { at: number; run: () => void }>();
  #last = 0;

  get timers(): number {
    return this.#timers.size;
  }
  now(): number {
    return this.#now;
  }
  after(ms: number, run: () => void): number {
    this.#timers.set(++this.#last, { at: this.#now + ms, run });
    return this.#last;
  }
  cancel(timer: unknown): void {
    this.#timers.delete(timer as number);
  }
  pass(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end);
      const [next] = due.sort(([, a], [, b]) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next[0]);
      this.#now = Math.max(this.#now, next[1].at);
      next[1].run();
    }
    this.#now = end;
  }
}

function setUp(options: Partial<ConnectionOptions> = {}) {
  const sockets: FakeSocket[] = [];
  const lines: string[] = [];
  const ends: number[] = [];
  const retries: number[] = [];
  const clock = new TestClock();
  const connection = new ServerConnection({
    url: "ws://localhost/ws",
    onLine: (line, retryAt) => {
      lines.push(line);
      if (retryAt !== undefined) retries.push(retryAt - clock.now());
    },
    onFrames: () => {},
    onEnd: (code) => ends.push(code),
    open: (_url, protocols) => {
      assertEquals(protocols, [...SUBPROTOCOLS]);
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    clock,
    random: () => 1,
    ...options,
  });
  return { connection, sockets, lines, ends, retries, clock };
}

Deno.test("delta-coded frames are passed on complete", () => {
  const frames: ServerFrame[] = [];
  const { connection, sockets } = setUp({ onFrames: (some) => frames.push(...some) });
  connection.start();
  sockets[0]!.open();
  const first = { type: "room_message", room: "a", seq: 1, sender: "Bob", message: "1", at: 1 };
  sockets[0]!.receive(first, { message: "2" });
  assertEquals<unknown>(frames, [first, { ...first, seq: 2, message: "2" }]);
});

Deno.test("the connection reports which of its four states it is in", () => {
  const { connection, sockets, lines } = setUp();
  connection.start();
  sockets[0]!.open();
  connection.stop();
  assert(sockets[0]!.closed);
  sockets[0]!.drop(1000);
  assertEquals(lines, ["connecting", "open", "closing", "closed"]);
});

Deno.test("a handshake that fails is one failure, by which event ever the socket reports it", () => {
  const { connection, sockets, lines, retries, clock } = setUp();
  connection.start();
  const [first] = sockets;
  first!.onerror?.(new Event("error"));
  first!.drop(1006);
  assertEquals([lines, retries.length], [["connecting", "closed"], 1]);
  clock.pass(retries[0]!);
  sockets[1]!.open();
  // After that the socket says itself how it ends.
  sockets[1]!.onerror?.(new Event("error"));
  assertEquals(lines.at(-1), "open");
  sockets[1]!.drop(1001);
  assertEquals([sockets.length, retries.length], [2, 2]);
});

Deno.test("each failure doubles the maximum delay, up to the cap", () => {
  const { connection, sockets, retries, clock } = setUp();
  connection.start();
  for (let failure = 0; failure < 9; failure++) {
    sockets.at(-1)!.drop();
    clock.pass(retries.at(-1)!);
    assertEquals(sockets.length, failure + 2);
  }
  const expected = Array.from({ length: 9 }, (_, n) => Math.min(backoffCap, backoffBase * 2 ** n));
  assertEquals(retries, expected);
});

Deno.test("the delay is random between zero and the maximum", () => {
  const draws = [0, 0.25, 0.999];
  const { connection, sockets, retries, clock } = setUp({ random: () => draws.shift()! });
  connection.start();
  for (let failure = 0; failure < 3; failure++) {
    sockets.at(-1)!.drop();
    clock.pass(retries.at(-1)!);
  }
  assertEquals(retries, [0, 0.25 * 2 * backoffBase, 0.999 * 4 * backoffBase]);
});

Deno.test("the delay resets only after the connection has stayed open for a while", () => {
  const { connection, sockets, retries, clock } = setUp();
  const welcomeAndHold = (ms: number) => {
    sockets.at(-1)!.open();
    sockets.at(-1)!.receive({ type: "welcome" });
    clock.pass(ms);
    sockets.at(-1)!.drop();
    clock.pass(retries.at(-1)!);
  };
  connection.start();
  welcomeAndHold(stableAfter - 1);
  welcomeAndHold(stableAfter - 1);
  assertEquals(retries, [backoffBase, 2 * backoffBase]);
  welcomeAndHold(stableAfter);
  assertEquals(retries.at(-1), backoffBase);
});

Deno.test("a final close code ends the connection: no reconnect", () => {
  const { connection, sockets, lines, ends, clock } = setUp();
  connection.start();
  sockets[0]!.open();
  sockets[0]!.drop(4501);
  clock.pass(10 * backoffCap);
  connection.reconnect();
  assertEquals(sockets.length, 1);
  assertEquals(ends, [4501]);
  assertEquals(lines.at(-1), "closed");
});

Deno.test("a slow reader reconnects", () => {
  const { connection, sockets, ends, clock } = setUp();
  connection.start();
  sockets[0]!.open();
  sockets[0]!.drop(4008);
  clock.pass(backoffBase);
  assertEquals(sockets.length, 2);
  assertEquals(ends, []);
});

Deno.test("reconnect skips the delay, and leaves a live connection alone", () => {
  const { connection, sockets, clock } = setUp();
  connection.start();
  connection.reconnect();
  assertEquals(sockets.length, 1);
  sockets[0]!.drop();
  connection.reconnect();
  assertEquals(sockets.length, 2);
  clock.pass(patience - 1);
  assertEquals(sockets.length, 2);
});

Deno.test("an upgrade refused for lack of a session ends at the sign-in form", async () => {
  const asked = Promise.resolve(true);
  const { connection, sockets, ends, clock } = setUp({ signedOut: () => asked });
  connection.start();
  sockets[0]!.drop();
  await asked;
  await asked;
  assertEquals(ends, [4501]);
  clock.pass(backoffCap);
  assertEquals(sockets.length, 1);
});

Deno.test("a connection that gets no answer is replaced", () => {
  const { connection, sockets, clock } = setUp();
  connection.start();
  sockets[0]!.open();
  sockets[0]!.receive({ type: "welcome" });
  connection.send([{ type: "typing", room: "lobby" }]);
  clock.pass(patience);
  assert(!sockets[0]!.closed);
  connection.send([{ type: "room_message", room: "lobby", message: "hello", key: "k" }]);
  clock.pass(patience);
  assert(sockets[0]!.closed);
  clock.pass(backoffBase);
  assertEquals(sockets.length, 2);
});

Deno.test("a connection that answers a probe stays; a silent one is replaced", () => {
  const { connection, sockets, clock } = setUp();
  connection.start();
  sockets[0]!.open();
  connection.check();
  assertEquals(sockets[0]!.sent, [[{ type: "ping", key: "check" }]]);
  sockets[0]!.receive({ type: "pong", key: "check" });
  clock.pass(patience);
  assert(!sockets[0]!.closed);
  connection.check();
  clock.pass(checkPatience);
  assert(sockets[0]!.closed);
});

Deno.test("a silent connection is probed, and replaced if no answer comes", () => {
  const { connection, sockets, clock } = setUp();
  connection.start();
  sockets[0]!.open();
  sockets[0]!.receive({ type: "welcome" });
  for (let asked = 1; asked <= 3; asked++) {
    clock.pass(pingAfter + heartbeatInterval);
    assertEquals(sockets[0]!.sent.length, asked);
    assertEquals(sockets[0]!.sent.at(-1), [{ type: "ping", key: "beat" }]);
    sockets[0]!.receive({ type: "pong", key: "beat" });
  }
  clock.pass(pingAfter + patience - 1);
  assert(!sockets[0]!.closed);
  clock.pass(heartbeatInterval + 1);
  assert(sockets[0]!.closed);
});

Deno.test("a busy connection is not probed", () => {
  const { connection, sockets, clock } = setUp();
  connection.start();
  sockets[0]!.open();
  for (let i = 0; i < 20; i++) {
    sockets[0]!.receive(said(i + 1));
    clock.pass(heartbeatInterval);
  }
  assertEquals(sockets[0]!.sent, []);
});

Deno.test("after the machine slept, the page does not trust an open connection", () => {
  const { connection, sockets, clock } = setUp();
  connection.start();
  sockets[0]!.open();
  sockets[0]!.receive({ type: "welcome" });
  clock.sleep(3_600_000);
  clock.pass(0);
  assertEquals(sockets[0]!.sent, [[{ type: "ping", key: "check" }]]);
  clock.pass(checkPatience + backoffBase);
  assertEquals([sockets[0]!.closed, sockets.length], [true, 2]);
});

Deno.test("an answer that arrived while the page was frozen counts: silence is measured awake", () => {
  const { connection, sockets, clock } = setUp();
  connection.start();
  sockets[0]!.open();
  sockets[0]!.receive({ type: "welcome" });
  connection.send([{ type: "ping", key: "k" }]);
  clock.sleep(3_600_000);
  // The deadline has long passed; what arrived meanwhile is delivered only now.
  clock.pass(0);
  assert(!sockets[0]!.closed);
  sockets[0]!.receive({ type: "pong", key: "k" });
  clock.pass(checkPatience);
  assert(!sockets[0]!.closed);
});

Deno.test("a machine that slept during the delay reconnects at once", () => {
  const { connection, sockets, clock } = setUp();
  connection.start();
  for (let i = 0; i < 7; i++) {
    sockets.at(-1)!.drop();
    if (i < 6) clock.pass(backoffCap);
  }
  const before = sockets.length;
  clock.sleep(backoffCap - 1);
  clock.pass(0);
  assertEquals(sockets.length, before + 1);
});

/** A connection that has failed until its pauses are the longest. */
function afterFailures() {
  const tested = setUp();
  const { connection, sockets, retries, clock } = tested;
  connection.start();
  for (let failure = 0; failure < 9; failure++) {
    sockets.at(-1)!.drop();
    clock.pass(retries.at(-1)!);
  }
  assertEquals(retries.at(-1), backoffCap);
  return tested;
}

Deno.test("once the network is back, the pauses begin anew", () => {
  for (const act of ["check", "reconnect"] as const) {
    const { connection, sockets, retries } = afterFailures();
    sockets.at(-1)!.drop();
    const before = sockets.length;
    connection[act]();
    assertEquals(sockets.length, before + 1, act);
    sockets.at(-1)!.drop();
    assertEquals(retries.at(-1), backoffBase, act);
  }
});

Deno.test("an attempt to connect that began before the network was back is soon replaced", () => {
  const { connection, sockets, retries, clock } = afterFailures();
  const before = sockets.length;
  connection.check();
  assertEquals(sockets.length, before, "it may succeed");
  clock.pass(checkPatience);
  assert(sockets.at(-1)!.closed);
  assertEquals(retries.at(-1), backoffBase);
  clock.pass(backoffBase);
  assertEquals(sockets.length, before + 1);
  // The browser may tell first that the network is back, and then that the attempt has failed.
  connection.check();
  sockets.at(-1)!.drop();
  assertEquals(retries.at(-1), backoffBase);
  connection.stop();
  connection.check();
  assertEquals(clock.timers, 0);
});

Deno.test("clients of a server that shut down reconnect spread over seconds", () => {
  const pauses = Array.from({ length: 100 }, (_, i) => {
    const { connection, sockets, retries } = setUp({ random: () => i / 100 });
    connection.start();
    sockets[0]!.open();
    sockets[0]!.drop(1001);
    return retries[0]!;
  });
  assertEquals([Math.min(...pauses), Math.max(...pauses)], [0, restartSpread * 0.99]);
});

Deno.test("a closed connection leaves no timer behind", () => {
  const { connection, sockets, clock } = setUp();
  connection.start();
  sockets[0]!.open();
  connection.stop();
  sockets[0]!.drop(1000);
  assertEquals(clock.timers, 0);
});

Deno.test("many frames are sent in few arrays, none larger than the server's limit", () => {
  const { connection, sockets } = setUp();
  connection.start();
  sockets[0]!.open();
  const frame = { type: "room_message" as const, room: "lobby", message: "ü".repeat(10_000) };
  connection.send(Array.from({ length: 7 }, () => frame));
  assertEquals(sockets[0]!.sent.map((batch) => batch.length), [3, 3, 1]);
});

Deno.test("a message whose acknowledgement was lost is resent with the same key, and shown once", () => {
  const socketsOf = setUp({
    onFrames: (frames) => store.dispatch({ type: "frames", frames, at: 0 }),
    onLine: (line) => store.dispatch({ type: "line", line, at: 0 }),
  });
  const { connection, sockets } = socketsOf;
  const store = new StateStore(initialState(), {
    send: (frames) => connection.send(frames),
    later: () => {},
    dismissNotification: () => {},
    notify: () => {},
    draft: () => {},
  });
  store.dispatch({ type: "signed_in", ...alice, pending: [] });
  connection.start();
  sockets[0]!.open();
  sockets[0]!.receive(welcome());
  sockets[0]!.receive(joined({ key: sockets[0]!.sent[0]![0]!.key! }));
  store.dispatch(say("hello", "k1"));
  assertEquals(sockets[0]!.sent[1]?.map(({ key }) => key), ["k1"]);
  sockets[0]!.drop();

  connection.reconnect();
  sockets[1]!.open();
  sockets[1]!.receive(welcome());
  assertEquals(sockets[1]!.sent.flat().map(({ type }) => type), ["join"]);
  sockets[1]!.receive(joined({ key: sockets[1]!.sent[0]![0]!.key! }));
  assertEquals(sockets[1]!.sent[1]?.map(({ key }) => key), ["k1"]);
  const mine = said(1, { sender: "Alice", message: "hello", key: "k1" });
  sockets[1]!.receive(mine, mine);
  assertEquals(store.state.pending, []);
  assertEquals(store.state.rooms.get("lobby")?.messages, [mine]);
});
