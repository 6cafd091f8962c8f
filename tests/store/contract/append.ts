import { assert, assertEquals, assertRejects } from "@std/assert";
import { reactionOf } from "../../support/reactions.ts";
import {
  AT,
  type Contract,
  edit,
  log,
  message,
  messageAt,
  messages,
  outcomes,
  react,
  remove,
  room,
  ROOMY,
  store as put,
  upTo,
} from "./fixture.ts";

/** The guarantees of `append`: Invariant A2 and Invariant A3. */
export const append: Contract = {
  "every event takes the next seq of its room": async ({ store, team, alice, bob }) => {
    const other = await room(store, "other", alice);
    assertEquals(
      await outcomes(
        store,
        message(team, alice, "a"),
        message(other, alice, "b"),
        message(team, bob, "c", { key: "k" }),
        edit(team, bob, 1, "not mine"),
        react(team, bob, 99, "👍"),
        message(other, bob, "d"),
        message(team, bob, "c", { key: "k" }),
        react(team, bob, 1, "👍"),
        message(team, alice, "e", { replyTo: 98 }),
        edit(team, alice, 1, "a!"),
      ),
      [1, 1, 2, "forbidden", "no_such_message", 2, "again 2", 3, "no_such_message", 4],
    );
    assertEquals(await outcomes(store, remove(team, alice, 1), message(team, bob, "f")), [5, 6]);
    assertEquals((await log(store, team)).map((event) => event.seq), upTo(6));
    assertEquals((await log(store, other)).map((event) => event.seq), upTo(2));
  },

  "a refused or repeated append stores nothing": async ({ store, team, alice, bob }) => {
    await put(store, message(team, alice, "a", { key: "k" }));
    const before = await log(store, team);
    await outcomes(
      store,
      message(team, alice, "changed", { key: "k" }),
      edit(team, bob, 1, "changed"),
      remove(team, bob, 1),
    );
    assertEquals(await log(store, team), before);
    assertEquals((await store.findRoom("Team", alice.id))?.seq, 1);
    assertEquals(await outcomes(store, message(team, alice, "b")), [2]);
  },

  "an edit that is based on another text is refused, unless it was stored before": async (
    { store, team, alice, bob },
  ) => {
    await put(store, message(team, alice, "a"), message(team, bob, "b"));
    const based = (text: string, key: string, basedOn: number) => ({
      ...edit(team, alice, 1, text, key, basedOn),
      at: AT + basedOn + 5,
    });
    assertEquals(
      await outcomes(
        store,
        based("first", "k1", 0),
        based("from another device", "k2", 0),
        based("second", "k3", AT + 5),
        based("first", "k1", 0),
        edit(team, bob, 1, "not mine", "k4", 0),
        edit(team, alice, 1, "without a base"),
      ),
      [3, "edit_conflict", 4, "again 3", "forbidden", 5],
    );
    const { messages: [first] } = await store.pageBefore(team.id, 2, ROOMY, alice.id);
    assertEquals(first?.text, "without a base");
    assertEquals(
      await outcomes(store, remove(team, alice, 1), edit(team, alice, 1, "late", "k5", 0)),
      [6, "no_such_message"],
    );
  },

  "an empty batch appends nothing": async ({ store, team }) => {
    assertEquals(await store.append([]), []);
    assertEquals(await log(store, team), []);
  },

  "the results match the log": async ({ store, team, alice, bob }) => {
    const events = await put(
      store,
      message(team, alice, "a", { key: "k1" }),
      message(team, bob, "b", { replyTo: 1 }),
      react(team, bob, 1, "👍", { key: "k2" }),
      react(team, bob, 1, "👍", { on: false }),
    );
    assertEquals(await log(store, team), events);
    const base = { room: team.id, guest: false, key: null };
    assertEquals(events[1], {
      ...base,
      kind: "message",
      seq: 2,
      sender: "Bob",
      senderId: bob.publicId,
      at: AT,
      text: "b",
      replyTo: 1,
      editedAt: null,
      deleted: false,
      reactions: [],
    });
    const [edited, deleted] = await put(store, edit(team, alice, 1, "a!"), remove(team, bob, 2));
    assertEquals(edited, {
      ...base,
      kind: "edit",
      seq: 5,
      sender: "Alice",
      senderId: alice.publicId,
      at: AT + 1,
      target: 1,
      text: "a!",
    });
    assertEquals(deleted, {
      ...base,
      kind: "delete",
      seq: 6,
      sender: "Bob",
      senderId: bob.publicId,
      at: AT + 2,
      target: 2,
    });
    assertEquals((await log(store, team)).slice(4), [edited, deleted]);
  },

  "one emoji is one reaction, however an older version stored it": async (
    { store, team, alice, bob },
  ) => {
    const reactions = async () => (await messageAt(store, team, 1)).reactions;
    await put(
      store,
      message(team, alice, "a"),
      ...[react(team, alice, 1, "❤"), react(team, bob, 1, "👍"), react(team, bob, 1, "❤️")],
      ...[react(team, alice, 1, "❤️"), react(team, alice, 1, ":cafe\u0301:")],
      ...[react(team, alice, 1, "hello")],
    );
    assertEquals(await reactions(), [
      reactionOf("❤️", alice, bob),
      reactionOf("👍", bob),
      reactionOf(":café:", alice),
      reactionOf("hello", alice),
    ]);
    const written = (await log(store, team)).flatMap((one) =>
      one.kind === "reaction" ? [one.emoji] : []
    );
    assertEquals(written, ["❤️", "👍", "❤️", "❤️", ":café:", "hello"]);
    const off = { on: false };
    await put(store, react(team, alice, 1, "❤\ufe0e", off), react(team, bob, 1, "👍️", off));
    assertEquals((await reactions())[0], reactionOf("❤️", bob));
    await put(store, react(team, alice, 1, ":café:", off), react(team, alice, 1, "hello", off));
    assertEquals(await reactions(), [reactionOf("❤️", bob)]);
    await put(store, react(team, bob, 1, "❤️", off));
    assertEquals(await reactions(), []);
  },

  // Invariant A3.
  "a repeated key returns the first event, without a time limit": async (
    { store, team, alice },
  ) => {
    const [first] = await put(store, message(team, alice, "one", { key: "k" }));
    await put(store, ...Array.from({ length: 500 }, () => message(team, alice, "more")));
    const [result] = await store.append([message(team, alice, "two", { key: "k" })]);
    assert(result !== undefined && "event" in result && first !== undefined);
    assertEquals(result, { event: first, repeated: true });
  },

  "a key repeated within a batch stores one message": async ({ store, team, alice }) => {
    const twice = message(team, alice, "one", { key: "k" });
    assertEquals(await outcomes(store, twice, twice, message(team, alice, "two"), twice), [
      1,
      "again 1",
      2,
      "again 1",
    ]);
    assertEquals((await messages(store, team)).map(({ text }) => text), ["one", "two"]);
  },

  "a key used by one kind of event returns that event for every kind": async (
    { store, team, alice },
  ) => {
    await put(store, message(team, alice, "one", { key: "m" }));
    await put(store, react(team, alice, 1, "👍", { key: "r" }), edit(team, alice, 1, "1", "e"));
    assertEquals(
      await outcomes(
        store,
        edit(team, alice, 1, "changed", "m"),
        remove(team, alice, 1, "r"),
        message(team, alice, "new", { key: "e" }),
        react(team, alice, 99, "👍", { key: "e" }),
      ),
      ["again 1", "again 2", "again 3", "again 3"],
    );
    assertEquals((await messageAt(store, team, 1)).text, "1");
  },

  "a repeated key is recognized even if its target is deleted": async (
    { store, team, alice, bob },
  ) => {
    await put(store, message(team, alice, "one"));
    const about = [
      message(team, bob, "re", { key: "reply", replyTo: 1 }),
      react(team, bob, 1, "👍", { key: "reaction" }),
      edit(team, alice, 1, "1", "edit"),
      remove(team, alice, 1, "delete"),
    ];
    assertEquals(await outcomes(store, ...about), [2, 3, 4, 5]);
    assertEquals(await outcomes(store, ...about), ["again 2", "again 3", "again 4", "again 5"]);
  },

  "a key is scoped to one sender and one room": async ({ store, team, alice, bob }) => {
    const other = await room(store, "other", alice);
    assertEquals(
      await outcomes(
        store,
        message(team, alice, "a", { key: "k" }),
        message(team, bob, "b", { key: "k" }),
        message(other, alice, "c", { key: "k" }),
      ),
      [1, 2, 1],
    );
  },

  "keys are compared byte for byte": async ({ store, team, alice }) => {
    const keys = [
      "k",
      "K",
      "k ",
      "k\u0000",
      "k\u0000a",
      "é",
      "e\u0301",
      "\u0010!",
      "'",
      "k".repeat(64),
    ];
    const events = await put(store, ...keys.map((key) => message(team, alice, "a", { key })));
    assertEquals(events.map(({ seq }) => seq), upTo(keys.length));
    assertEquals((await log(store, team)).map(({ key }) => key), keys);
  },

  "without keys, equal texts are stored twice": async ({ store, team, alice }) => {
    const twice = message(team, alice, "one");
    assertEquals(await outcomes(store, twice, twice), [1, 2]);
  },

  "a reply requires an existing message of the same room": async ({ store, team, alice }) => {
    const other = await room(store, "other", alice);
    await put(store, ...upTo(3).map((n) => message(other, alice, `${n}`)));
    await put(store, message(team, alice, "a"), message(team, alice, "b"), remove(team, alice, 2));
    const reply = (replyTo: number) => message(team, alice, "re", { replyTo });
    assertEquals(await outcomes(store, reply(1), reply(2), reply(3), reply(9), reply(0)), [
      4,
      ...Array.from({ length: 4 }, () => "no_such_message"),
    ]);
    assertEquals((await messageAt(store, team, 4)).replyTo, 1);
  },

  "an edit replaces the text in place": async ({ store, team, alice, bob }) => {
    await put(store, message(team, alice, "teh"), message(team, bob, "b"));
    await put(store, edit(team, alice, 1, "the"), edit(team, alice, 1, "the end"));
    const { text, editedAt, at, deleted } = await messageAt(store, team, 1);
    assertEquals({ text, editedAt, at, deleted }, {
      text: "the end",
      editedAt: AT + 1,
      at: AT,
      deleted: false,
    });
    const texts = (await log(store, team)).map((event) => "text" in event ? event.text : "");
    assertEquals(texts, ["the end", "b", "the end", "the end"], "edits show the present text");
  },

  "only the author can edit a message": async ({ store, team, alice, bob }) => {
    await put(store, message(team, alice, "mine"));
    assertEquals(await outcomes(store, edit(team, bob, 1, "yours"), remove(team, bob, 1)), [
      "forbidden",
      "forbidden",
    ]);
    assertEquals((await messageAt(store, team, 1)).text, "mine");
  },

  "a moderator can delete the messages of others, but not edit them": async (fixture) => {
    const { store, team, alice, bob } = fixture;
    await put(store, message(team, alice, "rude"));
    const removal = { ...remove(team, bob, 1), asModerator: true };
    assertEquals(await outcomes(store, edit(team, bob, 1, "kind"), removal, removal), [
      "forbidden",
      2,
      "no_such_message",
    ]);
    assertEquals((await messageAt(store, team, 1)).deleted, true);
    assertEquals((await log(store, team))[1]?.sender, "Bob");
  },

  "only an existing message can be changed": async ({ store, team, alice }) => {
    const other = await room(store, "other", alice);
    await put(store, ...upTo(9).map((n) => message(other, alice, `${n}`)));
    await put(store, message(team, alice, "a"), message(team, alice, "b"), remove(team, alice, 2));
    for (const target of [2, 3, 4, 0, -1, 5_000]) {
      assertEquals(
        await outcomes(
          store,
          edit(team, alice, target, "x"),
          remove(team, alice, target),
          react(team, alice, target, "👍"),
        ),
        ["no_such_message", "no_such_message", "no_such_message"],
        `target ${target}`,
      );
    }
  },

  "a deletion keeps the seq and removes the text": async ({ store, team, alice, bob }) => {
    await put(store, message(team, alice, "secret"), edit(team, alice, 1, "top secret"));
    await put(store, react(team, bob, 1, "👀"), remove(team, alice, 1));
    const { text, deleted, reactions } = await messageAt(store, team, 1);
    assertEquals({ text, deleted, reactions }, { text: "", deleted: true, reactions: [] });
    const events = await log(store, team);
    assertEquals(events.map(({ kind }) => kind), ["message", "edit", "reaction", "delete"]);
    assert(!JSON.stringify(events).includes("secret"));
  },

  "reactions are returned in the order of their arrival": async (
    { store, team, alice, bob, carol },
  ) => {
    await put(store, message(team, alice, "a"), message(team, alice, "b"));
    await put(
      store,
      react(team, carol, 1, "🎉"),
      react(team, bob, 1, "👍"),
      react(team, alice, 1, "🎉"),
      react(team, alice, 1, "👍"),
      react(team, carol, 1, "🎉"),
      react(team, bob, 2, "🎉"),
      react(team, bob, 2, "🎉", { on: false }),
      react(team, alice, 2, "👀", { on: false }),
    );
    assertEquals((await messages(store, team)).map(({ reactions }) => reactions), [
      [reactionOf("🎉", carol, alice), reactionOf("👍", bob, alice)],
      [],
    ]);
    await put(store, react(team, carol, 1, "🎉", { on: false }), react(team, carol, 1, "🎉"));
    assertEquals((await messageAt(store, team, 1)).reactions, [
      reactionOf("👍", bob, alice),
      reactionOf("🎉", alice, carol),
    ]);
  },

  "a batch is applied in order: later events see earlier ones": async (fixture) => {
    const { store, team, alice, bob } = fixture;
    assertEquals(
      await outcomes(
        store,
        message(team, alice, "a"),
        react(team, bob, 1, "👍"),
        edit(team, alice, 1, "b"),
        remove(team, alice, 1),
        react(team, bob, 1, "👍"),
      ),
      [1, 2, 3, 4, "no_such_message"],
    );
  },

  "texts are returned as written": async ({ store, team, alice }) => {
    const texts = [
      " spaces  and\ttabs\r\n\n ",
      "NUL \u0000 in the middle, \u0000",
      "marks \u0001 \u0002 \u0003 \u0010 \u0010! \u0010( \u001b",
      "👩‍👩‍👧‍👦 🏴󠁧󠁢󠁷󠁬󠁳󠁿 e\u0301 é ﬁ",
      "مرحبا שלום 你好 हिन्दी",
      `'; DROP TABLE events; -- " \\ % _ $1 ? :room`,
      "x".repeat(10_000),
      "\u0000".repeat(10_000),
      "\ufffe\uffff\u{10ffff}",
    ];
    await put(store, ...texts.map((text) => message(team, alice, text)));
    assertEquals((await messages(store, team)).map(({ text }) => text), texts);
    await put(store, ...texts.map((text, n) => edit(team, alice, n + 1, `${text}!`)));
    assertEquals(
      (await messages(store, team)).map(({ text }) => text),
      texts.map((text) => `${text}!`),
    );
  },

  // Invariant A2.
  "a failed batch stores nothing, and the next batch succeeds": async ({ store, team, alice }) => {
    await put(store, message(team, alice, "before", { key: "k1" }));
    const before = await log(store, team);
    const nowhere = message({ id: 999_999 }, alice, "nowhere");
    await assertRejects(() =>
      store.append([message(team, alice, "with it", { key: "k2" }), nowhere])
    );
    await assertRejects(() => store.append([edit(team, alice, 1, "with it"), nowhere]));
    assertEquals(await log(store, team), before);
    assertEquals(await outcomes(store, message(team, alice, "after", { key: "k2" })), [2]);
  },

  "a batch of ten thousand events is appended": async ({ store, team, alice, bob }) => {
    const batch = upTo(10_000).map((n) =>
      message(team, n % 2 ? alice : bob, `message ${n}`, { key: `key ${n}` })
    );
    assertEquals(await outcomes(store, ...batch), upTo(10_000));
    assertEquals((await log(store, team)).length, 10_000);
    const again = await outcomes(store, ...batch);
    assertEquals(again, upTo(10_000).map((n) => `again ${n}`));
  },

  "concurrent appends get distinct seqs": async ({ store, team, alice, bob }) => {
    const other = await room(store, "other", alice);
    const calls = upTo(50).map((call) =>
      store.append(
        upTo(10).map((n) =>
          message(n % 2 ? team : other, bob, `${call}.${n}`, { key: `${call}.${n}` })
        ),
      )
    );
    const results = (await Promise.all(calls)).flat();
    for (const place of [team, other]) {
      const events = await log(store, place);
      assertEquals(events.map(({ seq }) => seq), upTo(250));
      const reported = results.flatMap((result) =>
        "event" in result && result.event.room === place.id ? [result.event] : []
      );
      assertEquals(reported.toSorted((a, b) => a.seq - b.seq), [...events]);
    }
  },

  "concurrent appends with one key store one event": async ({ store, team, alice }) => {
    const one = message(team, alice, "once", { key: "k" });
    const results = (await Promise.all(upTo(20).map(() => store.append([one])))).flat();
    assertEquals(results.filter((result) => "event" in result && !result.repeated).length, 1);
    assertEquals((await log(store, team)).length, 1);
  },
};
