import { declarationIn } from "./declarations.ts";

/** A fault that is planted into the sources to check that the tests detect it. */
export interface Fault {
  /** The behavior that the fault causes. */
  readonly name: string;
  /** The replacements. */
  readonly edits: readonly {
    readonly file: string;
    /** The function, method or constant that holds the fault. */
    readonly within: string;
    /** A text that occurs in it once. */
    readonly find: string;
    readonly plant: string;
  }[];
  /** The tests that must detect it. */
  readonly tests: readonly string[];
}

const LOGGED = "tests/store/commit_log_test.ts";
const ONE = "tests/simulation/one_test.ts";
const CLUSTER = "tests/simulation/cluster_test.ts";

function fault(
  name: string,
  file: string,
  within: string,
  find: string,
  plant: string,
  ...tests: readonly string[]
): Fault {
  return { name, edits: [{ file, within, find, plant }], tests };
}

/**
 * Plants a fault into a source.
 *
 * @returns The changed source, or `null` where the fault no longer fits its function.
 */
export function plantInto(
  source: string,
  { within, find, plant }: Fault["edits"][number],
): string | null {
  const place = declarationIn(source, within);
  if (place === null) return null;
  const own = source.slice(place.start, place.end);
  if (own.split(find).length !== 2) return null;
  return source.slice(0, place.start) + own.replace(find, () => plant) + source.slice(place.end);
}

/** The faults that the tests must detect. */
export const FAULTS: readonly Fault[] = [
  fault(
    "a moderator removes a member from a conversation without a name",
    "lib/auth/permissions.ts",
    "POWERS",
    'kick: { roles: MODERATORS, subject: "below", host: true, nameless: "nobody" }',
    'kick: { roles: MODERATORS, subject: "below", host: true }',
    "tests/commands/conversations_test.ts",
  ),
  fault(
    "a conversation without a name takes more people than it may have",
    "lib/commands/context.ts",
    "invite",
    "!await this.store.addPerson(room.id, other.id)",
    "!await this.store.addPerson(room.id, other.id) && false",
    "tests/commands/conversations_test.ts",
  ),
  fault(
    "members post in a room for announcements",
    "lib/auth/permissions.ts",
    "refusesRole",
    'place?.record[right] === "everyone"',
    "place !== undefined",
    "tests/auth/room_permissions_test.ts",
  ),
  fault(
    "a moderator deletes messages after losing the role",
    "lib/commands/messages.ts",
    "deleteMessages",
    "await deletionRights(act, author)",
    "{ asModerator: true, whileArchived: true }",
    "tests/commands/deleting_test.ts",
  ),
  fault(
    "a message is shown before it is stored",
    "lib/commands/messages.ts",
    "append",
    "  const mentioning = withMentions(",
    `  if (event.kind === "message" && !room.isDirect) {
    const early = { seq: room.seq + 1, sender: account.name, at: clock.now(), message: event.text };
    const key = event.key === null ? {} : { key: event.key };
    room.notify({ type: "room_message", room: room.record.name, ...early, ...key });
  }
  const mentioning = withMentions(`,
    ONE,
  ),
  {
    name: "keys are not unique",
    edits: [
      {
        file: "lib/store/sqlite/migrations/0001_initial.sql.ts",
        within: "INITIAL",
        find: "CREATE UNIQUE INDEX events_by_key",
        plant: "CREATE INDEX events_by_key",
      },
      {
        file: "lib/store/sqlite/writer.ts",
        within: "#appendOne",
        find: "key === null ? null : this.firstWithKey(room, key)",
        plant: "null",
      },
      {
        file: "lib/store/sqlite/fast_append.ts",
        within: "#place",
        find: "this.#writer.firstWithKey(item.room, key)",
        plant: "null",
      },
    ],
    tests: [ONE],
  },
  fault(
    "a key that is not in the tables yet is unknown",
    "lib/store/sqlite/fast_append.ts",
    "#place",
    "draft.events.get(keyId) ?? this.#applyQueue.eventOf(keyId)",
    "draft.events.get(keyId)",
    LOGGED,
  ),
  fault(
    "what a killed server left in its commit log is lost",
    "lib/store/sqlite/recovery.ts",
    "recover",
    "    apply(db, findings);\n",
    "",
    LOGGED,
    "tests/store/sqlite_open_test.ts",
  ),
  fault(
    "half a record is accepted",
    "lib/store/sqlite/commit_log.ts",
    "fromLine",
    "Number(crc) === expected ? { number: Number(number ?? 0), text } : null",
    "{ number: Number(number ?? 0), text }",
    "tests/store/damage_test.ts",
  ),
  fault(
    "a missing record is not noticed",
    "lib/store/sqlite/recovery.ts",
    "damageOfLog",
    "if (missing === 0) return null;",
    "return null;",
    "tests/store/damage_test.ts",
  ),
  fault(
    "a restored copy keeps its epoch",
    "lib/store/sqlite/serving.ts",
    "startServing",
    "    renewEpoch(db);\n",
    "",
    "tests/store/restored_test.ts",
  ),
  fault(
    "the tables are read before they are complete",
    "lib/store/sqlite/apply_queue.ts",
    "read",
    "if (this.size === 0 || this.#held) return Promise.try(run);",
    "return Promise.try(run);",
    LOGGED,
    ONE,
  ),
  fault(
    "a fast append overtakes one through the tables",
    "lib/store/sqlite/fast_append.ts",
    "append",
    "this.#slow === 0 && !this.#applyQueue.isFull",
    "!this.#applyQueue.isFull",
    LOGGED,
  ),
  fault(
    "the log is emptied before its records are in the tables",
    "lib/store/sqlite/commit_log.ts",
    "clearOther",
    "this.#other.clear();",
    "this.#current.clear();",
    LOGGED,
    "tests/store/sqlite_open_test.ts",
  ),
  fault(
    "a transaction that fails is not rolled back",
    "lib/store/sqlite/transaction.ts",
    "transactions",
    "        rollback.run();",
    "        commit.run();",
    ONE,
    "tests/store/sqlite_test.ts",
  ),
  fault(
    "membership is not checked",
    "lib/commands/context.ts",
    "memberRoom",
    `return room.has(account) ? room : { code: "not_a_member" };`,
    "return room;",
    ONE,
  ),
  {
    name: "a private room is visible to everyone",
    edits: [
      {
        file: "lib/commands/context.ts",
        within: "visibleTo",
        find: `!isHidden(room, account) ? room : { code: "no_such_room" }`,
        plant: "!isHidden(room, account) ? room : room",
      },
      {
        file: "lib/store/sqlite/rooms.ts",
        within: "constructor",
        find: "WHERE r.kind = 'public' AND r.folded = ?",
        plant: "WHERE r.folded = ?",
      },
    ],
    tests: [ONE],
  },
  fault(
    "a removed member still receives the messages of the room",
    "lib/chat/effects.ts",
    "#membershipAppliers",
    "            hub.unsubscribe(connection, room);\n",
    "",
    ONE,
  ),
  fault(
    "a member who is removed during a read of history receives it",
    "lib/commands/messages.ts",
    "history",
    `      const page = await answer.history(context.store, account, room, command);
      const parted = context.partedFrom(room, account);
      if (parted !== null) return parted;
`,
    "      const page = await answer.history(context.store, account, room, command);\n",
    ONE,
    "tests/security/parting_test.ts",
  ),
  fault(
    "every member can edit every message",
    "lib/store/sqlite/writer.ts",
    "#appendOne",
    "seqOfTarget === null ? null : refusalOf(item, target)",
    'seqOfTarget === null || target !== null ? null : "no_such_message"',
    ONE,
  ),
  fault(
    "the definition of an edit allows every member",
    "lib/chat/events/message_edited.ts",
    "messageEdited",
    '(facts.target === "own" ? null : "forbidden")',
    "null",
    "tests/store/sqlite_test.ts",
  ),
  fault(
    "a replay begins one event too late",
    "lib/chat/replay.ts",
    "readReplay",
    "replays.read(room.id, after, seq)",
    "replays.read(room.id, after + 1, seq)",
    ONE,
  ),
  fault(
    "a replay omits the events that arrive during it",
    "lib/chat/replay.ts",
    "replayAfter",
    "return last.seq < channel.delivered",
    "return last.seq < 0",
    ONE,
  ),
  fault(
    "a position in another log counts in this one",
    "lib/commands/rooms.ts",
    "subscribe",
    "command.epoch === undefined || command.epoch === store.epoch",
    "true",
    ONE,
  ),
  fault(
    "welcome reports conversations up to the stored event, not the delivered one",
    "lib/chat/connect.ts",
    "summariesOf",
    "direct?.channel.delivered ?? membership.room.seq",
    "membership.room.seq",
    "tests/chat/directs_test.ts",
  ),
  fault(
    "only one of the advanced rooms is flushed",
    "lib/chat/appender.ts",
    "#createGroupCommit",
    "for (const room of this.#advanced) room.channel.flush();",
    "for (const room of [...this.#advanced].slice(0, 1)) room.channel.flush();",
    ONE,
  ),
  fault(
    "a frame's messages are in another order",
    "lib/chat/channel.ts",
    "#take",
    "new Batch(taken.map(({ json }) => json))",
    "new Batch(taken.map(({ json }) => json).reverse())",
    ONE,
  ),
  fault(
    "an event is shown a second time after it was read from the log",
    "lib/chat/room.ts",
    "publish",
    "if (event.seq <= this.#seq) return true;",
    "if (event.seq < this.#seq) return true;",
    CLUSTER,
  ),
  fault(
    "a slow reader stays connected and misses a frame",
    "lib/chat/channel.ts",
    "#send",
    "for (const subscriber of slow) this.#options.onSlow(subscriber);",
    "",
    ONE,
  ),
  fault(
    "a connection's queue has no bound",
    "client.ts",
    "enqueue",
    "if (this.#queuedBytes >= this.#bounds.queueBytes) return false;",
    "",
    ONE,
  ),
  fault(
    "a slow reader is told not to reconnect",
    "lib/protocol/errors.ts",
    "CLOSE_CODES",
    "slow_reader: { code: 4008,",
    "slow_reader: { code: 4508,",
    ONE,
  ),
  fault(
    "a mute holds at one instance only",
    "lib/chat/effects.ts",
    "emit",
    `    hub.publish(effect);`,
    `    if (effect.type !== "muted") hub.publish(effect);`,
    CLUSTER,
  ),
  fault(
    "no user is ever offline",
    "lib/chat/presence.ts",
    "exit",
    `this.#setLocal(user, "offline");`,
    `this.#setLocal(user, "away");`,
    ONE,
  ),
  fault(
    "the user who moves up in the presence list is not announced",
    "lib/chat/presence.ts",
    "#fillList",
    "      this.#options.announce(user.account, user.state);\n",
    "",
    ONE,
    "tests/chat/presence_subscriptions_test.ts",
  ),
  fault(
    "a watched user who disconnects is watched no longer",
    "lib/chat/presence_subscriptions.ts",
    "notify",
    "this.tellWatchers(account, { ...presence(account, state), watched: true });",
    `this.tellWatchers(account, { ...presence(account, state), watched: true });
    if (state === "offline") this.#watchers.delete(foldName(account.name));`,
    ONE,
    "tests/chat/presence_subscriptions_test.ts",
  ),
  fault(
    "the users of an instance that died stay online",
    "lib/cluster/cluster.ts",
    "#forgetSilent",
    "      hub.presence.setRemoteRoster(name, []);\n",
    "",
    CLUSTER,
  ),
  fault(
    "a lost peer message is never recovered",
    "lib/cluster/reconciler.ts",
    "#checkRoom",
    "void this.#options.hub.logSync.syncTo(room, seq);",
    "",
    CLUSTER,
    "tests/cluster/messages_test.ts",
  ),
  fault(
    "the text of a deleted message stays",
    "lib/store/sqlite/messages.ts",
    "constructor",
    "UPDATE events SET text = '', deleted = 1",
    "UPDATE events SET deleted = 1",
    ONE,
  ),
  fault(
    "the words of a deleted text stay in the index",
    "lib/store/sqlite/indexer.ts",
    "createIndexer",
    "if (before !== null) take(key, before);",
    "",
    "tests/store/sqlite_search_test.ts",
  ),
  fault(
    "of a phrase the words alone count",
    "lib/protocol/text/words.ts",
    "matchesIn",
    "if (!isAt(tokens, at, sequence)) continue;",
    "",
    ONE,
  ),
  {
    name: "a search finds messages of other rooms",
    edits: [
      {
        file: "lib/store/sqlite/search.ts",
        within: "hitsAmong",
        find: ` || !rooms.has(int(row, "room"))`,
        plant: "",
      },
      {
        file: "lib/store/sqlite/search.ts",
        within: "#toQuestion",
        find: '`${by}(${rooms.map((id) => `"_r${id}"`).join(" OR ")})`',
        plant: '`${by}"_r"*`',
      },
    ],
    tests: [ONE],
  },
  fault(
    "all guests share one key space",
    "lib/store/sqlite/idempotency_keys.ts",
    "ofGuestName",
    "this.#ofName.get(encodeFolded(name))",
    `this.#ofName.get("guest")`,
    ONE,
  ),
  fault(
    "closed connections stay subscribed",
    "hub.ts",
    "exit",
    "    for (const room of connection.rooms()) room.channel.unsubscribe(subscriber);\n",
    "",
    ONE,
  ),
  fault(
    "a server that stops leaves a timer",
    "lib/chat/room_cache.ts",
    "close",
    "  async close(): Promise<void> {\n    this.#cancelSweep?.();\n",
    "  async close(): Promise<void> {\n",
    ONE,
  ),
  fault(
    "all pages reconnect at once after a restart",
    "packages/client/connection.ts",
    "#retryLater",
    "const pause = this.#random() * ceiling;",
    "const pause = ceiling;",
    "tests/packages/client/connection_test.ts",
  ),
  fault(
    "the page repeats an unacknowledged message under another key",
    "static/state/pending.ts",
    "unsent",
    `return pending.map((entry) => entry.status === "sent" ? waiting(entry) : entry);`,
    `return pending.map((entry) =>
    entry.status === "sent" ? { ...waiting(entry), key: entry.key + "again" } : entry
  );`,
    "tests/packages/client/connection_test.ts",
    "tests/static/state/reducer_test.ts",
  ),
  fault(
    "a webhook connects to a private network by a name that leads there",
    "lib/util/reach.ts",
    "checkedLookup",
    "if (!found.every(({ address }) => allows(address))) return",
    "if (found.length === 0) return",
    "tests/hooks/send_test.ts",
    "tests/security/previews_test.ts",
  ),
  fault(
    "a failed event of a webhook counts as delivered",
    "lib/hooks/outgoing.ts",
    "isAccepted",
    `return "status" in sent && sent.status >= 200 && sent.status < 300;`,
    `return "status" in sent;`,
    "tests/hooks/outgoing_test.ts",
  ),
  fault(
    "the title of an issue mentions the whole room",
    "lib/hooks/sources/source.ts",
    "unmentioned",
    `"$&\\u2060"`,
    `"$&"`,
    "tests/hooks/payload_test.ts",
  ),
  fault(
    "several tabs notify of one message",
    "static/notifications/turns.ts",
    "take",
    "resolve(lock !== null);",
    "resolve(true);",
    "tests/static/notifications/turns_test.ts",
  ),
  fault(
    "the answer to an older search replaces that to the latest",
    "static/state/frames.ts",
    "onSearchResults",
    " || request.terms !== search.terms",
    "",
    "tests/static/state/reducer_test.ts",
  ),
  fault(
    "what was marked as unread is read again at once",
    "static/state/navigate.ts",
    "seen",
    " || room.markedUnread",
    "",
    "tests/static/state/notify_test.ts",
  ),
  fault(
    "the beginning of a longer name is a mention",
    "lib/protocol/text/mentions.ts",
    "nameAt",
    "    if (LONGER.test(reach.slice(end, end + 3))) continue;\n",
    "",
    "tests/protocol/text/mentions_test.ts",
  ),
  fault(
    "a message tells of users who are not in its room",
    "lib/chat/mentions.ts",
    "mentionFields",
    " && room.has(member)",
    "",
    "tests/commands/groups_test.ts",
  ),
  fault(
    "a deleted message counts as a mention",
    "lib/store/sqlite/messages.ts",
    "change",
    "    if (mentions !== undefined) this.#enterMentions(id);\n",
    "",
    "tests/store/sqlite_test.ts",
  ),
  fault(
    "users are notified in quiet hours",
    "lib/push/notifier.ts",
    "#notify",
    " || isQuiet(quiet, this.#options.clock.now())",
    "",
    "tests/push/notifier_test.ts",
  ),
  fault(
    "one emoji in two forms is two reactions",
    "lib/protocol/text/emoji.ts",
    "canonicalEmoji",
    "if (isEmoji(full)) return full;",
    "if (isEmoji(text)) return text;",
    "tests/protocol/text/emoji_test.ts",
  ),
  fault(
    "a text ends the direction that was opened around it",
    "static/strings/isolate.ts",
    "balanced",
    'if (isolates === 0) return "";',
    "if (isolates === 0) return mark;",
    "tests/static/strings/isolate_test.ts",
  ),
];
