/** What the tests of the page's state are written with. */
import {
  type ClientFrame,
  type Joined,
  LIMITS,
  type PrivateMessage,
  type RoomMessage,
  type RoomSummary,
  type ServerFrame,
  type Welcome,
} from "../../lib/protocol.ts";
import { type Action, type Effect, initialState, reduce, type State } from "../../static/state.ts";
import type { Room } from "../../static/state/types.ts";

/** The page of Alice, driven by frames and intents, with what it sent. */
export class TestPage {
  state: State = initialState();
  effects: Effect[] = [];

  /** Does something; answers the frames sent because of it. */
  do(action: Action): ClientFrame[] {
    const { state, effects } = reduce(this.state, action);
    this.state = state;
    this.effects = [...effects];
    return effects.flatMap((effect) => effect.type === "send" ? [effect.frame] : []);
  }

  /** Takes in frames as one array. */
  get(...frames: ServerFrame[]): ClientFrame[] {
    return this.do({ type: "frames", frames, at: 1_000 });
  }

  /** Signs in, connects and is welcomed; answers the joins. */
  connect(welcomed: Welcome = welcome()): ClientFrame[] {
    if (this.state.phase !== "signed_in") {
      this.do({ type: "signed_in", name: "Alice", role: "member", pending: [] });
    }
    this.do({ type: "line", line: "connecting", at: 1_000 });
    this.do({ type: "line", line: "open", at: 1_000 });
    return this.get(welcomed);
  }

  /** Connects and has every join answered. */
  enter(frame: Joined = joined(), welcomed: Welcome = welcome()): ClientFrame[] {
    this.connect(welcomed);
    return this.get({ ...frame, key: this.joinKey(frame.room) });
  }

  /** Loses the line. */
  lose(): void {
    this.do({ type: "line", line: "closed", at: 1_000, retryAt: 5_000 });
  }

  /** The key of the join that is on its way for a room. */
  joinKey(room: string): string {
    const found = [...this.state.requests].find(([, request]) =>
      request.kind === "join" && request.room === room
    );
    if (found === undefined) throw new Error(`Nothing asked to join ${room}`);
    return found[0];
  }

  /** A room that must be there. */
  room(name = "lobby"): Room {
    const room = this.state.rooms.get(name.toLowerCase());
    if (room === undefined) throw new Error(`There is no room ${name}`);
    return room;
  }

  /** The texts in a room, in order. */
  texts(name = "lobby"): string[] {
    return this.room(name).messages.map((message) => message.message);
  }
}

/** A page that follows the lobby, which holds the messages 1 to `n`. */
export function pageIn(n: number): TestPage {
  const page = new TestPage();
  const messages = Array.from({ length: n }, (_, i) => said(i + 1));
  page.enter(
    joined({ seq: n, messages, read: n }),
    welcome({ rooms: [summary({ seq: n, read: n })] }),
  );
  return page;
}

/** What `welcome` says of the lobby. */
export function summary(fields: Partial<RoomSummary> = {}): RoomSummary {
  return {
    room: "lobby",
    kind: "public",
    seq: 0,
    read: 0,
    unread: 0,
    level: "mentions",
    ...fields,
  };
}

/** A `welcome` for Alice, who is in the lobby. */
export function welcome(fields: Partial<Welcome> = {}): Welcome {
  return {
    type: "welcome",
    you: { name: "Alice", role: "member" },
    server: { name: "Test", version: "0" },
    limits: LIMITS,
    epoch: "e1",
    rooms: [summary()],
    online: ["Alice", "Bob"],
    away: [],
    guests: [],
    roles: [],
    online_count: 2,
    ...fields,
  };
}

/** An answer to `join`. */
export function joined(fields: Partial<Joined> = {}): Joined {
  return {
    type: "joined",
    room: "lobby",
    kind: "public",
    epoch: "e1",
    seq: 0,
    read: 0,
    members: ["Alice", "Bob"],
    messages: [],
    truncated: false,
    more: false,
    ...fields,
  };
}

/** A message in the lobby, from Bob. */
export function said(seq: number, fields: Partial<RoomMessage> = {}): RoomMessage {
  const message = `message ${seq}`;
  return { type: "room_message", room: "lobby", seq, sender: "Bob", at: seq, message, ...fields };
}

/** A direct message from Bob to Alice. */
export function told(seq: number, fields: Partial<PrivateMessage> = {}): PrivateMessage {
  return {
    type: "private_message",
    sender: "Bob",
    receiver: "Alice",
    seq,
    at: seq,
    message: `secret ${seq}`,
    ...fields,
  };
}

/** The intent of saying something. */
export function say(
  message: string,
  key: string,
  room = "lobby",
): Extract<Action, { type: "send" }> {
  return { type: "send", draft: { type: "room_message", room, message }, key, at: 1 };
}
