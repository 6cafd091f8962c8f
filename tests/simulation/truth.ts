import type { DatabaseSync } from "node:sqlite";
import type { Batch } from "../../lib/batch.ts";
import type { RoomEvent, ServerFrame } from "../../lib/protocol.ts";
import type { Account, Append, Store, StoredEvent } from "../../lib/store/store.ts";

/** One event of a log, as it was committed. */
export interface Entry {
  readonly append: Append;
  readonly seq: number;
}

/** A log event as the wire has it. */
export type WireEvent = Extract<ServerFrame, { seq: number; sender: string }>;

const EVENTS = ["room_message", "private_message", "message_edited", "message_deleted", "reaction"];

/** Whether a frame is an event of a log. */
export function isEvent(frame: ServerFrame): frame is WireEvent {
  return EVENTS.includes(frame.type);
}

/** What two people call their conversation. */
export function pairLabel(one: string, other: string): string {
  return [one, other].sort().join("0");
}

/** The log that an event belongs to: a room's name, or its pair. */
export function labelOf(event: WireEvent): string {
  return "receiver" in event ? pairLabel(event.sender, event.receiver) : event.room.toLowerCase();
}

/** What everybody says bears the place where it was said, so that it can be known anywhere. */
const MARK = /\bz(\w+?)z\b/g;
const WORD = /\bm\d+\b/g;

/** The text of something that is said: where, and a word that occurs nowhere else. */
export function textIn(label: string, n: number): string {
  return `hello z${label}z m${n}`;
}

interface Facts {
  readonly events: readonly WireEvent[];
  readonly marks: readonly string[];
  readonly words: readonly string[];
}

/**
 * The model: what was committed, in order, and who has a right to it. Everything that the server
 * hands out is compared with it at the moment at which it is handed out.
 */
export class Truth {
  /** Every log, by its label. */
  readonly logs = new Map<string, Entry[]>();
  /** What went wrong. */
  readonly faults: string[] = [];
  /** Who was let into the room that is not for everybody. */
  readonly invited = new Set<string>();
  /** Words that were edited away or deleted. */
  readonly gone = new Set<string>();
  /**
   * Whether rights hold at once. Where several instances share a store, the others hear of it later:
   * until then they hold for whoever has had them at some time.
   */
  strictRights = true;
  /** Whether nothing is under way any more that could still bring what is gone by now. */
  strictWords = false;
  readonly #db: DatabaseSync;
  readonly #isMember;
  readonly #isRoom;
  readonly #keys = new Set<string>();
  readonly #ever = new Set<string>();
  /** Whoever is being removed, while the server does not know yet. */
  readonly #leaving = new Map<string, number>();
  readonly #answered: string[] = [];
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

  /** A log; empty where nothing was said yet. */
  log(label: string): readonly Entry[] {
    return this.logs.get(label) ?? [];
  }

  /** The store, with what it does noted as soon as it is committed. */
  noting(store: Store): Store {
    const own: Partial<Store> = {
      // A second private room of a name could not be told from the first by what is said there.
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

  /** The store as a server has it, with what it does not know yet noted. */
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

  /** Everything that the server was told it has had the time to carry out. */
  settled(): void {
    for (const known of this.#answered.splice(0)) {
      const left = (this.#leaving.get(known) ?? 0) - 1;
      if (left > 0) this.#leaving.set(known, left);
      else this.#leaving.delete(known);
    }
  }

  /** A server died: what it did not know, its successor reads. */
  forgotten(): void {
    this.#leaving.clear();
    this.#answered.length = 0;
  }

  /** A server hands something to somebody. */
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
    if (append.kind === "edit" || append.kind === "delete") {
      const author = log[append.target - 1]?.append.sender.id;
      const mayTouch = author === append.sender.id ||
        (append.kind === "delete" && append.asModerator);
      if (!mayTouch) this.fail(`${append.sender.name} changed what is not theirs: ${key}`);
      for (const word of this.#wordsUnder(log, append.target)) this.gone.add(word);
    }
  }

  /** The words that a message had before its newest change. */
  #wordsUnder(log: readonly Entry[], target: number): string[] {
    const before = log.slice(0, -1).flatMap(({ append, seq }) => {
      if (append.kind === "message") return seq === target ? [append.text] : [];
      return append.kind === "edit" && append.target === target ? [append.text] : [];
    });
    return before.flatMap((text) => text.match(WORD) ?? []);
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

function overlay(store: Store, own: Partial<Store>): Store {
  return new Proxy(store, {
    get: (_, name) => Reflect.get(name in own ? own : store, name),
  });
}

/** Whether it is what somebody said themselves: it is acknowledged also after they have left. */
function isAnswer({ messages }: Batch, to: Account): boolean {
  const frames = messages.map((message): Partial<RoomEvent> => JSON.parse(message));
  return frames.every(({ sender, key }) => sender === to.name && key !== undefined);
}
