import { assertEquals } from "@std/assert";
import { assertSpyCalls, spy } from "@std/testing/mock";
import { GroupCommit, type GroupCommitOptions, type Outcome } from "../../lib/chat/group_commit.ts";
import type { Append, AppendResult } from "../../lib/store/records.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { accountOf } from "../support/records.ts";

const alice = accountOf(1, "Alice");

function appendOf(text: string): Append {
  return { room: 1, sender: alice, at: 0, key: null, kind: "message", text, replyTo: null };
}

/** A store that commits on demand. */
class SlowStore {
  /** The texts of every batch that the store was given. */
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
        sender: alice.name,
        senderId: alice.publicId,
        guest: false,
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

function setUp(options: Partial<GroupCommitOptions> = {}) {
  const clock = new FakeClock();
  const store = new SlowStore();
  const commits: { size: number; ms: number }[] = [];
  const onError = spy((_error: unknown) => {});
  /** The reported outcomes, in order. */
  const settled: string[] = [];
  const groupCommit = new GroupCommit({
    store,
    clock,
    maxPending: 10,
    onCommit: (commit) => commits.push(commit),
    onError,
    ...options,
  });
  const submit = (text: string, onCommitted = (_: Outcome) => {}) =>
    groupCommit.submit({
      append: appendOf(text),
      onCommitted(outcome) {
        settled.push(`${text} ${"refused" in outcome ? outcome.refused : outcome.event.seq}`);
        onCommitted(outcome);
      },
    });
  return { clock, store, groupCommit, commits, onError, settled, submit };
}

// Invariant A1.
Deno.test("appends of one turn are one commit, and no outcome is reported before it", async () => {
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

Deno.test("while one commit is being written, the next one collects appends", async () => {
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

Deno.test("after a pause the next append is written at once", async () => {
  const { clock, store, submit } = setUp();
  for (const text of ["a", "b"]) {
    submit(text);
    await clock.settle();
    store.commit();
    await clock.advance(1_000);
  }
  assertEquals(store.batches, [["a"], ["b"]]);
});

Deno.test("a commit holds at most 1,000 appends, and the rest follow in order", async () => {
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

Deno.test("a commit is reported after its outcomes, with its size and its duration", async () => {
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

Deno.test("a failed commit refuses every append in it; the next one works", async () => {
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

Deno.test("an onCommitted that throws does not stop the others", async () => {
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

Deno.test("an onCommit that throws does not stop later commits", async () => {
  const fault = new Error("bug");
  const { clock, store, groupCommit, submit, settled, onError } = setUp({
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
  await groupCommit.drain();
  assertEquals(settled, ["a 1", "b 2"]);
  assertEquals(onError.calls.map(({ args }) => args), [[fault], [fault]]);
});

Deno.test("a full queue refuses appends, and reports no outcome for a refused one", async () => {
  const { clock, store, submit, settled } = setUp({ maxPending: 2 });
  assertEquals(["a", "b", "c"].map((text) => submit(text)), [true, true, false]);
  await clock.settle();
  // These two are being written now, and no longer count as queued.
  assertEquals(["d", "e", "f"].map((text) => submit(text)), [true, true, false]);
  store.commit();
  await clock.settle();
  store.commit();
  await clock.settle();
  assertEquals(settled, ["a 1", "b 2", "d 3", "e 4"]);
});

Deno.test("an append submitted by onCommitted is part of the next commit", async () => {
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

Deno.test("drain resolves at once when idle, else once all pending outcomes are reported", async () => {
  const { clock, store, groupCommit, submit, settled } = setUp();
  await groupCommit.drain();
  submit("a");
  await clock.settle();
  submit("b");
  const drained = groupCommit.drain().then(() => settled.push("drained"));
  store.commit();
  await clock.settle();
  store.commit();
  await drained;
  assertEquals(settled, ["a 1", "b 2", "drained"]);
});

Deno.test("drain does not wait for appends that are submitted later", async () => {
  const { clock, store, groupCommit, submit, settled } = setUp();
  submit("a");
  await clock.settle();
  const drained = groupCommit.drain().then(() => settled.push("drained"));
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

Deno.test("a failed commit counts as reported for drain", async () => {
  const { clock, store, groupCommit, submit, settled } = setUp();
  submit("a");
  const drained = groupCommit.drain();
  await clock.settle();
  store.fail(new Error("disk full"));
  await drained;
  assertEquals(settled, ["a try_again"]);
});

Deno.test("with an interval, appends of one moment share a commit, and none waits after a pause", async () => {
  const { clock, store, submit } = setUp({ intervalMs: () => 8 });
  submit("a");
  await clock.settle();
  store.commit();
  await clock.advance(2);
  submit("b");
  await clock.advance(4);
  submit("c");
  assertEquals(store.batches, [["a"]]);
  await clock.advance(2);
  assertEquals(store.batches, [["a"], ["b", "c"]]);
  store.commit();
  await clock.advance(100);
  submit("d");
  await clock.settle();
  assertEquals(store.batches, [["a"], ["b", "c"], ["d"]]);
});
