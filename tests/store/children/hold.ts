/** Opens the store at the path given, says what came of it, and holds it until stdin ends. */
import { openSqlite } from "../../../lib/store/sqlite.ts";

const [path = ""] = Deno.args;
const outcome = await openSqlite({ path, durability: "process" }).then(
  () => "open",
  (error) => String(error),
);
console.log(outcome);
await Deno.stdin.read(new Uint8Array(1));
