/**
 * The user's account: passkeys, password, devices, appearance, notifications and blocked people.
 */
import { useEffect, useState } from "preact/hooks";
import type { PageState } from "../../state/reducer.ts";
import { strings } from "../../strings/strings.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { ConfirmIdentity } from "../dialogs/confirm_identity.tsx";
import { ActButton } from "../shared/act_button.tsx";
import { useActions } from "../shared/context.ts";
import { Dialog, Icon } from "../shared/parts.tsx";
import { Pages } from "../shared/tabs.tsx";
import { Later } from "./you_later.tsx";
import { ProfileSettings } from "./you_profile.tsx";
import { Devices } from "./you_devices.tsx";
import { Keys } from "./you_keys.tsx";
import { AccountSettings } from "./you_account.tsx";
import { Appearance } from "./you_appearance.tsx";
import { NotificationSettings } from "./you_notifications.tsx";
import { useAskOrder } from "../shared/use_ask.ts";
import type { AccountTab, YouProps } from "../shared/deferred_views.ts";

const tabs = Object.entries(deferredStrings.you.tabs) as [AccountTab, string][];

/** The dialog. */
export function You({ state, tab: first, onKeys, onSignOut, onClose }: YouProps) {
  const [tab, choose] = useState(first);
  const [asking, setAsking] = useState(false);
  const t = deferredStrings.you;
  return (
    <Dialog wide title={t.title} onClose={onClose}>
      <ConfirmIdentity onAsking={setAsking} />
      <div class="dialog-part" inert={asking}>
        <Pages label={t.title} tabs={tabs} chosen={tab} choose={choose}>
          {tab === "profile" && <ProfileSettings state={state} />}
          {tab === "later" && <Later state={state} onGo={onClose} />}
          {tab === "keys" && <Keys name={state.me.name} />}
          {tab === "devices" && <Devices />}
          {tab === "appearance" && <Appearance />}
          {tab === "notifications" && <NotificationSettings state={state} />}
          {tab === "account" && <AccountSettings state={state} />}
          {tab === "blocked" && <Blocked state={state} />}
        </Pages>
        <footer class="dialog-buttons">
          <button type="button" class="with-icon keyboard-only" onClick={onKeys}>
            <Icon name="keyboard" />
            {deferredStrings.shortcuts.title}
          </button>
          <button type="button" class="with-icon" onClick={onSignOut}>
            <Icon name="power" />
            {t.signOut}
          </button>
        </footer>
      </div>
    </Dialog>
  );
}

function Blocked({ state }: { state: PageState }) {
  const { dispatch } = useActions();
  const ask = useAskOrder();
  const t = deferredStrings.you;
  useEffect(() => dispatch({ type: "order", order: { type: "list_blocks" } }), [state.ready]);
  if (state.blocks === undefined) return <p class="quiet">{strings.loading}</p>;
  if (state.blocks.length === 0) return <p class="quiet">{t.noBlocked}</p>;
  return (
    <ul class="listing">
      {state.blocks.map(({ name, id }) => (
        <li key={id ?? name}>
          <span class="listed">{name}</span>
          <ActButton
            act={() => ask({ type: "block", name, ...(id === undefined ? {} : { id }), on: false })}
          >
            {deferredStrings.person.unblock}
            <span class="sr-only">{name}</span>
          </ActButton>
        </li>
      ))}
    </ul>
  );
}
