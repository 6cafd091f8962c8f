import { assertEquals } from "@std/assert";
import { failedFiles } from "../../tools/test.ts";

Deno.test("the files that failed are read from the end of what deno test prints", () => {
  const output = [
    "./tests/a_test.ts => a step => ./tests/elsewhere_test.ts:1:2 ... FAILED (1ms)",
    "",
    "\x1b[0m\x1b[1m\x1b[37m\x1b[41m ERRORS \x1b[0m",
    "",
    "error: at fn (file:///home/somebody/tests/other_test.ts:3:4)",
    "",
    "\x1b[0m\x1b[1m\x1b[37m\x1b[41m FAILURES \x1b[0m",
    "",
    "one \x1b[0m\x1b[38;5;245m=> ./tests/a_test.ts:1:31\x1b[0m",
    "two ... a step \x1b[0m\x1b[38;5;245m=> ./tests/a_test.ts:2:40\x1b[0m",
    "./tests/static/b_test.tsx (uncaught error)",
    "",
    "\x1b[0m\x1b[31mFAILED\x1b[0m | 2 passed | 3 failed (1 step) \x1b[0m(26ms)\x1b[0m",
  ].join("\n");
  assertEquals(failedFiles(output), ["tests/a_test.ts", "tests/static/b_test.tsx"]);
  const shared = [
    "\x1b[0m\x1b[38;5;245m./tests/e2e/c_test.ts => \x1b[0mtwo users ... \x1b[0m\x1b[31mFAILED\x1b[0m (9s)",
    "\x1b[0m\x1b[1m\x1b[37m\x1b[41m FAILURES \x1b[0m",
    "two users \x1b[0m\x1b[38;5;245m=> ./tests/e2e/support/browser.ts:280:8\x1b[0m",
  ].join("\n");
  assertEquals(failedFiles(shared), ["tests/e2e/c_test.ts"], "not the file that registers it");
  assertEquals(failedFiles("ok | 2 passed | 0 failed (1s)"), []);
});
