/**
 * The server's dialog for moderators: users, its name, invite links, bots, webhooks, bans, the moderation log and statistics.
 */
import { useState } from "preact/hooks";
import { LIMITS } from "../../../lib/protocol/limits.ts";
import { listBots, makeBot, removeBot } from "../../session/account.ts";
import { isolated } from "../../strings/isolate.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { ActButton } from "../shared/act_button.tsx";
import { CopyField } from "../shared/copy.tsx";
import { Reports } from "./reports.tsx";
import { ServerSettings } from "./server.tsx";
import { Statistics } from "./statistics.tsx";
import { Invites } from "./invites.tsx";
import { Groups } from "./groups.tsx";
import { OwnEmojiSettings } from "./own_emoji.tsx";
import { People } from "./people.tsx";
import { Webhooks } from "./webhooks.tsx";
import { Bans, ModerationLog } from "./moderation.tsx";
import { Dialog, Icon } from "../shared/parts.tsx";
import { Pages } from "../shared/tabs.tsx";
import { useLoaded, useTask } from "../shared/task.ts";
import { Field } from "../shared/text_field.tsx";
import type { StateDialogProps } from "../shared/deferred_views.ts";

type ManageTab = keyof typeof deferredStrings.manage.tabs;

const tabs = Object.entries(deferredStrings.manage.tabs) as [ManageTab, string][];

/** The tabs that only owners see. */
const forOwners: readonly ManageTab[] = ["people", "server", "bots", "statistics"];

/** The dialog. */
export function Manage({ state, onClose }: StateDialogProps) {
  const [tab, choose] = useState<ManageTab>(state.me.role === "owner" ? "people" : "invites");
  const t = deferredStrings.manage;
  const mine = tabs.filter(([name]) => !forOwners.includes(name) || state.me.role === "owner");
  return (
    <Dialog wide title={t.title} onClose={onClose}>
      <Pages label={t.title} tabs={mine} chosen={tab} choose={choose}>
        {tab === "people" && <People me={state.me.id} />}
        {tab === "server" && <ServerSettings state={state} />}
        {tab === "invites" && <Invites state={state} />}
        {tab === "bots" && <Bots />}
        {tab === "webhooks" && <Webhooks state={state} />}
        {tab === "groups" && <Groups state={state} />}
        {tab === "emoji" && <OwnEmojiSettings state={state} />}
        {tab === "bans" && <Bans state={state} />}
        {tab === "reports" && <Reports state={state} />}
        {tab === "log" && <ModerationLog state={state} />}
        {tab === "statistics" && <Statistics />}
      </Pages>
    </Dialog>
  );
}

function Bots() {
  const task = useTask({ name_taken: "name", name_reserved: "name", bad_request: "name" });
  const { value, reload } = useLoaded(task, listBots);
  const [name, setName] = useState("");
  const [made, setMade] = useState<{ name: string; token: string }>();
  const t = deferredStrings.manage;

  async function submit(event: Event) {
    event.preventDefault();
    const bot = await task.run(() => makeBot(name.trim()));
    if (bot === undefined) return;
    setMade(bot);
    setName("");
    await reload();
  }

  return (
    <>
      <form class="card-section" onSubmit={submit}>
        <p class="quiet">{t.botHint}</p>
        <Field
          label={t.botName}
          value={name}
          onInput={setName}
          error={task.errorAt("name")}
          maxLength={LIMITS.name_length}
          required
        />
        <button type="submit" class="primary" disabled={task.busy}>{t.makeBot}</button>
        <p class="form-error" role="alert">{task.error}</p>
        {made && (
          <div class="made">
            <CopyField
              key={made.token}
              label={`${isolated(made.name)}: ${t.botToken}`}
              text={made.token}
            />
          </div>
        )}
      </form>
      {value?.bots.length === 0 && <p class="quiet">{t.noBots}</p>}
      <ul class="listing">
        {value?.bots.map((bot) => (
          <li key={bot.name}>
            <Icon name="bot" />
            <span class="listed">
              <strong>{bot.name}</strong>
            </span>
            <ActButton act={() => removeBot(bot.name)} onDone={() => void reload()}>
              {deferredStrings.remove}
              <span class="sr-only">{bot.name}</span>
            </ActButton>
          </li>
        ))}
      </ul>
    </>
  );
}
