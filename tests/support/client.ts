import { Client, type ClientBounds, DEFAULT_BOUNDS } from "../../client.ts";
import { Batch } from "../../lib/batch.ts";
import { Connection } from "../../lib/connection.ts";
import { createLog } from "../../lib/log.ts";
import type { Subprotocol } from "../../lib/protocol.ts";
import type { Decoded } from "../../lib/schemas/frames.ts";
import { FakeClock } from "./fake_clock.ts";
import { FakeSocket } from "./fakes.ts";

const alice = { id: 1, name: "Alice", role: "member" } as const;

/** A batch of one message, of about so many bytes. */
export function batchOf(bytes: number, fill = "x"): Batch {
  return new Batch([JSON.stringify(fill.repeat(Math.max(0, bytes - 4)))]);
}

/** How a test's client differs from the real one. */
export interface ClientSetting {
  readonly subprotocol?: Subprotocol | null;
  readonly bounds?: Partial<ClientBounds>;
  /** Carries out what comes in; the default remembers it. */
  readonly handle?: (client: Client, decoded: Decoded) => Promise<void> | void;
  /** What the hub waits for before it lets anybody in. */
  readonly entering?: Promise<void>;
}

/** A client between a socket that is no socket and a hub that is no hub. */
export function setUpClient(
  { subprotocol = "chat.batch.v1", bounds = {}, handle, entering }: ClientSetting = {},
) {
  const clock = new FakeClock();
  const socket = new FakeSocket();
  /** What happened, in order. */
  const story: string[] = [];
  const heard: Decoded[] = [];
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
      heard.push(decoded);
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
    heard,
    logged,
    /** The types of the commands that were carried out, and the codes of what was refused. */
    get carriedOut(): string[] {
      return heard.map((decoded) =>
        "command" in decoded ? decoded.command.type : decoded.refusal.code
      );
    },
    /** Opens the socket and waits until the hub has let it in. */
    async open() {
      socket.open();
      await clock.settle();
    },
    async receive(...frames: readonly unknown[]) {
      for (const frame of frames) socket.receive(JSON.stringify(frame));
      // Once for each, for what is carried out one after the other.
      for (let i = 0; i <= frames.length; i++) await clock.settle();
    },
  };
}
