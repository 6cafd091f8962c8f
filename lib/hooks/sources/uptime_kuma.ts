/**
 * Uptime Kuma's payloads (https://github.com/louislam/uptime-kuma/wiki/Notification-Methods).
 *
 * @module
 */
import { fieldOf, textAt } from "../../util/loose.ts";
import { type HookContent, link, literal } from "./source.ts";

/** The states of a monitor, by their number: an emoji and a word. */
const STATES: Readonly<Record<number, readonly [mark: string, word: string]>> = {
  0: ["🔴", "is down"],
  1: ["🟢", "is up"],
  2: ["🟡", "is pending"],
  3: ["🔵", "is under maintenance"],
};

/** Converts a change of a monitor's state, or a test, which has no monitor. */
export function fromUptimeKuma(payload: unknown): HookContent {
  const beat = fieldOf(payload, "heartbeat");
  const monitor = fieldOf(payload, "monitor");
  const status = fieldOf(beat, "status");
  const state = typeof status === "number" ? STATES[status] : undefined;
  const name = textAt(monitor, "name");
  if (state === undefined || name === "") {
    return { text: literal(textAt(payload, "msg")), name: "Uptime Kuma" };
  }
  const address = textAt(monitor, "url");
  // The form is filled with this address where the monitor has none.
  const shown = address === "https://" ? literal(name) : link(address, name);
  const ping = fieldOf(beat, "ping");
  const time = typeof ping === "number" ? ` (${ping} ms)` : "";
  const reason = textAt(beat, "msg");
  const said = reason === "" ? "" : `: ${literal(reason)}`;
  return { text: `${state[0]} **${shown}** ${state[1]}${said}${time}`, name: "Uptime Kuma" };
}
