/** The user's passkeys and password. */
import { useState } from "preact/hooks";
import { LIMITS } from "../../../lib/protocol/limits.ts";
import { setPassword } from "../../session/account.ts";
import { isRefused } from "../../net/api.ts";
import { whenOf } from "../../strings/format.ts";
import { turnOffReminder } from "../../storage/sign_in_reminder.ts";
import { language } from "../../strings/language.ts";
import {
  addPasskey,
  hasPasskeys,
  listPasskeys,
  type Passkey,
  removePasskey,
  whyNoPasskeys,
} from "../../session/passkeys.ts";
import { listProviders, unlinkProvider } from "../../session/providers.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { Icon } from "../shared/parts.tsx";
import { ProviderButtons } from "../shared/provider_buttons.tsx";
import { useLoaded, useTask } from "../shared/task.ts";
import { Field } from "../shared/text_field.tsx";

/** Passkeys and password. */
export function Keys({ name }: { name: string }) {
  // A new password may remove passkeys, so the list is loaded again.
  const [version, setVersion] = useState(0);
  return (
    <>
      <Passkeys key={version} name={name} />
      <Password name={name} onSet={() => setVersion(version + 1)} />
      <Providers />
    </>
  );
}

function Passkeys({ name }: { name: string }) {
  const task = useTask();
  const { value, change } = useLoaded(task, listPasskeys);
  const t = deferredStrings.you;
  const add = async () => {
    if (await change(addPasskey) !== undefined) turnOffReminder(name);
  };
  return (
    <section class="card-section" aria-label={t.passkeys}>
      <h3>{t.passkeys}</h3>
      <p class="quiet">{hasPasskeys ? t.passkeysHint : whyNoPasskeys()}</p>
      <ul class="listing">
        {value?.passkeys.map((passkey) => (
          <PasskeyRow
            key={passkey.id}
            passkey={passkey}
            onRemove={() => void change(() => removePasskey(passkey.id))}
          />
        ))}
      </ul>
      <p class="form-error" role="alert">{task.error}</p>
      {hasPasskeys && (
        <button
          type="button"
          class="with-icon"
          disabled={task.busy}
          onClick={() => void add()}
        >
          <Icon name="key" />
          {t.addPasskey}
        </button>
      )}
    </section>
  );
}

/** The accounts at OpenID providers. Nothing to see where the server knows no provider. */
function Providers() {
  const task = useTask();
  const { value, change } = useLoaded(task, listProviders);
  const t = deferredStrings.you;
  const providers = value?.providers ?? [];
  if (providers.length === 0) return null;
  const unlinked = providers.filter(({ linked }) => !linked);
  return (
    <section class="card-section" aria-label={t.providers}>
      <h3>{t.providers}</h3>
      <p class="quiet">{t.providersHint}</p>
      <ul class="listing">
        {providers.filter(({ linked }) => linked).map(({ id, name }) => (
          <li key={id}>
            <Icon name="key" />
            <span class="listed">
              <strong>{name}</strong>
              <small>{t.providerLinked}</small>
            </span>
            <button type="button" onClick={() => void change(() => unlinkProvider(id))}>
              {t.unlinkProvider}
              <span class="sr-only">{name}</span>
            </button>
          </li>
        ))}
      </ul>
      <p class="form-error" role="alert">{task.error}</p>
      <ProviderButtons providers={unlinked} purpose="link" task={task} label={t.linkProvider} />
    </section>
  );
}

function PasskeyRow({ passkey, onRemove }: { passkey: Passkey; onRemove: () => void }) {
  const { label, created_at } = passkey;
  return (
    <li>
      <Icon name="key" />
      <span class="listed">
        <strong>{label}</strong>
        <small>{deferredStrings.you.added({ time: whenOf(created_at, Date.now()) })}</small>
      </span>
      <button type="button" onClick={onRemove}>
        {deferredStrings.remove}
        <span class="sr-only">{label}</span>
      </button>
    </li>
  );
}

function Password({ name, onSet }: { name: string; onSet: () => void }) {
  const task = useTask({ wrong_password: "current", bad_request: "password" });
  const [password, setNew] = useState("");
  const [current, setCurrent] = useState("");
  const [asksCurrent, askCurrent] = useState(false);
  const [done, setDone] = useState("");
  const t = deferredStrings.you;

  async function submit(event: Event) {
    event.preventDefault();
    setDone("");
    const set = await task.run(async () => {
      const answer = await setPassword(password, current);
      // Only the server knows whether there is a password.
      if (!isRefused(answer) || answer.code !== "wrong_password" || asksCurrent) return answer;
      askCurrent(true);
      return { ...answer, detail: t.needsCurrent };
    });
    if (set === undefined) return;
    turnOffReminder(name);
    setNew("");
    setCurrent("");
    askCurrent(false);
    const { removed_passkeys: removed = [] } = set;
    const labels = new Intl.ListFormat(language).format(removed);
    setDone(
      removed.length === 0 ? t.passwordSet : `${t.passwordSet} ${t.removed({ passkeys: labels })}`,
    );
    onSet();
  }

  return (
    <form class="card-section" aria-label={t.password} onSubmit={submit}>
      <h3>{t.password}</h3>
      {/* Password managers store a password under the name in its form. */}
      <input
        class="sr-only"
        tabIndex={-1}
        aria-hidden="true"
        autocomplete="username"
        readOnly
        value={name}
      />
      {asksCurrent && (
        <Field
          label={t.currentPassword}
          type="password"
          value={current}
          onInput={setCurrent}
          error={task.errorAt("current")}
          autocomplete="current-password"
          minLength={LIMITS.password_length_min}
          required
          autofocus
        />
      )}
      <Field
        label={t.newPassword}
        hint={t.passwordHint({ min: LIMITS.password_length_min })}
        type="password"
        value={password}
        onInput={setNew}
        error={task.errorAt("password")}
        autocomplete="new-password"
        minLength={LIMITS.password_length_min}
        required
      />
      <p class="form-error" role="alert">{task.error}</p>
      <p class="form-done" role="status">{done}</p>
      <button type="submit" class="primary" disabled={task.busy}>{t.setPassword}</button>
    </form>
  );
}
