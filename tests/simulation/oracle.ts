import type { DatabaseSync } from "node:sqlite";
import type { Target } from "../../lib/chat/events/event.ts";
import { changesOf, isRoomEvent, refusesEvent, targetOf } from "../../lib/chat/events/index.ts";
import type { Batch } from "../../lib/chat/outbound_batch.ts";
import type { RoomEvent, ServerFrame } from "../../lib/protocol/frames.ts";
import type { Store } from "../../lib/store/store.ts";
import type { Account, Append, StoredEvent } from "../../lib/store/records.ts";

/** An event of a log, as committed. */
export interface Entry {
  readonly append: Append;
  readonly seq: number;
}

/** A log event in its wire form. */
export type WireEvent = Extract<ServerFrame, { seq: number; sender: string }>;

/** Whether a frame is an event of a log. */
export const isEvent: (frame: ServerFrame) => frame is WireEvent = isRoomEvent;

/** The label of the conversation of two users. */
export function pairLabel(one: string, other: string): string {
  return [one, other].sort().join("0");
}

/** The log that an event belongs to: a room's name, or its pair of users. */
export function labelOf(event: WireEvent): string {
  return "receiver" in event ? pairLabel(event.sender, event.receiver) : event.room.toLowerCase();
}

/** Every message text states its log, so that it is recognized anywhere. */
const MARK = /\bz(\w+?)z\b/g;
const WORD = /\bm\d+\b/g;

/** A message text: the log, and a unique word. */
export function textIn(label: string, n: number): string {
  return `hello z${label}z m${n}`;
}

/** A message in its current state. */
interface MessageNow {
  readonly sender: number;
  text: string;
  deleted: boolean;
}

interface Facts {
  readonly events: readonly WireEvent[];
  readonly marks: readonly string[];
  readonly words: readonly string[];
}

/**
 * The model: the committed events in order, and which users may see them. Every frame from the
 * server is compared with it when it is sent.
 */
export class Oracle {
  /** Every log, by its label. */
  readonly logs = new Map<string, Entry[]>();
  /** The violations found. */
  readonly faults: string[] = [];
  /** The users who were added to the private room. */
  readonly invited = new Set<string>();
  /** Words that were edited away or deleted. */
  readonly gone = new Set<string>();
  /**
   * Whether permissions apply at once. Instances that share a store learn of changes later: until
   * then, a permission counts for every user who ever had it.
   */
  strictRights = true;
  /** Whether no outdated data can still be under way. */
  strictWords = false;
  readonly #db: DatabaseSync;
  readonly #isMember;
  readonly #isRoom;
  readonly #keys = new Set<string>();
  readonly #ever = new Set<string>();
  /** Users being removed, while the server does not know yet. */
  readonly #leaving = new Map<string, number>();
  readonly #answered: string[] = [];
  /** The messages of each log, by seq. */
  readonly #messages = new Map<string, Map<number, MessageNow>>();
  readonly #facts = new WeakMap<Batch, Facts>();
  readonly #labels = new Map<number, string>();

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#isMember = db.prepare("SELECT 1 FROM members WHERE account = ? AND folded = ?");
    this.#isRoom = db.prepare("SELECT 1 FROM rooms WHERE folded = ?");
  }

  fail(fault: string): void {
    this.faults.push(fault);
  }

  /** A log; empty before its first message. */
  log(label: string): readonly Entry[] {
    return this.logs.get(label) ?? [];
  }

  /** The store, recording each change as it is committed. */
  noting(store: Store): Store {
    const own: Partial<Store> = {
      // Message texts could not distinguish a second private room with the same name.
      createRoom: (room) =>
        this.#isRoom.get(room.name) === undefined ? store.createRoom(room) : Promise.resolve(null),
      addMember: async (room, account, at) => {
        const result = await store.addMember(room, account, at);
        if (result !== "conflict") this.#ever.add(`${account} ${this.#labelOfRoom(room)}`);
        return result;
      },
      append: async (batch) => {
        const results = await store.append(batch);
        for (const [i, result] of results.entries()) {
          const append = batch[i];
          if (append !== undefined && "event" in result && !result.repeated) {
            this.#commit(append, result.event);
          }
        }
        return results;
      },
    };
    return overlay(store, own);
  }

  /** The store as a server uses it, recording changes that the server does not know yet. */
  watching(store: Store): Store {
    const leaving = (account: number) => {
      const known = `${account}`;
      this.#leaving.set(known, (this.#leaving.get(known) ?? 0) + 1);
      return () => void this.#answered.push(known);
    };
    return overlay(store, {
      removeMember: (room, account) => store.removeMember(room, account).finally(leaving(account)),
      retireGuest: (account) => store.retireGuest(account).finally(leaving(account)),
    });
  }

  /** The server has had the time to apply every change it was notified of. */
  settled(): void {
    for (const known of this.#answered.splice(0)) {
      const left = (this.#leaving.get(known) ?? 0) - 1;
      if (left > 0) this.#leaving.set(known, left);
      else this.#leaving.delete(known);
    }
  }

  /** A server crashed: its successor reads every change from the store. */
  forgotten(): void {
    this.#leaving.clear();
    this.#answered.length = 0;
  }

  /** Checks a frame that a server sends to a device. */
  handedOut(batch: Batch, to: Account): void {
    const { marks, words } = this.#factsOf(batch);
    for (const mark of marks) {
      if (this.#mayRead(mark, to)) this.#ever.add(`${to.id} ${mark}`);
      else if (!this.#mayStillRead(mark, to) && !isAnswer(batch, to)) {
        this.fail(`${to.name} was handed something of ${mark}: ${batch.frame.slice(0, 300)}`);
      }
    }
    if (!this.strictWords) return;
    for (const word of words) {
      if (this.gone.has(word)) {
        this.fail(`${to.name} was handed ${word}, which is gone: ${batch.frame.slice(0, 300)}`);
      }
    }
  }

  #mayStillRead(mark: string, { id }: Account): boolean {
    return this.#leaving.has(`${id}`) || (!this.strictRights && this.#ever.has(`${id} ${mark}`));
  }

  #factsOf(batch: Batch): Facts {
    const known = this.#facts.get(batch);
    if (known !== undefined) return known;
    const text = batch.frame;
    const events = batch.messages.map((message): ServerFrame => JSON.parse(message))
      .flatMap((frame) => frame.type === "joined" ? [...frame.messages] : [frame]).filter(isEvent);
    for (const event of events) this.#checkCommitted(event);
    const found = (what: RegExp, group: number) => [
      ...new Set([...text.matchAll(what)].map((match) => match[group] ?? "")),
    ];
    const facts = { events, marks: found(MARK, 1), words: found(WORD, 0) };
    this.#facts.set(batch, facts);
    return facts;
  }

  #checkCommitted(event: WireEvent): void {
    const entry = this.log(labelOf(event))[event.seq - 1];
    const { append } = entry ?? {};
    if (append?.sender.name === event.sender && append.key === (event.key ?? null)) return;
    this.fail(`not committed: ${JSON.stringify(event)}, but ${JSON.stringify(entry)}`);
  }

  #mayRead(mark: string, { id, name }: Account): boolean {
    if (mark.includes("0")) return mark.split("0").includes(name);
    return this.#isMember.get(id, mark) !== undefined;
  }

  #commit(append: Append, { seq }: StoredEvent): void {
    const label = this.#labelOfRoom(append.room);
    const log = this.logs.get(label) ?? [];
    this.logs.set(label, log);
    if (seq !== log.length + 1) this.fail(`${label}: ${seq} was stored after ${log.length}`);
    const key = `${label} ${append.sender.name} ${append.key}`;
    if (append.key !== null && this.#keys.has(key)) this.fail(`${key} was stored twice`);
    this.#keys.add(key);
    log.push({ append, seq });
    const messages = this.#messages.get(label) ?? new Map<number, MessageNow>();
    this.#messages.set(label, messages);
    if (append.kind === "message") {
      messages.set(seq, { sender: append.sender.id, text: append.text, deleted: false });
    }
    const target = targetOf(append);
    if (target !== null) this.#checkTarget(append, messages.get(target) ?? null, key);
  }

  /** Compares an event with the rules for its type, and applies it to its target. */
  #checkTarget(append: Append, target: MessageNow | null, what: string): void {
    const { kind, sender, asModerator = false } = append;
    const refusal = refusesEvent(kind, { target: factOf(target, sender), asModerator });
    if (refusal !== null || target === null) {
      return this.fail(`${sender.name} caused what is refused (${refusal}): ${what}`);
    }
    const { text, deleted } = changesOf(append);
    if (text === undefined && !deleted) return;
    for (const [word] of target.text.matchAll(WORD)) this.gone.add(word);
    target.text = text ?? "";
    target.deleted = deleted ?? false;
  }

  #labelOfRoom(id: number): string {
    const known = this.#labels.get(id);
    if (known !== undefined) return known;
    const row = this.#db.prepare(
      `SELECT r.folded, a.name AS one, b.name AS other FROM rooms r
       LEFT JOIN accounts a ON a.id = r.low LEFT JOIN accounts b ON b.id = r.high WHERE r.id = ?`,
    ).get(id);
    const label = row?.folded == null
      ? pairLabel(String(row?.one), String(row?.other))
      : String(row.folded);
    this.#labels.set(id, label);
    return label;
  }
}

function factOf(target: MessageNow | null, { id }: Account): Target {
  if (target === null) return "none";
  if (target.deleted) return "deleted";
  return target.sender === id ? "own" : "foreign";
}

function overlay(store: Store, own: Partial<Store>): Store {
  return new Proxy(store, {
    get: (_, name) => Reflect.get(name in own ? own : store, name),
  });
}

/** Whether the device's own user sent it: it is acknowledged even after they have left. */
function isAnswer({ messages }: Batch, to: Account): boolean {
  const frames = messages.map((message): Partial<RoomEvent> => JSON.parse(message));
  return frames.every(({ sender, key }) => sender === to.name && key !== undefined);
}
