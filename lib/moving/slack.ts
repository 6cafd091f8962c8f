/**
 * A team's history from Slack, as records. People, bots, channels, conversations, messages, answers
 * and reactions come along. Files stay where they are: Slack's export has their addresses only.
 *
 * @module
 */
import * as v from "valibot";
import { skeletonOf } from "../names.ts";
import { foldName, foldRoom, LIMITS } from "../protocol.ts";
import { nameRequest, roomRequest } from "../schemas/requests.ts";
import { createToken, hashToken } from "../secrets.ts";
import { FORMAT, type RecordLine } from "./records.ts";
import {
  LISTS,
  SlackArchive,
  type SlackChannel,
  type SlackMessage,
  type SlackUser,
} from "./slack_archive.ts";
import { toMarkdown } from "./slack_text.ts";

/** Days for which somebody's link is good. */
const LINK_DAYS = 30;

/** How people come in. */
export interface Link {
  readonly name: string;
  readonly link: string;
}

interface Person {
  readonly id: number;
  readonly name: string;
  readonly role: "owner" | "moderator" | "member" | "bot";
}

interface Room {
  readonly id: number;
  readonly kind: "public" | "private" | "direct";
  readonly name: string;
  readonly channel: SlackChannel;
  readonly members: readonly Person[];
}

/** Happenings that nobody said. */
const NOT_SAID = /^(channel|group|bot)_(?!message)|^(tombstone|pinned_item|reminder_add)/;

/**
 * Reads an export.
 *
 * @param path A ZIP archive, or the directory that was in it.
 * @param origin Where people find the server.
 * @returns Its records, and the links by which people come in.
 * @throws {StoreError} If it is no export of Slack's.
 */
export async function readSlack(
  path: string,
  origin: string,
): Promise<{ readonly records: AsyncIterable<RecordLine>; readonly links: readonly Link[] }> {
  const team = new Team(await SlackArchive.open(path), origin);
  await team.meet();
  return { records: numbered(team.records()), links: team.links };
}

/** Puts the beginning and the end around records. */
async function* numbered(records: AsyncIterable<RecordLine>): AsyncGenerator<RecordLine> {
  yield { type: "hubbub", format: FORMAT };
  let count = 0;
  for await (const record of records) {
    count += 1;
    yield record;
  }
  yield { type: "end", records: count };
}

/** A team, as it becomes known. */
class Team {
  readonly #archive: SlackArchive;
  readonly #origin: string;
  readonly #people = new Map<string, Person>();
  readonly #names = new Set<string>();
  readonly #tokens = new Map<Person, string>();
  readonly #rooms: Room[] = [];
  #event = 0;
  #emoji: ReadonlyMap<string, string> = new Map();

  constructor(archive: SlackArchive, origin: string) {
    this.#archive = archive;
    this.#origin = origin;
  }

  /** How people come in; bots do not. */
  get links(): readonly Link[] {
    return [...this.#tokens].map(([{ name }, token]) => ({
      name,
      link: `${this.#origin}/#device=${token}`,
    }));
  }

  /** Learns who and what there is. */
  async meet(): Promise<void> {
    this.#emoji = await loadEmoji();
    for (const user of await this.#archive.users()) this.#meet(user);
    for (const [list, kind] of LISTS) {
      for (const channel of await this.#archive.channels(list)) this.#addRoom(channel, kind);
    }
    // Programs that wrote without being anybody are in no list.
    for (const { channel } of this.#rooms) {
      for (const message of await this.#archive.messages(channel)) this.#authorOf(message);
    }
  }

  async *records(): AsyncGenerator<RecordLine> {
    yield { type: "meta", name: "epoch", value: crypto.randomUUID() };
    const at = Date.now();
    for (const person of this.#people.values()) yield accountOf(person, at);
    yield* this.#ways(at);
    const events: RecordLine[] = [];
    const reactions: RecordLine[] = [];
    const members: RecordLine[] = [];
    for (const room of this.#rooms) {
      const log = await this.#log(room);
      yield roomOf(room, log.seq);
      events.push(...log.events);
      reactions.push(...log.reactions);
      members.push(...room.members.map((person) => memberOf(room, person, log.seq)));
    }
    yield* members;
    yield* events;
    yield* reactions;
  }

  /** A session each, which stands for the device that a link is to make theirs. */
  *#ways(at: number): Generator<RecordLine> {
    const sessions = [...this.#tokens].map(([person, token]) => ({
      person,
      token,
      session: hashToken(createToken()),
    }));
    for (const [i, { person, session }] of sessions.entries()) {
      yield {
        ...{ type: "session", id: i + 1, hash: session, account: person.id, label: "Slack" },
        ...{ created_at: at, seen_at: at },
      };
    }
    for (const { person, token, session } of sessions) {
      yield {
        ...{ type: "ticket", hash: hashToken(token), kind: "device", account: person.id },
        ...{ data: session, expires_at: at + LINK_DAYS * 86_400_000 },
      };
    }
  }

  #meet(user: SlackUser): Person {
    const { display_name = "", real_name = "" } = user.profile;
    const role = user.is_bot
      ? "bot"
      : user.is_owner
      ? "owner"
      : user.is_admin
      ? "moderator"
      : "member";
    const person: Person = {
      id: this.#people.size + 1,
      name: this.#freeName([display_name, real_name, user.name, user.id]),
      role,
    };
    this.#people.set(user.id, person);
    if (role !== "bot" && !user.deleted) this.#tokens.set(person, createToken());
    return person;
  }

  /** The first of some names that can be one here and that nobody has, or looks like having. */
  #freeName(wishes: readonly string[]): string {
    const names = wishes.map(toName).filter((name) => name !== "");
    const [first = "Somebody"] = names;
    const numbered = Array.from({ length: 10_000 }, (_, n) => `${first.slice(0, 26)} ${n + 2}`);
    const free =
      [...names, ...numbered].find((name) =>
        v.is(nameRequest, name) && !this.#names.has(foldName(name)) &&
        !this.#names.has(`looks ${skeletonOf(name)}`)
      ) ?? crypto.randomUUID().slice(0, LIMITS.name_length);
    this.#names.add(foldName(free)).add(`looks ${skeletonOf(free)}`);
    return free;
  }

  #addRoom(channel: SlackChannel, kind: Room["kind"]): void {
    const members = [...new Set(channel.members)].flatMap((id) => this.#people.get(id) ?? []);
    if (kind === "direct" && (members.length === 0 || members.length > 2)) return;
    const taken = new Set(this.#rooms.map(({ name }) => foldRoom(name)));
    const name = kind === "direct" ? "" : freeRoom(channel.name ?? channel.id, taken);
    this.#rooms.push({ id: this.#rooms.length + 1, kind, name, channel, members });
  }

  #authorOf({ user, username }: SlackMessage): Person | undefined {
    const known = user === undefined ? undefined : this.#people.get(user);
    if (known !== undefined) return known;
    const id = user ?? (username === undefined ? undefined : `program ${username}`);
    if (id === undefined) return undefined;
    return this.#people.get(id) ?? this.#meet({
      ...{ id, name: username ?? id, is_bot: true, is_admin: false, is_owner: false },
      ...{ deleted: false, profile: { display_name: "", real_name: "" } },
    });
  }

  async #log(room: Room) {
    const events: RecordLine[] = [];
    const reactions: RecordLine[] = [];
    const seqs = new Map<string, number>();
    for (const message of await this.#archive.messages(room.channel)) {
      const author = this.#authorOf(message);
      if (author === undefined || NOT_SAID.test(message.subtype)) continue;
      const at = millis(message.ts);
      for (const text of this.#textsOf(message)) {
        const seq = events.length + 1;
        if (!seqs.has(message.ts)) seqs.set(message.ts, seq);
        const answered = message.thread_ts === message.ts ? undefined : message.thread_ts;
        const reply_to = answered === undefined ? undefined : seqs.get(answered);
        events.push({
          ...{ ...this.#eventOf(room, author, at, seq), kind: "message", deleted: false, text },
          ...(reply_to === undefined ? {} : { reply_to }),
          ...(message.edited === undefined ? {} : { edited_at: millis(message.edited.ts) }),
        });
      }
      const target = seqs.get(message.ts);
      if (target === undefined) continue;
      for (const { emoji, person } of this.#reactionsTo(message)) {
        const seq = events.length + 1;
        const event = this.#eventOf(room, person, at, seq);
        events.push({ ...event, kind: "reaction", deleted: false, target, emoji, state: true });
        reactions.push({ type: "reaction", room: room.id, target, emoji, account: person.id, seq });
      }
    }
    return { events, reactions, seq: events.length };
  }

  #eventOf(room: Room, { id }: Person, at: number, seq: number): RecordLine {
    this.#event += 1;
    return { type: "event", id: this.#event, room: room.id, seq, sender: id, at };
  }

  /** A message's text, with the addresses of its files; in parts where it is longer than ours. */
  #textsOf({ text, files }: SlackMessage): readonly string[] {
    const channels = new Map(this.#rooms.map(({ channel, name }) => [channel.id, name]));
    const said = toMarkdown(text, {
      person: (id) => this.#people.get(id)?.name,
      channel: (id) => channels.get(id),
    });
    const links = files.filter(({ url_private }) => url_private !== "")
      .map(({ name, url_private }) => `[${name || "file"}](${url_private})`);
    return partsOf([said, ...links].filter((part) => part.trim() !== "").join("\n"));
  }

  #reactionsTo({ reactions }: SlackMessage): { emoji: string; person: Person }[] {
    return reactions.flatMap(({ name, users }) => {
      const [plain = name] = name.split("::");
      const emoji = this.#emoji.get(plain) ?? `:${plain}:`.slice(0, LIMITS.emoji_length);
      return [...new Set(users)].flatMap((id) => {
        const person = this.#people.get(id);
        return person === undefined ? [] : [{ emoji, person }];
      });
    });
  }
}

function accountOf({ id, name, role }: Person, at: number): RecordLine {
  return {
    ...{ type: "account", id, name, folded: foldName(name), skeleton: skeletonOf(name), role },
    created_at: at,
  };
}

function roomOf({ id, kind, name, channel, members }: Room, seq: number): RecordLine {
  const title = [...(channel.topic.value ?? "")].slice(0, LIMITS.title_length).join("");
  const people = members.map((person) => person.id).sort((a, b) => a - b);
  const [low = 0, high = low] = people;
  const pair = kind === "direct" ? { low, high } : { folded: foldRoom(name) };
  return {
    ...{ type: "room", id, kind, name, ...pair, ...(title === "" ? {} : { title }) },
    ...{ seq, locked: false, slow_ms: 0, created_at: channel.created * 1_000 },
  };
}

/** What lies behind them all is read: nobody begins with years of unread messages. */
function memberOf({ id, kind, name, channel }: Room, person: Person, read: number): RecordLine {
  return {
    ...{ type: "member", room: id, account: person.id, read, joined_at: channel.created * 1_000 },
    ...(kind === "direct" ? {} : { folded: foldRoom(name) }),
  };
}

/** What of a name can stand in one here. */
function toName(name: string): string {
  return name.normalize("NFKC")
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    .replace(/[^\p{L}\p{M}\p{N} ._'-]+/gu, " ")
    .replace(/[ ._'-]+/g, (joiner) => joiner.trim().slice(0, 1) || " ")
    .replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{M}\p{N}]+$/gu, "")
    .slice(0, LIMITS.name_length).trim();
}

function freeRoom(name: string, taken: ReadonlySet<string>): string {
  const plain = name.normalize("NFKC").replace(/[^\p{L}\p{M}\p{N}_-]+/gu, "-").slice(0, 56);
  const base = v.is(roomRequest, plain) ? plain : "room";
  const names = [base, ...Array.from({ length: 10_000 }, (_, n) => `${base}-${n + 2}`)];
  return names.find((each) => !taken.has(foldRoom(each))) ?? crypto.randomUUID();
}

function millis(ts: string): number {
  return Math.round(Number(ts) * 1_000);
}

/** A text in parts that are no longer than a message may be, cut at lines where there are any. */
function partsOf(text: string): readonly string[] {
  const parts: string[] = [];
  let rest = text.toWellFormed();
  while (rest.length > LIMITS.message_length) {
    const line = rest.lastIndexOf("\n", LIMITS.message_length);
    const cut = line > 0 ? line : LIMITS.message_length - 1;
    parts.push(rest.slice(0, cut).toWellFormed());
    rest = rest.slice(cut).toWellFormed();
  }
  return [...parts, rest].filter((part) => part.trim() !== "");
}

/** Slack's names of emoji, which are those of the set iamcal. */
async function loadEmoji(): Promise<ReadonlyMap<string, string>> {
  const { default: names } = await import("emojibase-data/en/shortcodes/iamcal.json", {
    with: { type: "json" },
  });
  return new Map(
    Object.entries(names as Record<string, string | string[]>).flatMap(([hexcode, codes]) => {
      const emoji = String.fromCodePoint(...hexcode.split("-").map((code) => parseInt(code, 16)));
      return [codes].flat().map((code): [string, string] => [code, emoji]);
    }),
  );
}
