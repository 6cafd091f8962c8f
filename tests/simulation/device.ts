import { type ClientFrame, type RoomEvent, type ServerFrame } from "../../lib/protocol/frames.ts";
import { shouldReconnect } from "../../lib/protocol/errors.ts";
import { SUBPROTOCOLS } from "../../lib/protocol/limits.ts";
import { expand } from "../../lib/protocol/delta.ts";
import type { Instance } from "./instance.ts";
import type { Ground, Line, Person } from "./person.ts";
import { isEvent, labelOf, pairLabel, type WireEvent } from "./oracle.ts";

/** A device: its position in each log, and its unacknowledged messages. */
export class Device {
  readonly person: Person;
  readonly id: string;
  /** The position in each log, kept across connections. */
  readonly has = new Map<string, number>();
  readonly wants = new Set<string>(["lobby", "kitchen"]);
  /** Sent messages by key, until they are acknowledged or refused. */
  readonly outbox = new Map<string, ClientFrame>();
  readonly said = new Map<string, ClientFrame>();
  readonly refusals: string[] = [];
  readonly #ground: Ground;
  #line: Line | undefined;
  #uplink: string[] = [];

  constructor(person: Person, id: string, ground: Ground) {
    this.person = person;
    this.id = id;
    this.#ground = ground;
  }

  /** The current connection, if any. */
  get line(): Readonly<Line> | undefined {
    return this.#line;
  }

  /** Frames that the server has sent and the device has not read. */
  get unread(): number {
    return this.#line === undefined ? 0 : this.#line.socket.sent.length - this.#line.read;
  }

  get hasUplink(): boolean {
    return this.#uplink.length > 0;
  }

  // Connection ----------------------------------------------------------------------------------

  connect(instance: Instance): void {
    this.#trace(`connects to ${instance.name}`);
    const { socket, client } = instance.accept(
      this.person.account,
      this.#ground.random.pick([null, ...SUBPROTOCOLS]),
    );
    const nobody = { online: new Set<string>(), named: new Map(), watched: new Set<string>() };
    const nothing = { read: 0, at: new Map(), asked: new Map(), watches: [], ...nobody };
    this.#line = { instance, socket, left: client.left, ...nothing, welcomed: false };
    this.#uplink = [];
  }

  /** Breaks the connection: part of the data under way still arrives, in either direction. */
  lose(): void {
    const line = this.#line;
    if (line === undefined) return;
    const { random } = this.#ground;
    this.flush(random.below(this.#uplink.length + 1));
    this.read(random.below(this.unread + 1));
    this.#trace("loses the line");
    this.#line = undefined;
    line.socket.gone();
  }

  /** Sends some of the queued frames, each by itself or as one array. */
  flush(count = Infinity): void {
    const frames = this.#uplink.splice(0, count);
    if (this.#line === undefined || frames.length === 0) return;
    const { socket } = this.#line;
    const together = frames.length > 1 && this.#ground.random.chance(0.5);
    if (together) socket.receive(`[${frames.join(",")}]`);
    else for (const frame of frames) socket.receive(frame);
  }

  /** Reads some of the received frames. */
  read(count = Infinity): void {
    const line = this.#line;
    if (line === undefined) return;
    const frames = line.socket.sent.slice(line.read, line.read + count);
    line.read += frames.length;
    line.socket.drain(frames.reduce((sum, { length }) => sum + length, 0));
    for (const text of frames) {
      for (const frame of expand([JSON.parse(text)].flat())) {
        this.#trace(`gets ${JSON.stringify(frame).slice(0, 180)}`);
        this.#take(line, frame);
      }
    }
    if (line.socket.readyState < WebSocket.CLOSING || this.unread > 0) return;
    const { code = 1005 } = line.socket.closes[0] ?? {};
    this.#trace(`is sent away with ${code}`);
    // Only guests who left have been banned or signed out.
    if (!shouldReconnect(code) && !this.person.isGuest) this.#fail(`is not to come back: ${code}`);
    this.#line = undefined;
    line.socket.gone();
  }

  // Commands ------------------------------------------------------------------------------------

  /** Sends a message with a new key. */
  say(frame: ClientFrame): void {
    const key = `k${this.person.keys++}`;
    const keyed = { ...frame, key };
    this.outbox.set(key, keyed);
    this.said.set(key, keyed);
    this.#send(keyed);
  }

  /** Resends a message with its key. */
  repeat(key: string): void {
    const frame = this.said.get(key);
    if (frame !== undefined) this.#send(frame);
  }

  /** Resends every unacknowledged message. */
  sayAgain(): void {
    for (const frame of this.outbox.values()) this.#send(frame);
  }

  /** Sends a command that stores nothing. */
  ask(frame: ClientFrame): void {
    this.#send({ ...frame, key: `q${this.person.keys++}` });
  }

  /** Requests a user's presence. */
  watch(names: readonly string[]): void {
    const key = `q${this.person.keys++}`;
    this.#line?.named.set(key, names);
    this.#send({ type: "watch", names: [...names], key });
  }

  join(label: string, stranger = false): void {
    if (this.#line === undefined) return;
    const key = `q${this.person.keys++}`;
    const after = this.has.get(label);
    this.#line.asked.set(key, { label, after: stranger ? NaN : after });
    const from = after === undefined ? {} : { after };
    const epoch = stranger ? { epoch: "another" } : { epoch: this.#line.instance.life.store.epoch };
    this.#send({ type: "join", room: this.nameOf(label), ...from, ...epoch, key });
  }

  create(room: string): void {
    const key = `q${this.person.keys++}`;
    this.#line?.asked.set(key, { label: room, after: undefined });
    this.#ground.oracle.invited.add(this.person.name);
    this.#send({ type: "create_room", room, kind: "private", key });
  }

  leave(room: string): void {
    const key = `q${this.person.keys++}`;
    this.wants.delete(room);
    this.#line?.asked.set(key, { leaves: room });
    this.#send({ type: "leave", room, key });
  }

  /** The name of a log in frames. */
  nameOf(label: string): string {
    if (!label.includes("0")) return label;
    const [one, other] = label.split("0");
    return `@${one === this.person.name ? other : one}`;
  }

  #send(frame: ClientFrame): void {
    if (this.#line === undefined) return;
    const text = JSON.stringify(frame);
    this.#trace(`sends ${text.slice(0, 150)}`);
    this.#uplink.push(text);
  }

  // Received frames -----------------------------------------------------------------------------

  #take(line: Line, frame: ServerFrame): void {
    if (isEvent(frame)) return this.#event(line, frame);
    switch (frame.type) {
      case "welcome":
        return this.#welcome(line, frame);
      case "joined":
        return this.#joined(line, frame);
      case "left":
        line.at.delete(frame.room.toLowerCase());
        this.wants.delete(frame.room.toLowerCase());
        return;
      case "presence":
        return this.#presence(frame.watched ? line.watched : line.online, frame);
      case "watching":
        return this.#watching(line, frame);
      case "error":
        return this.#refused(line, frame);
    }
  }

  #presence(seen: Set<string>, { name, state }: { name: string; state: string }): void {
    if (state === "offline") seen.delete(name);
    else seen.add(name);
  }

  #watching(line: Line, { online, key = "" }: Extract<ServerFrame, { type: "watching" }>): void {
    line.watches = line.named.get(key) ?? [];
    line.watched = new Set(online);
  }

  #welcome(line: Line, { rooms, online }: Extract<ServerFrame, { type: "welcome" }>): void {
    line.welcomed = true;
    for (const name of online) line.online.add(name);
    const directs = rooms.filter(({ kind }) => kind === "direct");
    for (const { room, seq } of directs) {
      const label = this.#labelOf(room);
      line.at.set(label, seq);
      const has = this.has.get(label);
      if (has === undefined || has < seq) this.join(label);
    }
    for (const label of this.wants) this.join(label);
    this.sayAgain();
  }

  #joined(line: Line, frame: Extract<ServerFrame, { type: "joined" }>): void {
    const label = this.#labelOf(frame.room);
    const asked = line.asked.get(frame.key ?? "");
    line.asked.delete(frame.key ?? "");
    if (asked === undefined || "leaves" in asked) {
      return this.#fail(`came into ${label} without asking`);
    }
    if (label === "vault" && !this.#ground.oracle.invited.has(this.person.name)) {
      this.#fail("came into the vault without an invitation");
    }
    const { after } = asked;
    const fits = after !== undefined && !Number.isNaN(after);
    if (fits && frame.truncated) {
      this.#fail(`has ${label} up to ${after}, and did not receive the rest`);
    }
    if (Number.isNaN(after) && !frame.truncated) {
      this.#fail(`was not notified of the gap in ${label}`);
    }
    if (fits) {
      const missed = this.#ground.oracle.log(label).slice(after, frame.seq).map(({ seq }) => seq);
      const got = frame.messages.map(({ seq }: RoomEvent) => seq);
      if (String(got) !== String(missed)) {
        this.#fail(`has ${label} up to ${after}, of ${missed} it received ${got}`);
      }
    }
    const at = line.at.get(label) ?? 0;
    if (frame.seq < at && !Number.isNaN(after)) {
      this.#fail(`is at ${at} in ${label}, and was sent back to ${frame.seq}`);
    }
    line.at.set(label, frame.seq);
    this.has.set(label, frame.seq);
    this.wants.add(label);
    for (const event of frame.messages) this.#acknowledge(event);
  }

  #event(line: Line, event: WireEvent): void {
    const label = labelOf(event);
    const isOwn = this.#acknowledge(event);
    const at = line.at.get(label) ?? (label.includes("0") ? 0 : undefined);
    if (at !== undefined && event.seq === at + 1) {
      line.at.set(label, event.seq);
      const has = this.has.get(label) ?? 0;
      if (has === event.seq - 1) this.has.set(label, event.seq);
      return;
    }
    // Replies to the device's own messages arrive out of order if it is not subscribed, or resends.
    const isAnswer = isOwn &&
      (at === undefined || event.seq <= at || this.#isUnsettled(line, label));
    if (!isAnswer) this.#fail(`is at ${at} in ${label}, and got ${JSON.stringify(event)}`);
  }

  /** Whether a join or leave request is unanswered. */
  #isUnsettled(line: Line, label: string): boolean {
    return line.asked.values().some((asked) =>
      ("leaves" in asked ? asked.leaves : asked.label) === label
    );
  }

  /** @returns Whether the frame answers a message that this device sent. */
  #acknowledge(event: RoomEvent): boolean {
    if (event.sender !== this.person.name || event.key === undefined) return false;
    this.outbox.delete(event.key);
    return this.said.has(event.key);
  }

  #refused(line: Line, { code, key = "" }: Extract<ServerFrame, { type: "error" }>): void {
    this.refusals.push(`${key} ${code}`);
    const asked = line.asked.get(key);
    line.asked.delete(key);
    if (asked !== undefined && "label" in asked) {
      // The subscription is uncertain: the device has to join again in any case.
      if (code === "try_again") this.join(asked.label);
      else this.wants.delete(asked.label);
    }
    if (code !== "try_again") this.outbox.delete(key);
  }

  #labelOf(room: string): string {
    return room.startsWith("@") ? pairLabel(this.person.name, room.slice(1)) : room.toLowerCase();
  }

  #fail(fault: string): void {
    this.#ground.oracle.fail(`${this.id} ${fault}`);
  }

  #trace(line: string): void {
    this.#ground.trace(`${this.id} ${line}`);
  }
}
