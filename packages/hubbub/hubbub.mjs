#!/usr/bin/env node
// Starts the server with the Deno that npm installed beside it. It waits for the server to end, and
// ends in the same way.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

/** npm may have been told to run no scripts: then this puts the program of Deno into place. */
const { runInstall } = createRequire(import.meta.url)("deno/install_api.cjs");

// The server gives up the permissions that it does not need once it is ready.
const permissions = [
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-sys=networkInterfaces",
  "--allow-env=HUBBUB_*,DATABASE_URL,PG*",
];
const server = fileURLToPath(new URL("hubbub.js", import.meta.url));
const args = ["run", "--no-prompt", "--no-config", ...permissions, server];
const child = spawn(runInstall(), [...args, ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { ...process.env, DENO_NO_UPDATE_CHECK: "1" },
});

// A terminal sends SIGINT to the server, too: this process only has to outlive it.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));

child.on("error", (error) => {
  console.error(`Cannot start Deno: ${error.message}`);
  process.exitCode = 1;
});
child.on("exit", (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal];
});
