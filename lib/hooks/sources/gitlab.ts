/**
 * GitLab's payloads (https://docs.gitlab.com/user/project/integrations/webhook_events/).
 *
 * @module
 */
import { fieldOf, listAt, textAt } from "../../util/loose.ts";
import { actorNamed, code, excerpt, type HookContent, lines, link, literal } from "./source.ts";

/** Commits of a push that are listed; more are counted. */
const MAX_COMMITS = 10;

/** Converts a payload, whose `object_kind` (or `event_name`) says what it is about. */
export function fromGitLab(payload: unknown): HookContent {
  const kind = textAt(payload, "object_kind") || textAt(payload, "event_name");
  const describe = Object.hasOwn(KINDS, kind) ? KINDS[kind]! : other;
  return { text: describe(payload), name: "GitLab" };
}

const KINDS: Readonly<Record<string, (payload: unknown) => string>> = {
  push,
  tag_push: push,
  issue: (payload) => subject(payload, "issue", "#"),
  work_item: (payload) => subject(payload, "work item", "#"),
  merge_request: (payload) => subject(payload, "merge request", "!"),
  note,
  pipeline: (payload) => {
    const run = fieldOf(payload, "object_attributes");
    const id = fieldOf(run, "id");
    const address = textAt(run, "url") ||
      `${textAt(payload, "project", "web_url")}/-/pipelines/${id}`;
    const seconds = fieldOf(run, "duration");
    const time = typeof seconds === "number" ? ` in ${seconds} s` : "";
    return `${mark(textAt(run, "status"))} ${project(payload)}: pipeline ${
      link(address, `#${id}`)
    } on ${code(textAt(run, "ref"))}: ${literal(textAt(run, "status"))}${time}`;
  },
  build: (payload) =>
    `${mark(textAt(payload, "build_status"))} ${project(payload)}: job ${
      literal(textAt(payload, "build_name"))
    } on ${code(textAt(payload, "ref"))}: ${literal(textAt(payload, "build_status"))}`,
  deployment: (payload) =>
    `${mark(textAt(payload, "status"))} ${project(payload)}: deployment to ${
      link(textAt(payload, "environment_external_url"), textAt(payload, "environment"))
    }: ${literal(textAt(payload, "status"))}`,
  release: (payload) =>
    lines(
      `${project(payload)}: release ${link(textAt(payload, "url"), textAt(payload, "name"))} ${
        done(textAt(payload, "action"))
      }`,
      excerpt(textAt(payload, "description")),
    ),
  wiki_page: (payload) => subject(payload, "wiki page", ""),
};

function other(payload: unknown): string {
  const kind = textAt(payload, "object_kind") || textAt(payload, "event_name") || "event";
  const item = fieldOf(payload, "object_attributes");
  const what = [
    literal(kind.replaceAll("_", " ")),
    link(textAt(item, "url"), textAt(item, "title") || textAt(item, "name")),
    done(textAt(item, "action") || textAt(payload, "action")),
    nameOfActor(payload) === "" ? "" : `by ${actor(payload)}`,
  ];
  return `${project(payload)}: ${what.filter((part) => part !== "").join(" ")}`;
}

function push(payload: unknown): string {
  const kind = textAt(payload, "ref").startsWith("refs/tags/") ? "tag" : "branch";
  const ref = textAt(payload, "ref").replace(/^refs\/(?:heads|tags)\//, "");
  if (/^0+$/.test(textAt(payload, "after"))) {
    return `${actor(payload)} deleted the ${kind} ${code(ref)} of ${project(payload)}`;
  }
  const commits = listAt(payload, "commits");
  const total = fieldOf(payload, "total_commits_count");
  const count = typeof total === "number" && total > commits.length ? total : commits.length;
  const pushed = count === 0 || kind === "tag"
    ? `pushed the ${kind} ${code(ref)}`
    : `pushed ${count} ${count === 1 ? "commit" : "commits"} to ${code(ref)}`;
  const shown = commits.slice(0, MAX_COMMITS);
  return lines(
    `${actor(payload)} ${pushed} of ${project(payload)}`,
    ...shown.map((commit) => {
      const [title = ""] = textAt(commit, "message").split("\n", 1);
      const author = textAt(commit, "author", "name");
      const by = author === "" ? "" : ` (${literal(author)})`;
      const id = link(textAt(commit, "url"), textAt(commit, "id").slice(0, 8));
      return `- ${id} ${literal(title)}${by}`;
    }),
    count > shown.length ? `- … and ${count - shown.length} more` : "",
  );
}

/** The past of what GitLab says in the present: `open`, `close`, `merge`. */
const DONE: Readonly<Record<string, string>> = {
  open: "opened",
  close: "closed",
  reopen: "reopened",
  update: "updated",
  merge: "merged",
  approved: "approved",
  approval: "approved",
  unapproved: "withdrew the approval of",
  unapproval: "withdrew the approval of",
  create: "created",
  delete: "deleted",
};

function done(action: string): string {
  return Object.hasOwn(DONE, action) ? DONE[action]! : literal(action.replaceAll("_", " "));
}

function subject(payload: unknown, noun: string, sign: string): string {
  const item = fieldOf(payload, "object_attributes");
  const action = textAt(item, "action");
  const number = fieldOf(item, "iid");
  const title = `${typeof number === "number" ? `${sign}${number} ` : ""}${textAt(item, "title")}`;
  const verb = done(action || "changed");
  return lines(
    `${project(payload)}: ${actor(payload)} ${verb} ${noun} ${link(textAt(item, "url"), title)}`,
    action === "open" ? excerpt(textAt(item, "description")) : "",
  );
}

function note(payload: unknown): string {
  const written = fieldOf(payload, "object_attributes");
  const item = ["merge_request", "issue", "snippet"].map((name) => fieldOf(payload, name))
    .find((one) => textAt(one, "title") !== "");
  const title = textAt(item, "title") ||
    textAt(payload, "commit", "message").split("\n", 1)[0] || "";
  const on = title === "" ? "" : ` on ${literal(title)}`;
  return lines(
    `${project(payload)}: ${actor(payload)} wrote ${
      link(textAt(written, "url"), "a comment")
    }${on}`,
    excerpt(textAt(written, "note")),
  );
}

function nameOfActor(payload: unknown): string {
  return textAt(payload, "user", "name") || textAt(payload, "user_name") ||
    textAt(payload, "user", "username") || textAt(payload, "user_username");
}

function actor(payload: unknown): string {
  return actorNamed(nameOfActor(payload));
}

function project(payload: unknown): string {
  const name = textAt(payload, "project", "path_with_namespace") ||
    textAt(payload, "project", "name") || textAt(payload, "repository", "name");
  const address = textAt(payload, "project", "web_url") ||
    textAt(payload, "repository", "homepage");
  return name === "" ? "GitLab" : link(address, name);
}

/** An emoji for the state of a pipeline, a job or a deployment. */
function mark(status: string): string {
  if (status === "success") return "✅";
  if (status === "failed") return "❌";
  return status === "canceled" || status === "skipped" ? "⚪" : "🟡";
}
