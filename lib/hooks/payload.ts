/**
 * Reads what a program sends to an incoming webhook: recognizes the program by its headers or by the
 * shape of its payload, and turns the payload into a message.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type FindEmoji, loadEmoji } from "../slack/emoji.ts";
import { LIMITS } from "../protocol/limits.ts";
import { isMediaType } from "../util/request_body.ts";
import { fieldOf, textAt } from "../util/loose.ts";
import { fromAlertmanager, fromGrafana } from "./sources/alerts.ts";
import { fromDiscord, fromSlack } from "./sources/chat.ts";
import { fromGitHub } from "./sources/github.ts";
import { fromGitLab } from "./sources/gitlab.ts";
import { fromSentry } from "./sources/sentry.ts";
import { type HookContent, literal } from "./sources/source.ts";
import { fromUptimeKuma } from "./sources/uptime_kuma.ts";

/** A message to post. */
export interface HookMessage {
  readonly text: string;
  /** The id of the delivery, if the program has one: a repeated delivery is the same message. */
  readonly key: string | null;
}

/** What a program has sent. */
export interface HookDelivery {
  readonly headers: Headers;
  readonly body: string;
}

/** Headers in which programs identify a delivery and its repetitions. */
const KEY_HEADERS = ["idempotency-key", "webhook-id", "x-github-delivery", "request-id"] as const;

/** Fields of forms that hold JSON: of Slack and GitHub, of Discord, and of Uptime Kuma. */
const JSON_FIELDS = ["payload", "payload_json", "data"] as const;

const FORM_TYPE = "application/x-www-form-urlencoded";

let emoji: Promise<FindEmoji> | undefined;

/**
 * Reads a delivery.
 *
 * @param botName The name of the hook's bot, which is shown as the sender.
 * @returns The message, or `null` if there is nothing to show.
 */
export async function readDelivery(
  delivery: HookDelivery,
  botName: string,
): Promise<HookMessage | null> {
  // Loaded with the first delivery: most servers have no hooks.
  const said = readPayload(await withoutParts(delivery), await (emoji ??= loadEmoji()));
  if (said === null || said.text.trim() === "") return null;
  return { text: fitting(withName(said, botName)), key: keyOf(delivery.headers) };
}

/**
 * A form with files (`multipart/form-data`) as one without: the files are left out. Discord's clients
 * and Uptime Kuma send such forms.
 */
async function withoutParts({ headers, body }: HookDelivery): Promise<HookDelivery> {
  const type = headers.get("content-type") ?? "";
  if (!isMediaType(type, "multipart/form-data")) return { headers, body };
  const fields = new URLSearchParams();
  // What cannot be read has no fields.
  const form = await new Response(body, { headers: { "content-type": type } }).formData()
    .catch(() => new FormData());
  for (const [name, value] of form) {
    if (typeof value === "string") fields.append(name, value);
  }
  const plain = new Headers(headers);
  plain.set("content-type", FORM_TYPE);
  return { headers: plain, body: fields.toString() };
}

/** Reads what a delivery says, with the emoji that names mean; `null` if it is malformed. */
export function readPayload(
  { headers, body }: HookDelivery,
  findEmoji: FindEmoji,
): HookContent | null {
  const type = headers.get("content-type");
  if (isMediaType(type, FORM_TYPE)) {
    return fromForm(body, headers, findEmoji);
  }
  const payload = jsonIn(body);
  if (payload !== undefined) return fromPayload(payload, headers, findEmoji);
  // A program that announces JSON and sends something else is broken: its sender should know.
  return isMediaType(type, "application/json") ? null : { text: body.toWellFormed() };
}

function fromForm(body: string, headers: Headers, findEmoji: FindEmoji): HookContent | null {
  const form = new URLSearchParams(body);
  const field = JSON_FIELDS.find((name) => form.has(name));
  if (field !== undefined) {
    return fromPayload(jsonIn(form.get(field) ?? "") ?? null, headers, findEmoji);
  }
  // curl sends a text as a form unless it is told otherwise.
  const fields = Object.fromEntries(form);
  if ("text" in fields || "message" in fields) return fromPayload(fields, headers, findEmoji);
  return { text: body.toWellFormed() };
}

/** Recognizes the source of a payload. Headers are more certain than shapes. */
function fromPayload(payload: unknown, headers: Headers, emoji: FindEmoji): HookContent | null {
  if (typeof payload === "string") return { text: payload.toWellFormed() };
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) return null;
  const event = headers.get("x-github-event");
  if (event !== null) return fromGitHub(event, payload);
  if (headers.has("x-gitlab-event")) return fromGitLab(payload);
  const resource = headers.get("sentry-hook-resource");
  if (resource !== null) return fromSentry(resource, payload);
  const has = (...names: string[]) => names.every((name) => fieldOf(payload, name) !== undefined);
  if (has("alerts", "orgId") || has("ruleName", "state")) return fromGrafana(payload);
  if (has("alerts", "receiver", "status")) return fromAlertmanager(payload);
  if (has("heartbeat", "monitor", "msg")) return fromUptimeKuma(payload);
  if (has("culprit", "event", "url")) return fromSentry(null, payload);
  if (has("object_kind", "project")) return fromGitLab(payload);
  if (has("content") || has("embeds")) return fromDiscord(payload);
  if (has("text") || has("attachments") || has("blocks")) return fromSlack(payload, emoji);
  return { text: textAt(payload, "message"), name: textAt(payload, "username") };
}

/**
 * Shows the name that a sender gives itself as the first line. The sender of the message stays the
 * hook's bot: a payload cannot pass for a user.
 */
function withName({ text, name = "", icon = "" }: HookContent, botName: string): string {
  const shown = literal(name.slice(0, LIMITS.name_length));
  const isKnown = shown === "" || shown.toLowerCase() === botName.toLowerCase();
  const title = [icon, isKnown ? "" : `**${shown}**`].filter((part) => part !== "").join(" ");
  return title === "" ? text : `${title}\n${text}`;
}

/** Cuts a text that is longer than a message. */
function fitting(text: string): string {
  const trimmed = text.trim();
  if (trimmed.length <= LIMITS.message_length) return trimmed;
  return `${trimmed.slice(0, LIMITS.message_length - 1).toWellFormed()}…`;
}

function keyOf(headers: Headers): string | null {
  const found = KEY_HEADERS.map((name) => headers.get(name)).find((value) => value !== null);
  if (found == null || found === "") return null;
  if (found.length <= LIMITS.key_length) return found.toWellFormed();
  // An id that is longer than a key still identifies the delivery.
  return createHash("sha256").update(found).digest("base64url");
}

/** The value that a text is as JSON: an object, a list or a text; `undefined` for anything else. */
function jsonIn(text: string): unknown {
  if (!/^\s*[{["]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
