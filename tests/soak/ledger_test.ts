// The soak's record of acknowledged and shown messages must detect every fault.
import { assertEquals, assertMatch } from "@std/assert";
import { Ledger } from "./ledger.ts";

/** The messages of the room, in order. */
function log(...texts: readonly string[]) {
  return texts.map((message, i) => ({ seq: i + 1, sender: "Alice", message }));
}

/** A record of three acknowledged and shown messages. */
function bookOfThree(): Ledger {
  const ledger = new Ledger();
  for (const message of log("one", "two", "three")) {
    ledger.promise(message.message, { room: "general", seq: message.seq });
    ledger.show("Bob", "general", message);
  }
  return ledger;
}

Deno.test("a complete log has no fault", () => {
  const ledger = bookOfThree();
  ledger.audit("general", log("one", "two", "three", "four, not acknowledged"));
  assertEquals(ledger.faults, []);
  assertEquals([ledger.promises, ledger.end("general"), ledger.end("other")], [3, 4, 0]);
});

for (
  const [what, texts, fault] of [
    ["a message that is lost", ["one", "two"], /"three", promised at 3, is at undefined/],
    [
      "a message that is stored twice",
      ["one", "two", "three", "two"],
      /"two" is stored at 2 and 4/,
    ],
    ["a message in another place", ["two", "one", "three"], /general 1: "Alice: one" for one/],
  ] as const
) {
  Deno.test(`${what} is a fault`, () => {
    const ledger = bookOfThree();
    ledger.audit("general", log(...texts));
    assertMatch(ledger.faults.join("\n"), fault);
  });
}

Deno.test("a gap in a log is a fault, and so are two acknowledgements of one message", () => {
  const holed = bookOfThree();
  holed.audit("general", log("one", "two", "three").toSpliced(1, 1));
  assertMatch(holed.faults.join("\n"), /3 follows 1/);
  const doubled = bookOfThree();
  doubled.promise("one", { room: "general", seq: 4 });
  assertMatch(doubled.faults.join("\n"), /"one" is at 1, and then at 4/);
});

Deno.test("two users who are shown different messages at one position are a fault", () => {
  const ledger = bookOfThree();
  ledger.show("Carol", "general", { seq: 2, sender: "Mallory", message: "two" });
  assertMatch(ledger.faults.join("\n"), /general 2: .+ for Carol/);
});
