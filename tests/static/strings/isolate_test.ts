import { assertEquals } from "@std/assert";
import { isolated } from "../../../static/strings/isolate.ts";

Deno.test("text written from right to left is isolated, other text is unchanged", () => {
  assertEquals(isolated("דנה"), "\u2068דנה\u2069");
  assertEquals(isolated("Zoë"), "Zoë");
});
