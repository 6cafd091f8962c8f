/**
 * Alerts of Prometheus' Alertmanager
 * (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config) and of Grafana, whose
 * payload extends it
 * (https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/).
 *
 * @module
 */
import { fieldOf, listAt, textAt } from "../../util/loose.ts";
import { excerpt, type HookContent, lines, link, literal } from "./source.ts";

/** Alerts that are listed; more are counted. */
const MAX_ALERTS = 10;

/** Labels that the line of an alert shows by itself. */
const SHOWN_LABELS: ReadonlySet<string> = new Set(["alertname", "severity", "__alert_rule_uid__"]);

/** Converts a group of alerts of Alertmanager. */
export function fromAlertmanager(payload: unknown): HookContent {
  return { text: alerts(payload, titleOf(payload)), name: "Alertmanager" };
}

/** Converts a group of alerts of Grafana, or a notification of its alerting before version 9. */
export function fromGrafana(payload: unknown): HookContent {
  const isLegacy = textAt(payload, "ruleName") !== "";
  return { text: isLegacy ? legacy(payload) : alerts(payload, titleOf(payload)), name: "Grafana" };
}

function alerts(payload: unknown, title: string): string {
  const all = listAt(payload, "alerts");
  const common = fieldOf(payload, "commonLabels");
  const severity = textAt(common, "severity");
  const hidden = fieldOf(payload, "truncatedAlerts");
  const more = all.length - MAX_ALERTS > 0 ? all.length - MAX_ALERTS : 0;
  const rest = more + (typeof hidden === "number" && hidden > 0 ? hidden : 0);
  return lines(
    `${mark(textAt(payload, "status"))} **${link(textAt(payload, "externalURL"), title)}**${
      severity === "" ? "" : ` (${literal(severity)})`
    }`,
    ...all.slice(0, MAX_ALERTS).map((alert) => alertLine(alert, all.length > 1)),
    rest > 0 ? `- … and ${rest} more` : "",
  );
}

function alertLine(alert: unknown, isOneOfMany: boolean): string {
  const labels = fieldOf(alert, "labels");
  const annotations = fieldOf(alert, "annotations");
  const name = textAt(labels, "alertname") || "alert";
  const address = textAt(alert, "panelURL") || textAt(alert, "dashboardURL") ||
    textAt(alert, "generatorURL");
  const summary = textAt(annotations, "summary") || textAt(annotations, "message");
  const description = textAt(annotations, "description");
  const said = [summary, description].filter((text) => text !== "").map(literal).join(" ");
  const where = Object.keys(labels as object ?? {})
    .filter((key) => !SHOWN_LABELS.has(key))
    .slice(0, 8)
    .map((key) => `${literal(key)}=${literal(textAt(labels, key))}`).join(", ");
  const state = isOneOfMany ? `${mark(textAt(alert, "status"))} ` : "";
  const silence = textAt(alert, "silenceURL");
  return [
    `- ${state}${link(address, name)}`,
    said === "" ? "" : `: ${said}`,
    where === "" ? "" : ` (${where})`,
    silence === "" ? "" : ` · ${link(silence, "silence")}`,
  ].join("");
}

function titleOf(payload: unknown): string {
  const title = textAt(payload, "title");
  if (title !== "") return title.slice(0, 300);
  const status = textAt(payload, "status");
  const firing = listAt(payload, "alerts")
    .filter((alert) => textAt(alert, "status") === "firing").length;
  const count = status === "firing" ? `:${firing}` : "";
  const group = textAt(payload, "commonLabels", "alertname") ||
    textAt(payload, "groupLabels", "alertname") || textAt(payload, "receiver");
  return `[${status.toUpperCase()}${count}] ${group}`;
}

function legacy(payload: unknown): string {
  const state = textAt(payload, "state");
  const values = listAt(payload, "evalMatches").slice(0, MAX_ALERTS).map((match) => {
    const value = fieldOf(match, "value");
    return `- ${literal(textAt(match, "metric"))}: ${
      typeof value === "number" ? value : literal(textAt(match, "value"))
    }`;
  });
  return lines(
    `${mark(state === "ok" ? "resolved" : state === "alerting" ? "firing" : state)} **${
      link(textAt(payload, "ruleUrl"), textAt(payload, "title") || textAt(payload, "ruleName"))
    }**`,
    excerpt(textAt(payload, "message")),
    ...values,
  );
}

function mark(status: string): string {
  return status === "resolved" ? "✅" : status === "firing" ? "🔥" : "🟡";
}
