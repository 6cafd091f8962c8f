import { openPostgres } from "../../lib/store/postgres/store.ts";
import { ignore, usePostgres } from "../support/postgres.ts";
import { conformance } from "./contract.ts";

const cluster = usePostgres();

conformance("postgres", async () => {
  const database = await cluster.make();
  // Patient: this is about what is stored, and other tests keep the machine busy.
  const open = () => openPostgres({ url: cluster.url(database), patienceMs: 60_000 });
  return { store: await open(), open, clear: () => cluster.drop(database) };
}, { ignore });
