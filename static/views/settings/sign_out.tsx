/** The question before a user signs out who would lose something with it. */
import { useEffect, useState } from "preact/hooks";
import { isRefused } from "../../net/api.ts";
import { personWithProfile } from "../../session/account.ts";
import { listProviders } from "../../session/providers.ts";
import { addPasskey, hasPasskeys } from "../../session/passkeys.ts";
import { turnOffReminder } from "../../storage/sign_in_reminder.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { ConfirmIdentity } from "../dialogs/confirm_identity.tsx";
import { useActions } from "../shared/context.ts";
import { Dialog, Icon } from "../shared/parts.tsx";
import { useTask } from "../shared/task.ts";
import type { SignOutProps } from "../shared/deferred_views.ts";

/** Whether something can sign the user in again; "unknown" while the server cannot be reached. */
type Return = "possible" | "impossible" | "unknown";

async function canReturn(id: string | undefined): Promise<Return> {
  if (id === undefined) return "unknown";
  const person = await personWithProfile(id);
  if (isRefused(person) || person.use === undefined) return "unknown";
  const { passkeys, password, devices } = person.use;
  if (passkeys > 0 || password || devices > 1) return "possible";
  const list = await listProviders();
  if (isRefused(list)) return "unknown";
  return list.providers.some(({ linked }) => linked) ? "possible" : "impossible";
}

/**
 * Signs the user out; asks first if the account or a message would be lost, and offers what keeps the
 * account.
 */
export function SignOut({ state, onKeep, onClose }: SignOutProps) {
  const { signOut } = useActions();
  const [back, setBack] = useState<Return>();
  const unsent = state.pending.length;
  const check = async () => {
    const found = await canReturn(state.me.id);
    // A user who has just added a passkey still decides themselves.
    if (back === undefined && found === "possible" && unsent === 0) return signOut();
    setBack(found);
  };
  useEffect(() => void check(), []);
  if (back === undefined) return null;
  const t = deferredStrings.signOut;
  const isSafe = back === "possible";
  return (
    <Dialog title={isSafe ? t.title : t.titleLost} onClose={onClose}>
      {isSafe && <p>{t.safe({ name: state.me.name })}</p>}
      {!isSafe && <p>{back === "unknown" ? t.unknown : t.lost({ name: state.me.name })}</p>}
      {unsent > 0 && <p>{t.unsent({ count: unsent })}</p>}
      {back === "impossible" && (
        <Ways
          name={state.me.name}
          onAdded={() => void check()}
          onKeep={onKeep}
        />
      )}
      <div class="dialog-buttons">
        <button type="button" onClick={onClose}>{strings.cancel}</button>
        <button type="button" class={isSafe ? "primary" : "danger"} onClick={signOut}>
          {isSafe ? t.submit : t.anyway}
        </button>
      </div>
    </Dialog>
  );
}

/** The three ways to keep an account. */
function Ways({ name, onAdded, onKeep }: {
  name: string;
  onAdded: () => void;
  onKeep: SignOutProps["onKeep"];
}) {
  const task = useTask();
  const t = deferredStrings.signOut;
  const add = async () => {
    if (await task.run(addPasskey) === undefined) return;
    turnOffReminder(name);
    onAdded();
  };
  return (
    <section class="card-section ways" aria-label={t.keep}>
      <ConfirmIdentity onAsking={() => {}} />
      <h3>{t.keep}</h3>
      {hasPasskeys && (
        <button
          type="button"
          class="with-icon"
          disabled={task.busy}
          onClick={() => void add()}
        >
          <Icon name="key" />
          {deferredStrings.you.addPasskey}
        </button>
      )}
      <button type="button" class="with-icon" onClick={() => onKeep("keys")}>
        <Icon name="lock" />
        {deferredStrings.you.setPassword}
      </button>
      <button type="button" class="with-icon" onClick={() => onKeep("devices")}>
        <Icon name="phone" />
        {deferredStrings.you.another}
      </button>
      <p class="form-error" role="alert">{task.error}</p>
    </section>
  );
}
