/** The fixture for tests of the page's state. */
import {
  type ClientFrame,
  type Joined,
  type PrivateMessage,
  type RoomMessage,
  type RoomSummary,
  type ServerFrame,
  type Welcome,
} from "../../lib/protocol/frames.ts";
import { foldName } from "../../lib/protocol/names.ts";
import { LIMITS } from "../../lib/protocol/limits.ts";
import {
  type Action,
  initialState,
  type PageEffect,
  type PageState,
  reduce,
} from "../../static/state/reducer.ts";
import { resolve } from "../../static/state/places.ts";
import type { RoomChanged, RoomState } from "../../static/state/types.ts";

/** Alice's page, driven by frames and intents, and what it sent. */
export class TestPage {
  state: PageState = initialState();
  effects: PageEffect[] = [];

  /** Dispatches an intent; returns the frames sent for it, each room of a `resume` as a `join`. */
  do(action: Action): ClientFrame[] {
    const { state, effects } = reduce(this.state, action);
    this.state = state;
    this.effects = [...effects];
    return effects.flatMap((effect) => effect.type === "send" ? [effect.frame] : [])
      .flatMap((frame) =>
        frame.type === "resume"
          ? frame.rooms.map((room): ClientFrame => ({ type: "join", ...room }))
          : [frame]
      );
  }

  /** Receives frames as one array. Ids that a test leaves out are derived from the names. */
  get(...frames: object[]): ClientFrame[] {
    return this.do({ type: "frames", frames: frames.map(withIds), at: 1_000 });
  }

  /** Signs in, connects and receives `welcome`; returns the joins. */
  connect(welcomed: Welcome = welcome()): ClientFrame[] {
    if (this.state.phase !== "signed_in") {
      this.do({ type: "signed_in", ...alice, pending: [] });
    }
    this.do({ type: "line", line: "connecting", at: 1_000 });
    this.do({ type: "line", line: "open", at: 1_000 });
    return this.get(welcomed);
  }

  /** Connects and answers every join. */
  enter(frame: Joined = joined(), welcomed: Welcome = welcome()): ClientFrame[] {
    this.connect(welcomed);
    return this.get({ ...frame, key: this.joinKey(frame.room) });
  }

  /** Loses the connection. */
  lose(): void {
    this.do({ type: "line", line: "closed", at: 1_000, retryAt: 5_000 });
  }

  /** The key of the pending join of a room. */
  joinKey(room: string): string {
    const found = [...this.state.requests].find(([, request]) =>
      ["join", "enter", "find"].includes(request.kind) && "room" in request &&
      (request.room === room || this.state.rooms.get(request.room)?.name === room)
    );
    if (found === undefined) throw new Error(`Nothing asked to join ${room}`);
    return found[0];
  }

  /** Returns a room, which must exist. */
  room(name = "lobby"): RoomState {
    const room = this.state.rooms.get(name) ??
      this.state.rooms.get(resolve(this.state, name) ?? "");
    if (room === undefined) throw new Error(`There is no room ${name}`);
    return room;
  }

  /** The texts in a room, in order. */
  texts(name = "lobby"): string[] {
    return this.room(name).messages.map((message) => message.message);
  }
}

/** Alice, as the server knows her. */
export const alice = { id: "u-alice", name: "Alice", role: "member" } as const;

/** The default id of a user. */
export function personId(name: string): string {
  return `u-${foldName(name).replace(/[^\w-]/g, "-")}`;
}

/** The default id of a room, or of the conversation with `@Name`. */
export function roomId(name: string): string {
  return name.startsWith("@") ? `dm-${foldName(name.slice(1))}` : foldName(name);
}

/** The key of the conversation with a user before the server has given its id. */
export function provisional(name: string): string {
  return `@${personId(name)}`;
}

interface Sketch {
  readonly type?: string;
  readonly room?: string;
  readonly kind?: string;
  readonly sender?: string;
  readonly sender_id?: string;
  readonly receiver?: string;
  readonly name?: string;
  readonly by?: string;
  readonly messages?: readonly object[];
  readonly rooms?: readonly object[];
  readonly names?: readonly string[];
}

/** Adds the ids that a frame needs, except those that the test states. */
function withIds(frame: object): ServerFrame {
  const { room, kind, sender, receiver, name, by, messages, rooms, names } = frame as Sketch;
  const other = sender === "Alice" ? receiver : sender;
  return {
    ...(room === undefined ? {} : { room_id: roomId(room) }),
    ...(kind === "direct" && room !== undefined ? { receiver_id: personId(room.slice(1)) } : {}),
    ...(sender === undefined ? {} : { sender_id: personId(sender) }),
    ...(receiver === undefined
      ? {}
      : { receiver_id: personId(receiver), room_id: roomId(`@${other}`) }),
    ...(typeof name === "string" ? { id: personId(name) } : {}),
    ...(names === undefined ? {} : { ids: names.map(personId) }),
    ...(by === undefined ? {} : { by_id: personId(by) }),
    ...frame,
    ...(messages === undefined ? {} : { messages: messages.map(withIds) }),
    ...(rooms === undefined ? {} : { rooms: rooms.map(withIds) }),
  } as ServerFrame;
}

/** A page in the lobby, which holds the messages 1 to `n`. */
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
    room_id: roomId(fields.room ?? "lobby"),
    room: "lobby",
    kind: "public",
    seq: 0,
    read: 0,
    unread: 0,
    mentions: 0,
    level: "mentions",
    ...fields,
  };
}

/** A `welcome` for Alice, who is in the lobby. */
export function welcome(fields: Partial<Welcome> = {}): Welcome {
  return {
    type: "welcome",
    you: alice,
    server: { name: "Test", version: "0" },
    limits: LIMITS,
    epoch: "e1",
    more_rooms: false,
    rooms: [summary()],
    online: ["Alice", "Bob"],
    online_ids: (fields.online ?? ["Alice", "Bob"]).map((name) =>
      fields.guests?.find((one) => one.name === name)?.id ?? personId(name)
    ),
    away: [],
    away_ids: (fields.away ?? []).map(personId),
    guests: [],
    roles: [],
    online_count: 2,
    ...fields,
  };
}

/** A reply to `join`. */
export function joined(fields: Partial<Joined> = {}): Joined {
  return {
    type: "joined",
    room_id: roomId(fields.room ?? "lobby"),
    room: "lobby",
    kind: "public",
    epoch: "e1",
    seq: 0,
    read: 0,
    unread: 0,
    mentions: 0,
    member_count: (fields.members ?? ["Alice", "Bob"]).length,
    members: ["Alice", "Bob"],
    member_ids: (fields.members ?? ["Alice", "Bob"]).map(personId),
    messages: [],
    truncated: false,
    more: false,
    ...fields,
  };
}

/** A message in the lobby, from Bob. */
export function said(seq: number, fields: Partial<RoomMessage> = {}): RoomMessage {
  const message = `message ${seq}`;
  const { room = "lobby", sender = "Bob" } = fields;
  const ids = { room_id: roomId(room), sender_id: personId(sender) };
  return { type: "room_message", ...ids, room, seq, sender, at: seq, message, ...fields };
}

/** A change of the lobby by Bob. */
export function roomChanged(seq: number, fields: Partial<RoomChanged> = {}): RoomChanged {
  const ids = { room_id: roomId("lobby"), sender_id: personId("Bob") };
  return { type: "room_changed", ...ids, room: "lobby", seq, sender: "Bob", at: seq, ...fields };
}

/** A direct message from Bob to Alice. */
export function directMessage(seq: number, fields: Partial<PrivateMessage> = {}): PrivateMessage {
  const { sender = "Bob", receiver = "Alice" } = fields;
  const other = sender === "Alice" ? receiver : sender;
  const ids = { sender_id: personId(sender), receiver_id: personId(receiver) };
  return {
    type: "private_message",
    room_id: roomId(`@${other}`),
    ...ids,
    sender,
    receiver,
    seq,
    at: seq,
    message: `secret ${seq}`,
    ...fields,
  };
}

/** The intent to send a message. */
export function say(
  message: string,
  key: string,
  room = "lobby",
): Extract<Action, { type: "send" }> {
  return { type: "send", room, draft: { type: "room_message", message }, key, at: 1 };
}
