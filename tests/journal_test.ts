import { assertEquals } from "@std/assert";
import { assertSpyCalls, spy } from "@std/testing/mock";
import { Journal, type JournalOptions, type Outcome } from "../lib/journal.ts";
import type { Append, AppendResult } from "../lib/store/store.ts";
import { FakeClock } from "./support/fake_clock.ts";

const alice = { id: 1, name: "Alice", role: "member" } as const;

function appendOf(text: string): Append {
  return { room: 1, sender: alice, at: 0, key: null, kind: "message", text, replyTo: null };
}

/** A store that commits when it is told to. */
class SlowStore {
  /** The texts of every batch that it was given. */
  readonly batches: string[][] = [];
  readonly #answers: PromiseWithResolvers<readonly AppendResult[]>[] = [];
  #seq = 0;

  append(batch: readonly Append[]): Promise<readonly AppendResult[]> {
    this.batches.push(batch.map((append) => "text" in append ? append.text : append.kind));
    const answer = Promise.withResolvers<readonly AppendResult[]>();
    this.#answers.push(answer);
    return answer.promise;
  }

  commit(): void {
    const size = this.batches.at(-this.#answers.length)?.length ?? 0;
    const results = Array.from({ length: size }, (): AppendResult => {
      const event = {
        room: 1,
        seq: ++this.#seq,
        sender: "Alice",
        guest: null,
        at: 0,
        key: null,
      } as const;
      return { event: { ...event, kind: "delete", target: 1 }, repeated: false };
    });
    this.#answers.shift()?.resolve(results);
  }

  fail(error: unknown): void {
    this.#answers.shift()?.reject(error);
  }
}

function setUp(options: Partial<JournalOptions> = {}) {
  const clock = new FakeClock();
  const store = new SlowStore();
  const commits: { size: number; ms: number }[] = [];
  const onError = spy((_error: unknown) => {});
  /** What was told to whom, in order. */
  const settled: string[] = [];
  const journal = new Journal({
    store,
    clock,
    maxPending: 10,
    onCommit: (commit) => commits.push(commit),
    onError,
    ...options,
  });
  const submit = (text: string, settle = (_: Outcome) => {}) =>
    journal.submit({
      append: appendOf(text),
      settle(outcome) {
        settled.push(`${text} ${"refused" in outcome ? outcome.refused : outcome.event.seq}`);
        settle(outcome);
      },
    });
  return { clock, store, journal, commits, onError, settled, submit };
}

Deno.test("what arrives in one turn is one commit, and nobody hears of it before", async () => {
  const { clock, store, submit, settled } = setUp();
  for (const text of ["a", "b", "c"]) submit(text);
  assertEquals(store.batches, []);
  await clock.settle();
  assertEquals(store.batches, [["a", "b", "c"]]);
  assertEquals(settled, []);
  store.commit();
  await clock.settle();
  assertEquals(settled, ["a 1", "b 2", "c 3"]);
});

Deno.test("while one commit is written the next one gathers", async () => {
  const { clock, store, submit, settled } = setUp();
  submit("a");
  await clock.settle();
  submit("b");
  await clock.advance(5);
  submit("c");
  await clock.settle();
  assertEquals(store.batches, [["a"]]);
  store.commit();
  await clock.settle();
  assertEquals(store.batches, [["a"], ["b", "c"]]);
  assertEquals(settled, ["a 1"]);
  store.commit();
  await clock.settle();
  assertEquals(settled, ["a 1", "b 2", "c 3"]);
});

Deno.test("after a rest the next one is written at once", async () => {
  const { clock, store, submit } = setUp();
  for (const text of ["a", "b"]) {
    submit(text);
    await clock.settle();
    store.commit();
    await clock.advance(1_000);
  }
  assertEquals(store.batches, [["a"], ["b"]]);
});

Deno.test("a commit holds 1,000 at most, and the rest follow in order", async () => {
  const { clock, store, submit, settled } = setUp({ maxPending: 3_000 });
  for (let i = 1; i <= 2_500; i++) submit(`${i}`);
  for (let i = 0; i < 3; i++) {
    await clock.settle();
    store.commit();
  }
  await clock.settle();
  assertEquals(store.batches.map(({ length }) => length), [1_000, 1_000, 500]);
  assertEquals(settled, Array.from({ length: 2_500 }, (_, i) => `${i + 1} ${i + 1}`));
});

Deno.test("a commit is reported after its settles, with its size and its time", async () => {
  const { clock, store, submit, settled, commits } = setUp({});
  submit("a", () => assertEquals(commits, []));
  submit("b");
  await clock.settle();
  await clock.advance(7);
  store.commit();
  await clock.settle();
  assertEquals(settled.length, 2);
  assertEquals(commits, [{ size: 2, ms: 7 }]);
});

Deno.test("a commit that fails is refused to all in it; the next one works", async () => {
  const { clock, store, submit, settled, onError } = setUp();
  submit("a");
  submit("b");
  await clock.settle();
  submit("c");
  const fault = new Error("disk full");
  store.fail(fault);
  await clock.settle();
  assertEquals(settled, ["a try_again", "b try_again"]);
  assertSpyCalls(onError, 1);
  assertEquals(onError.calls[0]?.args, [fault]);
  store.commit();
  await clock.settle();
  assertEquals(settled.at(-1), "c 1");
  submit("d");
  await clock.settle();
  store.commit();
  await clock.settle();
  assertEquals(settled.at(-1), "d 2");
});

Deno.test("a store that throws instead of rejecting fails like one that rejects", async () => {
  const fault = new Error("no store");
  const { clock, submit, settled, onError } = setUp({
    store: {
      append() {
        throw fault;
      },
    },
  });
  submit("a");
  await clock.settle();
  assertEquals(settled, ["a try_again"]);
  assertSpyCalls(onError, 1);
  assertEquals(onError.calls[0]?.args, [fault]);
});

Deno.test("a settle that throws does not stop the others", async () => {
  const { clock, store, submit, settled, onError } = setUp();
  const fault = new Error("bug");
  submit("a");
  submit("b", () => {
    throw fault;
  });
  submit("c");
  await clock.settle();
  submit("d");
  store.commit();
  await clock.settle();
  store.commit();
  await clock.settle();
  assertEquals(settled, ["a 1", "b 2", "c 3", "d 4"]);
  assertSpyCalls(onError, 1);
  assertEquals(onError.calls[0]?.args, [fault]);
});

Deno.test("a fault in what follows a commit does not end all commits", async () => {
  const fault = new Error("bug");
  const { clock, store, journal, submit, settled, onError } = setUp({
    onCommit() {
      throw fault;
    },
  });
  submit("a");
  await clock.settle();
  store.commit();
  await clock.settle();
  submit("b");
  await clock.settle();
  store.commit();
  await journal.drain();
  assertEquals(settled, ["a 1", "b 2"]);
  assertEquals(onError.calls.map(({ args }) => args), [[fault], [fault]]);
});

Deno.test("past its bound it takes nothing, and never settles what it did not take", async () => {
  const { clock, store, submit, settled } = setUp({ maxPending: 2 });
  assertEquals(["a", "b", "c"].map((text) => submit(text)), [true, true, false]);
  await clock.settle();
  // The two are being written now and wait no more.
  assertEquals(["d", "e", "f"].map((text) => submit(text)), [true, true, false]);
  store.commit();
  await clock.settle();
  store.commit();
  await clock.settle();
  assertEquals(settled, ["a 1", "b 2", "d 3", "e 4"]);
});

Deno.test("what a settle submits comes into the next commit", async () => {
  const { clock, store, submit, settled } = setUp();
  submit("a", () => void submit("b"));
  await clock.settle();
  store.commit();
  await clock.settle();
  store.commit();
  await clock.settle();
  assertEquals(store.batches, [["a"], ["b"]]);
  assertEquals(settled, ["a 1", "b 2"]);
});

Deno.test("an idle journal is drained at once; a busy one when everything so far is settled", async () => {
  const { clock, store, journal, submit, settled } = setUp();
  await journal.drain();
  submit("a");
  await clock.settle();
  submit("b");
  const drained = journal.drain().then(() => settled.push("drained"));
  store.commit();
  await clock.settle();
  store.commit();
  await drained;
  assertEquals(settled, ["a 1", "b 2", "drained"]);
});

Deno.test("whoever drains does not wait for those who go on talking", async () => {
  const { clock, store, journal, submit, settled } = setUp();
  submit("a");
  await clock.settle();
  const drained = journal.drain().then(() => settled.push("drained"));
  for (const text of ["b", "c", "d"]) {
    submit(text);
    store.commit();
    await clock.settle();
  }
  store.commit();
  await clock.settle();
  await drained;
  assertEquals(settled, ["a 1", "drained", "b 2", "c 3", "d 4"]);
});

Deno.test("a commit that fails counts as settled for whoever drains", async () => {
  const { clock, store, journal, submit, settled } = setUp();
  submit("a");
  const drained = journal.drain();
  await clock.settle();
  store.fail(new Error("disk full"));
  await drained;
  assertEquals(settled, ["a try_again"]);
});
