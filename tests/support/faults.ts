/** A fault that is planted into the sources to see whether the tests notice. */
export interface Fault {
  /** What is wrong then. */
  readonly name: string;
  /** What is replaced, each text occurring once in its file. */
  readonly edits: readonly {
    readonly file: string;
    readonly find: string;
    readonly plant: string;
  }[];
  /** The tests that are to notice it. */
  readonly tests: readonly string[];
}

const LOGGED = "tests/store/commit_log_test.ts";
const ONE = "tests/simulation/one_test.ts";
const CLUSTER = "tests/simulation/cluster_test.ts";

function fault(
  name: string,
  file: string,
  find: string,
  plant: string,
  ...tests: readonly string[]
): Fault {
  return { name, edits: [{ file, find, plant }], tests };
}

/** The faults that the tests have to notice. */
export const FAULTS: readonly Fault[] = [
  fault(
    "a message is shown before it is stored",
    "lib/commands/messages.ts",
    "  hub.append(room, { ...said,",
    `  if (said.kind === "message" && !room.isDirect) {
    const early = { seq: room.seq + 1, sender: account.name, at: clock.now(), message: said.text };
    const key = said.key === null ? {} : { key: said.key };
    room.notify({ type: "room_message", room: room.record.name, ...early, ...key });
  }
  hub.append(room, { ...said,`,
    ONE,
  ),
  {
    name: "keys are not unique",
    edits: [
      {
        file: "lib/store/migrations.ts",
        find: "CREATE UNIQUE INDEX events_by_key",
        plant: "CREATE INDEX events_by_key",
      },
      {
        file: "lib/store/sqlite/writer.ts",
        find: "key === null ? null : this.firstWithKey(item.room, key)",
        plant: "null",
      },
      {
        file: "lib/store/sqlite/intake.ts",
        find: "this.#writer.firstWithKey(item.room, key)",
        plant: "null",
      },
    ],
    tests: [ONE],
  },
  fault(
    "a key that is not in the tables yet is not known",
    "lib/store/sqlite/intake.ts",
    "draft.events.get(keyId) ?? this.#backlog.eventOf(keyId)",
    "draft.events.get(keyId)",
    LOGGED,
  ),
  fault(
    "what a killed server left in its commit log is lost",
    "lib/store/sqlite/open.ts",
    "if (exclusive) return recover(db, path);",
    "if (exclusive) return;",
    LOGGED,
    "tests/store/sqlite_open_test.ts",
  ),
  fault(
    "half a record is believed",
    "lib/store/sqlite/commit_log.ts",
    "broken < 0 ? whole : whole.slice(0, broken)",
    "whole",
    LOGGED,
  ),
  fault(
    "tables are read before they have everything",
    "lib/store/sqlite/backlog.ts",
    "if (this.size === 0 || this.#held) return Promise.try(run);",
    "return Promise.try(run);",
    LOGGED,
    ONE,
  ),
  fault(
    "the long way is overtaken by the short one",
    "lib/store/sqlite/intake.ts",
    "this.#slow === 0 && !this.#backlog.isFull",
    "!this.#backlog.isFull",
    LOGGED,
  ),
  fault(
    "the log is emptied before its records are in the tables",
    "lib/store/sqlite/commit_log.ts",
    "this.#other.clear();\n  }\n\n  /** Empties both",
    "this.#current.clear();\n  }\n\n  /** Empties both",
    LOGGED,
    "tests/store/sqlite_open_test.ts",
  ),
  fault(
    "what failed halfway is not undone",
    "lib/store/sqlite/transaction.ts",
    "        rollback.run();",
    "        commit.run();",
    ONE,
    "tests/store/sqlite_test.ts",
  ),
  fault(
    "nobody asks whether somebody is a member",
    "lib/commands/desk.ts",
    `if ("code" in room || room.has(account)) return room;`,
    "if (account !== null) return room;",
    ONE,
  ),
  {
    name: "a private room can be seen by all",
    edits: [
      {
        file: "lib/commands/desk.ts",
        find: `return hidden ? { code: "no_such_room" } : room;`,
        plant: "return room;",
      },
      {
        file: "lib/store/sqlite/rooms.ts",
        find: "WHERE r.kind = 'public' AND r.folded = ?",
        plant: "WHERE r.folded = ?",
      },
    ],
    tests: [ONE],
  },
  fault(
    "whoever is put out of a room goes on getting what is said",
    "lib/effects.ts",
    "            hub.unfollow(connection, room);\n",
    "",
    ONE,
  ),
  fault(
    "whoever is put out while history is read gets it",
    "lib/commands/messages.ts",
    `      const page = await answer.history(store, account, room, command);
      const parted = desk.partedFrom(room, account);
      if (parted !== null) return parted;
`,
    "      const page = await answer.history(store, account, room, command);\n",
    ONE,
    "tests/attacks/parting_test.ts",
  ),
  fault(
    "everybody can edit everything",
    "lib/store/sqlite/writer.ts",
    "      return target.sender === item.sender.id;\n    case",
    "      return true;\n    case",
    ONE,
  ),
  fault(
    "a resume begins one too late",
    "lib/catch_up.ts",
    "store.replay(room.id, after, seq, RESUME_BOUNDS)",
    "store.replay(room.id, after + 1, seq, RESUME_BOUNDS)",
    ONE,
  ),
  fault(
    "what happens while one catches up is left out",
    "lib/catch_up.ts",
    "missed.seq < room.channel.delivered;",
    "missed.seq < 0;",
    ONE,
  ),
  fault(
    "a place in another log counts in this one",
    "lib/commands/rooms.ts",
    "command.epoch === undefined || command.epoch === store.epoch",
    "true",
    ONE,
  ),
  fault(
    "conversations are welcomed up to what is stored, not what is shown",
    "lib/arrival.ts",
    "direct?.channel.delivered ?? membership.room.seq",
    "membership.room.seq",
    "tests/directs_test.ts",
  ),
  fault(
    "of the rooms that grew only one is flushed",
    "hub.ts",
    "for (const room of this.#grown) room.channel.flush();",
    "for (const room of [...this.#grown].slice(0, 1)) room.channel.flush();",
    ONE,
  ),
  fault(
    "a frame's messages are in another order",
    "lib/channel.ts",
    "new Batch(taken.map(({ json }) => json))",
    "new Batch(taken.map(({ json }) => json).reverse())",
    ONE,
  ),
  fault(
    "an event is shown a second time after it was read from the log",
    "lib/room.ts",
    "if (event.seq <= this.#seq) return true;",
    "if (event.seq < this.#seq) return true;",
    CLUSTER,
  ),
  fault(
    "slow readers stay, and miss what did not fit",
    "lib/channel.ts",
    "for (const member of slow) this.#options.onSlow(member);",
    "",
    ONE,
  ),
  fault(
    "a reader's queue has no bound",
    "client.ts",
    "if (this.#queuedBytes >= this.#bounds.queueBytes) return false;",
    "",
    ONE,
  ),
  fault(
    "slow readers are told not to come back",
    "lib/protocol.ts",
    "slow_reader: { code: 4008,",
    "slow_reader: { code: 4508,",
    ONE,
  ),
  fault(
    "a mute holds at one instance only",
    "lib/effects.ts",
    `    voice.tell({ type: "effect", effect });`,
    `    if (effect.type !== "muted") voice.tell({ type: "effect", effect });`,
    CLUSTER,
  ),
  fault(
    "nobody is ever offline",
    "lib/presence.ts",
    `this.#see(person, "offline");`,
    `this.#see(person, "away");`,
    ONE,
  ),
  fault(
    "who takes the place of somebody who is gone is told to nobody",
    "lib/presence.ts",
    "      this.#options.announce(person.account, person.state);\n",
    "",
    ONE,
    "tests/audience_test.ts",
  ),
  fault(
    "whoever watches somebody hears of them no more once they are gone",
    "lib/audience.ts",
    "if (watchers === undefined) return;",
    `if (watchers === undefined) return;
    if (state === "offline") return void this.#watchers.delete(foldName(account.name));`,
    ONE,
    "tests/audience_test.ts",
  ),
  fault(
    "the people of an instance that died stay",
    "lib/cluster/cluster.ts",
    "      hub.presence.hearAll(name, []);\n",
    "",
    CLUSTER,
  ),
  fault(
    "a lost notice is never made up for",
    "lib/cluster/reconciler.ts",
    "void this.#options.hub.healer.heal(room, seq);",
    "",
    CLUSTER,
    "tests/cluster_messages_test.ts",
  ),
  fault(
    "the text of a deleted message stays",
    "lib/store/sqlite/messages.ts",
    "UPDATE events SET text = '', deleted = 1",
    "UPDATE events SET deleted = 1",
    ONE,
  ),
  fault(
    "a deleted text is still found",
    "lib/store/sqlite/messages.ts",
    "    this.#index.forget({ id, room, sender }, stored);\n",
    "",
    ONE,
    "tests/store/sqlite_test.ts",
  ),
  {
    name: "a search finds what is said in other rooms",
    edits: [
      {
        file: "lib/store/sqlite/search.ts",
        find: `rooms.has(int(row, "room")) && `,
        plant: "",
      },
      {
        file: "lib/store/sqlite/search.ts",
        find: '`${by}tags : (${rooms.map(roomWord).join(" OR ")})`',
        plant: '`${by}tags : "r"*`',
      },
    ],
    tests: [ONE],
  },
  fault(
    "all guests share their keys",
    "lib/store/sqlite/keyrings.ts",
    "this.#ofName.get(encodeFolded(name))",
    `this.#ofName.get("guest")`,
    ONE,
  ),
  fault(
    "connections that are gone stay in their rooms",
    "hub.ts",
    "    for (const room of connection.rooms()) room.channel.unfollow(member);\n",
    "",
    ONE,
  ),
  fault(
    "a server that stops leaves a timer",
    "lib/room_cache.ts",
    "  async close(): Promise<void> {\n    this.#cancelSweep?.();\n",
    "  async close(): Promise<void> {\n",
    ONE,
  ),
  fault(
    "after a restart all pages come back at once",
    "static/connection.ts",
    "const pause = this.#random() * ceiling;",
    "const pause = ceiling;",
    "tests/page/connection_test.ts",
  ),
  fault(
    "the page says again what was lost under another key",
    "static/state/pending.ts",
    `return pending.map((entry) => entry.status === "sent" ? waiting(entry) : entry);`,
    `return pending.map((entry) =>
    entry.status === "sent" ? { ...waiting(entry), key: entry.key + "again" } : entry
  );`,
    "tests/page/connection_test.ts",
    "tests/page/state_test.ts",
  ),
];
