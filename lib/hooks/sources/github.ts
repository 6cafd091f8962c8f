/**
 * GitHub's payloads (https://docs.github.com/en/webhooks/webhook-events-and-payloads).
 *
 * @module
 */
import { fieldOf, listAt, textAt } from "../../util/loose.ts";
import { actorNamed, code, excerpt, type HookContent, lines, link, literal } from "./source.ts";

/** Commits of a push that are listed; more are counted. */
const MAX_COMMITS = 10;

/** Converts the payload of an event, which GitHub names in the header `X-GitHub-Event`. */
export function fromGitHub(event: string, payload: unknown): HookContent {
  const describe = Object.hasOwn(EVENTS, event) ? EVENTS[event]! : other;
  return { text: describe(payload, event), name: "GitHub" };
}

type Describe = (payload: unknown, event: string) => string;

const EVENTS: Readonly<Record<string, Describe>> = {
  ping: (payload) =>
    lines(`${repository(payload)} is connected. ${literal(textAt(payload, "zen"))}`),
  push,
  issues: (payload) => subject(payload, "issue", "issue", "body"),
  pull_request: (payload) => subject(payload, "pull_request", "pull request", "body"),
  discussion: (payload) => subject(payload, "discussion", "discussion", "body"),
  issue_comment: (payload) => comment(payload, "issue"),
  commit_comment: (payload) => comment(payload, "repository"),
  discussion_comment: (payload) => comment(payload, "discussion"),
  pull_request_review_comment: (payload) => comment(payload, "pull_request"),
  pull_request_review: review,
  release: (payload) => {
    const release = fieldOf(payload, "release");
    const title = textAt(release, "name") || textAt(release, "tag_name");
    return lines(
      `${head(payload)} release ${link(textAt(release, "html_url"), title)}`,
      action(payload) === "published" ? excerpt(textAt(release, "body")) : "",
    );
  },
  create: (payload) => named(payload, "created"),
  delete: (payload) => named(payload, "deleted"),
  fork: (payload) =>
    `${actor(payload)} forked ${repository(payload)} to ${
      link(textAt(payload, "forkee", "html_url"), textAt(payload, "forkee", "full_name"))
    }`,
  star: (payload) =>
    `${actor(payload)} ${action(payload) === "deleted" ? "unstarred" : "starred"} ${
      repository(payload)
    }`,
  workflow_run: (payload) => run(payload, "workflow_run"),
  check_run: (payload) => run(payload, "check_run"),
  check_suite: (payload) => run(payload, "check_suite"),
  workflow_job: (payload) => run(payload, "workflow_job"),
  deployment_status: (payload) => {
    const status = fieldOf(payload, "deployment_status");
    const state = textAt(status, "state");
    const where = textAt(status, "environment") || textAt(payload, "deployment", "environment");
    const address = textAt(status, "target_url") || textAt(status, "log_url");
    return `${mark(state)} ${repository(payload)}: deployment to ${link(address, where)}: ${
      literal(state)
    }`;
  },
  status: (payload) => {
    const state = textAt(payload, "state");
    return `${mark(state)} ${repository(payload)}: ${
      link(textAt(payload, "target_url"), textAt(payload, "context"))
    }: ${literal(textAt(payload, "description") || state)}`;
  },
};

/** Describes an event of any other kind: its name, the action, the actor and, if found, its subject. */
function other(payload: unknown, event: string): string {
  const what = [event.replaceAll("_", " "), action(payload).replaceAll("_", " ")]
    .filter((part) => part !== "").join(" ");
  const item = fieldOf(payload, event) ?? fieldOf(payload, "alert");
  const title = textAt(item, "title") || textAt(item, "name") ||
    textAt(item, "security_advisory", "summary");
  const about = title === "" ? "" : `: ${literal(title)}`;
  return `${repository(payload)}: ${link(textAt(item, "html_url"), what)} by ${
    actor(payload)
  }${about}`;
}

function push(payload: unknown): string {
  const ref = textAt(payload, "ref").replace(/^refs\/(?:heads|tags)\//, "");
  const kind = textAt(payload, "ref").startsWith("refs/tags/") ? "tag" : "branch";
  if (fieldOf(payload, "deleted") === true) {
    return `${actor(payload)} deleted the ${kind} ${code(ref)} of ${repository(payload)}`;
  }
  const commits = listAt(payload, "commits");
  const [verb, count] = [
    fieldOf(payload, "forced") === true ? "force-pushed" : "pushed",
    `${commits.length} ${commits.length === 1 ? "commit" : "commits"}`,
  ];
  const pushed = commits.length === 0
    ? `${verb} the ${kind} ${code(ref)}`
    : `${verb} ${link(textAt(payload, "compare"), count)} to ${code(ref)}`;
  return lines(
    `${actor(payload)} ${pushed} of ${repository(payload)}`,
    ...commits.slice(0, MAX_COMMITS).map(commitLine),
    commits.length > MAX_COMMITS ? `- … and ${commits.length - MAX_COMMITS} more` : "",
  );
}

function commitLine(commit: unknown): string {
  const [title = ""] = textAt(commit, "message").split("\n", 1);
  const author = textAt(commit, "author", "name");
  const by = author === "" ? "" : ` (${literal(author)})`;
  return `- ${link(textAt(commit, "url"), textAt(commit, "id").slice(0, 7))} ${
    literal(title)
  }${by}`;
}

/** The actions that are no verb in the past, as one. */
const DONE: Readonly<Record<string, string>> = {
  synchronize: "pushed to",
  ready_for_review: "asks for reviews of",
  converted_to_draft: "made a draft of",
  review_requested: "requested a review of",
  review_request_removed: "withdrew a request for a review of",
  auto_merge_enabled: "enabled the automatic merge of",
  auto_merge_disabled: "disabled the automatic merge of",
};

/** Something with a title and a number was opened, closed, labelled, … */
function subject(payload: unknown, field: string, noun: string, body: string): string {
  const item = fieldOf(payload, field);
  const isMerged = action(payload) === "closed" && fieldOf(item, "merged") === true;
  const isNew = action(payload) === "opened" || action(payload) === "created";
  return lines(
    `${head(payload, isMerged ? "merged" : undefined)} ${noun} ${titled(item)}`,
    isNew ? excerpt(textAt(item, body)) : "",
  );
}

function comment(payload: unknown, field: string): string {
  const written = fieldOf(payload, "comment");
  const address = textAt(written, "html_url");
  const item = fieldOf(payload, field);
  const on = textAt(item, "title") === "" ? "" : ` on ${titled(item)}`;
  const verb = action(payload) === "created" || action(payload) === ""
    ? "wrote"
    : literal(action(payload));
  return lines(
    `${repository(payload)}: ${actor(payload)} ${verb} ${link(address, "a comment")}${on}`,
    action(payload) === "deleted" ? "" : excerpt(textAt(written, "body")),
  );
}

function review(payload: unknown): string {
  const given = fieldOf(payload, "review");
  const state = textAt(given, "state");
  const verb = state === "approved"
    ? "approved"
    : state === "changes_requested"
    ? "requested changes to"
    : state === "dismissed"
    ? "dismissed a review of"
    : "reviewed";
  return lines(
    `${repository(payload)}: ${actor(payload)} ${verb} ${
      titled(fieldOf(payload, "pull_request"), textAt(given, "html_url"))
    }`,
    excerpt(textAt(given, "body")),
  );
}

function run(payload: unknown, field: string): string {
  const item = fieldOf(payload, field);
  const title = textAt(item, "name") || textAt(item, "app", "name");
  const result = textAt(item, "conclusion") || textAt(item, "status");
  const branch = textAt(item, "head_branch");
  const on = branch === "" ? "" : ` on ${code(branch)}`;
  const address = textAt(item, "html_url") || textAt(payload, "repository", "html_url");
  return `${mark(result)} ${repository(payload)}: ${link(address, title)}${on}: ${
    literal(result.replaceAll("_", " "))
  }`;
}

function named(payload: unknown, verb: string): string {
  const kind = textAt(payload, "ref_type");
  return `${actor(payload)} ${verb} the ${literal(kind)} ${code(textAt(payload, "ref"))} of ${
    repository(payload)
  }`;
}

function head(payload: unknown, verb = action(payload)): string {
  const done = Object.hasOwn(DONE, verb) ? DONE[verb]! : literal(verb.replaceAll("_", " "));
  return `${repository(payload)}: ${actor(payload)} ${done}`;
}

function titled(item: unknown, address = textAt(item, "html_url")): string {
  const number = fieldOf(item, "number");
  const sign = typeof number === "number" ? `#${number} ` : "";
  return link(address, `${sign}${textAt(item, "title")}`);
}

function action(payload: unknown): string {
  return textAt(payload, "action");
}

function actor(payload: unknown): string {
  const login = textAt(payload, "sender", "login") || textAt(payload, "pusher", "name");
  return actorNamed(login);
}

function repository(payload: unknown): string {
  const name = textAt(payload, "repository", "full_name");
  if (name !== "") return link(textAt(payload, "repository", "html_url"), name);
  return literal(textAt(payload, "organization", "login")) || "GitHub";
}

/** An emoji for the result of a check. */
function mark(result: string): string {
  if (/^(?:success|completed|neutral|skipped)$/.test(result)) return "✅";
  if (/^(?:failure|error|timed_out|startup_failure|action_required)$/.test(result)) return "❌";
  return result === "cancelled" ? "⚪" : "🟡";
}
