/** What proves that one is oneself: passkeys, and a password. */
import { useState } from "preact/hooks";
import { LIMITS } from "../../lib/protocol.ts";
import { setPassword } from "../account.ts";
import { isRefused } from "../api.ts";
import { whenOf } from "../format.ts";
import { noteKept } from "../kept.ts";
import { addPasskey, hasPasskeys, listPasskeys, type Passkey, removePasskey } from "../passkeys.ts";
import { strings } from "../strings.ts";
import { asides } from "../strings/aside.ts";
import { doors } from "../strings/door.ts";
import { Icon } from "./parts.tsx";
import { useLoaded, useTask } from "./task.ts";
import { Field } from "./text_field.tsx";

/** Passkeys and password. */
export function Keys({ name }: { name: string }) {
  return (
    <>
      <Passkeys name={name} />
      <Password name={name} />
    </>
  );
}

function Passkeys({ name }: { name: string }) {
  const task = useTask();
  const { value, change } = useLoaded(task, listPasskeys);
  const t = asides.you;
  const add = async () => {
    if (await change(addPasskey) !== undefined) noteKept(name);
  };
  return (
    <section class="card-section" aria-label={t.passkeys}>
      <h3>{t.passkeys}</h3>
      <p class="quiet">{hasPasskeys ? t.passkeysHint : doors.passkey.unavailable}</p>
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

function PasskeyRow({ passkey, onRemove }: { passkey: Passkey; onRemove: () => void }) {
  const { label, created_at } = passkey;
  return (
    <li>
      <Icon name="key" />
      <span class="listed">
        <strong>{label}</strong>
        <small>{asides.you.added(whenOf(created_at, Date.now()))}</small>
      </span>
      <button type="button" onClick={onRemove}>
        {strings.remove}
        <span class="sr-only">{label}</span>
      </button>
    </li>
  );
}

function Password({ name }: { name: string }) {
  const task = useTask();
  const [password, setNew] = useState("");
  const [current, setCurrent] = useState("");
  const [asksCurrent, askCurrent] = useState(false);
  const [done, setDone] = useState("");
  const t = asides.you;

  async function submit(event: Event) {
    event.preventDefault();
    setDone("");
    const set = await task.run(async () => {
      const answer = await setPassword(password, current);
      // Only the server knows whether there is one.
      if (!isRefused(answer) || answer.code !== "wrong_password" || asksCurrent) return answer;
      askCurrent(true);
      return { ...answer, detail: t.needsCurrent };
    });
    if (set === undefined) return;
    noteKept(name);
    setNew("");
    setCurrent("");
    askCurrent(false);
    setDone(t.passwordSet);
  }

  return (
    <form class="card-section" aria-label={t.password} onSubmit={submit}>
      <h3>{t.password}</h3>
      {/* Password managers keep what they find in a form under the name in it. */}
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
          autocomplete="current-password"
          required
          autofocus
        />
      )}
      <Field
        label={t.newPassword}
        hint={t.passwordHint(LIMITS.password_length_min)}
        type="password"
        value={password}
        onInput={setNew}
        autocomplete="new-password"
        minLength={LIMITS.password_length_min}
        required
      />
      <p class="form-error" role="alert">{task.error}</p>
      <p class="form-done" role="status">{done}</p>
      <button type="submit" disabled={task.busy}>{t.setPassword}</button>
    </form>
  );
}
