/**
 * Prints what was measured of chat servers as Markdown tables.
 *
 * @module
 */
import { thousands } from "../report.ts";
import { type ChatResults, type LoadResults, LOADS } from "./measure.ts";
import type { ChatServer } from "./servers.ts";

/** A load counts as held when nearly all of it arrived within the window. */
const HELD = 0.95;

/** Deliveries per CPU second, the latency, and whether the server kept up. */
function cell(results: LoadResults | null | undefined): string {
  if (results === null || results === undefined) return "did not manage";
  const { delivered, expected, cpu, p50, p99, missing, double } = results;
  const rate = `${thousands(delivered / cpu)}; `;
  const notes = [
    missing > 0 ? `, ${missing} missing` : "",
    double > 0 ? `, ${double} double` : "",
  ].join("");
  if (delivered < HELD * expected) return `${rate}behind${notes}`;
  return `${rate}${ms(p50)} / ${ms(p99)}${notes}`;
}

function ms(value: number): string {
  return value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString("en");
}

function row(name: string, survives: string, { loads, resume, idle, killed }: ChatResults) {
  const back = resume === null
    ? "did not manage"
    : `${ms(resume.ms)} ms${resume.incomplete > 0 ? `, ${resume.incomplete} incomplete` : ""}`;
  const after = killed === null
    ? "did not manage"
    : `${killed.missing} of ${killed.acked}${killed.double > 0 ? `, ${killed.double} double` : ""}`;
  return [name, survives, ...loads.map(cell), back, idle?.kib_each.toFixed(0) ?? "–", after];
}

/** Prints the table. */
export function printChatTable(all: ReadonlyMap<ChatServer, ChatResults>): void {
  const columns = [
    "",
    "survives",
    ...LOADS.map(({ name }) => name),
    "200 return, 200 missed each",
    "idle KiB each",
    "lost after kill -9",
  ];
  console.log("\nChat servers: deliveries per CPU s, database included; p50 / p99 in ms\n");
  console.log(`| ${columns.join(" | ")} |\n|${columns.map(() => " --- |").join("")}`);
  for (const [{ name, survives }, results] of all) {
    console.log(`| ${row(name, survives, results).join(" | ")} |`);
  }
}
