/**
 * Converts the history of a Slack team to records: users, bots, channels, conversations, messages,
 * replies and reactions. Files are not copied: Slack's export contains only their addresses.
 *
 * The export is read several times, from disk: memory holds its users and channels, and of the
 * channel that is being read the times of its messages, but never their texts.
 *
 * @module
 */
import { customEmoji } from "../protocol/text/emoji.ts";
import { signInUrl } from "../auth/sessions.ts";
import { skeletonOf } from "../util/confusables.ts";
import { foldName, foldRoom } from "../protocol/names.ts";
import { LIMITS } from "../protocol/limits.ts";
import { StoreError } from "../store/error.ts";
import { peopleKey } from "../store/sql/people.ts";
import type { Account } from "../store/records.ts";
import { createToken, hashToken } from "../util/secrets.ts";
import { cut, PeopleNames, RoomNames } from "../auth/fitting_names.ts";
import { asTime, fieldOf, textAt, textsAt } from "../util/loose.ts";
import { mentionPayload, type NamedMembers } from "./mention_payload.ts";
import { FORMAT, inOrder, type RecordLine } from "./records.ts";
import { readItems, SlackArchive, type SlackFile } from "./slack_archive.ts";
import { attachmentsToMarkdown, blocksToMarkdown } from "../slack/blocks.ts";
import { type FindEmoji, loadEmoji } from "../slack/emoji.ts";
import { readMessage, type SlackAuthor, type SlackMessage } from "./slack_message.ts";
import { linkTo, type References, toMarkdown, toPlain } from "../slack/text.ts";
import { Summary } from "./summary.ts";
import { mergeByTime, TimeIndex } from "./time_order.ts";

/** How many days a user's sign-in link is valid. */
const LINK_DAYS = 30;

/** The lists of channels, and the visibility of their channels. */
const LISTS = [
  ["channels.json", "public"],
  ["groups.json", "private"],
  ["mpims.json", "people"],
  ["dms.json", "direct"],
] as const;

/** The user in whose name Slack itself writes; it is in no list. */
const SLACKBOT: SlackAuthor = { id: "USLACKBOT", isBot: true, names: ["Slackbot"] };

/** How imported users sign in. */
export interface Link {
  readonly name: string;
  readonly link: string;
}

/** An export that is ready to be imported. */
export interface SlackImport {
  readonly records: AsyncIterable<RecordLine>;
  /** The users' sign-in links. */
  readonly links: readonly Link[];
  /** What was left out or changed; complete once the records have been read. */
  readonly summary: Summary;
}

interface Person {
  readonly id: number;
  /** Slack's id. */
  readonly slack: string;
  readonly name: string;
  readonly role: "owner" | "moderator" | "member" | "bot";
}

/** The messages of a day, as far as they can be read. */
interface Day {
  readonly file: SlackFile;
  /** The time of its first message. */
  readonly first: number;
  readonly isSorted: boolean;
}

/** A channel or a conversation in the export. */
interface SlackChannel {
  readonly id: string;
  /** `people`: a conversation of several people. */
  readonly kind: "public" | "private" | "people" | "direct";
  readonly name: string;
  readonly title: string;
  /** In ms since the Unix epoch; `null` if it is not known. */
  readonly created: number | null;
  readonly members: readonly string[];
  readonly days: readonly Day[];
  readonly authors: ReadonlyMap<string, SlackAuthor>;
}

interface Room {
  readonly id: number;
  readonly kind: SlackChannel["kind"];
  readonly name: string;
  /** Usually one; two conversations of the same two users become one. */
  readonly channels: SlackChannel[];
  readonly members: readonly Person[];
  /** Programs in a conversation with a bot: they write as that bot. */
  readonly bot: Person | null;
  readonly named: NamedMembers;
  seq: number;
}

/** A message, and where it is in the export. */
interface PlacedMessage {
  readonly message: SlackMessage;
  readonly channel: SlackChannel;
  readonly file: string;
  readonly index: number;
}

/**
 * Reads an export.
 *
 * @param path A ZIP archive, or the directory that was in it.
 * @param origin The server's origin.
 * @throws {StoreError} If it is not a Slack export.
 */
export async function readSlack(path: string, origin: string): Promise<SlackImport> {
  const emoji = await loadEmoji((own) => team.summary.own(own));
  const archive = SlackArchive.open(path);
  const team = new Team(archive, emoji);
  try {
    team.meet();
  } catch (error) {
    archive.close();
    throw error;
  }
  return { records: recordsOf(team, archive), links: team.links(origin), summary: team.summary };
}

/** Adds the first and the last record. */
async function* recordsOf(team: Team, archive: SlackArchive): AsyncGenerator<RecordLine> {
  try {
    yield { type: "hubbub", format: FORMAT };
    let count = 0;
    for (const record of team.records()) {
      count += 1;
      yield record;
    }
    yield { type: "end", records: count };
  } finally {
    archive.close();
  }
}

/** A team, collected while the export is read. */
class Team {
  readonly #archive: SlackArchive;
  readonly #emoji: FindEmoji;
  readonly summary = new Summary();
  readonly #people = new Map<string, Person>();
  /** Authors that are in no list of users, with the best names that a message has for each. */
  readonly #strangers = new Map<string, SlackAuthor>();
  /** Users by the bots that act for them. */
  readonly #bots = new Map<string, Person>();
  readonly #names = new PeopleNames();
  readonly #tokens = new Map<Person, string>();
  readonly #rooms: Room[] = [];
  readonly #roomNames = new Map<string, string>();

  constructor(archive: SlackArchive, emoji: FindEmoji) {
    this.#archive = archive;
    this.#emoji = emoji;
  }

  /** The sign-in links of users; bots have none. */
  links(origin: string): readonly Link[] {
    return [...this.#tokens].map(([{ name }, token]) => ({
      name,
      link: signInUrl(origin, token),
    }));
  }

  /**
   * Collects the users and channels, and reads every message once: some have authors that are in no
   * list.
   */
  meet(): void {
    for (const user of this.#list("users.json")) this.#meetUser(user);
    if (this.#people.size === 0) {
      throw new StoreError("Cannot import: users.json is not as Slack writes it: it has no users");
    }
    const channels: SlackChannel[] = [];
    const known = new Set<string>();
    const directories = new Directories(this.#archive);
    for (const [list, kind] of LISTS) {
      for (const item of this.#list(list)) {
        const id = textAt(item, "id") || textAt(item, "name");
        if (id === "" || known.has(id)) continue;
        known.add(id);
        channels.push(this.#readChannel(id, kind, item, directories));
      }
    }
    for (const author of this.#strangers.values()) this.#meetAuthor(author);
    for (const directory of directories.rest()) {
      this.summary.odd(directory, 0, "it belongs to no channel in a list");
    }
    for (const channel of channels) this.#addRoom(channel);
  }

  *records(): Generator<RecordLine> {
    yield { type: "meta", name: "epoch", value: crypto.randomUUID() };
    const at = Date.now();
    const since = this.#rooms.flatMap(({ channels }) => channels.map(({ created }) => created))
      .reduce<number>((least, created) => Math.min(least, created ?? least), at);
    for (const person of this.#people.values()) yield accountOf(person, since);
    yield* this.#tickets(at);
    for (const room of this.#rooms) {
      for (const { seq } of this.#events(room, 1, this.summary)) room.seq = Number(seq);
      yield roomOf(room, this.#emoji);
    }
    for (const room of this.#rooms) {
      yield* inOrder("member", room.members.map((person) => memberOf(room, person)));
    }
    let id = 1;
    for (const room of this.#rooms) {
      yield* this.#events(room, id);
      id += room.seq;
    }
    for (const room of this.#rooms) yield* reactionsIn(this.#events(room, 1));
  }

  // Users -----------------------------------------------------------------------------------------

  /** Creates the ticket of each user's sign-in link. */
  #tickets(at: number): readonly RecordLine[] {
    const tickets = [...this.#tokens].map(([{ id: account }, token]) => ({
      ...{ type: "ticket", hash: hashToken(token), kind: "sign_in", account, data: "" },
      expires_at: at + LINK_DAYS * 86_400_000,
    }));
    return inOrder("ticket", tickets);
  }

  #meetUser(user: unknown): void {
    const id = textAt(user, "id");
    if (id === "" || this.#people.has(id)) return;
    const is = (flag: string) => fieldOf(user, flag) === true;
    const isBot = is("is_bot") || id === SLACKBOT.id;
    const role = isBot
      ? "bot"
      : is("is_owner") || is("is_primary_owner")
      ? "owner"
      : is("is_admin")
      ? "moderator"
      : "member";
    const profile = fieldOf(user, "profile");
    const person = this.#add(id, role, [
      ...[textAt(profile, "display_name"), textAt(profile, "real_name")],
      ...[textAt(user, "real_name"), textAt(user, "name")],
    ]);
    const bot = textAt(profile, "bot_id");
    if (bot !== "") this.#bots.set(bot, person);
    if (!isBot && !is("deleted")) this.#tokens.set(person, createToken());
  }

  #add(slack: string, role: Person["role"], wishes: readonly string[]): Person {
    const name = this.#names.take(wishes, slack);
    const wish = wishes.find((each) => each.trim() !== "") ?? slack;
    this.summary.renamed("user", wish, name);
    const person = { id: this.#people.size + 1, slack, name, role };
    this.#people.set(slack, person);
    return person;
  }

  /**
   * The author of a message. One who is in no list, such as a member of another team, gets an
   * account without a way to sign in.
   */
  #meetAuthor(author: SlackAuthor): Person {
    const known = this.#people.get(author.id) ?? this.#bots.get(author.id);
    if (known !== undefined) return known;
    const { id, isBot, names } = author.id === SLACKBOT.id ? SLACKBOT : author;
    return this.#add(id, isBot ? "bot" : "member", names);
  }

  #meetId(id: string): Person {
    return this.#meetAuthor({ id, isBot: false, names: [id] });
  }

  /** Remembers an author until every message has been read: a later one may have a better name. */
  #see(author: SlackAuthor): void {
    const { id, isBot, names } = author;
    if (this.#people.has(id) || this.#bots.has(id)) return;
    const before = this.#strangers.get(id);
    if (before === undefined || before.names.length < names.length || isBot && !before.isBot) {
      const better = before !== undefined && before.names.length > names.length ? before : author;
      this.#strangers.set(id, { ...better, isBot: isBot || before?.isBot === true });
    }
  }

  // Channels --------------------------------------------------------------------------------------

  /** The items of a list at the top of the export that are objects. */
  *#list(name: string): Generator<unknown> {
    for (const item of this.#archive.list(name)) {
      if ("problem" in item) this.summary.odd(name, item.index, item.problem);
      else if (textAt(item.value, "id") !== "" || textAt(item.value, "name") !== "") {
        yield item.value;
      } else this.summary.odd(name, item.index, 'it has no "id"');
    }
  }

  #readChannel(
    id: string,
    kind: SlackChannel["kind"],
    item: unknown,
    directories: Directories,
  ): SlackChannel {
    const name = textAt(item, "name");
    const days: Day[] = [];
    const authors = new Map<string, SlackAuthor>();
    for (const file of directories.take(name) ?? directories.take(id) ?? []) {
      const day = this.#readDay(file, authors);
      if (day !== null) days.push(day);
    }
    return {
      ...{ id, kind, name: name || id, days, authors },
      title: textAt(item, "topic", "value") || textAt(item, "purpose", "value"),
      created: asTime(fieldOf(item, "created"), 1_000),
      members: textsAt(item, "members"),
    };
  }

  /** Reads a day for the first time: meets the authors, and lists what cannot be read. */
  #readDay(file: SlackFile, authors: Map<string, SlackAuthor>): Day | null {
    let [first, last, isSorted] = [Infinity, -Infinity, true];
    for (const item of readItems(file)) {
      const read = "problem" in item ? item : readMessage(item.value);
      if ("problem" in read) this.summary.odd(file.path, item.index, read.problem);
      else if ("notice" in read) this.summary.notice();
      else {
        const { author, ts, reactions } = read.message;
        authors.set(author.id, author);
        this.#see(author);
        for (const id of reactions.flatMap(({ users }) => users)) {
          this.#see({ id, isBot: false, names: [id] });
        }
        first = Math.min(first, ts);
        if (ts < last) isSorted = false;
        last = ts;
      }
    }
    return first === Infinity ? null : { file, first, isSorted };
  }

  #addRoom(channel: SlackChannel): void {
    if (channel.kind === "direct") return this.#addConversation(channel);
    // Of a group's members every one counts; of a channel's, those who are or were in the team.
    const members = channel.members.flatMap((id) => this.#people.get(id) ?? []);
    this.#putRoom(channel, channel.kind, members);
  }

  /**
   * Adds a direct conversation. Whoever takes part in it is told apart, known or not: what two users
   * wrote to each other must not become the notes of one of them to themselves.
   */
  #addConversation(channel: SlackChannel): void {
    const listed = channel.members.map((id) => this.#meetId(id));
    const bots = listed.filter(({ role }) => role === "bot");
    const bot = listed.length === 2 && bots.length === 1 ? bots[0]! : null;
    const others = [...channel.authors.values()].map((author) => this.#meetAuthor(author)).filter((
      person,
    ) => !listed.includes(person) && !(bot !== null && person.role === "bot"));
    const people = [...new Set([...listed, ...others])];
    if (people.length === 0) {
      if (channel.days.length > 0) {
        this.summary.odd(channel.id, 0, "it is a conversation of nobody");
      }
      return;
    }
    if (people.length === 1 && listed.length === 0) {
      const id = `Unknown ${channel.id}`;
      people.push(this.#meetAuthor({ id, isBot: false, names: [id] }));
    }
    if (people.length > 2) return this.#putRoom(channel, "people", people);
    const same = this.#rooms.find(({ kind, members }) =>
      kind === "direct" && people.length === members.length &&
      people.every((person) => members.includes(person))
    );
    if (same === undefined) this.#putRoom(channel, "direct", people, bot);
    else same.channels.push(channel);
  }

  #putRoom(
    channel: SlackChannel,
    kind: Room["kind"],
    people: readonly Person[],
    bot: Person | null = null,
  ): void {
    const members = [...new Set(people)].sort((a, b) => a.id - b.id);
    const name = kind === "direct" ? "" : this.#freeRoom.take(channel.name);
    if (kind !== "direct") {
      this.summary.renamed("channel", channel.name, name);
      this.#roomNames.set(channel.id, name);
    }
    const id = this.#rooms.length + 1;
    const named = new Map(members.map((person) => [foldName(person.name), memberIn(person)]));
    this.#rooms.push({ id, kind, name, channels: [channel], members, bot, named, seq: 0 });
  }

  readonly #freeRoom = new RoomNames();

  // Messages --------------------------------------------------------------------------------------

  /** The messages of a room in the order of time, each once. */
  *#messages(room: Room): Generator<PlacedMessage> {
    const days = room.channels.flatMap((channel) =>
      channel.days.map((day) => ({ first: day.first, items: () => messagesIn(day, channel) }))
    );
    yield* mergeByTime(days, ({ message }) => message.ts);
  }

  /**
   * The events of a room. Each run gives the same ones.
   *
   * @param firstId The id of the first one.
   * @param summary Where to list messages of which nothing can be imported.
   */
  *#events(room: Room, firstId: number, summary?: Summary): Generator<RecordLine> {
    const seqs = new TimeIndex();
    let seq = 0;
    let [latest, count] = [0, 0];
    const event = (sender: Person, key: string, at: number): RecordLine => {
      seq += 1;
      const ids = { type: "event", id: firstId + seq - 1, room: room.id, seq, sender: sender.id };
      return { ...ids, at, key_space: sender.id, key: keyOf(key) };
    };
    for (const { message, channel, file, index } of this.#messages(room)) {
      const { ts, thread, editedAt, deleted } = message;
      const at = Math.round(ts / 1_000);
      // Messages of one moment are told apart by their order.
      count = ts === latest ? count + 1 : 0;
      latest = ts;
      const id = `slack ${channel.id} ${ts}${count === 0 ? "" : `-${count}`}`;
      const author = this.#authorIn(room, message);
      const target = seq + 1;
      const texts = deleted ? [""] : this.#textsOf(message);
      if (texts.length === 0) summary?.odd(file, index, "nothing in it can be shown");
      if (texts.length === 0) continue;
      seqs.add(ts, target);
      const replyTo = thread === null ? undefined : seqs.at(thread);
      for (const [part, text] of texts.entries()) {
        const payload = mentionPayload(text, room.named);
        yield {
          ...event(author, part === 0 ? id : `${id} ${part}`, at),
          ...{ kind: "message", deleted, text },
          ...(replyTo === undefined ? {} : { reply_to: replyTo, thread: replyTo }),
          ...(replyTo === undefined || !message.alsoInRoom ? {} : { state: true }),
          ...(editedAt === null || deleted ? {} : { edited_at: editedAt }),
          ...(payload === null ? {} : { payload }),
        };
      }
      if (deleted) continue;
      for (const [emoji, people] of this.#reactionsTo(message)) {
        for (const person of people) {
          const reaction = { kind: "reaction", deleted: false, target, emoji, state: true };
          yield { ...event(person, `${id} ${emoji}`, at), ...reaction };
        }
      }
    }
  }

  #authorIn({ bot, members }: Room, { author }: SlackMessage): Person {
    const person = this.#meetAuthor(author);
    return bot !== null && person.role === "bot" && !members.includes(person) ? bot : person;
  }

  /** A message's text with the addresses of its files, split if it exceeds the limit. */
  #textsOf({ text, blocks, attachments, files }: SlackMessage): readonly string[] {
    const said = toMarkdown(text, this.#references);
    const body = said.trim() === "" ? blocksToMarkdown(blocks, this.#references) : said;
    const attached = attachmentsToMarkdown(attachments, this.#references, body.trim() !== "");
    const links = files.map(fileLink).filter((link) => link !== "").join("\n");
    const parts = [body, attached].filter((part) => part.trim() !== "").join("\n\n");
    return partsOf([parts, links].filter((part) => part.trim() !== "").join("\n"));
  }

  readonly #references: References = {
    person: (id) => this.#people.get(id)?.name,
    channel: (id) => this.#roomNames.get(id),
    emoji: (name) => this.#emoji(name),
  };

  /** The reactions to a message: each emoji once, and each user once under it. */
  #reactionsTo({ reactions }: SlackMessage): ReadonlyMap<string, ReadonlySet<Person>> {
    const found = new Map<string, Set<Person>>();
    for (const { name, users } of reactions) {
      const emoji = this.#emoji(name) ?? customEmoji(name);
      if (emoji === null) continue;
      const people = found.get(emoji) ?? new Set<Person>();
      for (const user of users) people.add(this.#meetId(user));
      if (people.size > 0) found.set(emoji, people);
    }
    return found;
  }
}

/** The directories of an export. Each belongs to one channel. */
class Directories {
  readonly #archive: SlackArchive;
  readonly #taken = new Set<SlackFile["read"]>();

  constructor(archive: SlackArchive) {
    this.#archive = archive;
  }

  /** The files of a directory, once. */
  take(directory: string): readonly SlackFile[] | undefined {
    const files = this.#archive.daysIn(directory)?.filter(({ read }) => !this.#taken.has(read));
    for (const { read } of files ?? []) this.#taken.add(read);
    return files?.length === 0 ? undefined : files;
  }

  /** The directories that were not taken, not under another reading of their names either. */
  *rest(): Generator<string> {
    for (const directory of this.#archive.directories) {
      const files = this.#archive.daysIn(directory) ?? [];
      if (files.every(({ read }) => !this.#taken.has(read))) yield directory;
    }
  }
}

/** The messages of a day, in the order of time. */
function messagesIn(day: Day, channel: SlackChannel): Iterable<PlacedMessage> {
  const found = readDay(day.file, channel);
  // Slack sorts them; another program may have touched the file.
  return day.isSorted ? found : found.toArray().sort((a, b) => a.message.ts - b.message.ts);
}

function* readDay(file: SlackFile, channel: SlackChannel): Generator<PlacedMessage> {
  for (const item of readItems(file)) {
    const read = "problem" in item ? null : readMessage(item.value);
    if (read !== null && "message" in read) {
      yield { message: read.message, channel, file: file.path, index: item.index };
    }
  }
}

/** The reactions that events of a room put there, in the order of the export. */
function* reactionsIn(events: Iterable<RecordLine>): Generator<RecordLine> {
  let some: RecordLine[] = [];
  for (const { kind, room = 0, target = 0, emoji = "", sender = 0, seq = 0 } of events) {
    if (kind === "reaction") {
      some.push({ type: "reaction", room, target, emoji, account: sender, seq });
    } else if (some.length > 0) {
      yield* inOrder("reaction", some);
      some = [];
    }
  }
  yield* inOrder("reaction", some);
}

/** A key of the protocol: what is too long is hashed. */
function keyOf(key: string): string {
  return key.length <= LIMITS.key_length ? key : hashToken(key);
}

/** A public id that the same user or channel has in every export of the team. */
function publicIdOf(what: string, id: string): string {
  return hashToken(`slack ${what} ${id}`).slice(0, 16);
}

function memberIn({ id, slack, name, role }: Person): Account {
  return { id, publicId: publicIdOf("user", slack), name, role };
}

function accountOf({ id, slack, name, role }: Person, at: number): RecordLine {
  return {
    ...{ type: "account", id, public_id: publicIdOf("user", slack), name },
    ...{ folded: foldName(name), skeleton: skeletonOf(name), role, created_at: at },
  };
}

function roomOf({ id, kind, name, channels, members, seq }: Room, emoji: FindEmoji): RecordLine {
  const { id: slack, title, created } = channels[0]!;
  const shown = cut(
    toPlain(title, { emoji }).replace(/\p{Cc}+/gu, " ").trim(),
    LIMITS.title_length,
  );
  const [low, high = low] = members.map((person) => person.id);
  const pair = kind === "direct" ? { low: low!, high: high! } : { folded: foldRoom(name) };
  const isNameless = kind === "people" && members.length <= LIMITS.conversation_people;
  return {
    ...{ type: "room", id, public_id: publicIdOf("channel", slack) },
    ...{ kind: kind === "people" ? "private" : kind, name, ...pair },
    ...(isNameless ? { people: peopleKey(members.map((person) => person.id)) } : {}),
    ...(shown === "" || kind === "direct" || isNameless ? {} : { title: shown }),
    ...{ seq, locked: false, slow_ms: 0, created_at: created ?? 0 },
  };
}

/** Marks imported messages as read: no user starts with years of unread messages. */
function memberOf({ id, kind, name, channels, seq }: Room, person: Person): RecordLine {
  const joined = channels[0]!.created ?? 0;
  return {
    ...{ type: "member", room: id, account: person.id, read: seq, joined_at: joined },
    ...(kind === "direct" ? {} : { folded: foldRoom(name) }),
  };
}

/** A file stays at Slack: its address remains. */
function fileLink(file: unknown): string {
  const address = ["url_private", "url_private_download", "permalink", "external_url"]
    .map((name) => textAt(file, name)).find((each) => /^https?:/i.test(each));
  const name = textAt(file, "name") || textAt(file, "title") || "file";
  return address === undefined ? "" : linkTo(address, name);
}

/** Splits a text into parts within the limit, at line ends if there are any. */
function partsOf(text: string): readonly string[] {
  const parts: string[] = [];
  const whole = text.toWellFormed();
  for (let from = 0; from < whole.length;) {
    const rest = whole.slice(from, from + LIMITS.message_length);
    const isLast = from + rest.length === whole.length;
    const line = rest.lastIndexOf("\n");
    const part = isLast ? rest : line > 0 ? rest.slice(0, line) : cut(`${rest}.`, rest.length);
    parts.push(part);
    from += part.length;
  }
  return parts.filter((part) => part.trim() !== "");
}
