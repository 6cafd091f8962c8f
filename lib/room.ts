/**
 * A room that somebody is in at the moment: its members, its place in the log and the channel to
 * those who follow it.
 *
 * @module
 */
import { Channel, type ChannelOptions } from "./channel.ts";
import { roomNameFor, wireEvent } from "./events.ts";
import type { ServerFrame } from "./protocol.ts";
import type { Account, RoomRecord, StoredEvent } from "./store/store.ts";

/** A loaded room. */
export class Room {
  readonly id: number;
  readonly record: RoomRecord;
  readonly channel: Channel;
  readonly #members: Map<number, Account>;
  #seq: number;
  /** Whether only moderators can write here. */
  locked: boolean;
  /** How many ms one person waits between two messages; 0 for not at all. */
  slowMs: number;
  /** When somebody last said something, while the room is slowed. */
  readonly #saidAt = new Map<number, number>();
  /** Appends under way: as long as there are any, the room must stay loaded. */
  appending = 0;
  /**
   * Which state of its members and rules this is (see `RoomHead`), where that is certain: of two
   * changes at two instances a third may hear in the wrong order, so that after each the store has
   * to be asked.
   */
  version: number | null = null;
  /** How often its members or rules have changed since it was loaded. */
  changes = 0;

  /** @param seq The place in the log from which it goes on. */
  constructor(
    record: RoomRecord,
    members: readonly Account[],
    options: ChannelOptions,
    seq = record.seq,
  ) {
    this.id = record.id;
    this.record = record;
    this.#seq = seq;
    this.locked = record.locked;
    this.slowMs = record.slowMs;
    this.#members = new Map(members.map((account) => [account.id, account]));
    this.channel = new Channel(options, seq);
  }

  /** The newest `seq` that was published, or passed over. */
  get seq(): number {
    return this.#seq;
  }

  /** Whether it is a conversation of two. */
  get isDirect(): boolean {
    return this.record.pair !== null;
  }

  /** Whether it is a conversation with somebody who is gone for good: a guest, a retired bot. */
  get isOver(): boolean {
    return this.record.pair?.some((one) => !this.has(one)) ?? false;
  }

  /** Whether a person is a member. */
  has(account: Account): boolean {
    return this.#members.has(account.id);
  }

  /** The members, in the order in which they came. */
  members(): Iterable<Account> {
    return this.#members.values();
  }

  /** The members' names. */
  memberNames(): string[] {
    return [...this.#members.values()].map(({ name }) => name);
  }

  /** Makes somebody a member. */
  add(account: Account): void {
    this.#change();
    this.#members.set(account.id, account);
  }

  /** Makes somebody no member any more. */
  remove(account: Account): void {
    this.#change();
    this.#members.delete(account.id);
  }

  /** Sets what can be said here: see `locked` and `slowMs`. */
  setRules({ locked, slowMs }: { readonly locked: boolean; readonly slowMs: number }): void {
    this.#change();
    this.locked = locked;
    this.slowMs = slowMs;
  }

  /** When somebody last said something, as far as it matters; long ago where it does not. */
  saidAt(account: Account): number {
    return this.#saidAt.get(account.id) ?? -Infinity;
  }

  /** Notes when somebody said something. */
  noteSaying(account: Account, at: number): void {
    this.#saidAt.set(account.id, at);
  }

  /** The room's name as one person sees it. */
  nameFor(viewer: Account): string {
    return roomNameFor(this.record, viewer);
  }

  /**
   * Publishes a stored event to the followers at the next flush. Events come in order; one that
   * was here already (the room was loaded after its commit) is passed over.
   *
   * @returns `false`, and publishes nothing, where events before it are still missing.
   */
  publish(event: StoredEvent): boolean {
    if (event.seq <= this.#seq) return true;
    if (event.seq > this.#seq + 1) return false;
    this.#seq = event.seq;
    this.channel.publish(JSON.stringify(wireEvent(this.record, event)), event.seq);
    return true;
  }

  /** Goes on from a later place, where nobody follows who would miss what is between. */
  skipTo(seq: number): void {
    this.#seq = seq;
    this.channel.skipTo(seq);
  }

  #change(): void {
    this.changes += 1;
    this.version = null;
  }

  /** Tells the followers something that is not stored. */
  notify(frame: ServerFrame): void {
    this.channel.publish(JSON.stringify(frame));
    this.channel.flush();
  }
}
