/** Payloads as the documentation of each program shows them, shortened, and what becomes of them. */

/** A delivery, and the text of its message. */
export interface Fixture {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON unless it is a text. */
  readonly body: unknown;
  readonly text: string;
}

const repository = { full_name: "octo/hello", html_url: "https://github.com/octo/hello" };
const sender = { login: "octocat" };
const HELLO = "[octo/hello](https://github.com/octo/hello)";
const github = (event: string) => ({ "x-github-event": event });
const gitlabProject = {
  name: "Diaspora",
  path_with_namespace: "mike/diaspora",
  web_url: "https://gitlab.example.com/mike/diaspora",
};
const DIASPORA = "[mike/diaspora](https://gitlab.example.com/mike/diaspora)";
const gitlab = (event: string) => ({ "x-gitlab-event": event });

/** A form as browsers and libraries send it when it may have files. */
const multipart = (...parts: readonly (readonly [disposition: string, value: string])[]) => ({
  headers: { "content-type": "multipart/form-data; boundary=----b7" },
  body:
    parts.map(([disposition, value]) =>
      `------b7\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${value}\r\n`
    ).join("") + "------b7--\r\n",
});

/** By the source and the case. */
export const FIXTURES: Readonly<Record<string, Fixture>> = {
  "plain text": {
    headers: { "content-type": "text/plain" },
    body: "Backup **done**",
    text: "Backup **done**",
  },
  "a text that curl sends as a form": {
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "disk is full",
    text: "disk is full",
  },
  "message": { body: { message: "Hello" }, text: "Hello" },
  "message with a name": {
    body: { message: "Hello", username: "Cron" },
    text: "**Cron**\nHello",
  },
  "a JSON text": { body: '"Hello"', text: "Hello" },

  "Slack: text with mrkdwn": {
    body: {
      text: "Deploy of *api* <https://ci.example/1|#1> ~failed~ &amp; :tada:",
      username: "deploy-bot",
      icon_emoji: ":rocket:",
    },
    text: "🚀 **deploy-bot**\nDeploy of **api** [#1](https://ci.example/1) ~~failed~~ & 🎉",
  },
  "Slack: a name that passes for markup": {
    body: { text: "Hi", username: "**Olga** [x](http://y)" },
    text: "**\\*\\*Olga\\*\\* \\[x\\](http://y)**\nHi",
  },
  "Slack: as a form": {
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ payload: '{"text":"*bold*"}' }).toString(),
    text: "**bold**",
  },
  "Slack: blocks in place of the text": {
    body: {
      text: "fallback",
      blocks: [
        { type: "header", text: { type: "plain_text", text: "New request" } },
        {
          type: "section",
          fields: [{ type: "mrkdwn", text: "*Type:*\nPaid Time Off" }, {
            type: "mrkdwn",
            text: "*Created by:*\n<https://example.com|Fred>",
          }],
        },
        { type: "divider" },
        {
          type: "actions",
          elements: [{
            type: "button",
            text: { type: "plain_text", text: "Open" },
            url: "https://example.com/1",
          }],
        },
      ],
    },
    text: "**New request**\n\n**Type:**\nPaid Time Off\n**Created by:**\n" +
      "[Fred](https://example.com)\n\n---\n\n[Open](https://example.com/1)",
  },
  "Mattermost: an attachment": {
    body: {
      username: "test-automation",
      icon_url: "https://example.com/icon.png",
      attachments: [{
        fallback: "test",
        color: "#FF8000",
        pretext: "This is optional pretext.",
        text: "This is the text.",
        author_name: "Mattermost",
        title: "Example Attachment",
        title_link: "https://docs.example.com",
        fields: [{ short: true, title: "Column one", value: "one" }],
      }],
    },
    text: "**test-automation**\nThis is optional pretext.\n\n> **Mattermost**\n" +
      "> [Example Attachment](https://docs.example.com)\n> This is the text.\n> **Column one** one",
  },
  "Discord: content and an embed": {
    body: {
      content: "**Build** passed",
      username: "CI",
      embeds: [{
        title: "Run 7",
        url: "https://ci.example/7",
        description: "All *green*",
        fields: [{ name: "Time", value: "3 min" }],
      }],
    },
    text: "**CI**\n**Build** passed\n\n> [Run 7](https://ci.example/7)\n> All *green*\n" +
      "> **Time** 3 min",
  },

  "Discord: with a file": {
    ...multipart(
      ['name="files[0]"; filename="log.txt"\r\nContent-Type: text/plain', "a long log"],
      ['name="payload_json"\r\nContent-Type: application/json', '{"content":"**Build** failed"}'],
    ),
    text: "**Build** failed",
  },

  "Grafana: a firing group": {
    body: {
      receiver: "My Super Webhook",
      status: "firing",
      orgId: 1,
      alerts: [
        {
          status: "firing",
          labels: { alertname: "High memory usage", team: "blue", zone: "us-1" },
          annotations: { description: "The system has high memory usage" },
          startsAt: "2018-08-03T09:52:26.739266876+02:00",
          generatorURL: "https://play.grafana.org/alerting/1afz29v7z/edit",
          silenceURL: "https://play.grafana.org/alerting/silence/new?alertmanager=grafana",
          dashboardURL: "",
          panelURL: "",
          values: { B: 44.23943737541908, C: 1 },
        },
        {
          status: "resolved",
          labels: { alertname: "High CPU usage", team: "blue", zone: "eu-1" },
          annotations: { description: "The system has high CPU usage" },
          generatorURL: "https://play.grafana.org/alerting/d1rdpdv7k/edit",
        },
      ],
      groupLabels: {},
      commonLabels: { team: "blue" },
      commonAnnotations: {},
      externalURL: "https://play.grafana.org/",
      version: "1",
      groupKey: "{}:{}",
      truncatedAlerts: 2,
      title: "[FIRING:1]  (blue)",
      state: "alerting",
      message: "**Firing** …",
    },
    text: "**Grafana**\n🔥 **[\\[FIRING:1\\] (blue)](https://play.grafana.org/)**\n" +
      "- 🔥 [High memory usage](https://play.grafana.org/alerting/1afz29v7z/edit): The system has " +
      "high memory usage (team=blue, zone=us-1) · " +
      "[silence](https://play.grafana.org/alerting/silence/new?alertmanager=grafana)\n" +
      "- ✅ [High CPU usage](https://play.grafana.org/alerting/d1rdpdv7k/edit): The system has high " +
      "CPU usage (team=blue, zone=eu-1)\n- … and 2 more",
  },
  "Grafana: before version 9": {
    body: {
      dashboardId: 1,
      evalMatches: [{ value: 1, metric: "Count", tags: {} }],
      message: "Notification Message",
      ruleId: 1,
      ruleName: "Panel Title alert",
      ruleUrl: "http://localhost:3000/d/hZ7BuVbWz/test-dashboard",
      state: "alerting",
      title: "[Alerting] Panel Title alert",
    },
    text: "**Grafana**\n🔥 **[\\[Alerting\\] Panel Title alert]" +
      "(http://localhost:3000/d/hZ7BuVbWz/test-dashboard)**\n> Notification Message\n- Count: 1",
  },
  "Alertmanager: resolved": {
    body: {
      version: "4",
      groupKey: '{}:{alertname="InstanceDown"}',
      truncatedAlerts: 0,
      status: "resolved",
      receiver: "chat",
      groupLabels: { alertname: "InstanceDown" },
      commonLabels: { alertname: "InstanceDown", severity: "page" },
      commonAnnotations: {},
      externalURL: "http://alertmanager.example:9093",
      alerts: [{
        status: "resolved",
        labels: { alertname: "InstanceDown", instance: "web:9100", severity: "page" },
        annotations: { summary: "Instance web:9100 down" },
        startsAt: "2026-11-29T06:00:00Z",
        endsAt: "2026-11-29T06:05:00Z",
        generatorURL: "http://prometheus.example:9090/graph?g0.expr=up+%3D%3D+0",
        fingerprint: "8f9f",
      }],
    },
    text:
      "**Alertmanager**\n✅ **[\\[RESOLVED\\] InstanceDown](http://alertmanager.example:9093)** " +
      "(page)\n- [InstanceDown](http://prometheus.example:9090/graph?g0.expr=up+%3D%3D+0): " +
      "Instance web:9100 down (instance=web:9100)",
  },
  "Uptime Kuma: down": {
    body: {
      heartbeat: {
        monitorID: 1,
        status: 0,
        time: "2026-11-29 06:00:00.000",
        msg: "connect ECONNREFUSED 10.0.0.7:443",
        important: true,
        duration: 60,
      },
      monitor: { id: 1, name: "Shop", url: "https://shop.example", type: "http" },
      msg: "[Shop] [🔴 Down] connect ECONNREFUSED 10.0.0.7:443",
    },
    text: "**Uptime Kuma**\n🔴 **[Shop](https://shop.example)** is down: " +
      "connect ECONNREFUSED 10.0.0.7:443",
  },
  "Uptime Kuma: up again": {
    body: {
      heartbeat: { status: 1, msg: "200 - OK", ping: 42 },
      monitor: { name: "Database", url: "https://" },
      msg: "[Database] [✅ Up] 200 - OK",
    },
    text: "**Uptime Kuma**\n🟢 **Database** is up: 200 - OK (42 ms)",
  },
  "Uptime Kuma: as a form": {
    ...multipart(['name="data"', '{"heartbeat":null,"monitor":null,"msg":"Testing"}']),
    text: "**Uptime Kuma**\nTesting",
  },
  "Uptime Kuma: a test": {
    body: { heartbeat: null, monitor: null, msg: "Chat Testing" },
    text: "**Uptime Kuma**\nChat Testing",
  },

  "GitHub: push": {
    headers: github("push"),
    body: {
      ref: "refs/heads/main",
      compare: "https://github.com/octo/hello/compare/a...b",
      commits: [
        {
          id: "7638417db6d59f3c431d3e1f261cc637155684cd",
          message: "Fix *all* bugs [skip ci]\n\nAt last",
          url: "https://github.com/octo/hello/commit/7638417",
          author: { name: "Mona" },
        },
      ],
      repository,
      sender,
    },
    text:
      `**GitHub**\n**octocat** pushed [1 commit](https://github.com/octo/hello/compare/a...b) ` +
      `to \`main\` of ${HELLO}\n- [7638417](https://github.com/octo/hello/commit/7638417) ` +
      "Fix \\*all\\* bugs \\[skip ci\\] (Mona)",
  },
  "GitHub: a deleted branch": {
    headers: github("push"),
    body: { ref: "refs/heads/old", deleted: true, commits: [], repository, sender },
    text: `**GitHub**\n**octocat** deleted the branch \`old\` of ${HELLO}`,
  },
  "GitHub: a pull request is merged": {
    headers: github("pull_request"),
    body: {
      action: "closed",
      pull_request: {
        number: 2,
        title: "Update README",
        html_url: "https://github.com/octo/hello/pull/2",
        merged: true,
      },
      repository,
      sender,
    },
    text: `**GitHub**\n${HELLO}: **octocat** merged pull request ` +
      "[#2 Update README](https://github.com/octo/hello/pull/2)",
  },
  "GitHub: an issue that wants to notify everyone": {
    headers: github("issues"),
    body: {
      action: "opened",
      issue: {
        number: 1,
        title: "@room help",
        html_url: "https://github.com/octo/hello/issues/1",
        body: "It **breaks**\nfor @here",
      },
      repository,
      sender,
    },
    text: `**GitHub**\n${HELLO}: **octocat** opened issue ` +
      "[#1 @\u2060room help](https://github.com/octo/hello/issues/1)\n> It **breaks**\n> for @\u2060here",
  },
  "GitHub: a comment": {
    headers: github("issue_comment"),
    body: {
      action: "created",
      issue: { number: 1, title: "Help", html_url: "https://github.com/octo/hello/issues/1" },
      comment: { html_url: "https://github.com/octo/hello/issues/1#c1", body: "Me too" },
      repository,
      sender,
    },
    text: `**GitHub**\n${HELLO}: **octocat** wrote ` +
      "[a comment](https://github.com/octo/hello/issues/1#c1) on " +
      "[#1 Help](https://github.com/octo/hello/issues/1)\n> Me too",
  },
  "GitHub: new commits of a pull request": {
    headers: github("pull_request"),
    body: {
      action: "synchronize",
      number: 2,
      pull_request: {
        number: 2,
        title: "Update",
        html_url: "https://github.com/octo/hello/pull/2",
      },
      repository,
      sender,
    },
    text:
      `**GitHub**\n${HELLO}: **octocat** pushed to pull request [#2 Update](https://github.com/octo/hello/pull/2)`,
  },
  "GitHub: an alert of Dependabot": {
    headers: github("dependabot_alert"),
    body: {
      action: "created",
      alert: {
        number: 1,
        html_url: "https://github.com/octo/hello/security/dependabot/1",
        security_advisory: { summary: "Prototype pollution", severity: "high" },
      },
      repository,
      sender,
    },
    text:
      `**GitHub**\n${HELLO}: [dependabot alert created](https://github.com/octo/hello/security/dependabot/1) by **octocat**: Prototype pollution`,
  },
  "GitHub: a failed run": {
    headers: github("workflow_run"),
    body: {
      action: "completed",
      workflow_run: {
        name: "CI",
        conclusion: "failure",
        head_branch: "main",
        html_url: "https://github.com/octo/hello/actions/runs/1",
      },
      repository,
      sender,
    },
    text:
      `**GitHub**\n❌ ${HELLO}: [CI](https://github.com/octo/hello/actions/runs/1) on \`main\`: ` +
      "failure",
  },
  "GitHub: ping": {
    headers: github("ping"),
    body: { zen: "Keep it logically awesome.", hook_id: 1, repository, sender },
    text: `**GitHub**\n${HELLO} is connected. Keep it logically awesome.`,
  },
  "GitHub: an event without a form of its own": {
    headers: github("branch_protection_rule"),
    body: { action: "created", repository, sender },
    text: `**GitHub**\n${HELLO}: branch protection rule created by **octocat**`,
  },
  "GitHub: as a form": {
    headers: { ...github("star"), "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      payload: JSON.stringify({ action: "created", repository, sender }),
    }).toString(),
    text: `**GitHub**\n**octocat** starred ${HELLO}`,
  },

  "GitLab: push": {
    headers: gitlab("Push Hook"),
    body: {
      object_kind: "push",
      event_name: "push",
      before: "95790bf8",
      after: "da1560886d4f094c3e6c9ef40349f7d38b5d27d7",
      ref: "refs/heads/master",
      user_name: "John Smith",
      project: gitlabProject,
      commits: [{
        id: "b6568db1bc1dcd7f8b4d5a946b0b91f9dacd7327",
        message: "Update Catalan translation to e38cb41.\n\nSee it",
        url: "https://gitlab.example.com/mike/diaspora/commit/b6568db1",
        author: { name: "Jordi Mallach" },
      }],
      total_commits_count: 4,
    },
    text: `**GitLab**\n**John Smith** pushed 4 commits to \`master\` of ${DIASPORA}\n` +
      "- [b6568db1](https://gitlab.example.com/mike/diaspora/commit/b6568db1) Update Catalan " +
      "translation to e38cb41. (Jordi Mallach)\n- … and 3 more",
  },
  "GitLab: a merge request": {
    headers: gitlab("Merge Request Hook"),
    body: {
      object_kind: "merge_request",
      event_type: "merge_request",
      user: { name: "Administrator", username: "root" },
      project: gitlabProject,
      object_attributes: {
        iid: 1,
        title: "MS-Viewport",
        description: "",
        state: "opened",
        action: "merge",
        url: "https://gitlab.example.com/mike/diaspora/merge_requests/1",
      },
    },
    text: `**GitLab**\n${DIASPORA}: **Administrator** merged merge request ` +
      "[!1 MS-Viewport](https://gitlab.example.com/mike/diaspora/merge_requests/1)",
  },
  "GitLab: a pipeline": {
    headers: gitlab("Pipeline Hook"),
    body: {
      object_kind: "pipeline",
      object_attributes: {
        id: 31,
        ref: "master",
        status: "success",
        duration: 63,
        url: "https://gitlab.example.com/mike/diaspora/-/pipelines/31",
      },
      project: gitlabProject,
    },
    text: `**GitLab**\n✅ ${DIASPORA}: pipeline ` +
      "[#31](https://gitlab.example.com/mike/diaspora/-/pipelines/31) on `master`: success in 63 s",
  },
  "GitLab: a release": {
    headers: gitlab("Release Hook"),
    body: {
      object_kind: "release",
      project: gitlabProject,
      name: "v1.1",
      tag: "v1.1",
      description: "Faster",
      url: "https://gitlab.example.com/mike/diaspora/-/releases/v1.1",
      action: "create",
    },
    text: `**GitLab**\n${DIASPORA}: release ` +
      "[v1.1](https://gitlab.example.com/mike/diaspora/-/releases/v1.1) created\n> Faster",
  },
  "GitLab: a kind without a form of its own": {
    headers: gitlab("Milestone Hook"),
    body: {
      object_kind: "milestone",
      project: gitlabProject,
      object_attributes: { iid: 1, title: "10.0" },
      action: "close",
    },
    text: `**GitLab**\n${DIASPORA}: milestone 10.0 closed`,
  },
  "GitLab: a comment": {
    headers: gitlab("Note Hook"),
    body: {
      object_kind: "note",
      user: { name: "Administrator" },
      project: gitlabProject,
      object_attributes: {
        note: "Hello world",
        url: "https://gitlab.example.com/mike/diaspora/issues/17#note_1241",
      },
      issue: { title: "test" },
    },
    text: `**GitLab**\n${DIASPORA}: **Administrator** wrote ` +
      "[a comment](https://gitlab.example.com/mike/diaspora/issues/17#note_1241) on test\n" +
      "> Hello world",
  },

  "Sentry: an alert": {
    headers: { "sentry-hook-resource": "event_alert" },
    body: {
      action: "triggered",
      data: {
        event: {
          title: "ReferenceError: heck is not defined",
          level: "error",
          culprit: "?(<anonymous>)",
          web_url: "https://sentry.io/organizations/test-org/issues/1117540176/events/e4874/",
        },
        triggered_rule: "Very Important Alert Rule!",
      },
      actor: { type: "application", id: "sentry", name: "Sentry" },
    },
    text: "**Sentry**\n🔴 [ReferenceError: heck is not defined]" +
      "(https://sentry.io/organizations/test-org/issues/1117540176/events/e4874/)\n" +
      "in `?(<anonymous>)`\nRule: Very Important Alert Rule!",
  },
  "Sentry: an issue": {
    headers: { "sentry-hook-resource": "issue" },
    body: {
      action: "created",
      data: {
        issue: {
          shortId: "IPE-1",
          title: "Error #1: This is a test error!",
          level: "error",
          web_url: "https://sentry.io/organizations/test-org/issues/1170820242/",
          project: { name: "ipe", slug: "ipe" },
        },
      },
      actor: { name: "Sentry" },
    },
    text: "**Sentry**\n🔴 IPE-1 [Error #1: This is a test error!]" +
      "(https://sentry.io/organizations/test-org/issues/1170820242/) created by Sentry\nProject: ipe",
  },
  "Sentry: the older plugin": {
    body: {
      id: "27379932",
      project: "project-slug",
      project_name: "Project Name",
      culprit: "raven.scripts.runner in main",
      level: "error",
      url: "https://app.getsentry.com/getsentry/project-slug/group/27379932/",
      message: "This is an example Python exception",
      event: { title: "This is an example Python exception" },
    },
    text: "**Sentry**\n🔴 Project Name: [This is an example Python exception]" +
      "(https://app.getsentry.com/getsentry/project-slug/group/27379932/)\n" +
      "in `raven.scripts.runner in main`",
  },
};
