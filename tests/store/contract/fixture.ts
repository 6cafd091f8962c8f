import { assert, assertExists } from "@std/assert";
import type { NewAccount } from "../../../lib/store/people.ts";
import type { Store } from "../../../lib/store/store.ts";
import type {
  Account,
  Append,
  Bounds,
  RoomRecord,
  StoredEvent,
  StoredMessage,
} from "../../../lib/store/records.ts";

/** The fixture of every contract test: a new store, three accounts, and a room with two members. */
export interface StoreFixture {
  readonly store: Store;
  readonly alice: Account;
  readonly bob: Account;
  /** A member of no room. */
  readonly carol: Account;
  /** Created by Alice, with Bob as a member. */
  readonly team: RoomRecord;
  /** Reopens the store as a restarted server would; `store` is closed first. */
  succeed(): Promise<Store>;
}

/** Tests by title. */
export type Contract = Readonly<Record<string, (fixture: StoreFixture) => Promise<void>>>;

/** Bounds that a test does not reach by accident. */
export const ROOMY: Bounds = { limit: 100_000, maxLength: 100_000_000 };

/** The whole list of rooms. */
export const ALL_ROOMS = { begins: "", after: "", afterPrivate: false, limit: 100 } as const;

/** The time of every change. */
export const AT = 1_700_000_000_000;

export async function makeStoreFixture(
  store: Store,
  succeed: () => Promise<Store> = () => Promise.resolve(store),
): Promise<StoreFixture> {
  const alice = await person(store, "Alice");
  const bob = await person(store, "Bob");
  const carol = await person(store, "Carol");
  const team = await room(store, "Team", alice);
  await store.addMember(team.id, bob.id, AT);
  return { store, alice, bob, carol, team, succeed };
}

export async function person(store: Store, name: string): Promise<Account> {
  return made(await store.createAccount(newAccount(name)));
}

/** The parameters of a new account; its skeleton is its name in lower case. */
export function newAccount(name: string, rest: Partial<NewAccount> = {}): NewAccount {
  const skeleton = name.toLowerCase();
  return { name, skeleton, role: "member", password: null, at: AT, invite: null, ...rest };
}

/** Creates a guest. */
export async function guest(store: Store, name: string): Promise<Account> {
  return made(await store.createGuest({ name, skeleton: name.toLowerCase(), at: AT }));
}

function made(account: Account | string): Account {
  assert(typeof account === "object", `not made: ${account}`);
  return account;
}

export async function room(
  store: Store,
  name: string,
  creator: Account | null,
  kind: "public" | "private" = "public",
): Promise<RoomRecord> {
  const made = await store.createRoom({
    name,
    kind,
    title: null,
    creator: creator?.id ?? null,
    at: AT,
  });
  assertExists(made);
  return made;
}

// Appends --------------------------------------------------------------------------------------

type Place = { readonly id: number };

export function message(
  { id }: Place,
  sender: Account,
  text: string,
  { key = null, replyTo = null, files = [] }: {
    key?: string | null;
    replyTo?: number | null;
    files?: readonly string[];
  } = {},
): Append {
  const said = { kind: "message", room: id, sender, at: AT, key, text, replyTo } as const;
  return files.length === 0 ? said : { ...said, files };
}

/** A reply in the thread of a message. */
export function reply(place: Place, sender: Account, text: string, thread: number): Append {
  return { ...message(place, sender, text, { replyTo: thread }), thread } as Append;
}

export function edit(
  { id }: Place,
  sender: Account,
  target: number,
  text: string,
  key: string | null = null,
  basedOn?: number,
): Append {
  const base = basedOn === undefined ? {} : { basedOn };
  return { kind: "edit", room: id, sender, at: AT + 1, key, target, text, ...base };
}

export function remove(
  { id }: Place,
  sender: Account,
  target: number,
  key: string | null = null,
): Append {
  return { kind: "delete", room: id, sender, at: AT + 2, key, target, asModerator: false };
}

export function react(
  { id }: Place,
  sender: Account,
  target: number,
  emoji: string,
  { on = true, key = null }: { on?: boolean; key?: string | null } = {},
): Append {
  return { kind: "reaction", room: id, sender, at: AT + 3, key, target, emoji, on };
}

type Change = Extract<Append, { kind: "room_changed" }>;

/** The fields of a change of a room that changes nothing. */
export const NO_CHANGE = {
  name: null,
  title: null,
  visibility: null,
  archived: null,
  locked: null,
  slowSeconds: null,
  threads: null,
  retentionDays: null,
  previews: null,
  mayPost: null,
  mayInvite: null,
  mayPin: null,
};

/** The append that changes a room. */
export function change(
  { id }: Place,
  sender: Account,
  what: Partial<Change>,
): Append {
  const base = { kind: "room_changed", room: id, sender, at: AT, key: null } as const;
  return { ...base, ...NO_CHANGE, whileArchived: true, ...what };
}

// Results --------------------------------------------------------------------------------------

/** Appends a batch; fails if any event is refused or repeated. */
export async function store(store: Store, ...batch: Append[]): Promise<readonly StoredEvent[]> {
  return (await store.append(batch)).map((result) => {
    assert("event" in result && !result.repeated, `not stored: ${JSON.stringify(result)}`);
    return result.event;
  });
}

/** The result of each append: its seq, "again 3", or the code of the refusal. */
export async function outcomes(
  store: Store,
  ...batch: Append[]
): Promise<readonly (number | string)[]> {
  return (await store.append(batch)).map((result) => {
    if ("refused" in result) return result.refused;
    return result.repeated ? `again ${result.event.seq}` : result.event.seq;
  });
}

/** The whole log of a room. */
export async function log(store: Store, { id }: Place): Promise<readonly StoredEvent[]> {
  const events = await store.replay(id, 0, Number.MAX_SAFE_INTEGER, ROOMY);
  assertExists(events);
  return events;
}

/** Every message of a room, in its current state. */
export async function messages(store: Store, { id }: Place): Promise<readonly StoredMessage[]> {
  return (await store.pageAfter(id, 0, ROOMY)).messages;
}

/** The message with a seq, in its current state. */
export async function messageAt(store: Store, { id }: Place, seq: number): Promise<StoredMessage> {
  const { messages: [found] } = await store.pageAfter(id, seq - 1, { limit: 1, maxLength: 0 });
  assert(found?.seq === seq, `there is no message ${seq}`);
  return found;
}

/** The numbers from 1 to `count`. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n + 1);
}
