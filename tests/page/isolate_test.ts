import { assertEquals } from "@std/assert";
import { isolated, isolating } from "../../static/strings/isolate.ts";

Deno.test("what is written from right to left is isolated in a sentence, the rest is as it was", () => {
  const catalogue = isolating({
    plain: "Nothing to fill",
    deep: {
      said: (name: string, n: number) => `${name} said ${n}`,
      typing: (names: readonly string[]) => names.join(", "),
    },
    spans: [{ label: "5 s", seconds: 5 }],
  });
  assertEquals(catalogue.plain, "Nothing to fill");
  assertEquals(catalogue.deep.said("Bob", 2), "Bob said 2");
  assertEquals(catalogue.deep.said("דנה", 2), "\u2068דנה\u2069 said 2");
  assertEquals(catalogue.deep.typing(["Bob", "دانا"]), "Bob, \u2068دانا\u2069");
  assertEquals(catalogue.spans, [{ label: "5 s", seconds: 5 }]);
  assertEquals(isolated("Zoë"), "Zoë");
});
