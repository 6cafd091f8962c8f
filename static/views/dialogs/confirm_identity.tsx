/** Asks the user to confirm their identity when the server requires it. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { ApiRefusal } from "../../net/api.ts";
import { askBy, confirmByPassword } from "../../session/reauthentication.ts";
import { confirmByPasskey, hasPasskeys } from "../../session/passkeys.ts";
import { listProviders } from "../../session/providers.ts";
import { strings } from "../../strings/strings.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { Icon } from "../shared/parts.tsx";
import { ProviderButtons } from "../shared/provider_buttons.tsx";
import { useLoaded, useTask } from "../shared/task.ts";
import { Field } from "../shared/text_field.tsx";

/** Shown while the user is asked; the request that waits for the confirmation then continues. */
export function ConfirmIdentity({ onAsking }: { onAsking: (asking: boolean) => void }) {
  const answer = useRef<((proved: boolean) => void) | undefined>(undefined);
  const [asking, setAsking] = useState(false);
  const [password, setPassword] = useState("");
  const task = useTask({ wrong_password: "password" });
  const t = deferredStrings.you.confirm;

  function end(proved: boolean) {
    answer.current?.(proved);
    answer.current = undefined;
    setPassword("");
    setAsking(false);
    onAsking(false);
  }

  useEffect(() => {
    const stop = askBy(() => {
      answer.current?.(false);
      setAsking(true);
      onAsking(true);
      return new Promise<boolean>((resolve) => answer.current = resolve);
    });
    return () => {
      stop();
      answer.current?.(false);
    };
  }, []);

  async function prove(by: () => Promise<object | ApiRefusal>) {
    if (await task.run(by) !== undefined) end(true);
  }

  if (!asking) return null;
  return (
    <form
      class="card-section"
      // The focus goes back to what the user has pressed.
      data-asks
      aria-label={t.title}
      onSubmit={(event) => {
        event.preventDefault();
        void prove(() => confirmByPassword(password));
      }}
    >
      <h3>{t.title}</h3>
      <p class="quiet">{t.hint}</p>
      <Field
        label={t.password}
        type="password"
        value={password}
        onInput={setPassword}
        error={task.errorAt("password")}
        autocomplete="current-password"
        required
        autofocus
      />
      <p class="form-error" role="alert">{task.error}</p>
      <div class="dialog-buttons">
        <button type="button" onClick={() => end(false)}>{strings.cancel}</button>
        {hasPasskeys && (
          <button
            type="button"
            class="with-icon"
            disabled={task.busy}
            onClick={() => void prove(confirmByPasskey)}
          >
            <Icon name="key" />
            {t.passkey}
          </button>
        )}
        <ByProvider />
        <button type="submit" class="primary" disabled={task.busy}>{t.submit}</button>
      </div>
    </form>
  );
}

/** The providers to which the user is linked. The page ends with the visit to one. */
function ByProvider() {
  const task = useTask();
  const { value } = useLoaded(task, listProviders);
  const linked = value?.providers.filter(({ linked }) => linked) ?? [];
  const { provider } = deferredStrings.you.confirm;
  return <ProviderButtons providers={linked} purpose="confirm" task={task} label={provider} />;
}
