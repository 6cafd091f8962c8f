import { openPostgres } from "../../lib/store/postgres/store.ts";
import { ignore, usePostgres } from "../support/postgres.ts";
import { conformance } from "./contract.ts";

const cluster = usePostgres();

conformance("postgres", async () => {
  const database = await cluster.make();
  const open = () => openPostgres({ url: cluster.url(database) });
  return { store: await open(), open, clear: () => cluster.drop(database) };
}, { ignore });
