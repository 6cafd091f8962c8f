/** Opens the store at the given path, prints the result, and holds it until stdin ends. */
import { openSqlite } from "../../../lib/store/sqlite/store.ts";

const [path = ""] = Deno.args;
const outcome = await openSqlite({ path, durability: "process" }).then(
  () => "open",
  (error) => String(error),
);
console.log(outcome);
await Deno.stdin.read(new Uint8Array(1));
