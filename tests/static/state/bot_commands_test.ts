import { assertEquals } from "@std/assert";
import { callsIn, commandIn, messageIn, standingOf } from "../../../static/state/bot_commands.ts";
import { optionsFor, queryAt } from "../../../static/state/completion.ts";
import { TestPage } from "../support.ts";

const FORECAST = { command: "weather", description: "Says how the weather is", hint: "<city>" };

/** Alice's page in the lobby, where a bot takes `/weather`. */
function page(): TestPage {
  const page = new TestPage();
  page.enter();
  const [asked] = page.do({ type: "order", order: { type: "list_commands", room_id: "lobby" } });
  const commands = [{ ...FORECAST, by: "Sky", by_id: "u-sky" }];
  page.get({ type: "commands", room: "lobby", commands, key: asked!.key });
  return page;
}

Deno.test("a command has a name, and everything after it is its text", () => {
  assertEquals(commandIn("/weather"), { command: "weather", text: "" });
  assertEquals(commandIn(" /Weather  Zürich, \nBern "), {
    command: "weather",
    text: "Zürich, \nBern",
  });
  for (const text of ["", "/", "/ weather", "a /weather", "/etc/hosts", "//weather", "/-x", "/ä"]) {
    assertEquals(commandIn(text), undefined, text);
  }
  assertEquals(commandIn(`/${"a".repeat(33)}`), undefined);
});

Deno.test("two slashes write a text that begins with one, and nothing else loses a slash", () => {
  assertEquals(messageIn("//weather Zürich"), "/weather Zürich");
  for (const text of ["// a comment", "//", "///x", "/etc//x", "/weather", "a //weather"]) {
    assertEquals(messageIn(text), text, text);
  }
});

Deno.test("a command is offered, unknown, or not known yet", () => {
  const test = page();
  const standing = (command: string) => standingOf(test.state, test.room(), { command, text: "" });
  assertEquals([standing("weather"), standing("rain")], ["offered", "unknown"]);
  test.lose();
  assertEquals(standing("weather"), "offline");
  const fresh = new TestPage();
  fresh.enter();
  assertEquals(standingOf(fresh.state, fresh.room(), { command: "x", text: "" }), "asking");
});

Deno.test("commands are suggested at the beginning of a text, but not in an edit", () => {
  const test = page();
  const offered = (text: string) => {
    const query = queryAt(text, text.length);
    if (query?.kind !== "command") return undefined;
    return optionsFor(query, test.state, test.room(), undefined)
      .map(({ label, hint, by, insert }) => [label, hint, by, insert]);
  };
  const first = ["/weather", "<city> · Says how the weather is", "Sky", "/weather "];
  assertEquals(offered("/"), [first]);
  assertEquals(offered("/We"), [first]);
  assertEquals(offered("/x"), []);
  assertEquals(offered("a /we"), undefined);
  // Not even where only the end of a long text is looked at.
  assertEquals(offered(`${"a".repeat(100)}/${"w".repeat(65)}`), undefined);
  test.do({ type: "compose", room: "lobby", composing: { mode: "edit", seq: 1 } });
  assertEquals(offered("/"), []);
});

Deno.test("a call is kept with its answers until the user dismisses it", () => {
  const test = page();
  const run = (text: string) => {
    const order = { type: "run_command", room_id: "lobby", command: "weather", text } as const;
    return test.do({ type: "order", order })[0]!.key;
  };
  const about = { room: "lobby", command: "weather", by: "Sky" };
  test.get({ type: "command_sent", ...about, call_id: "1", key: run("Zürich") });
  const calls = () =>
    callsIn(test.state, test.room()).map(({ id, text, answers }) => [id, text, answers]);
  assertEquals(calls(), [["1", "Zürich", []]]);
  for (const message of ["one moment", "sunny"]) {
    test.get({ type: "command_answered", ...about, call_id: "1", message });
  }
  assertEquals(calls(), [["1", "Zürich", ["one moment", "sunny"]]]);
  for (let n = 2; n <= 30; n++) {
    test.get({ type: "command_sent", ...about, call_id: `${n}`, key: run(`${n}`) });
  }
  assertEquals([calls().length, calls()[0]?.[0]], [20, "11"]);
  test.do({ type: "dismiss_call", id: "11" });
  assertEquals(calls()[0]?.[0], "12");
  test.do({ type: "signed_out" });
  assertEquals(test.state.calls, []);
});
