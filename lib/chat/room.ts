/**
 * A loaded room: its members, its position in the log, and the channel to its subscribers.
 *
 * @module
 */
import { Channel, type ChannelOptions } from "./channel.ts";
import type { Members } from "./members.ts";
import type { RoomChange } from "./events/event.ts";
import { roomChangeOf } from "./events/index.ts";
import { roomNameFor, wireEvent } from "./to_wire.ts";
import type { ServerFrame } from "../protocol/frames.ts";
import { foldRoom } from "../protocol/names.ts";
import type { NamePage } from "../util/name_index.ts";
import type { Account, RoomRecord, StoredEvent } from "../store/records.ts";

/** A room in memory. */
export class Room {
  readonly id: number;
  readonly channel: Channel;
  #record: RoomRecord;
  /** Its folded name, once a connection has looked it up. */
  #folded: string | undefined;
  readonly #members: Members;
  #seq: number;
  /** The account that moderates the room beside the server's moderators: see `RoomRecord`. */
  host: number | null;
  /** When each member last posted, in slow mode. */
  readonly #lastMessageAt = new Map<number, number>();
  /** Whether the log went back and another `Room` has replaced this one. */
  isReplaced = false;
  /** Whether the room was deleted. */
  isDeleted = false;
  /** Appends in flight. */
  #appending = 0;
  /** Marks of events that were read from the log while appends were in flight, by `seq`. */
  readonly #readMarks = new Map<number, string>();
  /** The `seq` up to which the log was skipped meanwhile. */
  #skipped = 0;
  /** Counts the changes of members and rules since the room was loaded. */
  changes = 0;
  /** The version of members and rules that memory was last compared with; `null` for none yet. */
  #version: number | null = null;
  /** The number of changes at that moment. */
  #comparedChanges = 0;

  /** @param seq The position in the log from which the room continues. */
  constructor(
    record: RoomRecord,
    members: Members,
    options: ChannelOptions,
    seq = record.seq,
  ) {
    this.id = record.id;
    this.#record = record;
    this.isDeleted = record.deleted;
    this.#seq = seq;
    this.host = record.host;
    this.#members = members;
    this.channel = new Channel(options, seq);
  }

  /** What the room is. Its `seq` and `host` are those of the moment when it was read. */
  get record(): RoomRecord {
    return this.#record;
  }

  /** Whether only moderators can post. */
  get locked(): boolean {
    return this.#record.locked;
  }

  /** Whether nobody can post. */
  get archived(): boolean {
    return this.#record.archived;
  }

  /** Slow mode: how many ms a member waits between two messages; 0 for none. */
  get slowMs(): number {
    return this.#record.slowMs;
  }

  /** The folded name; empty for a conversation, which has none of its own. */
  get foldedName(): string {
    return this.#folded ??= foldRoom(this.#record.name);
  }

  /** The newest `seq` that was published or skipped. */
  get seq(): number {
    return this.#seq;
  }

  /** The number of appends in flight. The room must stay loaded while there are any. */
  get appending(): number {
    return this.#appending;
  }

  /** Counts an append as in flight. */
  beginAppend(): void {
    this.#appending += 1;
  }

  /** Ends an append. */
  endAppend(): void {
    this.#appending -= 1;
    if (this.#appending > 0) return;
    this.#readMarks.clear();
    this.#skipped = 0;
  }

  /**
   * Whether the room has published another event at the `seq` of one that was just appended: then
   * the log has lost the published one. Call it before `endAppend`.
   */
  contradicts(event: StoredEvent): boolean {
    if (event.seq > this.#seq || event.seq <= this.#skipped) return false;
    return this.#readMarks.get(event.seq) !== markOf(event);
  }

  /** Publishes an event that was read from the log. */
  publishRead(event: StoredEvent): void {
    if (this.#appending > 0) this.#readMarks.set(event.seq, markOf(event));
    this.publish(event);
  }

  /** Whether the room is a direct conversation. */
  get isDirect(): boolean {
    return this.record.pair !== null;
  }

  /** Whether the room is a conversation without a name. */
  get isNameless(): boolean {
    return this.#record.people !== null;
  }

  /** Whether the room is a conversation of its members, and not a place that has a name. */
  get isConversation(): boolean {
    return this.isDirect || this.isNameless;
  }

  /** Whether the room is a conversation with a guest or bot that is gone for good. */
  get isOver(): boolean {
    return this.record.pair?.some((one) => !this.has(one)) ?? false;
  }

  /** Whether an account is a member. */
  has(account: Account): boolean {
    return this.#members.has(account);
  }

  /** The member with an account id. */
  member(id: number): Account | undefined {
    return this.#members.get(id);
  }

  /** The members, in no order that means anything. */
  members(): Iterable<Account> {
    return this.#members;
  }

  /** The number of members. */
  get memberCount(): number {
    return this.#members.size;
  }

  /** The member with a folded name. */
  memberNamed(folded: string): Account | undefined {
    return this.#members.named(folded);
  }

  /** A page of the members, in the order of their folded names. */
  membersByName(page: NamePage): { readonly values: readonly Account[]; readonly more: boolean } {
    return this.#members.page(page);
  }

  /** Adds a member. */
  add(account: Account): void {
    this.#change();
    this.#members.set(account);
    this.#setPeople();
  }

  /** Replaces what is known of a member or a participant, whose name may be another one. */
  replaceAccount(account: Account): void {
    if (this.has(account)) {
      this.#members.set(account);
      this.#setPeople();
    }
    const { pair } = this.#record;
    if (pair === null) return;
    const [one, other] = pair.map((known) => known.id === account.id ? account : known);
    if (one && other) this.#record = { ...this.#record, pair: [one, other] };
  }

  /** Removes a member. */
  remove(account: Account): void {
    this.#change();
    this.#members.delete(account);
    this.#setPeople();
    // The effect that removes the member names the next host.
    if (this.host === account.id) this.host = null;
  }

  /** Replaces what the room is by a record that was read from the store, and its host with it. */
  setRecord(record: RoomRecord): void {
    this.#set(record);
    this.host = record.host;
  }

  /**
   * Keeps what the record of a conversation without a name says of its members: those who came first
   * come first.
   */
  #setPeople(): void {
    const { people } = this.#record;
    if (people === null) return;
    const members = new Map([...this.#members].map((account) => [account.publicId, account]));
    const before = people.map(({ publicId }) => publicId);
    const inOrder = new Set([...before, ...members.keys()]);
    this.#record = { ...this.#record, people: [...inOrder].flatMap((id) => members.get(id) ?? []) };
  }

  #set(record: RoomRecord): void {
    this.#change();
    this.#record = record;
    this.#folded = undefined;
  }

  /** When a member last posted; `-Infinity` when that is not recorded. */
  lastMessageAt(account: Account): number {
    return this.#lastMessageAt.get(account.id) ?? -Infinity;
  }

  /** Records when a member posted. */
  recordMessage(account: Pick<Account, "id">, at: number): void {
    this.#lastMessageAt.set(account.id, at);
  }

  /** The room's name as an account sees it. */
  nameFor(viewer: Account): string {
    return roomNameFor(this.record, viewer);
  }

  /**
   * Publishes a stored event; the next flush sends it to the subscribers. Skips an event that the
   * room already has (because it was loaded after the commit).
   *
   * @returns `false`, and publishes nothing, when events before it are missing.
   */
  publish(event: StoredEvent): boolean {
    if (event.seq <= this.#seq) return true;
    // Invariant S2: a room's `seq` rises by exactly one.
    if (event.seq > this.#seq + 1) return false;
    this.#seq = event.seq;
    const change = roomChangeOf(event);
    if (change !== null) this.#set(changed(this.#record, change));
    this.channel.publish(JSON.stringify(wireEvent(this.record, event)), event.seq);
    return true;
  }

  /** Continues from a later position. Call it without subscribers only: they would miss events. */
  skipTo(seq: number): void {
    if (this.#appending > 0) this.#skipped = seq;
    this.#seq = seq;
    this.channel.skipTo(seq);
  }

  #change(): void {
    this.changes += 1;
  }

  /** The version that memory was last compared with (see `RoomHead`); `null` for none yet. */
  get version(): number | null {
    return this.#version;
  }

  /** Records that memory is as the store is in a version. */
  setVersion(version: number): void {
    this.#version = version;
    this.#comparedChanges = this.changes;
  }

  /**
   * Whether members and rules are those of a version. After each change they have to be compared: an
   * instance may get the changes of two others in the wrong order.
   */
  isAt(version: number): boolean {
    return version === this.#version && this.changes === this.#comparedChanges;
  }

  /** Sends the subscribers a frame that is not in the log. */
  notify(frame: ServerFrame): void {
    this.channel.publish(JSON.stringify(frame));
    this.channel.flush();
  }
}

/** Distinguishes an event from another one with the same `seq` in another log. */
function markOf({ kind, senderId, at, key }: StoredEvent): string {
  return `${kind} ${senderId} ${at} ${key}`;
}

function changed(record: RoomRecord, { title, ...rest }: RoomChange): RoomRecord {
  return { ...record, ...rest, ...(title === undefined ? {} : { title: title || null }) };
}
