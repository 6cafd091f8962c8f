/**
 * Sentry's payloads: those of integrations, which the header `Sentry-Hook-Resource` names
 * (https://docs.sentry.io/organization/integrations/integration-platform/webhooks/), and of the older
 * plugin for webhooks.
 *
 * @module
 */
import { fieldOf, textAt } from "../../util/loose.ts";
import { code, excerpt, type HookContent, lines, link, literal } from "./source.ts";

/** Converts the payload of a resource; `null` for the resource of the older plugin. */
export function fromSentry(resource: string | null, payload: unknown): HookContent {
  return {
    text: resource === null ? plugin(payload) : integration(resource, payload),
    name: "Sentry",
  };
}

function integration(resource: string, payload: unknown): string {
  const data = fieldOf(payload, "data");
  const action = textAt(payload, "action").replaceAll("_", " ");
  switch (resource) {
    case "event_alert": {
      const event = fieldOf(data, "event");
      const rule = textAt(data, "triggered_rule");
      return lines(
        `${mark(textAt(event, "level"))} ${
          link(textAt(event, "web_url") || textAt(event, "url"), titleOf(event))
        }`,
        details(event),
        rule === "" ? "" : `Rule: ${literal(rule)}`,
      );
    }
    case "issue": {
      const issue = fieldOf(data, "issue");
      const id = textAt(issue, "shortId");
      return lines(
        `${action === "resolved" ? "✅" : mark(textAt(issue, "level"))} ${
          id === "" ? "" : `${literal(id)} `
        }${link(textAt(issue, "web_url") || textAt(issue, "permalink"), titleOf(issue))} ${
          literal(action)
        } by ${literal(textAt(payload, "actor", "name") || "Sentry")}`,
        details(issue),
      );
    }
    case "error": {
      const event = fieldOf(data, "error");
      return lines(
        `${mark(textAt(event, "level"))} ${
          link(textAt(event, "web_url") || textAt(event, "url"), titleOf(event))
        }`,
        details(event),
      );
    }
    case "metric_alert":
      return lines(
        `${action === "resolved" ? "✅" : mark(action === "critical" ? "error" : "warning")} ${
          link(textAt(data, "web_url"), textAt(data, "description_title"))
        }`,
        literal(textAt(data, "description_text")),
      );
    case "comment":
      return lines(
        `**${literal(textAt(payload, "actor", "name"))}** ${literal(action)} a comment in ${
          literal(textAt(data, "project_slug"))
        }`,
        excerpt(textAt(data, "comment")),
      );
    default:
      return `${literal(resource.replaceAll("_", " "))} ${literal(action)} by ${
        literal(textAt(payload, "actor", "name") || "Sentry")
      }`;
  }
}

function plugin(payload: unknown): string {
  const event = fieldOf(payload, "event");
  const title = textAt(payload, "message") || titleOf(event);
  const project = textAt(payload, "project_name") || textAt(payload, "project");
  const culprit = textAt(payload, "culprit");
  return lines(
    `${mark(textAt(payload, "level"))} ${literal(project)}: ${link(textAt(payload, "url"), title)}`,
    culprit === "" ? "" : `in ${code(culprit)}`,
  );
}

function titleOf(event: unknown): string {
  return textAt(event, "title") || textAt(event, "metadata", "value") ||
    textAt(event, "message") || "an event";
}

function details(event: unknown): string {
  const project = textAt(event, "project", "name") || textAt(event, "project_name");
  const culprit = textAt(event, "culprit");
  return [
    project === "" ? "" : `Project: ${literal(project)}`,
    culprit === "" ? "" : `in ${code(culprit)}`,
  ].filter((part) => part !== "").join(" ");
}

function mark(level: string): string {
  if (level === "fatal" || level === "error" || level === "") return "🔴";
  return level === "warning" ? "🟡" : "🔵";
}
