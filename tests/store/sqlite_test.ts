import { openSqlite } from "../../lib/store/sqlite.ts";
import { needs } from "../support/permissions.ts";
import { conformance } from "./conformance.ts";

conformance("sqlite, in memory", async () => ({
  store: await openSqlite({ path: ":memory:", durability: "process" }),
  clear: () => Promise.resolve(),
}));

conformance("sqlite, in a file", async () => {
  const directory = await Deno.makeTempDir();
  const store = await openSqlite({ path: `${directory}/chat.db`, durability: "process" });
  return { store, clear: () => Deno.remove(directory, { recursive: true }) };
}, needs("read", "write"));
