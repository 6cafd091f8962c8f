import { Client, type ClientBounds, DEFAULT_BOUNDS } from "../../client.ts";
import { Batch } from "../../lib/chat/outbound_batch.ts";
import { Connection } from "../../lib/chat/connection.ts";
import { createLog } from "../../lib/observability/log.ts";
import type { Subprotocol } from "../../lib/protocol/limits.ts";
import type { Decoded } from "../../lib/protocol/schemas/frames.ts";
import { FakeClock } from "./fake_clock.ts";
import { FakeSocket } from "./fakes.ts";
import { accountOf } from "./records.ts";

const alice = accountOf(1, "Alice");

/** A batch of one message of about `length` bytes. */
export function batchOf(bytes: number, fill = "x"): Batch {
  return new Batch([JSON.stringify(fill.repeat(Math.max(0, bytes - 4)))]);
}

/** The options of a test's client. */
export interface ClientSetting {
  readonly subprotocol?: Subprotocol | null;
  readonly bounds?: Partial<ClientBounds>;
  /** Executes commands; the default records them. */
  readonly handle?: (client: Client, decoded: Decoded) => Promise<void> | void;
  /** A promise that the hub awaits before it connects the client. */
  readonly entering?: Promise<void>;
}

/** A client between a fake socket and a fake hub. */
export function setUpClient(
  { subprotocol = "chat.batch.v1", bounds = {}, handle, entering }: ClientSetting = {},
) {
  const clock = new FakeClock();
  const socket = new FakeSocket();
  /** Everything that happened, in order. */
  const story: string[] = [];
  const received: Decoded[] = [];
  const logged: string[] = [];
  socket.close = (code, reason) => {
    if (socket.readyState === WebSocket.OPEN) story.push(`close ${code}`);
    FakeSocket.prototype.close.call(socket, code, reason);
  };
  const client: Client = new Client(socket, {
    hub: {
      async enter(member, account, session, address) {
        await entering;
        story.push("enter");
        return new Connection(member, account, session, address);
      },
      exit: () => void story.push("exit"),
    },
    async handle(_, decoded) {
      received.push(decoded);
      await handle?.(client, decoded);
    },
    account: alice,
    session: null,
    address: "192.0.2.1",
    subprotocol,
    clock,
    log: createLog("info", (line) => logged.push(line)),
    bounds: { ...DEFAULT_BOUNDS, ...bounds },
  });
  return {
    clock,
    socket,
    client,
    story,
    received,
    logged,
    /** The types of the executed commands, and the codes of the refused ones. */
    get carriedOut(): string[] {
      return received.map((decoded) =>
        "command" in decoded ? decoded.command.type : decoded.refusal.code
      );
    },
    /** Opens the socket and waits until the hub has connected the client. */
    async open() {
      socket.open();
      await clock.settle();
    },
    async receive(...frames: readonly unknown[]) {
      for (const frame of frames) socket.receive(JSON.stringify(frame));
      // Once for each command: they are executed one after the other.
      for (let i = 0; i <= frames.length; i++) await clock.settle();
    },
  };
}
