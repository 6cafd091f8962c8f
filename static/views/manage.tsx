/** The server's own dialog: who else gets in, who does not, and what was done about it. */
import { useState } from "preact/hooks";
import { LIMITS } from "../../lib/protocol.ts";
import { listBots, makeBot, removeBot } from "../account.ts";
import type { State } from "../state.ts";
import { strings } from "../strings.ts";
import { asides } from "../strings/aside.ts";
import { CopyField } from "./copy.tsx";
import { Figures } from "./figures.tsx";
import { Invites } from "./invites.tsx";
import { Bans, ModerationLog } from "./order.tsx";
import { Dialog, Icon } from "./parts.tsx";
import { Tabs } from "./tabs.tsx";
import { useLoaded, useTask } from "./task.ts";
import { Field } from "./text_field.tsx";

type Tab = keyof typeof asides.manage.tabs;

const tabs = Object.entries(asides.manage.tabs) as [Tab, string][];

/** What only owners get to see. */
const forOwners: readonly Tab[] = ["bots", "figures"];

/** The dialog, for moderators; some of it is for owners. */
export function Manage({ state, onClose }: { state: State; onClose: () => void }) {
  const [tab, choose] = useState<Tab>("invites");
  const t = asides.manage;
  const mine = tabs.filter(([name]) => !forOwners.includes(name) || state.me.role === "owner");
  return (
    <Dialog wide title={t.title} onClose={onClose}>
      <Tabs label={t.title} tabs={mine} chosen={tab} choose={choose}>
        {tab === "invites" && <Invites state={state} />}
        {tab === "bots" && <Bots />}
        {tab === "bans" && <Bans state={state} />}
        {tab === "log" && <ModerationLog state={state} />}
        {tab === "figures" && <Figures />}
      </Tabs>
    </Dialog>
  );
}

function Bots() {
  const task = useTask();
  const { value, change, reload } = useLoaded(task, listBots);
  const [name, setName] = useState("");
  const [made, setMade] = useState<{ name: string; token: string }>();
  const t = asides.manage;

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
        <Field
          label={t.botName}
          value={name}
          onInput={setName}
          maxLength={LIMITS.name_length}
          required
        />
        <button type="submit" disabled={task.busy}>{t.makeBot}</button>
        <p class="form-error" role="alert">{task.error}</p>
        {made && (
          <div class="made">
            <CopyField
              key={made.token}
              label={`${made.name}: ${t.botToken}`}
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
            <button type="button" onClick={() => void change(() => removeBot(bot.name))}>
              {strings.remove}
              <span class="sr-only">{bot.name}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
