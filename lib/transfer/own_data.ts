/**
 * Everything that a server holds about one user, for that user: lines of JSON and files, in a ZIP
 * archive that is made while it is read.
 *
 * @module
 */
import { scheduledTag } from "../chat/personal.ts";
import { peopleTag, recordTag } from "../chat/replies.ts";
import { wireMessage } from "../chat/to_wire.ts";
import type { FileRecord } from "../store/files.ts";
import { MAX_DRAFTS } from "../store/personal.ts";
import type { LogPlace } from "../store/erasures.ts";
import type { Account } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import { type NewZipEntry, zipOf } from "./zip_writer.ts";

/** The bounds of a page with one message of any length. */
const ONE = { limit: 1, maxLength: 0 } as const;

/** How many saved messages are read at a time. */
const PAGE = 100;

/** The characters of a file's name that are none of a path in the archive. */
const UNSAFE = /[/\\:*?"<>|\p{Cc}\p{Bidi_Control}]/gu;

/** The part of the store that has something about a user. */
export type OwnDataStore = Pick<
  Store,
  | "quietOf"
  | "roomsOf"
  | "roomById"
  | "sessionsOf"
  | "passkeysOf"
  | "providerAccountsOf"
  | "blocks"
  | "draftsOf"
  | "scheduledOf"
  | "savedMessages"
  | "remindersOf"
  | "emojiOf"
  | "emojiPicture"
  | "messagesOf"
  | "pageAfter"
  | "filePart"
>;

/** Returns the archive with a user's data. */
export function ownDataOf(
  store: OwnDataStore,
  account: Account,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  return zipOf(entriesOf(store, account));
}

async function* entriesOf(store: OwnDataStore, account: Account): AsyncGenerator<NewZipEntry> {
  yield linesOf("profile", profile(store, account));
  yield linesOf("rooms", memberships(store, account));
  yield linesOf("devices", devices(store, account));
  yield linesOf("passkeys", passkeys(store, account));
  yield linesOf("providers", providers(store, account));
  yield linesOf("blocked", blocked(store, account));
  yield linesOf("drafts", drafts(store, account));
  const emoji = await store.emojiOf(account.id);
  yield linesOf("emoji", emoji.map(({ emoji, picture }) => ({ emoji, picture })));
  for (const { picture } of emoji) {
    yield { name: `emoji/${picture}`, content: emojiContent(store, picture), compressed: false };
  }
  const scheduled = await store.scheduledOf(account.id);
  yield linesOf("scheduled", scheduled.map(scheduledTag));
  yield linesOf("saved", saved(store, account));
  yield linesOf("reminders", reminders(store, account));
  const files = scheduled.flatMap(({ content }) => content.files ?? []);
  const votes: object[] = [];
  yield linesOf("messages", messages(store, account, { files, votes }));
  yield linesOf("votes", votes);
  for (const file of files) {
    const name = `files/${file.id}-${file.name.replace(UNSAFE, "_")}`;
    yield { name, content: contentOf(store, file), compressed: false };
  }
}

function linesOf(name: string, values: AsyncIterable<object> | Iterable<object>): NewZipEntry {
  return { name: `${name}.jsonl`, content: encoded(values), compressed: true };
}

async function* encoded(
  values: AsyncIterable<object> | Iterable<object>,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const value of values) yield encoder.encode(`${JSON.stringify(value)}\n`);
}

async function* profile(store: OwnDataStore, account: Account): AsyncGenerator<object> {
  const { publicId: id, name, role } = account;
  yield { id, name, role, quiet: await store.quietOf(account.id) };
}

async function* memberships(store: OwnDataStore, account: Account): AsyncGenerator<object> {
  for (const { room, read, level } of await store.roomsOf(account.id)) {
    const { kind, title } = room;
    yield { ...recordTag(room, account), ...peopleTag(room, account), kind, title, read, level };
  }
}

async function* devices(store: OwnDataStore, account: Account): AsyncGenerator<object> {
  for (const { label, createdAt, seenAt } of await store.sessionsOf(account.id)) {
    yield { label, created_at: createdAt, seen_at: seenAt };
  }
}

async function* passkeys(store: OwnDataStore, account: Account): AsyncGenerator<object> {
  for (const { id, label, createdAt } of await store.passkeysOf(account.id)) {
    yield { id, label, created_at: createdAt };
  }
}

async function* providers(store: OwnDataStore, account: Account): AsyncGenerator<object> {
  yield* await store.providerAccountsOf(account.id);
}

async function* blocked(store: OwnDataStore, account: Account): AsyncGenerator<object> {
  for (const { account: by, other } of await store.blocks()) {
    if (by.id === account.id) yield { name: other.name, id: other.publicId };
  }
}

async function* drafts(store: OwnDataStore, account: Account): AsyncGenerator<object> {
  const page = await store.draftsOf(account.id, { room: "", thread: 0 }, MAX_DRAFTS);
  for (const { room, thread, content, at } of page) {
    if (content !== null) yield { ...recordTag(room, account), thread, ...content, at };
  }
}

/** The places of the messages that the user has saved. */
async function* saved(store: OwnDataStore, account: Account): AsyncGenerator<object> {
  let before: number | null = null;
  for (;;) {
    const page = await store.savedMessages(account.id, before, PAGE);
    for (const { room, seq, at } of page) yield { ...recordTag(room, account), seq, at };
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    before = last.at;
  }
}

async function* reminders(store: OwnDataStore, account: Account): AsyncGenerator<object> {
  for (const { room, seq, at } of await store.remindersOf(account.id, false)) {
    yield { ...recordTag(room, account), seq, at };
  }
}

/**
 * The user's own messages of all rooms, left ones too.
 *
 * @param beside Gets the files under them, and the user's votes.
 */
async function* messages(
  store: OwnDataStore,
  account: Account,
  { files, votes }: { readonly files: FileRecord[]; readonly votes: object[] },
): AsyncGenerator<object> {
  const member = new Set((await store.roomsOf(account.id)).map(({ room }) => room.id));
  // Whoever has left a private room does not learn what it is called now.
  const asKnown = async (id: number) => {
    const room = await store.roomById(id);
    return room.kind === "public" || member.has(id) ? room : { ...room, name: "" };
  };
  let after: LogPlace | null = { room: 0, seq: 0 };
  while (after !== null) {
    const found: Awaited<ReturnType<OwnDataStore["messagesOf"]>> = await store.messagesOf(
      account.id,
      after,
    );
    for (const { room: id, seq } of found.messages) {
      const { messages: [message] } = await store.pageAfter(id, seq - 1, ONE);
      if (message?.seq !== seq || message.deleted) continue;
      files.push(...message.files ?? []);
      yield wireMessage(await asKnown(id), message);
    }
    for (const { room: id, seq, poll, options } of found.votes) {
      const chosen = options.map((index) => poll.options[index]);
      votes.push({ ...recordTag(await asKnown(id), account), seq, chosen });
    }
    after = found.next;
  }
}

async function* emojiContent(store: OwnDataStore, id: string): AsyncGenerator<Uint8Array> {
  const picture = await store.emojiPicture(id);
  // Deleted meanwhile.
  if (picture !== null) yield picture.bytes;
}

async function* contentOf(
  store: OwnDataStore,
  { id, size }: FileRecord,
): AsyncGenerator<Uint8Array> {
  let sent = 0;
  for (let place = 0; sent < size; place++) {
    const part = await store.filePart(id, place);
    // Deleted meanwhile.
    if (part === null) return;
    sent += part.byteLength;
    yield part;
  }
}
