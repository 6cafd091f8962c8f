/** One's own account: how one signs in, on which devices, and whom one has blocked. */
import { useEffect, useState } from "preact/hooks";
import type { State } from "../state.ts";
import { strings } from "../strings.ts";
import { asides } from "../strings/aside.ts";
import { useActions } from "./context.ts";
import { Dialog } from "./parts.tsx";
import { Tabs } from "./tabs.tsx";
import { Devices } from "./you_devices.tsx";
import { Keys } from "./you_keys.tsx";
import { Look } from "./you_look.tsx";
import { Told } from "./you_told.tsx";

type Tab = keyof typeof asides.you.tabs;

const tabs = Object.entries(asides.you.tabs) as [Tab, string][];

/** The dialog. */
export function You({ state, onClose }: { state: State; onClose: () => void }) {
  const [tab, choose] = useState<Tab>("keys");
  const t = asides.you;
  return (
    <Dialog wide title={t.title} onClose={onClose}>
      <Tabs label={t.title} tabs={tabs} chosen={tab} choose={choose}>
        {tab === "keys" && <Keys name={state.me.name} />}
        {tab === "devices" && <Devices />}
        {tab === "look" && <Look />}
        {tab === "told" && <Told />}
        {tab === "blocked" && <Blocked state={state} />}
      </Tabs>
    </Dialog>
  );
}

function Blocked({ state }: { state: State }) {
  const { dispatch } = useActions();
  const t = asides.you;
  useEffect(() => dispatch({ type: "order", order: { type: "list_blocks" } }), []);
  if (state.blocks === undefined) return <p class="quiet">{strings.loading}</p>;
  if (state.blocks.length === 0) return <p class="quiet">{t.noBlocked}</p>;
  return (
    <ul class="listing">
      {state.blocks.map((name) => (
        <li key={name}>
          <span class="listed">{name}</span>
          <button
            type="button"
            onClick={() => dispatch({ type: "order", order: { type: "block", name, on: false } })}
          >
            {asides.person.unblock}
            <span class="sr-only">{name}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
